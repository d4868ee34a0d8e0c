"""Who left, and asked to be told that a person has answered: when they are told, and how they are forgotten.

Told once for each time that they are away, with a link back to the chat and never a word of it. How they
are reached goes with the conversation, and a month after it was left. By e-mail: answer_mail.py; on their
device: answer_push.py.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import yaml
from sqlalchemy.ext.asyncio import AsyncConnection

from frontdesk.clock import Clock
from frontdesk.conversations.messages import still_here
from frontdesk.conversations.model import Author
from frontdesk.outgoing.mailer import NotSent
from frontdesk.settings import Settings
from frontdesk.storage import tables
from frontdesk.storage.transactions import Database

logger = logging.getLogger(__name__)

LONGEST_PAGE = 200
AWAY = timedelta(seconds=60)
"""So long after the last look of theirs they have left; a page that is loaded anew takes seconds."""
SETTLED = timedelta(seconds=20)
"""So long a reply may be taken back before it is told."""
LOOKED_AGAIN = timedelta(seconds=10)
KEPT = timedelta(days=30)
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]
AT_ONCE = 20
OPENS = "#chat"
"""At the end of a page's address: the chat opens with it (widget.js)."""


class NotAsked(ValueError):
    """They cannot be told there."""


class AnswerNews(ABC):
    """Who asked, in a table of their own; ``run`` is called again and again."""

    table: sa.Table
    where: str
    """The column that says where they are told."""

    def __init__(self, engine: Database, settings: Settings, clock: Clock) -> None:
        self._engine = engine
        self._settings = settings
        self._clock = clock

    @property
    @abstractmethod
    def can_send(self) -> bool:
        """Is there a way to tell them?"""

    @abstractmethod
    async def _send(self, row: Any, lines: dict[str, str]) -> None:
        """Tell whom a row is about. Raise NotSent."""

    async def _keep(
        self, connection: AsyncConnection, conversation_id: str, page: str, **how: str
    ) -> None:
        """Tell them so from now on, and no longer in another way of this kind. Raise Gone."""
        await still_here(connection, conversation_id)
        now = self._clock()
        row = {"conversation_id": conversation_id, "site": self._site(page), **how}
        mine = self.table.c.conversation_id == conversation_id
        await connection.execute(self.table.delete().where(mine))
        await connection.execute(self.table.insert().values(**row, seen_at=now, at=now, tries=0))

    async def seen(self, conversation_id: str) -> str | None:
        """The visitor is here. Return where they wish to be told, if they do."""
        if not self.can_send:
            return None
        c, now = self.table.c, self._clock()
        mine = c.conversation_id == conversation_id
        async with self._engine.connect() as connection:
            query = sa.select(c[self.where], c.seen_at).where(mine)
            found = (await connection.execute(query)).first()
        if found is None:
            return None
        if now - found.seen_at > LOOKED_AGAIN:
            async with self._engine.begin() as connection:
                await connection.execute(self.table.update().where(mine).values(seen_at=now))
        return str(found[0])

    async def end(self, conversation_id: str) -> None:
        """Forget where."""
        await self._delete(self.table.c.conversation_id == conversation_id)

    async def run(self) -> None:
        """Tell who is away and has an answer, and forget what is too old."""
        if not self.can_send:
            return
        await self._delete(self.table.c.at < self._clock() - KEPT)
        for row in await self._due():
            if await self._claim(row):
                await self._tell(row)

    async def _due(self) -> list[Any]:
        now, t = self._clock(), self.table.c
        m, c = tables.messages.c, tables.conversations.c
        answered = sa.select(m.id).where(
            m.conversation_id == t.conversation_id,
            m.author == Author.STAFF.value,
            sa.not_(m.is_private),
            m.at > t.seen_at,
            m.at <= now - SETTLED,
        )
        query = (
            sa.select(*t, c.language)
            .join_from(self.table, tables.conversations, c.id == t.conversation_id)
            .where(
                t.seen_at < now - AWAY,
                sa.or_(t.told_at.is_(None), t.told_at < t.seen_at),
                sa.or_(t.next_at.is_(None), t.next_at <= now),
                answered.exists(),
            )
            .limit(AT_ONCE)
        )
        async with self._engine.connect() as connection:
            return list(await connection.execute(query))

    async def _claim(self, row: Any) -> bool:
        """Of several front desks on one database one tells; should it fail on the way, another, later."""
        t = self.table.c
        same = t.next_at.is_(None) if row.next_at is None else t.next_at == row.next_at
        mine = (t.conversation_id == row.conversation_id) & (t.tries == row.tries) & same
        values = {"next_at": self._clock() + WAITS[0]}
        async with self._engine.begin() as connection:
            done = await connection.execute(self.table.update().where(mine).values(**values))
        return bool(done.rowcount)

    async def _tell(self, row: Any) -> None:
        now = self._clock()
        values: dict[str, Any] = {"told_at": now, "next_at": None, "tries": 0}
        try:
            await self._send(row, words_in(row.language))
        except NotSent as error:
            logger.warning("a visitor was not told, see %s: %s", self.table.name, error)
            if row.tries < len(WAITS):
                values = {"next_at": now + WAITS[row.tries], "tries": row.tries + 1}
        async with self._engine.begin() as connection:
            mine = self.table.c.conversation_id == row.conversation_id
            await connection.execute(self.table.update().where(mine).values(**values))

    async def _delete(self, which: Any) -> None:
        async with self._engine.begin() as connection:
            done = await connection.execute(self.table.delete().where(which))
        if done.rowcount:
            self._engine.leaves_traces()

    def _site(self, page: str) -> str:
        """The page of the chat without what stands after "?"; our own where it is none of the clinic's."""
        parts = urlsplit(page[:LONGEST_PAGE])
        origin = f"{parts.scheme}://{parts.netloc}"
        known = (*self._settings.allowed_origins, *self._settings.own_origins)
        return f"{origin}{parts.path}" if origin in known else self._settings.public_url


def words_in(language: str | None) -> dict[str, str]:
    """The words of answer_news.yml in a language that it has, else in English."""
    lines = _lines()
    return lines.get((language or "")[:2], lines["en"])


@lru_cache(maxsize=1)
def _lines() -> dict[str, dict[str, str]]:
    file = Path(__file__).with_suffix(".yml")
    found: dict[str, dict[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found
