"""Phone numbers, e-mail addresses and names, as somebody leaves them to be called back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers
from spacy.tokens import Doc

from assistant.nlu.medical.tokens import SPANS

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
FEWEST_DIGITS = 7
LONGEST_TEXT = 2_000
NAME = r"(?P<name>[A-ZÀ-ÖØ-Ý][\w'’-]+(?: (?:[A-ZÀ-ÖØ-Ý][\w'’-]+|de|van|von|da|el|al))*)"
LOWER_NAME = r"(?P<name>[^\W\d_]{2,}(?: [A-ZÀ-ÖØ-Ý][\w'’-]+)?)"
SURE_CUE = re.compile(rf"\b(?i:my name is|my names|my name's|name is|name:|call me)\s+{LOWER_NAME}")
CUE = re.compile(rf"\b(?i:this is|it's|its|i'm|im|i am|here is|from)\s+{NAME}")
_NOT_NAMES = (
    "a an the on at in not and from for me back tomorrow today later when after before between any "
    "anytime monday tuesday wednesday thursday friday saturday sunday by asap now please if i is it "
    "crazy old"
)
NOT_NAMES = frozenset(_NOT_NAMES.split())


@dataclass(frozen=True)
class Place:
    """Something found in the visitor's own text."""

    entity: str
    value: str
    start: int
    end: int


def find_contacts(text: str, region: str) -> Iterator[Place]:
    """Phone numbers as E.164 and e-mail addresses in lower case."""
    text = text[:LONGEST_TEXT]
    if "@" in text:
        for found in EMAIL.finditer(text):
            yield Place("contact", found.group().lower().rstrip("."), found.start(), found.end())
    if sum(map(str.isdigit, text)) >= FEWEST_DIGITS:
        for match in phonenumbers.PhoneNumberMatcher(text, region, phonenumbers.Leniency.POSSIBLE):
            if match.raw_string[0] not in "+(0":
                continue
            shown = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            yield Place("contact", shown, match.start, match.end)


def find_name(text: str, doc: Doc) -> Iterator[Place]:
    """The name after "my name is", or a capitalised one after "this is" and "I'm"."""
    for cue in (SURE_CUE, CUE):
        for found in cue.finditer(text[:LONGEST_TEXT]):
            name = found["name"]
            first = name.split()[0].lower()
            if first in NOT_NAMES or _is_fact(doc, found.start("name"), found.end("name")):
                continue
            if cue is CUE and text.isupper():
                continue
            yield Place("person_name", name, found.start("name"), found.end("name"))
            return


def _is_fact(doc: Doc, start: int, end: int) -> bool:
    places: list[tuple[int, int]] = doc.user_data[SPANS]
    spans = ((places[e.start][0], places[e.end - 1][1]) for e in doc.ents)
    return any(first < end and start < last for first, last in spans)
