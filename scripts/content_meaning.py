"""Ways to ask that mean the same under two answers, and answers that the classifier confuses."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from assistant.nlu.encoder import load_encoder
from assistant.nlu.intent_model import WORDS, Confusion
from content.entries import Entry, Mistake


def near_duplicates(entries: list[Entry], limit: float) -> Iterator[Mistake]:
    """Ways to ask of different answers whose meaning is closer than ``limit`` (cosine)."""
    asks = [(ask, entry) for entry in entries for ask in entry.asks]
    vectors = np.asarray(load_encoder().encode([ask for ask, _ in asks]))
    for start in range(len(asks)):
        cosines = vectors[start + 1 :] @ vectors[start]
        for place in np.flatnonzero(cosines > limit):
            (ask, entry), (other_ask, other) = asks[start], asks[start + 1 + int(place)]
            if entry.topic != other.topic:
                what = f"{ask!r} means the same as {other_ask!r} under {other.topic}"
                yield Mistake(entry.file, entry.topic, "nlu", what)


def confusions(model: Path) -> list[Confusion]:
    """What the classifier took for something else when it was cross-validated, the worst first."""
    with tarfile.open(model) as archive:
        name = next(name for name in archive.getnames() if name.endswith(WORDS))
        words = archive.extractfile(name)
        assert words is not None
        return [Confusion(*row) for row in json.load(words)["confusions"]]
