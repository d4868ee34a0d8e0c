"""Spans of time as the table writes them ("6 months") and as understanding finds them ("P6M")."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

UNITS = ("hour", "day", "week", "month", "year")
DAYS_IN = {"hour": 0, "day": 1, "week": 7, "month": 30, "year": 365}
WRITTEN = re.compile(r"(\d{1,4}) (hour|day|week|month|year)s?")
ISO = re.compile(r"P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?")


@dataclass(frozen=True)
class Span:
    """So many hours, days, weeks, months or years."""

    count: int
    unit: str

    @property
    def days(self) -> int:
        """About how many days this is, for comparing."""
        return self.count * DAYS_IN[self.unit]

    def after(self, start: date) -> date:
        """The date this long after ``start``; the last day of the calendar when beyond it."""
        try:
            if self.unit in ("month", "year"):
                return _months_after(start, self.count * (12 if self.unit == "year" else 1))
            return start + timedelta(days=self.days)
        except (OverflowError, ValueError):
            return date.max

    def __str__(self) -> str:
        return f"{self.count} {self.unit}" + ("" if self.count == 1 else "s")


def read_span(words: object) -> Span | None:
    """Read "6 months"; None when it is not a span."""
    found = WRITTEN.fullmatch(words.strip()) if isinstance(words, str) else None
    return Span(int(found[1]), found[2]) if found else None


def days_of_iso(duration: object) -> int | None:
    """Read "P3M" as 90 days; None when it is not an ISO 8601 duration of days or longer."""
    found = ISO.fullmatch(duration) if isinstance(duration, str) else None
    if not found or not any(found.groups()):
        return None
    years, months, weeks, days = (int(part or 0) for part in found.groups())
    return years * 365 + months * 30 + weeks * 7 + days


def _months_after(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))
