"""The rules that every answer keeps; see data/content_rules.yml for the numbers and the words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from clinic import load
from scripts.content_entries import Entry, Mistake, grade, load_entries, load_sources

__all__ = ["Mistake", "check", "load_rules"]

PLACEHOLDER = re.compile(r"{(\w*)}")
GSM_ODD = re.compile(r"[^\x0a\x20-\x7e£¥èéùìòÇØøÅåÄÖÑÜ§äöñüà€]")


@dataclass(frozen=True)
class _World:
    rules: dict[str, Any]
    entries: list[Entry]
    sources: set[str]
    facts: dict[str, str]
    today: date


def check(root: Path, today: date) -> list[Mistake]:
    """Everything that is wrong with data/faq/ under ``root``, as of ``today``."""
    entries, mistakes = load_entries(root)
    facts = load(root / "clinic.yml").facts()
    world = _World(load_rules(root), entries, set(load_sources(root)), facts, today)
    for entry in entries:
        for part in (_lengths, _reading, _placeholders, _wording, _references, _dates):
            mistakes += part(entry, world)
    mistakes += _ids(world)
    mistakes += _same_words(world)
    mistakes += _unused_sources(world)
    return mistakes


def load_rules(root: Path) -> dict[str, Any]:
    """The numbers and words of data/content_rules.yml."""
    text = (root / "data" / "content_rules.yml").read_text(encoding="utf-8")
    rules: dict[str, Any] = yaml.safe_load(text)
    return rules


def _lengths(entry: Entry, world: _World) -> Iterator[Mistake]:
    rules = world.rules["lengths"]
    filled = {name: _filled(text, world) for name, text in _texts(entry).items()}
    if len(entry.asks) < rules["ways_to_ask"]:
        yield _mistake(
            entry, "nlu", f"{len(entry.asks)} ways to ask; {rules['ways_to_ask']} or more"
        )
    if len(entry.question) > rules["question_characters"]:
        yield _mistake(
            entry, "metadata.question", f"{rules['question_characters']} characters or fewer"
        )
    for name, limit in (("text", rules["answer_words"]), ("more", rules["more_words"])):
        words = len(filled[name].split())
        if words > limit:
            yield _mistake(
                entry, name, f"{words} words with its placeholders filled; {limit} or fewer"
            )
    if len(filled["sms"]) > rules["sms_characters"]:
        yield _mistake(
            entry, "sms", f"{len(filled['sms'])} characters; {rules['sms_characters']} or fewer"
        )
    odd = GSM_ODD.search(entry.sms)
    if odd:
        yield _mistake(entry, "sms", f"{odd[0]!r} is not in the plain SMS alphabet (GSM-7)")


def _reading(entry: Entry, world: _World) -> Iterator[Mistake]:
    rules = world.rules["reading"]
    if entry.topic in rules["exceptions"]:
        return
    for name, text in _texts(entry).items():
        if text and name != "sms" and (found := grade(text)) > rules["highest_grade"]:
            yield _mistake(
                entry, name, f"reading grade {found:.1f}; {rules['highest_grade']} or lower"
            )


def _placeholders(entry: Entry, world: _World) -> Iterator[Mistake]:
    for name, text in {**_texts(entry), "question": entry.question}.items():
        for key in PLACEHOLDER.findall(text):
            if key not in world.facts:
                yield _mistake(entry, name, f"placeholder {{{key}}} is not a fact of clinic.yml")


def _wording(entry: Entry, world: _World) -> Iterator[Mistake]:
    for name, text in _texts(entry).items():
        for rule in world.rules["forbidden"]:
            found = re.search(rule["pattern"], text, re.IGNORECASE)
            if found and entry.topic not in rule.get("except", ()):
                yield _mistake(entry, name, f"says {found[0]!r}: {rule['why']}")


def _references(entry: Entry, world: _World) -> Iterator[Mistake]:
    for code in entry.sources:
        if code not in world.sources:
            yield _mistake(entry, "metadata.sources", f"{code!r} is not in data/sources.yml")
    known = {other.topic for other in world.entries}
    for topic in entry.related:
        if topic not in known or topic == entry.topic:
            yield _mistake(entry, "metadata.related", f"{topic!r} is not another entry")
    if not 1 <= len(entry.related) <= 3:
        yield _mistake(entry, "metadata.related", "1 to 3 entries")


def _dates(entry: Entry, world: _World) -> Iterator[Mistake]:
    try:
        reviewed = date.fromisoformat(entry.reviewed)
    except ValueError:
        yield _mistake(
            entry, "metadata.reviewed", f"{entry.reviewed!r} is not a date like 2026-11-23"
        )
        return
    if world.today - reviewed > timedelta(days=365):
        yield _mistake(entry, "metadata.reviewed", "older than 12 months", is_warning=True)
    if entry.clinical_review != "pending" and not re.match(
        r"\S+.* \d{4}-\d\d-\d\d$", entry.clinical_review
    ):
        yield _mistake(entry, "metadata.clinical_review", "'pending', or a name and a date")


def _ids(world: _World) -> Iterator[Mistake]:
    topics = [entry.topic for entry in world.entries]
    for entry in world.entries:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", entry.topic):
            yield _mistake(entry, "id", "lower-case letters, digits and underscores")
        if topics.count(entry.topic) > 1:
            yield _mistake(entry, "id", "is used twice")
        holder = next((t for t in topics if entry.topic in t and t != entry.topic), None)
        if holder:
            yield _mistake(
                entry, "id", f"is part of the id {holder!r}; rasa matches names as strings"
            )


def _same_words(world: _World) -> Iterator[Mistake]:
    """The same way to ask, but for letters' case, marks and word order, under two answers."""
    seen: dict[str, set[str]] = defaultdict(set)
    for entry in world.entries:
        for ask in entry.asks:
            seen[" ".join(sorted(re.findall(r"\w+", ask.lower())))].add(entry.topic)
    by_topic = {entry.topic: entry for entry in world.entries}
    for words, topics in seen.items():
        if len(topics) > 1:
            first, *others = sorted(topics)
            yield _mistake(
                by_topic[first], "nlu", f"{words!r} is also asked under {', '.join(others)}"
            )


def _unused_sources(world: _World) -> Iterator[Mistake]:
    used = {code for entry in world.entries for code in entry.sources}
    for code in sorted(world.sources - used):
        yield Mistake("../sources.yml", code, "source", "no answer uses it", is_warning=True)


def _texts(entry: Entry) -> dict[str, str]:
    return {"text": entry.text, "more": entry.more, "sms": entry.sms}


def _filled(text: str, world: _World) -> str:
    return PLACEHOLDER.sub(lambda match: world.facts.get(match[1], match[0]), text)


def _mistake(entry: Entry, field: str, what: str, is_warning: bool = False) -> Mistake:
    return Mistake(entry.file, entry.topic, field, what, is_warning)
