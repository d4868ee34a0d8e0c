"""Days on which the clinic does not keep its usual week: holidays, or other hours.

They are kept in the database; ``days`` is what the clinic's hours look at, in every question of
whether the clinic is open and when it opens next.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from clinic.hours import Span, read_day
from frontdesk.storage import tables

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Holiday:
    """One day: why, and the hours of that day ("10:00-14:00"); "" is closed."""

    day: date
    word: str
    hours: str


class Holidays:
    """The exceptions, kept in memory as well because everybody asks for them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.days: dict[date, Sequence[Span]] = {}

    async def load(self) -> None:
        """Read them again."""
        found: dict[date, Sequence[Span]] = {}
        for one in await self.all():
            try:
                found[one.day] = parse(one.hours)
            except ValueError as error:  # kept when it was allowed; a desk starts all the same
                logger.warning("the hours of %s are left out: %s", one.day, error)
        self.days.clear()
        self.days.update(found)

    async def all(self) -> list[Holiday]:
        """All that are kept, in order."""
        query = sa.select(tables.opening_exceptions).order_by(tables.opening_exceptions.c.day)
        async with self._engine.connect() as connection:
            return [Holiday(**row._mapping) for row in await connection.execute(query)]

    async def keep(self, holiday: Holiday) -> None:
        """Keep a day; what was kept of it before is replaced. Raise ValueError for odd hours."""
        parse(holiday.hours)
        async with self._engine.begin() as connection:
            await connection.execute(_of(holiday.day))
            await connection.execute(tables.opening_exceptions.insert().values(vars(holiday)))
        await self.load()

    async def remove(self, day: date) -> None:
        """The usual hours again."""
        async with self._engine.begin() as connection:
            await connection.execute(_of(day))
        await self.load()


def parse(hours: str) -> tuple[Span, ...]:
    """Spans of "09:00-12:00, 14:00-18:00"; none of "". Raise ValueError for anything else."""
    return read_day(words for words in hours.split(",") if words.strip())


def _of(day: date) -> sa.sql.dml.Delete:
    return tables.opening_exceptions.delete().where(tables.opening_exceptions.c.day == day)
