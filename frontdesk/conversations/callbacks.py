"""Callbacks: visitors who want to be called, each try to reach them, and what came of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.conversations.messages import still_here
from frontdesk.conversations.model import Callback, CallbackTry
from frontdesk.storage import tables

C, T = tables.callbacks, tables.callback_tries
ENDS = ("reached", "booked", "wrong number", "not needed")
TRIES = ("no answer", "left a message")
SPOKEN = ("reached", "booked", "not needed")
"""What comes of a call: some end the wish, after others it is tried again; of some it was heard from them."""
SAME_TRY = timedelta(seconds=20)
"""Nobody rings twice in this time: the button was pressed twice."""
PAGE = 50
STILL_TO_CALL = sa.select(sa.func.count()).select_from(C).where(C.c.done_at.is_(None))
DUE = sa.func.coalesce(C.c.try_at, C.c.at)


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
                C.update()
                .where(C.c.conversation_id == conversation_id, C.c.done_at.is_(None))
                .values(try_at=None, **wish)
            )
            if not done.rowcount:
                row = {"conversation_id": conversation_id, "at": self._clock(), **wish}
                await connection.execute(C.insert().values(**row))

    async def page(self, number: int = 0, is_open: bool = True) -> tuple[list[Callback], bool]:
        """One page of those still to be made, who is due longest first; or of those done, the newest
        first. And whether there are more."""
        query = sa.select(C).where(C.c.done_at.is_(None) if is_open else C.c.done_at.is_not(None))
        query = query.order_by(DUE, C.c.id) if is_open else query.order_by(C.c.done_at.desc())
        async with self._engine.connect() as connection:
            rows = list(await connection.execute(query.limit(PAGE + 1).offset(number * PAGE)))
            tries = await self._tries(connection, [row.id for row in rows])
        return [_callback(row, tries[row.id]) for row in rows[:PAGE]], len(rows) > PAGE

    @staticmethod
    async def _tries(connection: Any, ids: list[int]) -> dict[int, list[CallbackTry]]:
        query = (
            sa.select(T.c.callback_id, T.c.outcome, T.c.at, tables.staff.c.name)
            .join(tables.staff, tables.staff.c.id == T.c.staff_id)
            .where(T.c.callback_id.in_(ids))
            .order_by(T.c.id)
        )
        found: dict[int, list[CallbackTry]] = defaultdict(list)
        for row in await connection.execute(query):
            found[row.callback_id].append(CallbackTry(row.outcome, row.name, row.at))
        return found

    async def whose(self, callback_id: int) -> str:
        """The conversation in which it was asked for; "" when it was erased."""
        async with self._engine.connect() as connection:
            found = await connection.scalar(
                sa.select(C.c.conversation_id).where(C.c.id == callback_id)
            )
        return str(found or "")

    async def tried(
        self, callback_id: int, outcome: str, staff_id: int, again_at: datetime | None = None
    ) -> str | None:
        """Note what came of a call. Return the conversation; None when it was done already."""
        now = self._clock()
        done = {"outcome": outcome, "done_by": staff_id, "done_at": now}
        async with self._engine.begin() as connection:
            here = C.c.id == callback_id
            again = sa.select(T.c.id).where(
                T.c.callback_id == callback_id, T.c.staff_id == staff_id, T.c.outcome == outcome
            )
            if await connection.scalar(again.where(T.c.at > now - SAME_TRY).limit(1)):
                return None  # the same button, pressed twice
            changed = await connection.execute(
                C.update()
                .where(here, C.c.done_at.is_(None))
                .values(**(done if outcome in ENDS else {"try_at": again_at or now}))
            )
            if not changed.rowcount:
                return None
            about = sa.select(C.c.conversation_id).where(here)
            conversation_id = str(await connection.scalar(about))
            row = {"callback_id": callback_id, "conversation_id": conversation_id}
            row |= {"staff_id": staff_id, "outcome": outcome, "at": now}
            await connection.execute(T.insert().values(**row))
            return conversation_id

    async def take_back(self, callback_id: int) -> None:
        """Undo the last try: it is still to be made, unless another wish took its place meanwhile."""
        mine = T.c.callback_id == callback_id
        last = sa.select(sa.func.max(T.c.id)).where(mine).scalar_subquery()
        open_again = {"outcome": None, "done_by": None, "done_at": None, "try_at": None}
        here, other = sa.select(C.c.conversation_id).where(C.c.id == callback_id), C.alias()
        newer = sa.select(other.c.id).where(
            other.c.conversation_id == here.scalar_subquery(),
            other.c.id != callback_id,
            other.c.done_at.is_(None),
        )
        async with self._engine.begin() as connection:
            if await connection.scalar(newer.limit(1)):
                return
            await connection.execute(T.delete().where(T.c.id == last))
            await connection.execute(C.update().where(C.c.id == callback_id).values(**open_again))


def _callback(row: Any, tries: list[CallbackTry]) -> Callback:
    due = row.try_at or row.at
    wish = (row.id, row.conversation_id, row.name, row.contact, row.good_time, row.outcome, row.at)
    return Callback(*wish, due, tuple(tries))
