"""The numbers page, its bars, and the same as a CSV file."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from frontdesk.answering.desk import Desk
from frontdesk.http import csv_file
from frontdesk.inbox import numbers
from frontdesk.inbox.lists import inbox_words
from frontdesk.inbox.numbers import WITH_STAFF, WITHOUT_STAFF, Numbers, Wait, spread
from frontdesk.inbox.pages import Pages, question_of, span_in_words
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Session, Staff

MOST_BARS = 10
LEAST_VOTES = 3
BEHIND = "/inbox/found"
"""Leads to the conversations of a week or a channel."""
COLUMNS = ("week_begins", "channel", "measure", "detail", "value")
OUTCOMES = {
    "U1": "Get help now",
    "U2": "See a doctor soon",
    "N": "Not now",
    "R": "Staff need to look first",
    "A": "Something else may suit better",
    "S": "Looks fine to book a consultation",
}
"""The pre-screen's outcomes as staff know them, the most urgent first."""


@dataclass(frozen=True)
class Bar:
    """One line of a chart. ``parts``: (style, start, width) in percent of the longest line."""

    label: str
    value: int | str
    parts: tuple[tuple[str, float, float], ...]
    link: str = ""
    """To the conversations behind it."""


class NumbersPage:
    """What happened, at a glance and as a file."""

    def __init__(self, desk: Desk, staff: Staff, pages: Pages) -> None:
        self._desk = desk
        self._staff = staff
        self._pages = pages

    async def show(self, request: Request, session: Session) -> Response:
        """All channels, or one."""
        everything = await self._count()
        channel = request.query_params.get("channel", "")
        channels = everything.channels()
        shown = everything.of_channel(channel) if channel in channels else everything
        return self._pages.render(
            "numbers.html",
            me=session.member,
            csrf_token=session.csrf_token,
            channels=channels,
            chosen=channel,
            numbers=shown,
            with_staff=WITH_STAFF,
            without_staff=WITHOUT_STAFF,
            weeks=_weeks(shown),
            by_channel=_by_channel(shown),
            reasons=_bars(shown.tally("handed_over"), _reason),
            questions=_bars(shown.tally("questions"), question_of),
            unanswered=_bars(shown.tally("unanswered"), question_of),
            trends=_trends(shown),
            by_hour=_by_hour(shown),
            by_answer=_by_answer(shown),
            costs=self._costs(shown),
            outcomes=_bars(shown.tally("prescreen"), lambda one: OUTCOMES.get(one, one)),
        )

    async def download(self, request: Request, session: Session) -> Response:
        """Everything as one line a week, channel, measure and detail."""
        counted = await self._count()
        await self._staff.note(session.member.id, Event.EXPORTED_NUMBERS)
        name = f"numbers-{self._desk.clinic.today(self._desk.clock()).isoformat()}.csv"
        return csv_file(name, [COLUMNS, *counted.rows()])

    def _costs(self, shown: Numbers) -> list[Bar]:
        """What providers took for what we sent, by the prices that the clinic typed in."""
        parts, messages = shown.tally("parts", "channel"), shown.tally("messages", "channel")
        prices = self._desk.clinic.channels.prices
        paid = [one for one in prices if parts[one]]
        longest = max((prices[one].amount * parts[one] for one in paid), default=0) or 1
        return [
            Bar(
                f"{_channel(one)}: {messages[one]:,} messages, {price.each(parts[one], messages[one])} each",
                price.of(parts[one]),
                (("people", 0.0, float(100 * price.amount * parts[one] / longest)),),
                behind(channel=one),
            )
            for one in paid
            if (price := prices[one])
        ]

    async def _count(self) -> Numbers:
        desk = self._desk
        return await numbers.count(desk.conversations, desk.clinic, desk.clock())


def _weeks(shown: Numbers) -> list[Bar]:
    alone = shown.tally("conversations", "week", WITHOUT_STAFF)
    people = shown.tally("conversations", "week", WITH_STAFF)
    lines = [(f"{week:%-d %b}", alone[week], people[week], _of_week(week)) for week in shown.weeks]
    return _stacked(lines)


def _of_week(week: date) -> str:
    return behind(since=week.isoformat(), until=(week + timedelta(days=6)).isoformat())


def behind(**wanted: str) -> str:
    """The address of the conversations behind a figure."""
    return f"{BEHIND}?{urlencode(wanted)}"


def _by_channel(shown: Numbers) -> list[Bar]:
    alone = shown.tally("conversations", "channel", WITHOUT_STAFF)
    people = shown.tally("conversations", "channel", WITH_STAFF)
    lines = [
        (_channel(one), alone[one], people[one], behind(channel=one)) for one in shown.channels()
    ]
    return _stacked(lines)


def _channel(key: str) -> str:
    found: str = inbox_words()["channels"].get(key, key)
    return found


def _stacked(lines: list[tuple[str, int, int, str]]) -> list[Bar]:
    longest = max((alone + people for _, alone, people, _ in lines), default=0) or 1
    bars = []
    for label, alone, people, link in lines:
        first, second = 100 * alone / longest, 100 * people / longest
        parts = (("alone", 0.0, first), ("people", first, second))
        bars.append(Bar(label, alone + people, parts, link))
    return bars


def _trends(shown: Numbers) -> list[tuple[str, list[Bar]]]:
    """What should get better from week to week, each with its bars."""
    talks = shown.tally("conversations", "week")
    alone = shown.tally("conversations", "week", WITHOUT_STAFF)
    votes, helped = shown.tally("votes", "week"), shown.tally("votes", "week", "helpful")
    waits = _grouped(shown, lambda one: one.week)
    missed = {week: sum(one is None for one in waits[week]) for week in shown.weeks}
    median = {week: _median(waits[week]) for week in shown.weeks}
    return [
        ("Answered without staff", _shares(shown, alone, talks)),
        ("Time to a person, half of them", _times(median, lambda one: f"{one:%-d %b}", _of_week)),
        ("Asked for a person, nobody wrote", _counts(missed)),
        ("Found the answer helpful", _shares(shown, helped, votes)),
    ]


def _by_hour(shown: Numbers) -> list[Bar]:
    """Half of those who asked for a person in that hour waited so long, or less."""
    waits = _grouped(shown, lambda one: one.hour)
    median = {hour: _median(waits[hour]) for hour in sorted(waits)}
    return _times(median, lambda one: f"{one:02}:00", lambda one: "")


def _by_answer(shown: Numbers) -> list[Bar]:
    """The answers that helped least, of those with some votes."""
    votes, helped = shown.tally("voted"), shown.tally("helped")
    shares = {one: helped[one] / count for one, count in votes.items() if count >= LEAST_VOTES}
    return [
        Bar(
            f"{question_of(one)} ({votes[one]} votes)",
            f"{share:.0%}",
            (("alone", 0.0, 100 * share),),
        )
        for one, share in sorted(shares.items(), key=lambda pair: pair[1])[:MOST_BARS]
    ]


def _grouped(shown: Numbers, key: Callable[[Wait], Any]) -> dict[Any, list[float | None]]:
    found: dict[Any, list[float | None]] = defaultdict(list)
    for one in shown.waits:
        found[key(one)].append(one.seconds)
    return found


def _median(seconds: list[float | None]) -> float | None:
    found = spread([one for one in seconds if one is not None])
    return found[0] if found else None


def _shares(shown: Numbers, part: Counter[object], whole: Counter[object]) -> list[Bar]:
    bars = []
    for week in shown.weeks:
        share = part[week] / whole[week] if whole[week] else None
        words = "–" if share is None else f"{share:.0%}"
        parts = (("alone", 0.0, 100 * (share or 0.0)),)
        bars.append(Bar(f"{week:%-d %b}", words, parts, _of_week(week)))
    return bars


def _counts(counted: dict[date, int]) -> list[Bar]:
    longest = max(counted.values(), default=0) or 1
    return [
        Bar(f"{week:%-d %b}", count, (("people", 0.0, 100 * count / longest),), _of_week(week))
        for week, count in counted.items()
    ]


def _times(median: dict[Any, float | None], label: Callable[[Any], str], link: Any) -> list[Bar]:
    longest = max((one or 0.0 for one in median.values()), default=0.0) or 1.0
    return [
        Bar(
            label(key),
            "–" if seconds is None else span_in_words(seconds),
            (("alone", 0.0, 100 * (seconds or 0.0) / longest),),
            link(key),
        )
        for key, seconds in median.items()
    ]


def _bars(tally: Counter[Any], words: Any) -> list[Bar]:
    """The most frequent, the longest bar first."""
    most = [(detail, value) for detail, value in tally.most_common(MOST_BARS) if value]
    longest = most[0][1] if most else 1
    return [
        Bar(words(detail), value, (("alone", 0.0, 100 * value / longest),))
        for detail, value in most
    ]


def _reason(detail: str) -> str:
    found: str = inbox_words()["reasons"].get(detail, detail.replace("_", " ") or "other")
    return found
