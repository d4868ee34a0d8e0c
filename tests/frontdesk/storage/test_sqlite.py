from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from frontdesk.storage import sqlite
from frontdesk.storage.connections import migrate
from frontdesk.storage.tables import erasures
from frontdesk.storage.transactions import Database
from tests.frontdesk.conftest import MONDAY_NOON

LONG = sa.text(
    "SELECT count(*) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000)"
    " SELECT i FROM n)"
)


@pytest.fixture()
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    migrate(f"sqlite+aiosqlite:///{tmp_path}/desk.db")
    found = sqlite.connect(f"sqlite+aiosqlite:///{tmp_path}/desk.db")
    yield found
    await found.dispose()


@asynccontextmanager
async def going_on() -> AsyncIterator[None]:
    """What is waited for in here holds up nobody: the event loop turns on and on."""
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.005)
            turns += 1

    turning = asyncio.create_task(turn())
    yield
    turning.cancel()
    assert turns > 5


async def keep(database: Database, name: str) -> None:
    async with database.begin() as connection:
        await connection.execute(erasures.insert().values(conversation_id=name, at=MONDAY_NOON))


async def count(database: Database) -> int:
    async with database.connect() as connection:
        return int(await connection.scalar(sa.select(sa.func.count()).select_from(erasures)))


async def test_a_long_query_is_answered_and_the_loop_goes_on_meanwhile(database: Database) -> None:
    async with going_on(), database.connect() as connection:
        assert await connection.scalar(LONG) == 3_000_000


async def test_a_quick_query_needs_no_thread(database: Database) -> None:
    await keep(database, "a")
    answer = asyncio.ensure_future(count(database))
    for _ in range(3):  # each turn of the loop could only hand it to a thread
        await asyncio.sleep(0)
    assert answer.done() and answer.result() == 1


async def test_a_file_that_another_process_holds_is_waited_for_beside_the_loop(
    database: Database, tmp_path: Path
) -> None:
    await keep(database, "first")
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    freed = threading.Event()

    def free() -> None:
        freed.set()
        other.execute("COMMIT")

    threading.Timer(1.0, free).start()
    async with going_on():
        await keep(database, "second")
    assert freed.is_set()
    other.close()


async def test_a_file_that_stays_held_is_given_up(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MILLISECONDS", 100)
    await keep(database, "first")
    other = sqlite3.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"):
        await keep(database, "second")
    other.execute("COMMIT")
    await keep(database, "third")
    assert await count(database) == 2
    other.close()


async def test_the_journal_is_brought_into_the_file_again_and_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "COMMITS_BETWEEN_CHECKPOINTS", 5)
    for number in range(200):
        await keep(database, f"c_{number}")
    assert (tmp_path / "desk.db-wal").stat().st_size < 40 * 4096 * 5


async def test_a_writer_that_finds_the_file_free_holds_it_for_one_step_of_the_loop(
    database: Database,
) -> None:
    """Whatever else a busy loop does between two steps of a writer, all other writers wait for."""
    await keep(database, "first")
    writers = [asyncio.ensure_future(keep(database, f"c_{number}")) for number in range(20)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert all(one.done() for one in writers)
    assert await count(database) == 21


async def test_who_waits_for_a_turn_takes_it_one_step_after_it_is_free(database: Database) -> None:
    await keep(database, "first")
    async with database.begin():
        waiting = [asyncio.ensure_future(keep(database, f"c_{number}")) for number in range(10)]
        await asyncio.sleep(0.01)
        assert not any(one.done() for one in waiting)
    for _ in range(11):
        await asyncio.sleep(0)
    assert all(one.done() for one in waiting)


async def test_others_write_while_the_journal_is_brought_into_the_file(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "COMMITS_BETWEEN_CHECKPOINTS", 2)
    begun, slow, beside = asyncio.Event(), asyncio.Event(), sqlite._Connection.do_beside

    def slowly(self: sqlite._Connection, work: sqlite.Work) -> object:
        begun.set()
        self.await_(slow.wait())
        return beside(self, work)

    await keep(database, "first")
    monkeypatch.setattr(sqlite._Connection, "do_beside", slowly)
    due = asyncio.ensure_future(keep(database, "second"))
    await begun.wait()
    await asyncio.wait_for(keep(database, "third"), 1.0)
    assert not due.done()
    slow.set()
    await due
    assert await count(database) == 3


async def test_a_journal_that_stays_where_it_is_fails_nobody_whose_words_are_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "COMMITS_BETWEEN_CHECKPOINTS", 1)

    def full(self: sqlite._Connection, work: sqlite.Work) -> object:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite._Connection, "do_beside", full)
    await keep(database, "first")
    assert await count(database) == 1
