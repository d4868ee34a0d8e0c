"""The way from a messaging channel to the website's chat and back: the health questions are asked there only.

A link carries no person and no words, only a token that opens one chat, once, within half an hour; of it a
hash is kept. The chat on the website is a conversation of its own, with the same person: nothing that is
said there is ever sent on the channel, but that it is over.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.conversations.messages import still_here
from frontdesk.conversations.model import Conversation, Draft, Turn
from frontdesk.conversations.same_person import SamePerson
from frontdesk.storage import tables
from frontdesk.tokens import hash_token

T, C = tables.passages, tables.conversations
GOOD_FOR, KEPT = timedelta(minutes=30), timedelta(days=1)
TOKEN_BYTES = 16
ELSEWHERE, ENDS = "elsewhere", ("result", "forget")
"""Payloads: the health questions are asked on the website; they are over."""
BY_THEMSELVES = 0
"""Stands where the member of staff stands who linked two conversations."""


class Passages:
    """Who went from which conversation to the website."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._same_person = SamePerson(engine, clock)

    async def open(self, conversation: Conversation) -> str:
        """A token that leads from a conversation to the website's chat, once. Raise Gone."""
        token = secrets.token_hex(TOKEN_BYTES)
        row = {"token_hash": hash_token(token), "conversation_id": conversation.id}
        async with self._engine.begin() as connection:
            await still_here(connection, conversation.id)
            await connection.execute(T.insert().values(**row, until=self._clock() + GOOD_FOR))
        return token

    async def with_link(
        self, conversation: Conversation, drafts: tuple[Draft, ...], page: str
    ) -> tuple[Draft, ...]:
        """On a channel, the link to the website's chat in an answer carries the conversation there."""
        if not conversation.address or all(_kind(one) != ELSEWHERE for one in drafts):
            return drafts
        bare = page.rstrip("/")
        link = f"{bare}/#chat={await self.open(conversation)}"
        alone = re.compile(rf"{re.escape(bare)}/?(?!\w|[/.:?#-]\w)")  # a page of it stays as it is
        return tuple(
            replace(one, text=alone.sub(link, one.text)) if _kind(one) == ELSEWHERE else one
            for one in drafts
        )

    @staticmethod
    def is_over(turn: Turn) -> bool:
        """Do the health questions end with this turn?"""
        return any(_kind(one) in ENDS for one in turn.messages)

    async def use(self, token: str, website_id: str) -> bool:
        """Join a chat of the website to where its visitor comes from. False for a token that is no longer good."""
        here = T.c.token_hash == hash_token(token)
        is_good = here & T.c.website_id.is_(None) & (T.c.until > self._clock())
        async with self._engine.begin() as connection:
            done = await connection.execute(T.update().where(is_good).values(website_id=website_id))
            if not done.rowcount:
                return False
            origin = await connection.scalar(sa.select(T.c.conversation_id).where(here))
            await self._same_person.link(str(origin), website_id, BY_THEMSELVES)
        return True

    async def back(self, website_id: str) -> Conversation | None:
        """Where a chat of the website came from; asked again, nowhere."""
        here = T.c.website_id == website_id
        origin = sa.select(C).join(T, T.c.conversation_id == C.c.id).where(here)
        async with self._engine.begin() as connection:
            row = (await connection.execute(origin.limit(1))).first()
            if row:
                await connection.execute(T.delete().where(here))
        return Conversation.of(row) if row else None

    async def forget_old(self) -> None:
        """Delete links whose time is long over."""
        old = T.c.until < self._clock() - KEPT
        async with self._engine.begin() as connection:
            await connection.execute(T.delete().where(old))


def _kind(draft: Draft) -> str | None:
    return (draft.payload or {}).get("type")
