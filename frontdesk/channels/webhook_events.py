"""What providers have handed in and nobody has looked at yet: stored first, so that a provider hears
from us at once whatever else goes on, and nothing is lost when the process ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.channels.base import Event, Inbound, Media, OwnerChange, Receipt
from frontdesk.clock import Clock
from frontdesk.conversations.model import Owner, Status
from frontdesk.storage import tables

T = tables.arrivals
AT_ONCE = 20


@dataclass(frozen=True)
class WebhookEvent:
    """A stored event."""

    id: int
    kind: str
    kept: dict[str, Any]

    def event(self) -> Event:
        """What the provider handed in."""
        if self.kind == Receipt.__name__:
            return Receipt(**{**self.kept, "status": Status(self.kept["status"])})
        if self.kind == OwnerChange.__name__:
            return OwnerChange(**{**self.kept, "owner": Owner(self.kept["owner"])})
        media = self.kept["media"]
        return Inbound(**{**self.kept, "media": Media(**media) if media else None})


class WebhookEvents:
    """Events in the order in which they came."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def keep(self, events: Sequence[Event]) -> None:
        """Store events, all or none."""
        now = self._clock()
        rows = [{"kind": type(one).__name__, "event": asdict(one), "at": now} for one in events]
        async with self._engine.begin() as connection:
            await connection.execute(T.insert(), rows)

    async def first(self, but: Collection[int]) -> list[WebhookEvent]:
        """The oldest, except those with these ids."""
        query = sa.select(T.c.id, T.c.kind, T.c.event).where(T.c.id.not_in(but)).order_by(T.c.id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.limit(AT_ONCE))
            return [WebhookEvent(*row) for row in rows]

    async def forget(self, ids: Collection[int]) -> None:
        """Delete what has been taken in."""
        async with self._engine.begin() as connection:
            await connection.execute(T.delete().where(T.c.id.in_(ids)))

    async def forget_older(self, moment: datetime) -> None:
        """Delete what could not be taken in and has become old."""
        async with self._engine.begin() as connection:
            await connection.execute(T.delete().where(T.c.at < moment))
