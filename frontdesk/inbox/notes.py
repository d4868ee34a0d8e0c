"""Private notes about a conversation, and the colleagues whom they mention: "@Maya, can you look?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from frontdesk.conversations.messages import still_here
from frontdesk.conversations.store import Conversations
from frontdesk.staff.members import Member
from frontdesk.storage import tables

N, M = tables.notes, tables.mentions
TWICE = timedelta(seconds=10)
OF_ONE = sa.and_(
    M.c.conversation_id == sa.bindparam("here"),
    M.c.staff_id == sa.bindparam("me"),
    M.c.seen_at.is_(None),
)
UNSEEN_HERE = sa.select(M.c.note_id).where(OF_ONE).limit(1)
AT = re.compile(r"(?<![\w@])@([\w'’-]+(?: [\w'’-]+){0,2})")


class Notes:
    """Visitors never see them."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def keep(
        self, conversation_id: str, member: Member, text: str, colleagues: Sequence[Member]
    ) -> None:
        """Keep a note; each colleague whom it mentions gets a sign until they have looked. The same again
        at once is a button pressed twice."""
        about, lately = {"conversation_id": conversation_id}, self._conversations.clock() - TWICE
        same = (N.c.conversation_id == conversation_id) & (N.c.staff_id == member.id)
        same &= (N.c.text == text) & (N.c.at > lately)
        async with self._conversations.transaction() as connection:
            await still_here(connection, conversation_id)
            if await connection.scalar(sa.select(N.c.id).where(same).limit(1)):
                return
            row = {**about, "staff_id": member.id, "text": text, "at": self._conversations.clock()}
            done = await connection.execute(N.insert().values(**row))
            note_id = int(done.inserted_primary_key[0])
            for one in mentioned(text, colleagues):
                if one.id != member.id:
                    row = {**about, "note_id": note_id, "staff_id": one.id}
                    await connection.execute(M.insert().values(**row))

    async def of(self, conversation_ids: Sequence[str]) -> list[Any]:
        """Notes about conversations, the oldest first."""
        query = (
            sa.select(N.c.conversation_id, N.c.text, N.c.at, tables.staff.c.name)
            .join(tables.staff, tables.staff.c.id == N.c.staff_id)
            .where(N.c.conversation_id.in_(conversation_ids))
            .order_by(N.c.id)
        )
        return await self._conversations.rows(query)

    async def seen(self, conversation_id: str, member: Member) -> None:
        """Note that somebody who was mentioned has looked."""
        here = {"here": conversation_id, "me": member.id}
        if await self._conversations.rows(UNSEEN_HERE, **here):
            seen = M.update().where(OF_ONE.params(**here))
            await self._conversations.write(seen.values(seen_at=self._conversations.clock()))


def unseen(member_id: Any) -> Any:
    """Of conversations: a note mentions the member, who has not looked since."""
    mine = sa.select(M.c.conversation_id).where(M.c.staff_id == member_id, M.c.seen_at.is_(None))
    return tables.conversations.c.id.in_(mine)


def mentioned(text: str, colleagues: Sequence[Member]) -> list[Member]:
    """The colleagues whose name, or user name, stands after an "@"."""
    called = [match.casefold() for match in AT.findall(text)]
    return [
        one
        for one in colleagues
        if any(_begins(words, name) for words in called for name in (one.name, one.user_name))
    ]


def _begins(words: str, name: str) -> bool:
    return words == name.casefold() or words.startswith(f"{name.casefold()} ")
