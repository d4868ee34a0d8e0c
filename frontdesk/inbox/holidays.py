"""Days on which the clinic does not keep its usual week: holidays, or other hours.

They are kept in the database; ``days`` is what the clinic's hours look at, in every question of
whether the clinic is open and when it opens next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from clinic.hours import Span, read_day
from frontdesk.inbox.seen import OtherNow, Theirs, mark_of
from frontdesk.storage import tables
from frontdesk.storage.transactions import one_writer

logger = logging.getLogger(__name__)

LONGEST = 60
WRONG = (
    "A day needs a date, a word such as “Christmas Day”, and hours such as "
    "“10:00-14:00” or nothing when the clinic is closed."
)


@dataclass(frozen=True)
class Holiday:
    """One day: why, and the hours of that day ("10:00-14:00"); "" is closed."""

    day: date
    word: str
    hours: str

    @property
    def seen(self) -> str:
        """The sign of what is kept of the day, which a form brings back."""
        return mark_of(self.word, self.hours)

    def check(self) -> None:
        """Raise ValueError with what is allowed."""
        if not 1 <= len(self.word) <= LONGEST or len(self.hours) > LONGEST:
            raise ValueError(WRONG)
        try:
            parse(self.hours)
        except ValueError as error:
            raise ValueError(WRONG) from error


class Holidays:
    """The exceptions, kept in memory as well because everybody asks for them."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self.days: dict[date, Sequence[Span]] = {}
        self._left_out: set[Holiday] = set()
        self._loading = asyncio.Lock()

    async def load(self) -> None:
        """Read them again; another desk may have changed them. One at a time: the last read is the newest."""
        async with self._loading:
            await self._load()

    async def _load(self) -> None:
        found: dict[date, Sequence[Span]] = {}
        for one in await self.all():
            try:
                found[one.day] = parse(one.hours)
            except ValueError as error:  # kept when it was allowed; a desk starts all the same
                if one not in self._left_out:
                    logger.warning("the hours of %s are left out: %s", one.day, error)
                self._left_out.add(one)
        self.days.clear()
        self.days.update(found)

    async def all(self) -> list[Holiday]:
        """All that are kept, in order."""
        query = sa.select(tables.opening_exceptions).order_by(tables.opening_exceptions.c.day)
        async with self._engine.connect() as connection:
            return [Holiday(**row._mapping) for row in await connection.execute(query)]

    async def keep(self, holiday: Holiday, seen: str) -> None:
        """Keep a day in the place of what was ``seen`` of it; "" is nothing. Raise ValueError, OtherNow."""
        async with self._engine.begin() as connection:
            await one_writer(connection, tables.opening_exceptions)
            now = await self._one(holiday.day)
            if now and now != holiday and now.seen != seen:
                raise _other(now)
            holiday.check()
            await connection.execute(_of(holiday.day))
            await connection.execute(tables.opening_exceptions.insert().values(vars(holiday)))
        await self.load()

    async def keep_all(self, holidays: Sequence[Holiday]) -> None:
        """Keep days of another desk, in the place of what is kept of them here; ``check`` them before."""
        async with self._engine.begin() as connection:
            await one_writer(connection, tables.opening_exceptions)
            for one in holidays:
                await connection.execute(_of(one.day))
                await connection.execute(tables.opening_exceptions.insert().values(vars(one)))
        await self.load()

    async def remove(self, day: date, seen: str) -> None:
        """The usual hours again. Raise OtherNow where the day is not as it was ``seen``."""
        async with self._engine.begin() as connection:
            await one_writer(connection, tables.opening_exceptions)
            now = await self._one(day)
            if now and now.seen != seen:
                raise _other(now)
            await connection.execute(_of(day))
        await self.load()

    async def _one(self, day: date) -> Holiday | None:
        return next((one for one in await self.all() if one.day == day), None)


def _other(now: Holiday) -> OtherNow:
    return OtherNow([Theirs(f"{now.day:%-d %B %Y}", f"{now.word} · {now.hours or 'closed'}")])


def parse(hours: str) -> tuple[Span, ...]:
    """Spans of "09:00-12:00, 14:00-18:00"; none of "". Raise ValueError for anything else."""
    return read_day(words for words in hours.split(",") if words.strip())


def _of(day: date) -> sa.sql.dml.Delete:
    return tables.opening_exceptions.delete().where(tables.opening_exceptions.c.day == day)
