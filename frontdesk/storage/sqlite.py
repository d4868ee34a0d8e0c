"""A SQLite file as the front desk uses it: kept connections, one writer at a time, no waiting for threads.

A statement runs at once, on the event loop: nearly all take microseconds, where handing them to a
thread and back cost a hundred times that. What SQLite cannot do at once (a long search, a file that
another process holds) it does beside the loop, in the connection's own thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiosqlite
import sqlalchemy as sa
from async_timeout import timeout
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import immutabledict
from sqlalchemy.util.concurrency import greenlet_spawn

from frontdesk.storage.transactions import Database

KEPT = 32
BUSY_MILLISECONDS = 2_000
"""For another process that has the file."""
TURN_SECONDS = 4.0
"""For our own writers before this one; with the above well within the 15 s that Twilio waits."""
PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = NORMAL",
    "secure_delete = ON",
    "wal_autocheckpoint = 0",
)
QUICK_STEPS = 50_000
"""Of SQLite's own machine: one to three milliseconds. A query that takes more begins anew, beside."""
NOT_AT_ONCE = ("interrupted", "database is locked", "database table is locked")
COMMITS_BETWEEN_CHECKPOINTS = 500
CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"
EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)"
MERGE = "INSERT INTO said(said, rank) VALUES('merge', {pages})"
MERGED_PAGES = 300
"""Of the index of words in one go: other writers come in between."""
TOTAL = sa.text("SELECT total_changes()")
NO_OPTIONS: Mapping[str, Any] = immutabledict()

Work = Callable[[sqlite3.Connection], Any]


class _Connection(AsyncAdapt_aiosqlite_connection):
    """One connection; ``beside`` counts what its thread is at."""

    __slots__ = ("beside",)

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self.beside = 0

    def cursor(self, server_side: bool = False) -> Any:
        return super().cursor(server_side) if server_side else _Cursor(self)

    def commit(self) -> None:
        self.do(lambda raw: raw.commit())

    def rollback(self) -> None:
        self.do_beside(lambda raw: raw.rollback())

    def do(self, work: Work, most_steps: int = 0) -> Any:
        """Do it at once; what takes more than ``most_steps``, or must wait, beside the loop."""
        if not self.beside:
            raw = self._connection._conn
            if (
                most_steps
            ):  # only for what reads: a change that is interrupted loses its transaction
                raw.set_progress_handler(_enough, most_steps)
            try:
                return work(raw)
            except sqlite3.OperationalError as error:
                if str(error) not in NOT_AT_ONCE:
                    raise
            finally:
                if most_steps:
                    raw.set_progress_handler(None, 0)
        return self.do_beside(work)

    def do_beside(self, work: Work) -> Any:
        """In the connection's thread, patiently. Whoever is cancelled meanwhile leaves it at that."""

        def patiently() -> Any:
            raw = self._connection._conn
            try:
                raw.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
                return work(raw)
            finally:
                raw.execute("PRAGMA busy_timeout = 0")
                self.beside -= 1

        self.beside += 1
        return self.await_(self._connection._execute(patiently))


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """A statement with all that it found."""

    def execute(self, operation: str, parameters: Any = ()) -> None:
        def work(raw: sqlite3.Connection) -> Any:
            cursor = raw.execute(operation, parameters)
            rows = cursor.fetchall() if cursor.description else []
            return cursor.description, rows, cursor.lastrowid, cursor.rowcount

        connection = self._adapt_connection
        if operation in (CHECKPOINT, EMPTY_LOG):
            found = connection.do_beside(work)
        else:
            found = connection.do(work, QUICK_STEPS if operation.startswith("SELECT") else 0)
        self.description, self._rows, self.lastrowid, self.rowcount = found

    def executemany(self, operation: str, seq_of_parameters: Any) -> None:
        found = self._adapt_connection.do(lambda raw: raw.executemany(operation, seq_of_parameters))
        self.description, self.lastrowid, self.rowcount = None, found.lastrowid, found.rowcount


def _enough() -> int:
    return 1


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *args: Any, **options: Any) -> _Connection:
        return _Connection(self, super().connect(*args, **options)._connection)


class AtOnceDialect(SQLiteDialect_aiosqlite):
    """SQLAlchemy's own for aiosqlite, with our way to the file."""

    driver = "atonce"
    supports_statement_cache = True

    @classmethod
    def dbapi(cls) -> _Driver:
        return _Driver(aiosqlite, sqlite3)


registry.register("sqlite.atonce", __name__, AtOnceDialect.__name__)


class _AtOnceConnection(AsyncConnection):
    """SQLAlchemy's own takes a statement that never waited for a mistake, and closes in a task."""

    __slots__ = ()

    async def execute(
        self, statement: Any, parameters: Any = None, execution_options: Any = NO_OPTIONS
    ) -> Any:
        run = self._sync_connection()._execute_20
        return await greenlet_spawn(run, statement, parameters, execution_options)

    async def exec_driver_sql(
        self, statement: str, parameters: Any = None, execution_options: Any = NO_OPTIONS
    ) -> Any:
        run = self._sync_connection().exec_driver_sql
        return await greenlet_spawn(run, statement, parameters, execution_options)

    async def __aexit__(self, kind: Any, error: Any, trace: Any) -> None:
        if kind is None:
            await self.close()
        else:  # whatever becomes of this task, the transaction is taken back
            await super().__aexit__(kind, error, trace)


class OneWriter(Database):
    """One transaction at a time, in the order in which they came.

    SQLite has one writer anyway; left to itself it lets the others knock until one gives up after
    a while with "database is locked".
    """

    _connection_cls = _AtOnceConnection

    def __init__(self, sync_engine: Any) -> None:
        super().__init__(sync_engine)
        self._turn = asyncio.Lock()
        self._commits = 0
        self._has_traces = True  # of what an ended process may have deleted

    def leaves_traces(self) -> None:
        """Words were deleted: they are gone from the file, and still in its write-ahead log."""
        self._has_traces = True

    async def wipe(self) -> None:
        """Empty the write-ahead log, if words were deleted; when somebody reads just now, next time."""
        if not self._has_traces:
            return
        self._has_traces = False
        await self._merge_words()
        async with self._its_turn(), super().connect() as connection:
            result = await connection.exec_driver_sql(EMPTY_LOG)
            self._has_traces = self._has_traces or bool(result.first()[0])

    async def _merge_words(self) -> None:
        """The index of words (step 0016) only marks what is deleted until its parts are merged to one."""
        pages, before, after = -MERGED_PAGES, 0, 2
        while (
            after - before >= 2
        ):  # as its documentation says: fewer, and there is nothing left to do
            async with self.alone() as connection:
                before = await connection.scalar(TOTAL)
                await connection.exec_driver_sql(MERGE.format(pages=pages))
                after = await connection.scalar(TOTAL)
            pages = MERGED_PAGES

    @asynccontextmanager
    async def _its_turn(self) -> AsyncIterator[None]:
        """A turn that is free is taken at once. asyncio.wait_for lets go of the loop three times even
        then, holding the turn: on a busy loop writers came to wait for each other for seconds."""
        try:
            async with timeout(TURN_SECONDS):
                await self._turn.acquire()
        except asyncio.TimeoutError:
            busy = sqlite3.OperationalError("the writers before this one take too long")
            raise OperationalError("BEGIN IMMEDIATE", None, busy) from None
        try:
            yield
        finally:
            self._turn.release()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that has the file from its first step: what it reads stays true.

        Raise OperationalError when the file is not to be had in time.
        """
        async with self._its_turn():
            async with super().connect() as connection:
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                await connection.commit()
            self._commits += 1
            is_time = self._commits % COMMITS_BETWEEN_CHECKPOINTS == 0
        if is_time:
            await self._checkpoint()

    async def _checkpoint(self) -> None:
        """Bring what is in the journal into the file, beside the loop, as it waits for the disk: most of
        it while others write, and what they have written meanwhile in a turn, so that the journal begins
        anew. What cannot be done now is done next time: the caller's words are stored."""
        with suppress(OperationalError):
            async with super().connect() as connection:
                await connection.exec_driver_sql(CHECKPOINT)
                async with self._its_turn():
                    await connection.exec_driver_sql(CHECKPOINT)


def connect(url: str) -> Database:
    """Open a file. Connections are kept; a writer waits a little for another process."""
    engine = create_async_engine(
        sa.engine.make_url(url).set(drivername="sqlite+atonce"),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=KEPT,
        max_overflow=-1,
        hide_parameters=True,
        connect_args={"timeout": 0},
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
