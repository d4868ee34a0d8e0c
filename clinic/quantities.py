"""The quantities of clinic.yml: a length of time, a range of them, a day, a count, an amount of money.

A quantity is read once, compared with the least and the most that its sentence can bear, and put into
words in one form, so that every text that draws it stays a sentence whatever a clinic chooses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

MINUTES = {
    "minute": 1,
    "hour": 60,
    "day": 1440,
    "week": 10080,
    "month": 43200,
    "year": 525600,
}
UNITS = "|".join(MINUTES)
DURATION = re.compile(rf"(\d{{1,4}}) ({UNITS})s?")
DURATIONS = re.compile(rf"(\d{{1,4}})(?: ({UNITS})s?)? to (\d{{1,4}}) ({UNITS})s?")
COUNTS = re.compile(r"(\d{1,3})(?: to (\d{1,3}))?")
DAYS = re.compile(r"after (\d{1,3}) days")
SIGN = r"[A-Z]{0,3}[$£¥€֏؋৳฿៛﷼＄￡￥￦\u20a0-\u20c0]"
CURRENCY = rf"(?:{SIGN}|[A-Z]{{3}}|kr|Kč|zł|Ft|lei|лв|Rs\.?|Fr\.|R|円|元|원)"
GROUPS = r"[0-9]{1,3}(?:[,. '’\u00a0\u202f][0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}"
AMOUNT = rf"(?=[0-9.,]*[1-9])(?:{GROUPS}|[0-9]{{1,7}})(?:[.,](?:[0-9]{{1,2}}|[-–—]{{1,2}}))?"
BLANK = r"[ \u00a0\u202f]?"
MONEY = re.compile(
    rf"(?:{CURRENCY}{BLANK}{AMOUNT}|{SIGN}{BLANK}{AMOUNT} [A-Z]{{3}}"
    rf"|{AMOUNT}{BLANK}{CURRENCY}|{AMOUNT})"
)
"""More than nothing, with one currency, before or after; a dollar may say whose it is ("$180 CAD")."""


@dataclass(frozen=True)
class Duration:
    """So many minutes, hours, days, weeks, months or years: "4 weeks"."""

    number: int
    unit: str

    @property
    def size(self) -> tuple[int, int]:
        """About how many minutes, twice: for comparing with a range."""
        minutes = self.number * MINUTES[self.unit]
        return minutes, minutes

    def __str__(self) -> str:
        return f"{self.number} {self.unit}{'' if self.number == 1 else 's'}"


@dataclass(frozen=True)
class Range:
    """From one length of time to a longer one: "3 to 6 months", "2 hours to 2 days"."""

    least: Duration
    most: Duration

    @property
    def size(self) -> tuple[int, int]:
        """About how many minutes the ends are."""
        return self.least.size[0], self.most.size[1]

    def __str__(self) -> str:
        if self.least.unit == self.most.unit:
            return f"{self.least.number} to {self.most}"
        return f"{self.least} to {self.most}"


@dataclass(frozen=True)
class Count:
    """So many, or from so many to more: "3 to 5"."""

    least: int
    most: int

    @property
    def size(self) -> tuple[int, int]:
        """Its ends."""
        return self.least, self.most

    def __str__(self) -> str:
        return str(self.least) if self.least == self.most else f"{self.least} to {self.most}"


@dataclass(frozen=True)
class Day:
    """How many days later: "the same day", "the next day", "after 3 days"."""

    number: int

    @property
    def size(self) -> tuple[int, int]:
        """Its days, twice."""
        return self.number, self.number

    def __str__(self) -> str:
        return {0: "the same day", 1: "the next day"}.get(self.number, f"after {self.number} days")


@dataclass(frozen=True)
class Sunscreen:
    """How strong a sunscreen must be at least: "SPF 30 or higher"."""

    number: int

    @property
    def size(self) -> tuple[int, int]:
        """Its factor, twice."""
        return self.number, self.number

    def __str__(self) -> str:
        return f"SPF {self.number} or higher"


Quantity = Duration | Range | Count | Day | Sunscreen


def read_duration(words: str) -> Duration | None:
    """Read "4 weeks"; None when it is not a length of time, or none at all ("0 weeks")."""
    found = DURATION.fullmatch(words)
    return Duration(int(found[1]), found[2]) if found and int(found[1]) else None


def read_range(words: str) -> Duration | Range | None:
    """Read "3 to 6 months", "2 hours to 2 days" or "4 weeks"; None when the end is not later."""
    found = DURATIONS.fullmatch(words)
    if not found:
        return read_duration(words)
    span = Range(Duration(int(found[1]), found[2] or found[4]), Duration(int(found[3]), found[4]))
    return span if 0 < span.size[0] < span.size[1] else None


def read_count(words: str) -> Count | None:
    """Read "3 to 5" or "4"; None when it is neither, none at all, or falls."""
    found = COUNTS.fullmatch(words)
    if not found:
        return None
    count = Count(int(found[1]), int(found[2] or found[1]))
    falls = bool(found[2]) and count.least >= count.most
    return None if falls or not count.least else count


def read_day(words: str) -> Day | None:
    """Read "the same day", "the next day" or "after 3 days"."""
    if words in ("the same day", "the next day"):
        return Day(int(words == "the next day"))
    found = DAYS.fullmatch(words)
    return Day(int(found[1])) if found and int(found[1]) > 1 else None


def read_sunscreen(words: str) -> Sunscreen | None:
    """Read "30"."""
    return Sunscreen(int(words)) if words.isdecimal() else None


@dataclass(frozen=True)
class Setting:
    """One line of ``practice:``: how it is read, an example, the least and the most it may be.

    Those of the pre-screen's table (eligibility/rules.yml) have its bounds; a test holds them equal.
    """

    read: Callable[[str], Quantity | None]
    example: str
    least: str
    most: str

    def parse(self, words: object) -> Quantity:
        """Read ``words``. Raise ValueError that says what is allowed."""
        found = self.read(str(words).strip())
        if found is None:
            raise ValueError(f"allowed is {self.example!r} or the like, {self._bounds()}")
        if not self._within(found):
            raise ValueError(f"allowed is {self._bounds()}")
        return found

    def _within(self, found: Quantity) -> bool:
        low, high = self.read(self.least), self.read(self.most)
        assert low is not None
        assert high is not None
        return low.size[0] <= found.size[0] and found.size[1] <= high.size[1]

    def _bounds(self) -> str:
        return f"between {self.least!r} and {self.most!r}"


PRACTICE: Mapping[str, Setting] = {
    "sessions": Setting(read_count, "3 to 5", "1", "12"),
    "session_gap": Setting(read_range, "4 weeks", "1 week", "12 weeks"),
    "session_length": Setting(read_range, "30 to 60 minutes", "5 minutes", "4 hours"),
    "numbing_wait": Setting(read_range, "30 to 60 minutes", "10 minutes", "2 hours"),
    "results_first": Setting(read_range, "4 to 8 weeks", "1 week", "3 months"),
    "results_full": Setting(read_range, "3 to 6 months", "2 months", "12 months"),
    "results_last": Setting(read_range, "1 to 3 years", "3 months", "5 years"),
    "upkeep_gap": Setting(read_range, "12 to 24 months", "3 months", "5 years"),
    "tan_wait": Setting(read_duration, "4 weeks", "2 weeks", "12 weeks"),
    "sun_after": Setting(read_duration, "4 weeks", "1 week", "12 months"),
    "sun_strong": Setting(read_duration, "3 months", "4 weeks", "12 months"),
    "spf": Setting(read_sunscreen, "30", "30", "100"),
    "isotretinoin_wait": Setting(read_duration, "6 months", "1 month", "24 months"),
    "breastfeeding_wait": Setting(read_duration, "3 months", "1 month", "12 months"),
    "cold_sore_wait": Setting(read_duration, "2 weeks", "1 week", "8 weeks"),
    "retinoid_stop": Setting(read_duration, "7 days", "1 day", "60 days"),
    "exfoliant_stop": Setting(read_duration, "7 days", "1 day", "60 days"),
    "botox_wait": Setting(read_duration, "2 weeks", "1 week", "12 weeks"),
    "filler_wait": Setting(read_duration, "4 weeks", "1 week", "26 weeks"),
    "light_laser_wait": Setting(read_duration, "3 weeks", "2 weeks", "26 weeks"),
    "strong_laser_wait": Setting(read_duration, "12 weeks", "6 weeks", "52 weeks"),
    "peel_wait": Setting(read_duration, "3 months", "1 month", "12 months"),
    "face_surgery_wait": Setting(read_duration, "12 months", "3 months", "36 months"),
    "body_surgery_wait": Setting(read_duration, "6 months", "2 months", "24 months"),
    "smoking_pause": Setting(read_duration, "2 weeks", "1 week", "12 weeks"),
    "exercise_wait": Setting(read_duration, "24 hours", "12 hours", "14 days"),
    "exercise_strong": Setting(read_range, "7 to 10 days", "2 days", "4 weeks"),
    "heat_wait": Setting(read_duration, "48 hours", "12 hours", "14 days"),
    "creams_wait": Setting(read_duration, "1 week", "2 days", "8 weeks"),
    "waxing_wait": Setting(read_duration, "1 week", "2 days", "8 weeks"),
    "makeup_wait": Setting(read_day, "the next day", "the same day", "after 14 days"),
    "makeup_strong": Setting(read_range, "4 to 7 days", "2 days", "4 weeks"),
    "swim_wait": Setting(read_duration, "1 week", "2 days", "8 weeks"),
    "redness_light": Setting(read_range, "2 hours to 2 days", "1 hour", "7 days"),
    "redness_strong": Setting(read_range, "1 to 4 weeks", "3 days", "6 months"),
    "work_light": Setting(read_day, "the same day", "the same day", "after 7 days"),
    "work_strong": Setting(read_range, "4 to 7 days", "2 days", "4 weeks"),
    "patch_before": Setting(read_duration, "48 hours", "24 hours", "8 weeks"),
    "test_patch_wait": Setting(read_duration, "1 week", "48 hours", "12 weeks"),
    "redheat_call_hours": Setting(read_duration, "48 hours", "12 hours", "7 days"),
}
"""Every length of time that a text may draw. The keys are placeholders: {tan_wait}."""

ORDER = (
    ("light_laser_wait", "strong_laser_wait"),
    ("patch_before", "test_patch_wait"),
    ("results_first", "results_full"),
    ("sun_after", "sun_strong"),
    ("redness_light", "redness_strong"),
    ("redheat_call_hours", "redness_strong"),
)
"""Pairs whose first may not be longer than its second."""


def orders_broken(practice: Mapping[str, Quantity]) -> list[str]:
    """A sentence for each pair of settings that stands the wrong way round."""
    return [
        f"'practice.{first}' ({practice[first]}) is longer than 'practice.{second}' "
        f"({practice[second]}); allowed is the same or shorter"
        for first, second in ORDER
        if first in practice and second in practice
        if practice[first].size[1] > practice[second].size[1]
    ]
