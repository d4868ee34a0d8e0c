"""How urgent each event is: data/urgency.yml, loaded, checked and put into words.

urgency.load(Path("data/urgency.yml"))  -> Urgency, or UrgencyFileError that names file, event, key
urgency.load_default()                  -> the project's own table, read once
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

FILE = Path(__file__).resolve().parent.parent / "data" / "urgency.yml"
LEVELS = ("U1", "U2")
CALLS = ("emergency", "poisons", "crisis", "safety", "urgent", "clinic", "doctor")
GRAVE = ("crisis", "poisons", "safety")
"""Whom to call about dying, poison and violence: asked about at the least, whoever says it and when."""
SOON = {"U1": ("now",), "U2": ("today", "this week")}
NUMBERS = (
    "emergency_number",
    "urgent_number",
    "poisons_line",
    "crisis_line",
    "safety_line",
    "phone",
)
LONGEST_FIRST_AID = 35
UNCLEAR = {"U1": "unclear_now", "U2": "unclear_soon"}
PLACEHOLDER = re.compile(r"{(\w*)}")


class UrgencyFileError(ValueError):
    """data/urgency.yml is missing, is not YAML, or holds a value that is not allowed."""


@dataclass(frozen=True)
class Source:
    """Where an urgency is taken from."""

    title: str
    address: str


@dataclass(frozen=True)
class Event:
    """Something that happens to somebody: how urgent, whom to call, how soon, the first aid.

    ``grave``: it is about dying, poison or violence though others are called.
    """

    name: str
    level: str
    who: str
    soon: str
    sign: str
    first_aid: str
    source: tuple[str, ...]
    grave: bool = False

    @property
    def response(self) -> str:
        """The response of domain.yml that tells a visitor to act; it takes ``first_aid``."""
        return f"utter_urgent_{self.who}"

    def values(self, facts: Mapping[str, str]) -> dict[str, str]:
        """What ``response`` needs besides the clinic's own facts."""
        return {"call": facts[f"urgency_{self.name}"], "first_aid": facts[f"first_aid_{self.name}"]}

    @property
    def is_grave(self) -> bool:
        """Is it about dying, poison or violence?"""
        return self.grave or self.who in GRAVE

    @property
    def question(self) -> str:
        """The response of domain.yml that asks whether it is happening now."""
        kind = self.who if self.who in GRAVE else self.level.lower()
        return f"utter_ask_urgent_{kind}"


@dataclass(frozen=True)
class Urgency:
    """The whole table."""

    version: str
    calls: Mapping[str, str]
    sources: Mapping[str, Source]
    events: Mapping[str, Event]

    def event(self, sign: str, level: str = "U1") -> Event:
        """The event of a sign; the unclear one of ``level`` for a sign that the table does not have."""
        return self.events.get(sign) or self.events[UNCLEAR[level]]

    def facts(self, numbers: Mapping[str, str]) -> dict[str, str]:
        """The placeholders ``urgency_<event>`` and ``first_aid_<event>``, with the clinic's numbers."""
        filled = {who: words.format_map(numbers) for who, words in self.calls.items()}
        return {
            **{f"urgency_{name}": filled[event.who] for name, event in self.events.items()},
            **{f"first_aid_{name}": event.first_aid for name, event in self.events.items()},
        }


def load(path: Path) -> Urgency:
    """Read and check a table. Raise UrgencyFileError with every mistake, a line each."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise UrgencyFileError(f"{path}: cannot be read: {' '.join(str(error).split())}") from error
    mistakes = list(_mistakes(content))
    if mistakes:
        raise UrgencyFileError("\n".join(f"{path}: {mistake}" for mistake in mistakes))
    events = {
        name: Event(name, **{**row, "source": tuple(row["source"])})
        for name, row in content["events"].items()
    }
    sources = {name: Source(**row) for name, row in content["sources"].items()}
    return Urgency(content["version"], content["calls"], sources, events)


@lru_cache(maxsize=1)
def load_default() -> Urgency:
    """The project's own table."""
    return load(FILE)


def _mistakes(content: object) -> Iterator[str]:
    parts = ("version", "clinical_review", "calls", "sources", "events")
    if not isinstance(content, dict) or set(content) != set(parts):
        yield f"the file must hold the keys {', '.join(parts)} and no other"
        return
    if not isinstance(content["version"], str):
        yield f"key 'version' has value {content['version']!r}; allowed is a date in quotes"
    yield from _calls(content["calls"])
    for name, row in content["sources"].items():
        kept = row if isinstance(row, dict) else {}
        if not str(kept.get("address", "")).startswith("https://") or not kept.get("title"):
            yield f"source '{name}' must have a title and an address that begins with https://"
    for name, row in content["events"].items():
        yield from _event(name, row, content["sources"])
    for name in UNCLEAR.values():
        if name not in content["events"]:
            yield f"event '{name}' is missing: it stands for a sign that has no name"
    rows = [row for row in content["events"].values() if isinstance(row, dict)]
    used = {source for row in rows for source in row.get("source") or ()}
    for name in sorted(set(content["sources"]) - used):
        yield f"source '{name}' is used by no event"


def _calls(calls: Mapping[str, str]) -> Iterator[str]:
    if set(calls) != set(CALLS):
        yield f"key 'calls' has {', '.join(calls)}; allowed: {', '.join(CALLS)}"
    for who, words in calls.items():
        for number in PLACEHOLDER.findall(words):
            if number not in NUMBERS:
                yield f"key 'calls.{who}' uses {{{number}}}; allowed: {', '.join(NUMBERS)}"


def _event(name: str, row: Mapping[str, object], sources: Mapping[str, object]) -> Iterator[str]:
    keys = ("level", "who", "soon", "sign", "first_aid", "source")
    if not isinstance(row, dict) or set(row) - {"grave"} != set(keys):
        has = ", ".join(row) if isinstance(row, dict) else repr(row)
        yield f"event '{name}' has keys {has}; allowed: {', '.join(keys)}"
        return
    soon = SOON.get(str(row["level"]), sum(SOON.values(), ()))
    for key, allowed in (("level", LEVELS), ("who", CALLS), ("soon", soon)):
        if row[key] not in allowed:
            yield f"event '{name}', key '{key}' has value {row[key]!r}; allowed: {', '.join(allowed)}"
    if not 1 <= len(str(row["first_aid"]).split()) <= LONGEST_FIRST_AID:
        yield f"event '{name}', key 'first_aid' must have 1 to {LONGEST_FIRST_AID} words"
    if "{" in row["first_aid"] or "{" in row["sign"]:
        yield f"event '{name}': 'first_aid' and 'sign' hold no placeholder"
    if not row["source"]:
        yield f"event '{name}', key 'source' is empty"
    for source in row["source"]:
        if source not in sources:
            yield f"event '{name}', key 'source' has value {source!r}; it is not under 'sources'"
