"""Who works on something, when several front desks share a database: one, and never two at once.

A claim is a row with an end and a number. It is renewed while the work goes on; whoever dies stops
renewing, and the next takes over with a higher number. What the work leads to is stored only while the
number is still the highest (a fencing token), so one that was merely slow changes nothing any more.
A SQLite file has one front desk, which needs no claims.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.storage.tables import claims as T  # noqa: N812 (a table)
from frontdesk.storage.transactions import AWAY

LIFE_SECONDS = 10
RENEWED_SECONDS = 3.0
LOOK_AGAIN_SECONDS = 1.0

Step = Callable[[str], Awaitable[float | None]]

_held: ContextVar[tuple[str, int] | None] = ContextVar("claim", default=None)


class ClaimLost(Exception):
    """Another front desk has taken over what we were slow at."""


class Claims:
    """The claims of one front desk."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._desk = secrets.token_hex(8)
        self._is_needed = engine.dialect.name != "sqlite"

    def served(self, work: str, step: Step) -> Step:
        """A step that only one front desk takes at a time; the others look again a little later."""

        async def claimed(conversation_id: str) -> float | None:
            async with self.hold(work, conversation_id) as is_ours:
                return await step(conversation_id) if is_ours else LOOK_AGAIN_SECONDS

        return claimed if self._is_needed else step

    @asynccontextmanager
    async def hold(self, work: str, conversation_id: str) -> AsyncIterator[bool]:
        """Claim a work for as long as it takes. False when another front desk has it."""
        if not self._is_needed:
            yield True
            return
        name = f"{work} {conversation_id}"
        number = await self._take(name)
        if number is None:
            yield False
            return
        renewing = asyncio.create_task(self._renew(name, number), name=f"claim {name}")
        token = _held.set((name, number))
        try:
            yield True
        finally:
            _held.reset(token)
            renewing.cancel()
            await self._give(name, number)

    async def still_ours(self) -> None:
        """Inside the transaction that stores what the work led to. Raise ClaimLost."""
        held = _held.get()
        if held is None:
            return
        here = (T.c.name == held[0]) & (T.c.number == held[1])
        async with self._engine.connect() as connection:
            found = await connection.scalar(sa.select(T.c.number).where(here).with_for_update())
        if found is None:
            raise ClaimLost(held[0])

    async def _take(self, name: str) -> int | None:
        begun = insert(T).values(name=name, desk=self._desk, number=1, until=_end())
        over = begun.on_conflict_do_update(
            index_elements=[T.c.name],
            set_={"desk": self._desk, "number": T.c.number + 1, "until": _end()},
            where=T.c.until < _now(),
        )
        async with self._engine.begin() as connection:
            found: int | None = await connection.scalar(over.returning(T.c.number))
        return found

    async def _renew(self, name: str, number: int) -> None:
        here = (T.c.name == name) & (T.c.number == number)
        while True:
            await asyncio.sleep(RENEWED_SECONDS)
            with suppress(*AWAY):  # it is tried again before the claim has ended
                async with self._engine.begin() as connection:
                    await connection.execute(T.update().where(here).values(until=_end()))

    async def _give(self, name: str, number: int) -> None:
        """The row stays, so that numbers only grow; it has merely ended."""
        here = (T.c.name == name) & (T.c.number == number)
        async with self._engine.begin() as connection:
            await connection.execute(T.update().where(here).values(until=_now()))


def _now() -> Any:
    """The database's clock: those of several machines differ."""
    return sa.func.timezone("UTC", sa.func.clock_timestamp())


def _end() -> Any:
    return _now() + sa.text(f"interval '{LIFE_SECONDS} seconds'")
