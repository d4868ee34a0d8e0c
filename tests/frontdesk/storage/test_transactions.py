from __future__ import annotations

import asyncio
import sqlite3 as driver
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from frontdesk.storage import connections, sqlite
from frontdesk.storage.connections import migrate
from frontdesk.storage.tables import erasures
from frontdesk.storage.transactions import Database, afterwards
from tests.frontdesk.conftest import MONDAY_NOON


@pytest.fixture()
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    migrate(url)
    found = connections.connect(url)
    yield found
    await found.dispose()


async def keep(database: Database, name: str) -> None:
    async with database.begin() as connection:
        await connection.execute(erasures.insert().values(conversation_id=name, at=MONDAY_NOON))


async def kept(database: Database) -> list[str]:
    async with database.connect() as connection:
        rows = await connection.execute(sa.select(erasures.c.conversation_id))
        return sorted(row.conversation_id for row in rows)


async def test_steps_inside_are_stored_together_or_not_at_all(database: Database) -> None:
    with pytest.raises(RuntimeError):
        async with database.begin():
            await keep(database, "a")
            assert await kept(database) == ["a"], "a step sees what is not stored yet"
            raise RuntimeError("the power failed")
    assert await kept(database) == []


async def test_a_step_that_fails_takes_back_only_itself(database: Database) -> None:
    async with database.begin():
        await keep(database, "a")
        with pytest.raises(IntegrityError):
            await keep(database, "a")
        await keep(database, "b")
    assert await kept(database) == ["a", "b"]


async def test_what_is_told_is_told_after_it_is_stored_and_never_when_it_is_not(
    database: Database,
) -> None:
    told: list[str] = []
    async with database.begin():
        afterwards(lambda: told.append("stored"))
        assert told == []
    assert told == ["stored"]
    with pytest.raises(RuntimeError):
        async with database.begin():
            afterwards(lambda: told.append("never"))
            raise RuntimeError
    assert told == ["stored"]


async def test_a_task_begun_inside_is_not_part_of_it(database: Database) -> None:
    tasks: list[asyncio.Task[None]] = []
    with pytest.raises(RuntimeError):
        async with database.begin():
            tasks.append(asyncio.create_task(keep(database, "another task")))
            await keep(database, "a")
            raise RuntimeError
    await asyncio.gather(*tasks)
    assert await kept(database) == ["another task"]


async def test_an_error_of_the_database_does_not_tell_what_was_to_be_stored(
    database: Database,
) -> None:
    await keep(database, "canarysoftlysinging")
    with pytest.raises(IntegrityError) as error:
        await keep(database, "canarysoftlysinging")
    assert "canary" not in str(error.value)


async def test_who_waits_for_a_locked_file_is_told_so_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many wait: each gives up by itself, and once the file is free all goes on."""
    monkeypatch.setattr(sqlite, "TURN_SECONDS", 0.3)
    monkeypatch.setattr(sqlite, "BUSY_MILLISECONDS", 200)
    url = f"sqlite+aiosqlite:///{tmp_path}/desk.db"
    migrate(url)
    engine = connections.connect(url)
    other = driver.connect(tmp_path / "desk.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")

    async def write() -> str:
        try:
            async with engine.begin() as connection:
                await connection.exec_driver_sql("DELETE FROM notes")
        except OperationalError:
            return "told"
        return "written"

    began = time.monotonic()
    assert await asyncio.gather(*[write() for _ in range(100)]) == ["told"] * 100
    assert time.monotonic() - began < 10  # one after the other they would take 20
    other.execute("ROLLBACK")
    other.close()
    assert await asyncio.gather(*[write() for _ in range(20)]) == ["written"] * 20
    await engine.dispose()
