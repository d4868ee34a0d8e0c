"""An answer as it is typed: read, and checked at each field by the rules of content/.

The rules are those of `make content`; what only a form can get wrong (markup, 10,000 letters, names in a
way to ask) is added here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from clinic import load_default
from clinic.answers import DEVICES, PENDING
from clinic.mistakes import hidden_sign
from clinic.sources import load_default as load_sources
from clinic.urgency import Urgency
from clinic.urgency import load_default as load_urgency
from content.checks import World, among_others, load_rules, of_one
from content.devices import load_table, longest_lead
from content.entries import ROOT, Entry, grade
from content.segments import segments
from content.settings import fill
from frontdesk.knowledge.personal import GAP, masked

LONGEST = {"question": 120, "text": 1_200, "sms": 600, "more": 2_000, "asks": 12_000}
LONGEST_ASK = 150
NAMES = {
    "question": "The question",
    "text": "On the website",
    "sms": "By SMS",
    "more": "Tell me more",
    "asks": "Ways to ask",
    "sources": "Sources",
    "related": "What may follow",
}
FIELDS = {
    "nlu": "asks",
    "id": "question",
    "metadata.question": "question",
    "metadata.sources": "sources",
    "metadata.related": "related",
}
"""A rule's own word for a field, where it differs from the form's."""
NOT_TYPED = ("metadata.reviewed", "metadata.clinical_review")
MARKUP = re.compile(r"</?[a-z!][^>]*>|\*\*|__|\]\(|&[a-z]+;|```", re.I)
TRAINING_MARKUP = re.compile(r"[\[\]{}|]|^/")
WORD = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Typed:
    """What stands in the form."""

    topic: str
    file: str
    question: str
    text: str
    sms: str
    more: str
    sources: tuple[str, ...]
    related: tuple[str, ...]
    staff_answer: bool
    asks: tuple[str, ...]

    def entry(self, before: tuple[str, ...], today: date) -> Entry:
        """The answer as the rules read it; ``before``: ways to ask that are not the clinic's."""
        return Entry(
            file=self.file,
            topic=self.topic,
            asks=(*before, *self.asks),
            text=self.text,
            sms=self.sms,
            question=self.question,
            more=self.more,
            sources=self.sources,
            reviewed=today.isoformat(),
            clinical_review=PENDING,
            related=self.related,
            staff_answer=self.staff_answer,
        )


@dataclass(frozen=True)
class Checked:
    """What is wrong, by field; what is only to be thought about; and the figures beside each text."""

    wrong: Mapping[str, Sequence[str]]
    advice: Mapping[str, Sequence[str]] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)


def tidy(text: str) -> str:
    """One line without blanks at its ends."""
    return " ".join(text.split())


def lines(text: str) -> tuple[str, ...]:
    """Each line once, without marks of a list before it."""
    found = (tidy(line).lstrip("-–• ") for line in text.splitlines())
    return tuple(dict.fromkeys(line for line in found if line))


def checked(
    typed: Typed,
    before: tuple[str, ...],
    others: Sequence[Entry],
    facts: dict[str, str],
    today: date,
    are_typed: bool = True,
) -> Checked:
    """Every rule on what was typed. before: ways to ask that stand in the file. others: all answers.

    are_typed: somebody typed the ways to ask just now; in a file names in them were looked for before.
    """
    wrong: dict[str, list[str]] = defaultdict(list)
    for name, what in _typing(typed if are_typed else replace(typed, asks=())):
        wrong[name].append(what)
    if wrong:  # the rules are for words, not for ten thousand letters
        return Checked(wrong)
    advice: dict[str, list[str]] = defaultdict(list)
    entry = typed.entry(before, today)
    if not typed.question:
        wrong["question"].append("Write the question, as a button shows it.")
    beside = () if entry.is_of_device else _beside(entry, others, facts, today)
    if not typed.sources:
        wrong["sources"].append(
            "Choose what it rests on; for what only you know, our clinic's own facts."
        )
    for mistake in (*of_one(entry, world(others, facts, today)), *beside):
        name = FIELDS.get(mistake.field, mistake.field)
        if mistake.field in NOT_TYPED:
            continue
        few = name == "asks" and mistake.what.startswith(f"{len(entry.asks)} ways")
        (advice if few or mistake.is_warning else wrong)[name].append(_sentence(mistake.what))
    return Checked(wrong, advice, _figures(entry, facts))


def _beside(entry: Entry, others: Sequence[Entry], facts: dict[str, str], today: date) -> list[Any]:
    return among_others(entry, world(others, facts, today))


def world(entries: Sequence[Entry], facts: dict[str, str], today: date) -> World:
    """What an answer is checked against."""
    rules, urgency = _rules()
    return World(rules, list(entries), load_sources(), urgency, facts, today)


@lru_cache(maxsize=1)
def _rules() -> tuple[dict[str, Any], Urgency]:
    return load_rules(ROOT), load_urgency()


def _typing(typed: Typed) -> list[tuple[str, str]]:
    """What only a form can get wrong."""
    found: list[tuple[str, str]] = []
    for name in ("question", "text", "sms", "more"):
        words = getattr(typed, name)
        if len(words) > LONGEST[name]:
            found.append((name, f"{len(words):,} letters; {LONGEST[name]:,} or fewer."))
        elif hidden_sign(words):
            found.append((name, "There is a hidden sign in it; write plain words."))
        elif mark := MARKUP.search(words):
            found.append((name, f"“{mark[0]}” is markup; write plain words."))
    if sum(map(len, typed.asks)) > LONGEST["asks"]:
        found.append(("asks", f"{LONGEST['asks']:,} letters or fewer in all."))
        return found
    for ask in typed.asks:
        if why := objection(ask):
            found.append(("asks", f"“{ask[:40]}”: {why}"))
    return found


def objection(ask: str) -> str | None:
    """Why a line is no way to ask."""
    if len(ask) > LONGEST_ASK:
        return f"{LONGEST_ASK} letters or fewer."
    if hidden_sign(ask):
        return "leave out the hidden sign."
    if mark := TRAINING_MARKUP.search(ask) or MARKUP.search(ask):
        return f"leave out “{mark[0]}”."
    if not WORD.search(ask):
        return "write it in words."
    if GAP in ask or masked(ask) != ask:
        return "it may say who somebody is; leave out names, numbers and addresses."
    return None


def _figures(entry: Entry, facts: Mapping[str, str]) -> dict[str, str]:
    rules = _rules()[0]
    lengths, reading = rules["lengths"], rules["reading"]
    if entry.is_of_device:
        said = in_full(entry, facts)
        return {
            "text": f"{len(said)} of {lengths['sms_characters']} letters with what stands before it, reading "
            f"grade {grade(entry.text):.1f} ({reading['highest_grade']} or lower)"
        }
    found: dict[str, str] = {}
    for name, most in (("text", lengths["answer_words"]), ("more", lengths["more_words"])):
        words = fill(getattr(entry, name), facts)
        if words:
            found[name] = (
                f"{len(words.split())} of {most} words, reading grade {grade(getattr(entry, name)):.1f} "
                f"({reading['highest_grade']} or lower)"
            )
    sms = fill(entry.sms, facts)
    count = segments(sms)
    found["sms"] = (
        f"{len(sms)} of {lengths['sms_characters']} letters, {count} SMS segment{'s' if count != 1 else ''}"
    )
    found["question"] = f"{len(entry.question)} of {lengths['question_characters']} letters"
    found["asks"] = (
        f"{len(entry.asks)} ways to ask; the assistant learns from {lengths['ways_to_ask']} on"
    )
    return found


def in_full(entry: Entry | Typed, facts: Mapping[str, str]) -> str:
    """The text with the clinic's facts; of a device with its longest name, and what is said before it."""
    if entry.file != DEVICES:
        return fill(entry.text, facts)
    lead, name = longest_lead(load_table(ROOT), entry.topic, load_default().kinds)
    said = lead + fill(entry.text, {**facts, "device": name})
    return said[:1].upper() + said[1:]


def new_topic(question: str, others: Sequence[Entry], number: int) -> str:
    """An id that no other is part of, nor has a part of."""
    known = {one.topic for one in others}
    while any(topic.startswith(f"own{number}") for topic in known):
        number += 1
    words = "".join(re.findall(r"[a-z0-9]+", question.lower()))[:30]
    for topic in (f"own{number}_{words}", f"own{number}"):
        if words and not any(topic in other or other in topic for other in known):
            return topic
    return f"own{number}"


def typed_of(entry: Entry) -> Typed:
    """An answer of a file, as if it had been typed whole."""
    return Typed(
        entry.topic,
        entry.file,
        entry.question,
        entry.text,
        entry.sms,
        entry.more,
        entry.sources,
        entry.related,
        entry.staff_answer,
        entry.asks,
    )


def _sentence(what: str) -> str:
    return what[:1].upper() + what[1:] + ("" if what.endswith((".", "!", "?")) else ".")
