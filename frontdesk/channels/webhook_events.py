"""What providers have handed in and nobody has looked at yet: stored first, so that a provider hears
from us at once whatever else goes on, and nothing is lost when the process ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from frontdesk.channels.base import Event, Inbound, Media, Unreadable, storable
from frontdesk.clock import Clock
from frontdesk.conversations.model import Owner, Status
from frontdesk.storage import tables

T = tables.arrivals
AT_ONCE = 20
FIRST = (
    sa.select(T.c.id, T.c.kind, T.c.event)
    .where(T.c.kind != sa.literal(Unreadable.__name__))
    .order_by(T.c.id)
    .limit(AT_ONCE)
)
FIRST_BUT = FIRST.where(T.c.id.not_in(sa.bindparam("but", expanding=True)))
"""Read only while a mistake of ours keeps some aside: SQLAlchemy writes such a list anew each time."""
KEEP = T.insert()
DONE = T.delete().where(T.c.id == sa.bindparam("one"))
KINDS: dict[str, Any] = {one.__name__: one for one in get_args(Event)}
READ: dict[str, Any] = {
    "status": Status,
    "owner": Owner,
    "media": lambda media: Media(**media) if media else None,
    "more": lambda more: tuple(Media(**one) for one in more),
    "aliases": tuple,
}


@dataclass(frozen=True)
class WebhookEvent:
    """A stored event."""

    id: int
    kind: str
    kept: dict[str, Any]

    def event(self) -> Event:
        """What the provider handed in. Raise KeyError for a kind that this version does not know."""
        kept = {key: READ[key](value) if key in READ else value for key, value in self.kept.items()}
        event: Event = KINDS[self.kind](**kept)
        return event


class WebhookEvents:
    """Events in the order in which they came."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def keep(self, events: Sequence[Event]) -> None:
        """Store events, all or none."""
        now = self._clock()
        rows = [{"kind": type(one).__name__, "event": _kept(one), "at": now} for one in events]
        async with self._engine.begin() as connection:
            await connection.execute(KEEP, rows)

    async def first(self, but: Collection[int]) -> list[WebhookEvent]:
        """The oldest, except those with these ids and those that only a person can read."""
        async with self._engine.connect() as connection:
            query, values = (FIRST_BUT, {"but": list(but)}) if but else (FIRST, {})
            rows = await connection.execute(query, values)
            return [WebhookEvent(*row) for row in rows]

    async def unreadable(self) -> list[WebhookEvent]:
        """What only a person can read, the latest last."""
        query = sa.select(T.c.id, T.c.kind, T.c.event).where(T.c.kind == Unreadable.__name__)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(T.c.id))
            return [WebhookEvent(*row) for row in rows]

    @staticmethod
    async def forget(connection: AsyncConnection, event_id: int) -> bool:
        """Delete what is taken in, in the transaction that takes it in. False: another desk has."""
        return bool((await connection.execute(DONE, {"one": event_id})).rowcount)

    async def forget_older(self, moment: datetime) -> None:
        """Delete what could not be taken in and has become old."""
        async with self._engine.begin() as connection:
            await connection.execute(T.delete().where(T.c.at < moment))


def _kept(event: Event) -> dict[str, Any]:
    """An event as JSON keeps it, each text as a database keeps it: an odd sign in one name spoils no words."""
    kept = dict(vars(event))
    if isinstance(event, Inbound):
        kept["media"] = vars(event.media) if event.media else None
        kept["more"] = [vars(one) for one in event.more]
    return {key: _storable(value) for key, value in kept.items()}


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, dict):
        return {key: _storable(one) for key, one in value.items()}
    return [_storable(one) for one in value] if isinstance(value, list | tuple) else value
