"""Turns sentences into numbers that say what they mean (see scripts/build_encoder.py).

A quick encoder (all-MiniLM-L6-v2) reads every message; where that leaves doubt, a thorough one
(all-mpnet-base-v2) reads again. One of each a process, also when rasa loads a model anew.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import unicodedata
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from rasa.shared.exceptions import RasaException
from tokenizers import Tokenizer

logger = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent.parent
DEFAULT_FOLDER = "models/encoder"
THOROUGH_FOLDER = "models/thorough"
DIMENSIONS = 384
"""Of the quick encoder, which is the default; the thorough one has 768."""
MAXIMUM_TOKENS = 128
MAXIMUM_CHARACTERS = 4_000
BATCH = 32
LATEST = 8
"""Several components ask for the same message, one after the other."""
FIRST_WORD = 999  # smaller token ids are padding, unknown and marks ([CLS], [SEP])

KEPT = "kept.npz"
SHIPPED = Path(__file__).parent / "data" / "vectors"
STEPS = 31
"""So fine that a row stays as near to itself (cosine 0.999) as the encoder's own rounding leaves it."""
DIGEST_BYTES = 16

Vectors = NDArray[np.float32]
Steps = NDArray[np.int8]
Encode = Callable[[Sequence[str]], Vectors]


class EncoderMissing(RasaException):
    """The encoder's files are not there or do not fit together."""


class SentenceEncoder:
    """An ONNX session and its tokenizer. Runs on one thread, so that processes share the cores."""

    def __init__(self, folder: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / "encoder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(MAXIMUM_TOKENS)
        self._tokenizer.enable_padding()
        self.dimensions = int(self._session.get_outputs()[0].shape[1])
        self._alone = lru_cache(LATEST)(self._encode_alone)
        self._kept = KeptVectors(folder)

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one row of length 1 per text, shape (texts, dimensions); zeros where no word is known."""
        if len(set(texts)) == 1:
            return np.repeat(self._alone(texts[0]), len(texts), axis=0)
        vectors = np.zeros((len(texts), self.dimensions), np.float32)
        for chosen in _batches(texts):
            vectors[chosen] = self._run([texts[index] for index in chosen])
        return vectors

    def encode_for_training(self, texts: Sequence[str]) -> Vectors:
        """The same on every core; what was encoded once is kept, as each training learns from it."""
        new = self._kept.unknown(texts)
        batches = [[new[index] for index in chosen] for chosen in _batches(new)]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for batch, rows in zip(batches, pool.map(self._run, batches), strict=True):
                self._kept.add(batch, rows)
        if new:
            self._kept.save()
        return self._kept.of(texts)

    def _encode_alone(self, text: str) -> Vectors:
        return self._run([text])

    def _run(self, texts: list[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch([name_symbols(text) for text in texts])
        ids = np.array([text.ids for text in encoded], np.int64)
        mask = np.array([text.attention_mask for text in encoded], np.int64)
        vectors: Vectors = self._session.run(
            ["sentence"], {"input_ids": ids, "attention_mask": mask}
        )[0]
        vectors[(ids < FIRST_WORD).all(axis=1)] = 0
        return vectors


class KeptVectors:
    """The vectors of training texts, by the digest of each text, in STEPS steps either way from zero.

    What the project ships (``data/vectors/``, written by scripts/ship_vectors.py) need not be read by
    the encoder at all, which takes a slow machine half an hour; what is new lies beside the encoder.
    Shipped are several files, as each one only holds what the others do not.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._file = folder, folder / KEPT
        self._vectors: dict[bytes, Steps] = {}
        self._is_shipped: frozenset[bytes] = frozenset()
        self._is_read = False

    def unknown(self, texts: Sequence[str]) -> list[str]:
        """Those of the texts that were never encoded, each once."""
        if not self._is_read:
            self._is_read = True
            for file in self._shipped():
                self._vectors |= self._read(file)
            self._is_shipped = frozenset(self._vectors)
            self._vectors |= self._read(self._file)
        return [text for text in dict.fromkeys(texts) if _digest(text) not in self._vectors]

    def add(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep one row a text."""
        self._vectors.update(zip(map(_digest, texts), _in_steps(vectors), strict=True))

    def of(self, texts: Sequence[str]) -> Vectors:
        """The rows of texts that are known, of length 1 but where no word is, shape (texts, dimensions)."""
        rows = np.stack([self._vectors[_digest(text)] for text in texts]).astype(np.float32)
        ones: Vectors = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1)
        return ones

    def save(self) -> None:
        """Write what is not shipped, whole or not at all; a full disk only costs the next training time."""
        try:
            self._write(self._file, self._new())
        except OSError as error:
            logger.warning("The vectors of training were not kept: %s", error)

    def ship(self) -> int:
        """Write what is not shipped yet to where the project ships it; return how many. Raise OSError."""
        self.unknown(())
        if new := dict(sorted(self._new().items())):
            self._write(SHIPPED / f"{self._folder.name}-{len(self._shipped()) + 1}.npz", new)
        return len(new)

    def _shipped(self) -> list[Path]:
        return sorted(SHIPPED.glob(f"{self._folder.name}*.npz"))

    def _new(self) -> dict[bytes, Steps]:
        return {key: row for key, row in self._vectors.items() if key not in self._is_shipped}

    def _write(self, file: Path, vectors: dict[bytes, Steps]) -> None:
        part = file.with_suffix(f".{os.getpid()}")
        digests = np.frombuffer(b"".join(vectors), np.uint8).reshape(-1, DIGEST_BYTES)
        rows = np.stack(list(vectors.values()))
        try:
            with part.open("wb") as out:
                np.savez_compressed(out, encoder=self._encoder(), digests=digests, rows=rows)
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)

    def _encoder(self) -> str:
        return (self._folder / "digests.json").read_text(encoding="utf-8")

    def _read(self, file: Path) -> dict[bytes, Steps]:
        try:
            with np.load(file) as kept:
                if str(kept["encoder"]) != self._encoder():
                    return {}
                digests, rows = kept["digests"], kept["rows"]
            return {one.tobytes(): row for one, row in zip(digests, rows, strict=True)}
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return {}  # never written, or cut short


def _in_steps(vectors: Vectors) -> Steps:
    """Each row with its largest number as STEPS; how long it was is not kept, as all are of length 1."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    steps: Steps = np.rint(vectors / np.maximum(largest, 1e-9) * STEPS).astype(np.int8)
    return steps


def _digest(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest()


def _batches(texts: Sequence[str]) -> list[list[int]]:
    """Places of texts of similar length together, so that little is padding."""
    by_length = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    return [by_length[start : start + BATCH] for start in range(0, len(texts), BATCH)]


def name_symbols(text: str) -> str:
    """Cut a text to a sensible length and write each emoji as its name, which the encoder knows."""
    return "".join(_name(sign) for sign in text[:MAXIMUM_CHARACTERS])


def _name(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Sk" and sign > "\uffff":
        return ""  # the skin colour of an emoji
    if kind != "So":
        return sign
    return f" {unicodedata.name(sign, '').lower().removesuffix(' face')} "  # not a part of the body


def load_encoder(folder: str = DEFAULT_FOLDER) -> SentenceEncoder:
    """Return this process's encoder for ``folder`` (relative to the project). Raise EncoderMissing."""
    return _load(folder, encoder_digest(folder))


@lru_cache(maxsize=4)
def _load(folder: str, digest: str) -> SentenceEncoder:
    return SentenceEncoder(ROOT / folder)


def encoder_digest(folder: str = DEFAULT_FOLDER) -> str:
    """One digest for the encoder's files; rasa trains anew when it changes. Raise EncoderMissing."""
    path = ROOT / folder / "digests.json"
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError) as error:
        raise EncoderMissing(
            f"The sentence encoder is not in '{folder}'; run 'python -m scripts.build_encoder'."
        ) from error
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
