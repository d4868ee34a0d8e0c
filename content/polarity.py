"""First words that fit every question: "Yes" answers "can I?" and wounds whoever asked "must I not?"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from content.entries import Entry, Mistake


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
