"""Tells a visitor who left, and asked for it, by e-mail that a person has answered; one click in it ends that."""

from __future__ import annotations

import secrets
from email.errors import HeaderParseError
from email.headerregistry import Address
from typing import Any

import sqlalchemy as sa

from clinic import Clinic
from frontdesk.clock import Clock
from frontdesk.outgoing.answer_news import OPENS, AnswerNews, NotAsked
from frontdesk.outgoing.mailer import Mailer
from frontdesk.settings import Settings
from frontdesk.storage import tables
from frontdesk.storage.transactions import Database

T = tables.answer_mails
LONGEST = 200
MOST_CHATS = 3
"""With one address at a time; who types a stranger's cannot have them written to often."""
END = "/answer-mail/end"


class AnswerMails(AnswerNews):
    """E-mails to visitors who left."""

    table = T
    where = "address"

    def __init__(
        self,
        engine: Database,
        mailer: Mailer | None,
        clinic: Clinic,
        settings: Settings,
        clock: Clock,
    ) -> None:
        super().__init__(engine, settings, clock)
        self._mailer = mailer
        self._clinic = clinic

    @property
    def can_send(self) -> bool:
        """Is there a mail server?"""
        return self._mailer is not None

    async def ask(self, conversation_id: str, address: str, page: str) -> None:
        """Tell this address from now on. Raise NotAsked."""
        address = checked(address)
        others = sa.select(sa.func.count()).where(
            T.c.address == address, T.c.conversation_id != conversation_id
        )
        async with self._engine.begin() as connection:
            if (await connection.scalar(others) or 0) >= MOST_CHATS:
                raise NotAsked(address)
            key = secrets.token_urlsafe(24)
            await self._keep(connection, conversation_id, page, address=address, end_key=key)

    async def end_by_key(self, key: str) -> None:
        """Forget the address, as the link in the e-mail asks."""
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

    async def _send(self, row: Any, lines: dict[str, str]) -> None:
        assert self._mailer
        end = f"{self._settings.public_url}{END}?key={row.end_key}"
        facts = {"name": self._clinic.name, "phone": self._clinic.phone}
        text = lines["text"].format(site=row.site + OPENS, end=end, **facts)
        await self._mailer.send(row.address, lines["subject"], text, ends_at=end)


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
