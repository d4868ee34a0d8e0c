"""Ready-made replies: written down once, with the clinic's facts filled in when they are used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from clinic import Clinic
from frontdesk.clock import Clock
from frontdesk.inbox.seen import OtherNow, Theirs, mark_of
from frontdesk.knowledge.faq import filled
from frontdesk.storage import tables
from frontdesk.storage.transactions import one_writer

LONGEST_TITLE, LONGEST_TEXT = 60, 4_000
PLACEHOLDER = re.compile(r"\{([a-z0-9_]*)\}")


@dataclass(frozen=True)
class CannedReply:
    """One reply; ``text`` may hold placeholders such as {phone}."""

    id: int
    title: str
    text: str

    @property
    def seen(self) -> str:
        """The sign of what is kept, which a form brings back."""
        return mark_of(self.title, self.text)


class CannedReplies:
    """The replies that staff have written down."""

    def __init__(self, engine: AsyncEngine, clinic: Clinic, clock: Clock) -> None:
        self._engine = engine
        self._clinic = clinic
        self._clock = clock

    async def all(self) -> list[CannedReply]:
        """As they were written, by title."""
        query = sa.select(tables.canned_replies).order_by(tables.canned_replies.c.title)
        async with self._engine.connect() as connection:
            return [CannedReply(**row._mapping) for row in await connection.execute(query)]

    async def filled(self) -> list[CannedReply]:
        """As they are sent now."""
        facts = self._clinic.facts(self._clock())
        return [replace(one, text=filled(one.text, facts)) for one in await self.all()]

    async def keep(
        self, title: str, text: str, reply_id: int | None = None, seen: str = ""
    ) -> None:
        """Add a reply, or put it in the place of the one that was ``seen``. Raise ValueError, OtherNow."""
        title, text = title.strip(), text.strip()
        table, values = tables.canned_replies, {"title": title, "text": text}
        async with self._engine.begin() as connection:
            await one_writer(connection, table)
            here = await self.all()
            now = next((one for one in here if one.id == reply_id), None)
            if reply_id is not None and now is None:
                raise OtherNow([])
            if now and now.seen != seen and (now.title, now.text) != (title, text):
                raise _other(now)
            self.check(title, text)
            if any(one.title == title and one.id != reply_id for one in here):
                raise ValueError("There is a reply with that title already.")
            change = table.insert() if reply_id is None else _one(table.update(), reply_id)
            await connection.execute(change.values(**values))

    async def keep_all(self, replies: Sequence[tuple[str, str]]) -> None:
        """Keep replies of another desk, in the place of those of the same title; ``check`` them before."""
        async with self._engine.begin() as connection:
            await one_writer(connection, tables.canned_replies)
            here = {one.title: one.id for one in await self.all()}
            for title, text in replies:
                table, known = tables.canned_replies, here.get(title)
                change = table.insert() if known is None else _one(table.update(), known)
                await connection.execute(change.values(title=title, text=text))

    def check(self, title: str, text: str) -> None:
        """Raise ValueError that says what is wrong with a reply, whatever the others are."""
        if not title or not text:
            raise ValueError("A reply has a title and a text.")
        if len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
            raise ValueError(
                f"A title has {LONGEST_TITLE} characters or fewer, a text {LONGEST_TEXT}."
            )
        unknown = set(PLACEHOLDER.findall(text)) - set(self._clinic.facts(self._clock()))
        if unknown:
            raise ValueError(f"There is no fact {{{min(unknown)}}} in clinic.yml.")

    async def remove(self, reply_id: int, seen: str) -> None:
        """Remove a reply. Raise OtherNow where it is not as it was ``seen``."""
        async with self._engine.begin() as connection:
            await one_writer(connection, tables.canned_replies)
            now = next((one for one in await self.all() if one.id == reply_id), None)
            if now and now.seen != seen:
                raise _other(now)
            await connection.execute(_one(tables.canned_replies.delete(), reply_id))


def _other(now: CannedReply) -> OtherNow:
    return OtherNow([Theirs(now.title, now.text)])


def _one(statement: sa.sql.expression.UpdateBase, reply_id: int) -> sa.sql.expression.UpdateBase:
    return statement.where(tables.canned_replies.c.id == reply_id)
