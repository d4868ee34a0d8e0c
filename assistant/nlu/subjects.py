"""Which subject a text names (a medicine, a condition), and which answers speak of it.

The subjects are data/subjects.yml, their wordings the vocabulary of assistant/nlu/data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.nlu.medical.phrasing import is_plain
from assistant.nlu.medical.rules import load_rules

FILE = Path(__file__).resolve().parents[2] / "data" / "subjects.yml"


@dataclass(frozen=True)
class Subject:
    """Its words, and the ids of the answers that speak of it."""

    words: re.Pattern[str]
    topics: frozenset[str]


def topics_of(text: str) -> frozenset[str]:
    """The answers that speak of what a text names; none when it names no subject."""
    said = text.replace("’", "'")
    return frozenset[str]().union(*(one.topics for one in subjects() if one.words.search(said)))


def read_subjects(
    content: Mapping[str, Any], wordings: Mapping[str, Sequence[str]]
) -> tuple[Subject, ...]:
    """Read the file. Raise ValueError that names a value without wordings."""
    found = []
    for name, one in content["subjects"].items():
        unknown = [value for value in one["values"] if value not in wordings]
        if unknown:
            raise ValueError(
                f"data/subjects.yml: {name}: values: {unknown[0]!r} is not in vocabulary.yml"
            )
        ways = sorted((way for value in one["values"] for way in wordings[value]), key=len)
        words = re.compile(rf"\b(?:{'|'.join(map(_spaced, reversed(ways)))})\b", re.I)
        found.append(Subject(words, frozenset(one["topics"])))
    return tuple(found)


def _spaced(way: str) -> str:
    return re.escape(way).replace(r"\ ", r"\s+")


@lru_cache(maxsize=1)
def subjects() -> tuple[Subject, ...]:
    """The project's own, read once."""
    wordings: dict[str, list[str]] = {}
    for wording in load_rules().wordings:
        plain = [phrase for phrase in wording.phrases if is_plain(phrase)]
        wordings.setdefault(wording.name, []).extend(plain)
    return read_subjects(yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader), wordings)
