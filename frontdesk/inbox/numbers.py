"""What happened, counted by week and channel: one shape for the page, its charts and the CSV file.

A week begins on Monday, 00:00 in the clinic's time zone. Numbers go back as far as conversations do:
to the time that most conversations are kept.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from clinic import Clinic
from frontdesk.conversations.model import NOT_UNDERSTOOD, Author, Owner, Status
from frontdesk.conversations.store import Conversations
from frontdesk.storage import tables

MOST_WEEKS = 26
WITH_STAFF, WITHOUT_STAFF = "with_staff", "without_staff"
OF_THE_BOT = [owner.value for owner in Owner if owner.is_bot]
WANT_PEOPLE = [Owner.WAITING.value, Owner.STAFF.value, Owner.CALLBACK.value]
LEFT_UNANSWERED = ("staff_answer", "not_understood")


@dataclass(frozen=True)
class Count:
    """How often one thing happened; ``detail`` says which reason, topic, outcome or vote.

    measure: conversations | handed_over | callbacks | questions | unanswered | prescreen | votes,
    voted and helped (by answer) | parts (sent through a provider) and messages (of such parts).
    """

    week: date
    channel: str
    measure: str
    detail: str
    value: int


@dataclass(frozen=True)
class Wait:
    """How long a visitor who was handed over waited for a person's words, in seconds.

    None: nobody wrote before the conversation went elsewhere, or nobody has yet.
    """

    week: date
    channel: str
    seconds: float | None
    hour: int = 0
    """The hour of the day, at the clinic, in which the wait began."""


@dataclass(frozen=True)
class Numbers:
    """Everything that was counted, the oldest week first."""

    weeks: tuple[date, ...]
    counts: tuple[Count, ...]
    waits: tuple[Wait, ...]

    def of_channel(self, channel: str) -> Numbers:
        """The same of one channel."""
        return replace(
            self,
            counts=tuple(one for one in self.counts if one.channel == channel),
            waits=tuple(one for one in self.waits if one.channel == channel),
        )

    def channels(self) -> list[str]:
        """Channels on which anything happened."""
        return sorted({one.channel for one in self.counts})

    def total(self, measure: str, detail: str | None = None) -> int:
        """How often, in all weeks."""
        return sum(self.tally(measure, "measure", detail).values())

    def tally(self, measure: str, by: str = "detail", detail: str | None = None) -> Counter[Any]:
        """How often, by ``detail``, ``week`` or ``channel``; of one detail or of all."""
        counter: Counter[Any] = Counter()
        for one in self.counts:
            if one.measure == measure and detail in (None, one.detail):
                counter[getattr(one, by)] += one.value
        return counter

    def first_reply(self) -> tuple[float, float] | None:
        """Median and 90th percentile (nearest rank) in seconds; None when nobody has replied."""
        return spread([one.seconds for one in self.waits if one.seconds is not None])

    def rows(self) -> Iterator[tuple[str, str, str, str, int]]:
        """Lines of the CSV file: week, channel, measure, detail, value."""
        for one in self.counts:
            yield one.week.isoformat(), one.channel, one.measure, one.detail, one.value
        waits: dict[tuple[date, str], list[float | None]] = defaultdict(list)
        for wait in self.waits:
            waits[wait.week, wait.channel].append(wait.seconds)
        for (week, channel), all_seconds in sorted(waits.items()):
            here = week.isoformat(), channel, "seconds_to_first_reply"
            if found := spread([one for one in all_seconds if one is not None]):
                yield (*here, "median", round(found[0]))
                yield (*here, "percentile_90", round(found[1]))
            yield week.isoformat(), channel, "no_reply", "", all_seconds.count(None)


def spread(seconds: Sequence[float]) -> tuple[float, float] | None:
    """Median and 90th percentile by nearest rank; None for nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    return statistics.median(ordered), ordered[math.ceil(0.9 * len(ordered)) - 1]


def weeks_until(now: datetime, clinic: Clinic) -> tuple[date, ...]:
    """The Mondays of the weeks that the retention time reaches back to, the oldest first."""
    today = clinic.today(now)
    monday = today - timedelta(days=today.weekday())
    how_many = min(MOST_WEEKS, math.ceil(clinic.retention.finished / 7) + 1)
    return tuple(monday - timedelta(weeks=back) for back in reversed(range(how_many)))


async def count(conversations: Conversations, clinic: Clinic, now: datetime) -> Numbers:
    """Count everything up to ``now``."""
    weeks = weeks_until(now, clinic)
    period = _Period([datetime.combine(one, time.min, clinic.hours.zone) for one in weeks])
    queries = {"conversations": period.conversations()}
    queries |= {measure: period.count(what) for measure, what in _happenings().items()}
    counts = [
        Count(weeks[row.week], row.channel, measure, row.detail or "", row.value)
        for measure, query in queries.items()
        for row in await conversations.rows(query)
    ]
    changes = await conversations.rows(period.changes())
    replies = await conversations.rows(period.replies())
    zone = clinic.hours.zone
    waits = [
        Wait(weeks[week], channel, found, began.astimezone(zone).hour)
        for week, channel, found, began in waited(changes, replies)
    ]
    return Numbers(weeks, tuple(counts), tuple(waits))


def waited(
    changes: Iterable[Any], replies: Iterable[Any]
) -> Iterator[tuple[int, str, float | None, datetime]]:
    """Week, channel, seconds to the first human words and when it began, for each time that people
    were asked for.

    changes: rows of (conversation_id, week, channel, before, after, at), in order.
    replies: rows of (conversation_id, at) of what staff wrote, in order.
    A reply counts until the conversation goes back to the assistant or is closed.
    """
    written: dict[str, list[datetime]] = defaultdict(list)
    for reply in replies:
        written[reply.conversation_id].append(reply.at)
    stretches: dict[str, list[tuple[Any, datetime | None]]] = defaultdict(list)
    for change in changes:
        mine = stretches[change.conversation_id]
        if change.after == Owner.WAITING.value and change.before in OF_THE_BOT:
            mine.append((change, None))
        elif change.after in OF_THE_BOT and mine and mine[-1][1] is None:
            mine[-1] = (mine[-1][0], change.at)
    for conversation_id, mine in stretches.items():
        for began, ended in mine:
            after = (
                at
                for at in written[conversation_id]
                if at >= began.at and (ended is None or at <= ended)
            )
            first = next(after, None)
            seconds = (first - began.at).total_seconds() if first else None
            yield began.week, began.channel, seconds, began.at


class _Period:
    """The weeks, given by their beginnings, inside queries."""

    def __init__(self, starts: Sequence[datetime]) -> None:
        self._starts = starts

    def week(self, at: Any) -> Any:
        """Which week a moment is in, from 0."""
        ends = enumerate(self._starts[1:])
        whens = [(at < end, number) for number, end in ends]
        return sa.case(*whens, else_=len(self._starts) - 1).label("week")

    def count(self, happenings: Any) -> Any:
        """How often, by week, channel and detail, from rows of (conversation_id, at, detail)."""
        what = happenings.subquery()
        channel = tables.conversations.c.channel
        return (
            sa.select(self.week(what.c.at), channel, what.c.detail, sa.func.count().label("value"))
            .join(tables.conversations, tables.conversations.c.id == what.c.conversation_id)
            .where(what.c.at >= self._starts[0])
            .group_by(sa.literal_column("week"), channel, what.c.detail)
        )

    def conversations(self) -> Any:
        """Conversations in which the visitor wrote that week: did people come into it or not?"""
        parts = [
            sa.select(
                table.c.conversation_id,
                self.week(table.c.at),
                sa.literal(said).label("said"),
                sa.literal(1 - said).label("people"),
            ).where(table.c.at >= self._starts[0], condition)
            for table, said, condition in (
                (tables.messages, 1, tables.messages.c.author == Author.VISITOR.value),
                (tables.messages, 0, tables.messages.c.author == Author.STAFF.value),
                (tables.owner_changes, 0, tables.owner_changes.c.after.in_(WANT_PEOPLE)),
            )
        ]
        every = sa.union_all(*parts).subquery()
        pairs = (
            sa.select(
                every.c.conversation_id,
                every.c.week,
                sa.case((sa.func.max(every.c.people) == 1, WITH_STAFF), else_=WITHOUT_STAFF).label(
                    "detail"
                ),
            )
            .group_by(every.c.conversation_id, every.c.week)
            .having(sa.func.max(every.c.said) == 1)
            .subquery()
        )
        shown = (pairs.c.week, tables.conversations.c.channel, pairs.c.detail)
        return (
            sa.select(*shown, sa.func.count().label("value"))
            .join(tables.conversations, tables.conversations.c.id == pairs.c.conversation_id)
            .group_by(*shown)
        )

    def changes(self) -> Any:
        """Owner changes with week and channel, in order."""
        change = tables.owner_changes.c
        return (
            sa.select(
                change.conversation_id,
                self.week(change.at),
                tables.conversations.c.channel,
                change.before,
                change.after,
                change.at,
            )
            .join(tables.conversations, tables.conversations.c.id == change.conversation_id)
            .where(change.at >= self._starts[0])
            .order_by(change.id)
        )

    def replies(self) -> Any:
        """When people wrote, in order."""
        m = tables.messages.c
        by_staff = m.author == Author.STAFF.value
        query = sa.select(m.conversation_id, m.at).where(by_staff, m.at >= self._starts[0])
        return query.order_by(m.id)


def _happenings() -> dict[str, Any]:
    """By measure, a select of (conversation_id, at, detail)."""
    m, change, callback = tables.messages.c, tables.owner_changes.c, tables.callbacks.c
    topic, sending = m.answer["topic"].as_string(), tables.sendings.c
    went = sending.status != Status.FAILED.value
    asked_for_people = (change.after == Owner.WAITING.value) & change.before.in_(OF_THE_BOT)
    return {
        "handed_over": _happening(change, change.why, asked_for_people),
        "callbacks": _happening(callback, sa.func.coalesce(callback.outcome, "open")),
        "questions": _happening(m, topic, topic.is_not(None), sa.not_(m.is_private)),
        "unanswered": _unanswered(asked_for_people),
        "prescreen": _happening(
            m,
            m.payload["outcome"].as_string(),
            m.payload["type"].as_string() == "eligibility_result",
        ),
        "parts": _happening(sending, sa.literal(""), went),
        "messages": _happening(sending, sa.literal(""), went, sending.part == 0),
        "votes": _votes(sa.case((tables.feedback.c.helpful, "helpful"), else_="unhelpful")),
        "voted": _votes(topic),
        "helped": _votes(topic, tables.feedback.c.helpful),
    }


def _unanswered(asked_for_people: object) -> Any:
    """Messages not understood, answers that did not help, questions left to people: by topic."""
    m, change = tables.messages.c, tables.owner_changes.c
    fallback = m.understood["intent"].as_string() == NOT_UNDERSTOOD
    here = tables.conversations.c.id == change.conversation_id
    left = _happening(
        change, tables.conversations.c.topic, asked_for_people, change.why.in_(LEFT_UNANSWERED)
    )
    return sa.union_all(
        _happening(m, sa.literal("not_understood"), fallback, sa.not_(m.is_private)),
        _votes(m.answer["topic"].as_string(), sa.not_(tables.feedback.c.helpful)),
        left.join(tables.conversations, here).where(tables.conversations.c.topic.is_not(None)),
    )


def _votes(detail: Any, *conditions: Any) -> Any:
    """Votes, at the time of the answer that was voted on."""
    m, vote = tables.messages.c, tables.feedback.c
    here = (vote.conversation_id == m.conversation_id) & (vote.seq == m.seq)
    return (
        _happening(m, detail, *conditions).select_from(tables.messages).join(tables.feedback, here)
    )


def _happening(columns: Any, detail: Any, *conditions: Any) -> Any:
    return sa.select(columns.conversation_id, columns.at, detail.label("detail")).where(*conditions)
