"""PostgreSQL: the audit's lines go when they are old, and never before; promises hold there too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from frontdesk.staff.members import Staff
from frontdesk.staff.passwords import TooManyTries
from frontdesk.staff.second_factor import SecondFactors
from frontdesk.storage import connections, tables
from tests.standins.databases import new_database, postgres_url

NOW = datetime.now(timezone.utc)


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_url() as address:
        yield address


async def test_old_lines_of_the_audit_go_and_young_ones_never(postgres: str) -> None:
    url = new_database(postgres)
    connections.migrate(url)
    engine = connections.connect(url.replace("postgresql://", "postgresql+asyncpg://"))
    staff = Staff(engine, lambda: NOW, SecondFactors(engine, "", lambda: NOW))
    line = {"staff_id": None, "conversation_id": None}
    async with engine.begin() as connection:
        for what, days in (("old", 400), ("young", 1)):
            at = NOW - timedelta(days=days)
            await connection.execute(tables.audit.insert().values(what=what, at=at, **line))
    await staff.prune(timedelta(days=365))
    async with engine.connect() as connection:
        kept = (await connection.execute(sa.select(tables.audit.c.what))).scalars().all()
    assert kept == ["young"]
    for change in (tables.audit.delete(), tables.audit.update().values(what="x")):
        with pytest.raises(DBAPIError, match="only added to"):
            async with engine.begin() as connection:
                await connection.execute(change)
    await engine.dispose()


async def test_guesses_at_once_are_counted_one_by_one(postgres: str) -> None:
    import asyncio

    url = new_database(postgres)
    connections.migrate(url)
    engine = connections.connect(url.replace("postgresql://", "postgresql+asyncpg://"))
    staff = Staff(engine, lambda: NOW, SecondFactors(engine, "", lambda: NOW))
    guesses = [staff.sign_in("nobody", "wrong", "10.0.0.1") for _ in range(12)]
    found = await asyncio.gather(*guesses, return_exceptions=True)
    assert found.count(None) == 5
    assert sum(isinstance(one, TooManyTries) for one in found) == 7
    await engine.dispose()
