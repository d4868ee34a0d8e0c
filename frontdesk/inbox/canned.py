"""Ready-made replies: written down once, with the clinic's facts filled in when they are used."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from clinic import Clinic
from frontdesk.clock import Clock
from frontdesk.knowledge.faq import filled
from frontdesk.storage import tables

LONGEST_TITLE, LONGEST_TEXT = 60, 4_000
PLACEHOLDER = re.compile(r"\{([a-z0-9_]*)\}")


@dataclass(frozen=True)
class CannedReply:
    """One reply; ``text`` may hold placeholders such as {phone}."""

    id: int
    title: str
    text: str


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

    async def keep(self, title: str, text: str, reply_id: int | None = None) -> None:
        """Add a reply, or change the one of that id. Raise ValueError that says what is wrong."""
        title, text = title.strip(), text.strip()
        if not title or not text:
            raise ValueError("A reply has a title and a text.")
        if len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT:
            raise ValueError(
                f"A title has {LONGEST_TITLE} characters or fewer, a text {LONGEST_TEXT}."
            )
        unknown = set(PLACEHOLDER.findall(text)) - set(self._clinic.facts(self._clock()))
        if unknown:
            raise ValueError(f"There is no fact {{{min(unknown)}}} in clinic.yml.")
        if any(one.title == title and one.id != reply_id for one in await self.all()):
            raise ValueError("There is a reply with that title already.")
        table, values = tables.canned_replies, {"title": title, "text": text}
        change = table.insert() if reply_id is None else _one(table.update(), reply_id)
        async with self._engine.begin() as connection:
            await connection.execute(change.values(**values))

    async def remove(self, reply_id: int) -> None:
        """Remove a reply."""
        async with self._engine.begin() as connection:
            await connection.execute(_one(tables.canned_replies.delete(), reply_id))


def _one(statement: sa.sql.expression.UpdateBase, reply_id: int) -> sa.sql.expression.UpdateBase:
    return statement.where(tables.canned_replies.c.id == reply_id)
