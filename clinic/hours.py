"""Opening hours: is the clinic open at a moment, when does it open next, and both in words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS_AHEAD = 60
ALLOWED = (
    'allowed are spans such as "09:00-18:00" or "00:00-24:00" that end on the same day;'
    " none where it is closed"
)
MIDNIGHT = time.max  # as an end: the whole last minute is open
CLOCK = r"([0-9]{1,2})(?:[:.]([0-9]{2}))?"
SPAN = re.compile(rf"{CLOCK} ?(?:-|–|to) ?{CLOCK}")


@dataclass(frozen=True)
class Span:
    """One stretch of a day, local time, the end not included."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, words: str) -> Span:
        """Read "09:00-18:00", "9-18" or "18:00-24:00". Raise ValueError when it is not that, or ends before it begins."""
        found = SPAN.fullmatch(words.strip())
        if not found:
            raise ValueError(words)
        (hour, minute), end = ((int(found[n]), int(found[n + 1] or 0)) for n in (1, 3))
        opens, closes = time(hour, minute), MIDNIGHT if end in ((24, 0), (0, 0)) else time(*end)
        if closes <= opens:
            raise ValueError(words)
        return cls(opens, closes)

    @property
    def clocks(self) -> tuple[str, str]:
        """When it opens and when it closes, as a clock shows them."""
        return f"{self.opens:%H:%M}", "24:00" if self.closes == MIDNIGHT else f"{self.closes:%H:%M}"

    def __contains__(self, at: time) -> bool:
        return self.opens <= at and (at < self.closes or self.closes == MIDNIGHT)

    def __str__(self) -> str:
        return " to ".join(self.clocks)


def read_day(spans: Iterable[str]) -> tuple[Span, ...]:
    """The spans of a day as the clock passes them, those that meet as one. Raise ValueError with what is allowed."""
    found: list[Span] = []
    try:
        read = sorted(map(Span.parse, spans), key=lambda one: one.opens)
    except ValueError as error:
        raise ValueError(ALLOWED) from error
    for span in read:
        if found and span.opens <= found[-1].closes:
            found[-1] = Span(found[-1].opens, max(found[-1].closes, span.closes))
        else:
            found.append(span)
    return tuple(found)


@dataclass(frozen=True)
class OpeningHours:
    """Spans by weekday name, in the clinic's time zone.

    ``exceptions`` replace a whole day (a holiday is an empty list of spans).
    """

    days: Mapping[str, Sequence[Span]]
    zone: ZoneInfo

    def is_open(
        self, at: datetime, exceptions: Mapping[date, Sequence[Span]] | None = None
    ) -> bool:
        """Say whether the clinic is open at ``at`` (an aware datetime)."""
        local = at.astimezone(self.zone)
        spans = self._spans(local.date(), exceptions or {})
        return any(local.time() in span for span in spans)

    def next_opening(
        self, at: datetime, exceptions: Mapping[date, Sequence[Span]] | None = None
    ) -> datetime | None:
        """The next moment after ``at`` when the doors open, or None within 60 days.

        Doors that stay open past midnight do not open then.
        """
        local = at.astimezone(self.zone)
        for ahead in range(DAYS_AHEAD):
            day = local.date() + timedelta(days=ahead)
            for span in self._spans(day, exceptions or {}):
                opens = datetime.combine(day, span.opens, self.zone)
                if opens > local and not self.is_open(opens - timedelta(minutes=1), exceptions):
                    return opens
        return None

    def closing(
        self, at: datetime, exceptions: Mapping[date, Sequence[Span]] | None = None
    ) -> datetime | None:
        """When the doors that are open at ``at`` close, or None while they are closed."""
        local = at.astimezone(self.zone)
        for span in self._spans(local.date(), exceptions or {}):
            if local.time() in span:
                if span.closes == MIDNIGHT:
                    return datetime.combine(local.date() + timedelta(days=1), time.min, self.zone)
                return datetime.combine(local.date(), span.closes, self.zone)
        return None

    def in_words(self) -> str:
        """The week, days with equal hours joined: "Monday to Friday 09:00 to 18:00; closed Sunday"."""
        runs = [
            (_join_days(days), " and ".join(str(span) for span in spans))
            for days, spans in day_runs(self)
        ]
        open_runs = [f"{days} {words}" for days, words in runs if words]
        closed = [days for days, words in runs if not words]
        return "; ".join(open_runs + [f"closed {days}" for days in closed])

    def _spans(self, day: date, exceptions: Mapping[date, Sequence[Span]]) -> Sequence[Span]:
        if day in exceptions:
            return exceptions[day]
        return self.days.get(DAYS[day.weekday()], ())


def day_runs(opening: OpeningHours) -> list[tuple[list[str], Sequence[Span]]]:
    """The week's days, those in a row with equal hours together."""
    runs: list[tuple[list[str], Sequence[Span]]] = []
    for day in DAYS:
        spans = tuple(opening.days.get(day, ()))
        if runs and runs[-1][1] == spans:
            runs[-1][0].append(day)
        else:
            runs.append(([day], spans))
    return runs


def _join_days(days: Sequence[str]) -> str:
    first, last = days[0].title(), days[-1].title()
    if len(days) == 1:
        return first
    return f"{first} and {last}" if len(days) == 2 else f"{first} to {last}"


def moment_in_words(moment: datetime, now: datetime) -> str:
    """An opening time as a person would say it: "today at 14:00", "Tuesday at 09:00"."""
    days = (moment.date() - now.astimezone(moment.tzinfo).date()).days
    clock = f"{moment:%H:%M}"
    if days == 0:
        return f"today at {clock}"
    if days == 1:
        return f"tomorrow at {clock}"
    if days < 7:
        return f"{moment:%A} at {clock}"
    return f"{moment:%A} {moment.day} {moment:%B} at {clock}"
