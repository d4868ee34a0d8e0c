"""The numbers page, its bars, and the same as a CSV file."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from frontdesk.answering.desk import Desk
from frontdesk.http import csv_file
from frontdesk.inbox import numbers
from frontdesk.inbox.numbers import WITH_STAFF, WITHOUT_STAFF, Numbers
from frontdesk.inbox.pages import Pages
from frontdesk.knowledge.faq import topics
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Session, Staff

MOST_BARS = 10
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
    value: int
    parts: tuple[tuple[str, float, float], ...]


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
            reasons=_bars(shown.tally("handed_over"), _spoken),
            questions=_bars(shown.tally("questions"), _question),
            unanswered=_bars(shown.tally("unanswered"), _question),
            outcomes=_bars(shown.tally("prescreen"), lambda one: OUTCOMES.get(one, one)),
        )

    async def download(self, request: Request, session: Session) -> Response:
        """Everything as one line a week, channel, measure and detail."""
        counted = await self._count()
        await self._staff.note(session.member.id, Event.EXPORTED_NUMBERS)
        name = f"numbers-{self._desk.clinic.today(self._desk.clock()).isoformat()}.csv"
        return csv_file(name, [COLUMNS, *counted.rows()])

    async def _count(self) -> Numbers:
        desk = self._desk
        return await numbers.count(desk.conversations, desk.clinic, desk.clock())


def _weeks(shown: Numbers) -> list[Bar]:
    alone = shown.tally("conversations", "week", WITHOUT_STAFF)
    people = shown.tally("conversations", "week", WITH_STAFF)
    return _stacked([(f"{week:%-d %b}", alone[week], people[week]) for week in shown.weeks])


def _by_channel(shown: Numbers) -> list[Bar]:
    alone = shown.tally("conversations", "channel", WITHOUT_STAFF)
    people = shown.tally("conversations", "channel", WITH_STAFF)
    return _stacked([(one, alone[one], people[one]) for one in shown.channels()])


def _stacked(lines: list[tuple[str, int, int]]) -> list[Bar]:
    longest = max((alone + people for _, alone, people in lines), default=0) or 1
    bars = []
    for label, alone, people in lines:
        first, second = 100 * alone / longest, 100 * people / longest
        parts = (("alone", 0.0, first), ("people", first, second))
        bars.append(Bar(label, alone + people, parts))
    return bars


def _bars(tally: Counter[Any], words: Any) -> list[Bar]:
    """The most frequent, the longest bar first."""
    most = [(detail, value) for detail, value in tally.most_common(MOST_BARS) if value]
    longest = most[0][1] if most else 1
    return [
        Bar(words(detail), value, (("alone", 0.0, 100 * value / longest),))
        for detail, value in most
    ]


def _spoken(detail: str) -> str:
    return detail.replace("_", " ") or "other"


def _question(detail: str) -> str:
    found = topics().get(detail)
    return found.question if found else _spoken(detail)
