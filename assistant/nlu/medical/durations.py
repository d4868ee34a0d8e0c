"""How long, and how long ago: "3 months ago", "since June" and "half a year" as ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from assistant.nlu.medical.numbers import COUNT, number
from assistant.nlu.medical.phrasing import Lists, expression

UNITS = {
    "D": ["day", "days", "night", "nights"],
    "W": ["week", "weeks", "wk", "wks"],
    "M": ["month", "months", "mth", "mths", "mnth", "mnths", "mo"],
    "Y": ["year", "years", "yr", "yrs"],
}
UNIT_OF = {word: letter for letter, words in UNITS.items() for word in words}
_YEAR = "january february march april may june july august september october november december"
MONTHS = _YEAR.split()
SHORT = {month[:3]: place for place, month in enumerate(MONTHS, 1) if month != "may"} | {"sept": 9}
MONTH_OF = {month: place for place, month in enumerate(MONTHS, 1)} | SHORT
COUNTED = re.compile(
    rf"(?<![^ ])(?<!twice )(?<!once )(?<!times )(?<!\d )(?P<count>{COUNT}) (?P<half>and a half )?(?P<more>or \w+ |to \w+ |- \d+ )?"
    rf"(?P<unit>{'|'.join(UNIT_OF)}) (?P<after>and a half )?(?P<tail>ago |back |old )?"
)
NAMED = re.compile(
    rf"(?<![^ ])(?:in|since|till|until|last|back in|end of|start of|early|late|mid) "
    rf"(?:early |late |mid |the end of )?(?P<month>{'|'.join(MONTH_OF)}) (?P<year>(?:19|20)\d\d )?"
)
YEAR = re.compile(r"(?<![^ ])(?:(?:in|since|back in|around|early|late) )?(?P<year>(?:19|20)\d\d) ")

DAYS_IN = {"D": 1, "W": 7, "M": 30, "Y": 365}
VALUE = re.compile(r"P(\d+)([DWMY])")


def days_of(value: str) -> int | None:
    """About how many days an ISO 8601 length of time such as P3M is; None when it is none in one unit."""
    found = VALUE.fullmatch(value)
    return int(found[1]) * DAYS_IN[found[2]] if found else None


@dataclass(frozen=True)
class Measure:
    """A stretch of plain text, from ``start`` to ``end``, and what it amounts to."""

    kind: str
    value: str
    start: int
    end: int


class Durations:
    """Finds durations; ``fixed`` are phrases with their ISO value, such as "last month": P1M."""

    def __init__(self, fixed: Mapping[str, list[str]], lists: Lists) -> None:
        self._fixed = {value: expression(phrases, lists) for value, phrases in fixed.items()}

    def find(self, plain: str, today: date) -> Iterator[Measure]:
        """Every duration in ``plain``, in which each word is followed by one space."""
        for value, pattern in self._fixed.items():
            for found in pattern.finditer(plain):
                yield _measure(value, found)
        for found in COUNTED.finditer(plain):
            yield _measure(_counted(found), found)
        for found in NAMED.finditer(plain):
            yield _measure(_since(MONTH_OF[found["month"]], found["year"], today), found)
        for found in YEAR.finditer(plain):
            if 0 <= today.year - int(found["year"]) <= 100:
                yield _measure(f"P{today.year - int(found['year'])}Y", found)


def _measure(value: str, found: re.Match[str]) -> Measure:
    return Measure("duration", value, found.start(), found.start() + len(found.group().rstrip()))


def _counted(found: re.Match[str]) -> str:
    count, unit = number(found["count"]), UNIT_OF[found["unit"]]
    if found["half"] or found["after"]:
        count += 0.5
    if count != int(count):
        smaller = {"Y": ("M", 12), "M": ("W", 4), "W": ("D", 7), "D": ("D", 1)}
        unit, times = smaller[unit]
        count *= times
    return f"P{int(count)}{unit}"


def _since(month: int, year: str | None, today: date) -> str:
    """Whole months from the latest such month (or that of the year) until today."""
    then = int(year) if year else today.year - (month > today.month)
    months = max(0, (today.year - then) * 12 + today.month - month)
    return f"P{months}M" if months < 24 else f"P{months // 12}Y"
