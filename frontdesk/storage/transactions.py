"""One transaction around several steps: what they store is stored together, or not at all.

A step begins its own transaction, as if it were alone. Inside the transaction of another step of the
same task it joins that one, and its reads see what is not stored yet. What must only happen once
everything is stored (waking somebody, telling a listener) is said with ``afterwards``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

AWAY = (OperationalError, InterfaceError, TimeoutError)
"""The database is not to be had now: whoever asked may ask again. Nothing else is said about it."""


@dataclass(frozen=True)
class _Open:
    """A transaction under way. Tasks that are started inside it are not part of it."""

    task: asyncio.Task[Any] | None
    connection: AsyncConnection
    told: list[Callable[[], object]] = field(default_factory=list)


_open: ContextVar[_Open | None] = ContextVar("open transaction", default=None)


def _joined() -> _Open | None:
    found = _open.get()
    return found if found and found.task is asyncio.current_task() else None


def afterwards(tell: Callable[[], object]) -> None:
    """Call ``tell`` once everything is stored; at once when nothing is being stored."""
    found = _joined()
    if found:
        found.told.append(tell)
    else:
        tell()


async def one_writer(connection: AsyncConnection, table: sa.Table) -> None:
    """Until this transaction ends nobody else writes to the table: what is read now holds when it is stored.

    SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


class Database(AsyncEngine):
    """An engine whose transactions join the one that their task has begun."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncConnection]:
        """A transaction, or a part of the one that is under way."""
        if found := _joined():
            async with found.connection.begin_nested():
                yield found.connection
            return
        async with self.alone() as connection:
            begun = _Open(asyncio.current_task(), connection)
            token = _open.set(begun)
            try:
                yield connection
            finally:
                _open.reset(token)
        for tell in begun.told:
            tell()

    def leaves_traces(self) -> None:
        """Words were deleted. A database server sees to the rest by itself (docs/security.md)."""

    async def wipe(self) -> None:
        """Leave nothing behind of what was deleted."""

    @asynccontextmanager
    async def together(self) -> AsyncIterator[AsyncConnection]:
        """A transaction; inside another simply more of it: what fails here fails all of it."""
        if found := _joined():
            yield found.connection
            return
        async with self.begin() as connection:
            yield connection

    def alone(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction of its own."""
        begun: AbstractAsyncContextManager[AsyncConnection] = super().begin()
        return begun

    def connect(self) -> Any:
        """A connection to read with: inside a transaction, the transaction's."""
        found = _joined()
        return _lent(found.connection) if found else super().connect()


@asynccontextmanager
async def _lent(connection: AsyncConnection) -> AsyncIterator[AsyncConnection]:
    yield connection
