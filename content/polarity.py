"""First words that fit every question and name what they speak of: "Yes" answers "can I?" and wounds
whoever asked "must I not?"; "It can" says nothing to somebody who reads the answer by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from content.entries import Entry, Mistake

SENTENCE = re.compile(r"[^.!?]*")
WORD = re.compile(r"[a-z]{4,}")
STEM = 5


def polarity(question: str, rules: Mapping[str, Any]) -> str | None:
    """What a plain yes would mean: "for" goes ahead, "against" holds back, None is no such question."""
    if re.search(rules["against"], question, re.IGNORECASE):
        return "against"
    return "for" if re.search(rules["for"], question, re.IGNORECASE) else None


def both_ways(entry: Entry, rules: Mapping[str, Any]) -> tuple[str, str] | None:
    """A way to ask of each polarity, when an entry has both."""
    found = {polarity(ask, rules): ask for ask in reversed(entry.asks)}
    if "for" in found and "against" in found:
        return found["for"], found["against"]
    return None


def first_words(entry: Entry, rules: Mapping[str, Any]) -> Iterator[Mistake]:
    """An answer that begins with a verdict although it can be asked both ways."""
    asked = both_ways(entry, rules)
    for name, text in (("text", entry.text), ("sms", entry.sms)):
        begins = re.match(rules["verdicts"], text, re.IGNORECASE)
        if begins and asked:
            what = (
                f"begins with {begins[0].strip()!r}, but is asked both ways: "
                f"{asked[0]!r} and {asked[1]!r}; begin with the fact"
            )
            yield Mistake(entry.file, entry.topic, name, what)


def nameless(entry: Entry, rules: Mapping[str, Any]) -> Iterator[Mistake]:
    """An answer whose first sentence begins with "it" and has no word of its question."""
    for name, text in (("text", entry.text), ("sms", entry.sms)):
        begins = re.match(rules["pronoun"], text, re.IGNORECASE)
        first = SENTENCE.match(text)
        if not begins or not first or re.search(rules["subject"], first[0], re.IGNORECASE):
            continue
        if not _stems(first[0]) & _stems(entry.question):
            what = f"begins with {begins[0]!r} and does not name what: {first[0]!r}"
            yield Mistake(entry.file, entry.topic, name, what)


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in WORD.findall(text.lower())}
