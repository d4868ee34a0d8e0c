"""Callbacks: visitors who want to be called, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.conversations.messages import still_here
from frontdesk.conversations.model import Callback
from frontdesk.storage import tables


class Callbacks:
    """Promises to call somebody."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def add(
        self, conversation_id: str, name: str | None, contact: str, good_time: str | None
    ) -> None:
        """Note that somebody wants to be called; a second wish changes the first. Raise Gone."""
        wish = {"name": name, "contact": contact, "good_time": good_time}
        async with self._engine.begin() as connection:
            await still_here(connection, conversation_id)
            done = await connection.execute(
                tables.callbacks.update()
                .where(tables.callbacks.c.conversation_id == conversation_id)
                .where(tables.callbacks.c.done_at.is_(None))
                .values(**wish)
            )
            if not done.rowcount:
                await connection.execute(
                    tables.callbacks.insert().values(
                        conversation_id=conversation_id, at=self._clock(), **wish
                    )
                )

    async def all(self, is_open: bool = True) -> list[Callback]:
        """Callbacks that are still to be made (or are done), the oldest first."""
        done = tables.callbacks.c.done_at
        query = sa.select(tables.callbacks).where(done.is_(None) if is_open else done.is_not(None))
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(tables.callbacks.c.at).limit(500))
            return [
                Callback(r.id, r.conversation_id, r.name, r.contact, r.good_time, r.outcome, r.at)
                for r in rows
            ]

    async def finish(self, callback_id: int, outcome: str, staff_id: int) -> bool:
        """Mark a callback reached or not reached. False when that was done already."""
        async with self._engine.begin() as connection:
            done = await connection.execute(
                tables.callbacks.update()
                .where(tables.callbacks.c.id == callback_id)
                .where(tables.callbacks.c.done_at.is_(None))
                .values(outcome=outcome, done_by=staff_id, done_at=self._clock())
            )
            return bool(done.rowcount)
