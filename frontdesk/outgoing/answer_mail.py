"""Tells a visitor who left, and asked for it, by e-mail that a person has answered; never what was written.

One e-mail for each time that they are away. The address goes with the conversation, with one click in the
e-mail, or a month after it was left. A push would need a worker on the clinic's own website, so there is none.
"""

from __future__ import annotations

import logging
import secrets
from datetime import timedelta
from email.errors import HeaderParseError
from email.headerregistry import Address
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import yaml

from clinic import Clinic
from frontdesk.clock import Clock
from frontdesk.conversations.model import Author
from frontdesk.outgoing.mailer import Mailer, NotSent
from frontdesk.settings import Settings
from frontdesk.storage import tables
from frontdesk.storage.transactions import Database

logger = logging.getLogger(__name__)

T = tables.answer_mails
LONGEST = 200
AWAY = timedelta(seconds=60)
"""So long after the last look of theirs they have left; a page that is loaded anew takes seconds."""
SETTLED = timedelta(seconds=20)
"""So long a reply may be taken back before it is told."""
LOOKED_AGAIN = timedelta(seconds=10)
KEPT = timedelta(days=30)
WAITS = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]
AT_ONCE = 20
MOST_CHATS = 3
"""With one address at a time; who types a stranger's cannot have them written to often."""
END = "/answer-mail/end"


class NotAsked(ValueError):
    """The address cannot be written to."""


class AnswerMails:
    """Who asked to be told, and telling them; ``run`` is called again and again."""

    def __init__(
        self,
        engine: Database,
        mailer: Mailer | None,
        clinic: Clinic,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._mailer = mailer
        self._clinic = clinic
        self._settings = settings
        self._clock = clock

    @property
    def can_send(self) -> bool:
        """Is there a mail server?"""
        return self._mailer is not None

    async def ask(self, conversation_id: str, address: str, page: str) -> None:
        """Tell this address from now on. Raise NotAsked."""
        address, now = checked(address), self._clock()
        row = {
            "conversation_id": conversation_id,
            "address": address,
            "site": self._site(page),
            "end_key": secrets.token_urlsafe(24),
            "seen_at": now,
            "at": now,
            "tries": 0,
        }
        others = sa.select(sa.func.count()).where(
            T.c.address == address, T.c.conversation_id != conversation_id
        )
        async with self._engine.begin() as connection:
            if (await connection.scalar(others) or 0) >= MOST_CHATS:
                raise NotAsked(address)
            await connection.execute(T.delete().where(T.c.conversation_id == conversation_id))
            await connection.execute(T.insert().values(**row))

    async def seen(self, conversation_id: str) -> str | None:
        """The visitor is here. Return the address that they left, if they did."""
        if not self.can_send:
            return None
        mine, now = T.c.conversation_id == conversation_id, self._clock()
        async with self._engine.connect() as connection:
            found = (
                await connection.execute(sa.select(T.c.address, T.c.seen_at).where(mine))
            ).first()
        if found is None:
            return None
        if now - found.seen_at > LOOKED_AGAIN:
            async with self._engine.begin() as connection:
                await connection.execute(T.update().where(mine).values(seen_at=now))
        return str(found.address)

    async def end(self, conversation_id: str) -> None:
        """Forget the address."""
        await self._delete(T.c.conversation_id == conversation_id)

    async def end_by_key(self, key: str) -> None:
        """Forget it, as the link in the e-mail asks."""
        await self._delete(T.c.end_key == key)

    async def language_of(self, key: str) -> str | None:
        """The language of the chat that a link is about."""
        c = tables.conversations.c
        query = sa.select(c.language).join_from(
            T, tables.conversations, c.id == T.c.conversation_id
        )
        async with self._engine.connect() as connection:
            found: str | None = await connection.scalar(query.where(T.c.end_key == key))
        return found

    async def run(self) -> None:
        """Tell who is away and has an answer, and forget what is too old."""
        if self._mailer is None:
            return
        await self._delete(T.c.at < self._clock() - KEPT)
        for row in await self._due():
            await self._tell(row)

    async def _due(self) -> list[Any]:
        now, m, c = self._clock(), tables.messages.c, tables.conversations.c
        answered = sa.select(m.id).where(
            m.conversation_id == T.c.conversation_id,
            m.author == Author.STAFF.value,
            sa.not_(m.is_private),
            m.at > T.c.seen_at,
            m.at <= now - SETTLED,
        )
        query = (
            sa.select(*T.c, c.language)
            .join_from(T, tables.conversations, c.id == T.c.conversation_id)
            .where(
                T.c.seen_at < now - AWAY,
                sa.or_(T.c.told_at.is_(None), T.c.told_at < T.c.seen_at),
                sa.or_(T.c.next_at.is_(None), T.c.next_at <= now),
                answered.exists(),
            )
            .limit(AT_ONCE)
        )
        async with self._engine.connect() as connection:
            return list(await connection.execute(query))

    async def _tell(self, row: Any) -> None:
        assert self._mailer
        lines, now = words_in(row.language), self._clock()
        end = f"{self._settings.public_url}{END}?key={row.end_key}"
        facts = {"name": self._clinic.name, "phone": self._clinic.phone}
        text = lines["text"].format(site=row.site, end=end, **facts)
        values: dict[str, Any] = {"told_at": now, "next_at": None, "tries": 0}
        try:
            await self._mailer.send(row.address, lines["subject"], text, ends_at=end)
        except NotSent as error:
            logger.warning("a visitor was not told by e-mail: %s", error)
            if row.tries < len(WAITS):
                again = now + WAITS[row.tries]
                values = {"next_at": again, "tries": row.tries + 1}
        async with self._engine.begin() as connection:
            mine = T.c.conversation_id == row.conversation_id
            await connection.execute(T.update().where(mine).values(**values))

    async def _delete(self, which: Any) -> None:
        async with self._engine.begin() as connection:
            done = await connection.execute(T.delete().where(which))
        if done.rowcount:
            self._engine.leaves_traces()

    def _site(self, page: str) -> str:
        """The page of the chat without what stands after "?"; our own where it is none of the clinic's."""
        parts = urlsplit(page[:LONGEST])
        origin = f"{parts.scheme}://{parts.netloc}"
        known = (*self._settings.allowed_origins, *self._settings.own_origins)
        return f"{origin}{parts.path}" if origin in known else self._settings.public_url


def checked(address: str) -> str:
    """One address that mail can go to. Raise NotAsked."""
    address = address.strip()
    try:
        found = Address(addr_spec=address)
    except (ValueError, IndexError, HeaderParseError) as error:
        raise NotAsked(address) from error
    if len(address) > LONGEST or "." not in found.domain or not found.username:
        raise NotAsked(address)
    return address


def words_in(language: str | None) -> dict[str, str]:
    """The words of answer_mail.yml in a language that it has, else in English."""
    lines = _lines()
    return lines.get(language or "", lines["en"])


@lru_cache(maxsize=1)
def _lines() -> dict[str, dict[str, str]]:
    file = Path(__file__).with_suffix(".yml")
    found: dict[str, dict[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found
