"""A SQLite file as the front desk uses it: kept connections, one writer at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from frontdesk.storage.transactions import Database

KEPT = 32
BUSY_MILLISECONDS = 5_000
PRAGMAS = ("journal_mode = WAL", "synchronous = NORMAL", f"busy_timeout = {BUSY_MILLISECONDS}")


class OneWriter(Database):
    """One transaction at a time, in the order in which they came.

    SQLite has one writer anyway; left to itself it lets the others knock until one gives up after
    5 s with "database is locked".
    """

    def __init__(self, sync_engine: Any) -> None:
        super().__init__(sync_engine)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that has the file from its first step: what it reads stays true."""
        async with self._turn, super().alone() as connection:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection


def connect(url: str) -> Database:
    """Open a file. Connections are kept; a writer waits up to 5 s for another process."""
    engine = create_async_engine(
        url,
        poolclass=AsyncAdaptedQueuePool,
        pool_size=KEPT,
        max_overflow=-1,
        hide_parameters=True,
    )
    sa.event.listen(engine.sync_engine, "connect", _prepare)
    engine.sync_engine.dialect.do_rollback = _roll_back
    return OneWriter(engine.sync_engine)


def _prepare(connection: Any, record: Any) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _roll_back(connection: Any) -> None:
    """After a transaction that failed. A read has begun none, and would wait for its thread."""
    if connection.driver_connection.in_transaction:
        connection.rollback()
