"""Loads the rules of a folder (assistant/nlu/data/) and says which file and key is wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from assistant.nlu.medical import numbers
from assistant.nlu.medical.durations import MONTH_OF, UNIT_OF
from assistant.nlu.medical.phrasing import Lists, variants, words_of

DATA = Path(__file__).resolve().parents[1] / "data"
VOCABULARY, CONTEXT, RED_FLAGS, LOOKALIKES = (
    "vocabulary.yml",
    "context.yml",
    "red_flags.yml",
    "lookalikes.txt",
)
NOT_KINDS = ("lists", "times")
LEVELS = ("U1", "U2")
HARMLESS = "harmless"


class RulesError(ValueError):
    """A data file is missing or wrong; the message names the file and the key."""


@dataclass(frozen=True)
class Wording:
    """The phrases for one name of one kind; ``role`` when they fix it themselves."""

    kind: str
    name: str
    phrases: tuple[str, ...]
    role: str | None = None


@dataclass(frozen=True)
class ContextRule:
    """Words that change the role of facts before or after them."""

    role: str
    direction: str
    says: tuple[str, ...]
    reach: int | None = None
    only: tuple[str, ...] = ()
    ends_at: tuple[str, ...] = ()
    needs: str | None = None


@dataclass(frozen=True)
class Rules:
    """Everything that a pipeline goes by; without ``times`` it looks for no ages and durations.

    Where phrases overlap, the longest counts; but those with a name in ``first`` before any other.
    """

    wordings: tuple[Wording, ...]
    context: tuple[ContextRule, ...]
    lists: Lists = field(default_factory=dict)
    times: Mapping[str, list[str]] = field(default_factory=dict)
    first: frozenset[str] = frozenset()

    def words(self) -> Iterator[str]:
        """Every word that a rule uses."""
        for wording in self.wordings:
            for phrase in wording.phrases:
                yield from words_of(phrase, self.lists)
        for phrases in self.times.values():
            for phrase in phrases:
                yield from words_of(phrase, self.lists)
        for rule in self.context:
            for phrase in rule.says:
                yield from (word for word in phrase.split() if word.isalnum())
        yield from {*numbers.words(), *UNIT_OF, *MONTH_OF}


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a data file, or say which one is missing."""
    try:
        loaded = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except OSError as error:
        raise RulesError(
            f"{path.name}: cannot be read ({error.strerror}); it belongs in {path.parent}"
        ) from error
    if not isinstance(loaded, dict):
        raise RulesError(f"{path.name}: must be a mapping")
    return loaded


@lru_cache(maxsize=4)
def load_rules(folder: Path = DATA) -> Rules:
    """Load vocabulary.yml and context.yml."""
    vocabulary = read_yaml(folder / VOCABULARY)
    wordings = []
    for kind, names in vocabulary.items():
        if kind in NOT_KINDS:
            continue
        for key, phrases in names.items():
            name, _, role = str(key).partition("/")
            wordings.append(Wording(kind, name, tuple(map(str, phrases)), role or None))
    context = map(_context_rule, read_yaml(folder / CONTEXT)["rules"])
    return Rules(tuple(wordings), tuple(context), vocabulary["lists"], vocabulary["times"])


@lru_cache(maxsize=4)
def load_red_flags(folder: Path = DATA) -> Rules:
    """Load red_flags.yml: the kind of a wording is the sign, its name the level."""
    flags = read_yaml(folder / RED_FLAGS)
    wordings = [
        Wording(sign, level, tuple(map(str, phrases)))
        for level in LEVELS
        for sign, phrases in flags[level].items()
    ]
    wordings.append(Wording(HARMLESS, HARMLESS, tuple(flags[HARMLESS])))
    context = map(_context_rule, flags["context"])
    first = frozenset({LEVELS[0], HARMLESS})
    return Rules(tuple(wordings), tuple(context), flags["lists"], first=first)


def _context_rule(node: Mapping[str, Any]) -> ContextRule:
    says = tuple(way for phrase in node["says"] for way in variants(str(phrase)) if way)
    return ContextRule(
        role=node["role"],
        direction=node["direction"],
        says=tuple(dict.fromkeys(says)),
        reach=node.get("reach"),
        only=tuple(node.get("only", ())),
        ends_at=tuple(node.get("ends_at", ())),
        needs=node.get("with"),
    )


def everyday_words(folder: Path = DATA) -> list[str]:
    """Words that look like ours and are not; see lexicon.py."""
    lines = (folder / LOOKALIKES).read_text(encoding="utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in line.split()]


def digest(folder: Path = DATA) -> str:
    """Changes whenever a rule or the code that reads it changes."""
    found = hashlib.sha256()
    for path in [*sorted(folder.rglob("*")), *sorted(Path(__file__).parent.glob("*.py"))]:
        if path.is_file():
            found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()
