"""The rules that every answer keeps; see data/content_rules.yml for the numbers and the words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from clinic import load, load_default
from clinic.sources import Source, SourceFileError
from clinic.sources import load as load_sources
from clinic.urgency import Urgency, UrgencyFileError
from clinic.urgency import load as load_urgency
from content import basis, devices, polarity, settings
from content import urgency as urgent_words
from content.entries import (
    ROOT,
    Entry,
    Mistake,
    fingerprint,
    grade,
    keys_twice,
    load_entries,
    load_lines,
)
from eligibility.load import DEFAULT_PATH
from eligibility.load import load_default as load_table

__all__ = ["Mistake", "World", "among_others", "check", "load_rules", "of_one"]

CONTACTS = ("phone", "emergency_number", "urgent_number", "poisons_line", "crisis_line")
SIGNED = re.compile(r"\S.* (\d{4}-\d\d-\d\d) ([0-9a-f]{8})")

PLACEHOLDER = re.compile(r"{(\w*)}")
GSM_ODD = re.compile(r"[^\x0a\x20-\x7e£¥èéùìòÇØøÅåÄÖÑÜ§äöñüà€]")


@dataclass(frozen=True)
class World:
    """What an answer is checked against: the rules, its neighbours, the sources, the clinic's facts."""

    rules: dict[str, Any]
    entries: list[Entry]
    sources: dict[str, Source]
    urgency: Urgency
    facts: dict[str, str]
    today: date
    devices: Mapping[str, Any] = field(default_factory=lambda: devices.load_table(ROOT))

    @classmethod
    def of(cls, root: Path, entries: list[Entry], facts: dict[str, str], today: date) -> World:
        """The rules, sources and urgency of the project under ``root``, around these answers."""
        sources = load_sources(root / "data" / "sources.yml")
        urgency = load_urgency(root / "data" / "urgency.yml")
        table = devices.load_table(root)
        return cls(load_rules(root), entries, sources, urgency, facts, today, table)

    @property
    def own_facts(self) -> frozenset[str]:
        """Facts of clinic.yml that are more than a number to call."""
        return frozenset(
            name
            for name in self.facts
            if name not in (*CONTACTS, "safety_line", "out_of_hours_advice")
            and not name.startswith(("urgency_", "first_aid_"))
        )


def check(root: Path, today: date) -> list[Mistake]:
    """Everything that is wrong with data/faq/ and data/devices.yml under ``root``, as of ``today``."""
    entries, mistakes = load_entries(root)
    mistakes += keys_twice(root)
    try:
        world = World.of(root, entries, load(root / "clinic.yml").facts(), today)
    except (SourceFileError, UrgencyFileError) as error:
        name = "sources.yml" if isinstance(error, SourceFileError) else "urgency.yml"
        return [*mistakes, *(Mistake(f"../{name}", "-", "file", w) for w in str(error).split("\n"))]
    cells, wrong = devices.load_cells(root)
    mistakes += wrong
    for entry in (*entries, *cells):
        mistakes += of_one(entry, world)
    mistakes += basis.source_mistakes(world.sources, root)
    mistakes += _lines(root, world)
    mistakes += _table(world)
    mistakes += _ids(world)
    mistakes += _same_words(world)
    mistakes += _unused_sources(world)
    return mistakes


def of_one(entry: Entry, world: World) -> list[Mistake]:
    """Everything that is wrong with one answer by itself, wherever it was written."""
    if entry.is_of_device:
        return _of_cell(entry, world)
    parts = (_lengths, _reading, _placeholders, _wording, _references, _dates, _signed)
    wholes = (_first_words, _basis, _figures, _texts_hold)
    return [mistake for part in (*parts, *wholes) for mistake in part(entry, world)]


def _of_cell(entry: Entry, world: World) -> list[Mistake]:
    """The same of one about a device, which has one text, and a lead with the device's name before it."""
    lead, name = devices.longest_lead(world.devices, entry.topic, load_default().kinds)
    named = replace(world, facts={**world.facts, "device": name})
    most, found = world.rules["lengths"]["sms_characters"], []
    letters = len(lead) + len(_filled(entry.text, named))
    if not entry.text.strip():
        found.append(_mistake(entry, "text", "is empty"))
    elif letters > most:
        what = f"{letters} characters with “{lead.strip()}” before it; {most} or fewer"
        found.append(_mistake(entry, "text", what))
    if odd := GSM_ODD.search(entry.text):
        what = f"{odd[0]!r} is not in the plain SMS alphabet (GSM-7)"
        found.append(_mistake(entry, "text", what))
    parts = (_reading, _placeholders, _wording, _sources, _figures, _dates, _signed)
    return [*found, *(m for part in (*parts, _texts_hold) for m in part(entry, named))]


def among_others(entry: Entry, world: World) -> list[Mistake]:
    """What is wrong with one answer beside the others: its id, and ways to ask that are theirs."""
    others = [other for other in world.entries if other.topic != entry.topic]
    whole = replace(world, entries=[*others, entry])
    found = [*_ids(whole), *_same_words(whole)]
    return [one for one in found if entry.topic == one.entry or entry.topic in one.what.split()]


def load_rules(root: Path) -> dict[str, Any]:
    """The numbers and words of data/content_rules.yml."""
    text = (root / "data" / "content_rules.yml").read_text(encoding="utf-8")
    rules: dict[str, Any] = yaml.safe_load(text)
    return rules


def _lengths(entry: Entry, world: World) -> Iterator[Mistake]:
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
    for name in ("text", "sms"):
        if not filled[name].strip():
            yield _mistake(entry, name, "is empty")
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


def _reading(entry: Entry, world: World) -> Iterator[Mistake]:
    rules = world.rules["reading"]
    if entry.topic in rules["exceptions"]:
        return
    for name, text in _texts(entry).items():
        if text and name != "sms" and (found := grade(text)) > rules["highest_grade"]:
            yield _mistake(
                entry, name, f"reading grade {found:.1f}; {rules['highest_grade']} or lower"
            )


def _placeholders(entry: Entry, world: World) -> Iterator[Mistake]:
    for name, text in {**_texts(entry), "question": entry.question}.items():
        for key in PLACEHOLDER.findall(text):
            if key not in world.facts:
                yield _mistake(entry, name, f"placeholder {{{key}}} is not a fact of clinic.yml")


def _wording(entry: Entry, world: World) -> Iterator[Mistake]:
    for name, text in {**_texts(entry), "question": entry.question}.items():
        for rule in (*world.rules["forbidden"], *world.rules["elsewhere"]):
            found = re.search(rule["pattern"], text, re.IGNORECASE)
            if found and entry.topic not in rule.get("except", ()):
                yield _mistake(entry, name, f"says {found[0]!r}: {rule['why']}")


def _sources(entry: Entry, world: World) -> Iterator[Mistake]:
    for code in entry.sources:
        if code not in world.sources:
            yield _mistake(entry, "metadata.sources", f"{code!r} is not in data/sources.yml")


def _references(entry: Entry, world: World) -> Iterator[Mistake]:
    yield from _sources(entry, world)
    known = {other.topic for other in world.entries}
    for topic in entry.related:
        if topic not in known or topic == entry.topic:
            yield _mistake(entry, "metadata.related", f"{topic!r} is not another entry")
    if not 1 <= len(entry.related) <= 3:
        yield _mistake(entry, "metadata.related", "1 to 3 entries")


def _dates(entry: Entry, world: World) -> Iterator[Mistake]:
    try:
        reviewed = date.fromisoformat(entry.reviewed)
    except ValueError:
        yield _mistake(
            entry, "metadata.reviewed", f"{entry.reviewed!r} is not a date like 2026-11-23"
        )
        return
    if world.today - reviewed > timedelta(days=365):
        yield _mistake(entry, "metadata.reviewed", "older than 12 months", is_warning=True)


def _signed(entry: Entry, world: World) -> Iterator[Mistake]:
    """Whoever signs, signs these words: a change afterwards undoes it."""
    if entry.clinical_review == "pending":
        return
    found = SIGNED.fullmatch(entry.clinical_review)
    if not found:
        what = f"{entry.clinical_review!r}; allowed: 'pending', or a name, a date and a fingerprint"
    elif found[2] != fingerprint(entry):
        what = (
            f"was changed since it was signed (now {fingerprint(entry)}); sign anew, or 'pending'"
        )
    elif found[1] < entry.reviewed or found[1] > world.today.isoformat():
        what = (
            f"was signed on {found[1]}; allowed: from its last change ({entry.reviewed}) to today"
        )
    else:
        return
    yield _mistake(entry, "metadata.clinical_review", what)


def _first_words(entry: Entry, world: World) -> Iterator[Mistake]:
    yield from polarity.first_words(entry, world.rules["first_words"])
    yield from polarity.nameless(entry, world.rules["first_words"])


def _basis(entry: Entry, world: World) -> Iterator[Mistake]:
    rules = world.rules["basis"]
    yield from basis.basis(entry, world.sources, rules, world.own_facts)


def _figures(entry: Entry, world: World) -> Iterator[Mistake]:
    return basis.figures(entry, world.sources, world.rules["basis"])


def _texts_hold(entry: Entry, world: World) -> Iterator[Mistake]:
    """Each text at every allowed value, and against the table of urgency."""
    for name, what in urgent_words.left_out(entry):
        yield _mistake(entry, name, what)
    for name, text in _texts(entry).items():
        for what in settings.broken(text, world.facts, world.rules["settings"]):
            yield _mistake(entry, name, what)
        for what in (
            *urgent_words.contradictions(text, world.urgency, world.rules["events"]),
            *urgent_words.half_said(text, world.rules["whole"]),
        ):
            yield _mistake(entry, name, what)


def _lines(root: Path, world: World) -> Iterator[Mistake]:
    """The lines of domain.yml: urgency, values, countries' services and what is called checked."""
    for name, text in load_lines(root):
        if begins := re.match(world.rules["first_words"]["dangling"], text, re.IGNORECASE):
            what = f"begins with {begins[0]!r} and does not name what"
            yield Mistake("../../domain.yml", name, "text", what)
        for rule in world.rules["elsewhere"]:
            found = re.search(rule["pattern"], text, re.IGNORECASE)
            if found:
                yield Mistake("../../domain.yml", name, "text", f"says {found[0]!r}: {rule['why']}")
        grammar = world.rules["settings"]["grammar"]
        for what in (
            *urgent_words.contradictions(text, world.urgency, world.rules["events"]),
            *settings.broken_words(text, world.facts, grammar),
        ):
            yield Mistake("../../domain.yml", name, "text", what)


def _table(world: World) -> Iterator[Mistake]:
    """The pre-screen's sources, and its words at every allowed value of the settings they draw."""
    table = load_table()
    rows = yaml.load(DEFAULT_PATH.read_text(encoding="utf-8"), yaml.CSafeLoader)
    cited = {row.id: row.source for row in table.rows.values()}
    cited |= {together.id: together.source for together in table.combinations}
    for name, codes in cited.items():
        for code in codes.split(", "):
            if code not in world.sources and code != "data/urgency.yml":
                what = f"{code!r} is not in data/sources.yml"
                yield Mistake("../../eligibility/rules.yml", name, "source", what)
    for key, text in _strings(rows):
        drawn = set(PLACEHOLDER.findall(text))
        if drawn and drawn <= world.facts.keys():
            grammar = world.rules["settings"]["grammar"]
            for what in settings.broken_words(text, world.facts, grammar):
                yield Mistake("../../eligibility/rules.yml", key, text[:40], what)


def _strings(node: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text under a node of YAML, with the row or key that it stands in."""
    if isinstance(node, str):
        yield key, node
    elif isinstance(node, dict):
        for name, child in node.items():
            yield from _strings(child, str(node.get("id") or key or name))
    elif isinstance(node, list):
        for child in node:
            yield from _strings(child, key)


def _ids(world: World) -> Iterator[Mistake]:
    topics = [entry.topic for entry in world.entries]
    for entry in world.entries:
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,79}", entry.topic):
            yield _mistake(entry, "id", "lower-case letters, digits and underscores, 80 or fewer")
        if topics.count(entry.topic) > 1:
            yield _mistake(entry, "id", "is used twice")
        holder = next((t for t in topics if entry.topic in t and t != entry.topic), None)
        if holder:
            yield _mistake(
                entry, "id", f"is part of the id {holder!r}; rasa matches names as strings"
            )


def folded(ask: str) -> str:
    """A way to ask but for letters' case, marks and word order."""
    return " ".join(sorted(re.findall(r"\w+", ask.lower())))


def _same_words(world: World) -> Iterator[Mistake]:
    """The same way to ask, but for letters' case, marks and word order, under two answers."""
    seen: dict[str, set[str]] = defaultdict(set)
    for entry in world.entries:
        for ask in entry.asks:
            seen[folded(ask)].add(entry.topic)
    by_topic = {entry.topic: entry for entry in world.entries}
    for words, topics in seen.items():
        if len(topics) > 1:
            first, *others = sorted(topics)
            yield _mistake(
                by_topic[first], "nlu", f"{words!r} is also asked under {', '.join(others)}"
            )


def _unused_sources(world: World) -> Iterator[Mistake]:
    used = {code for entry in world.entries for code in entry.sources}
    for code in sorted(world.sources.keys() - used):
        yield Mistake("../sources.yml", code, "source", "no answer uses it", is_warning=True)


def _texts(entry: Entry) -> dict[str, str]:
    return {"text": entry.text, "more": entry.more, "sms": entry.sms}


def _filled(text: str, world: World) -> str:
    return PLACEHOLDER.sub(lambda match: world.facts.get(match[1], match[0]), text)


def _mistake(entry: Entry, field: str, what: str, is_warning: bool = False) -> Mistake:
    return Mistake(entry.file, entry.topic, field, what, is_warning)
