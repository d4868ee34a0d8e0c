"""What happened to a message after it was said: edited, deleted, answered with a sign, or quoted.

A mark lies in the message's payload under ``marks``; a deleted message keeps its place and no words.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.conversations.messages import FORGOTTEN
from frontdesk.conversations.model import Author, Message, Status
from frontdesk.conversations.store import Conversations
from frontdesk.storage import tables

RECENT = 200
NO_ID = ""
UNSURE = (Status.STORED.value, Status.UNCLEAR.value, Status.FAILED.value)
"""Where a message of ours is that a provider may have taken without our knowing what it calls it."""
DELETED: dict[str, object] = {"type": "marks", "marks": {"deleted": True}}
M, S = tables.messages, tables.sendings


class Marks:
    """Sets marks on messages, found by what the sender or the provider called them."""

    def __init__(self, engine: AsyncEngine, conversations: Conversations) -> None:
        self._engine = engine
        self._conversations = conversations

    async def find(self, conversation_id: str, key: str, provider_id: str) -> Message | None:
        """The visitor's message stored under ``key``, or ours that a provider calls ``provider_id``."""
        found = await self._conversations.messages.by_client_id(conversation_id, key)
        if found:
            return found
        query = (
            sa.select(M.c.seq)
            .join(S, S.c.message_id == M.c.id)
            .where(S.c.conversation_id == conversation_id, S.c.provider_id == provider_id[:255])
        )
        rows = await self._conversations.rows(query.limit(1))
        if not rows:
            return await self._known_as(conversation_id, provider_id)
        messages = await self._conversations.messages.after(conversation_id, rows[0].seq - 1, 1)
        return messages[0] if messages else None

    async def _known_as(self, conversation_id: str, name: str) -> Message | None:
        """A message of the visitor that its channel gives two names."""
        conversation = await self._conversations.get(conversation_id)
        since = max(0, conversation.last_seq - RECENT) if conversation else 0
        for message in reversed(await self._conversations.messages.after(conversation_id, since)):
            if (message.payload or {}).get("marks", {}).get("known_as") == name:
                return message
        return None

    async def without_a_name(self, conversation_id: str, since: datetime) -> list[Message]:
        """What of ours a provider may have taken, since then, whose answer is not here yet or never came."""
        unnamed = sa.select(S.c.message_id).where(
            S.c.conversation_id == conversation_id,
            S.c.provider_id.is_(None) | (S.c.provider_id == NO_ID),
        )
        query = sa.select(M).where(
            M.c.conversation_id == conversation_id,
            M.c.author != Author.VISITOR.value,
            M.c.at > since,
            M.c.status.in_(UNSURE) | M.c.id.in_(unnamed),
        )
        return [Message.of(row) for row in await self._conversations.rows(query)]

    async def set(self, message: Message, **marks: object) -> None:
        """Set marks on a message, beside those it has."""
        payload = message.payload or {"type": "marks"}
        payload = {**payload, "marks": {**payload.get("marks", {}), **marks}}
        async with self._engine.begin() as connection:
            await connection.execute(M.update().where(M.c.id == message.id).values(payload=payload))

    async def edits(self, message: Message) -> list[Message]:
        """The other words that were given to a message, in order."""
        query = sa.select(M).where(
            M.c.conversation_id == message.conversation_id,
            M.c.payload[("marks", "edit_of")].as_integer() == message.seq,
        )
        rows = await self._conversations.rows(query.order_by(M.c.seq))
        return [Message.of(row) for row in rows]

    async def delete(self, message: Message) -> None:
        """Take the words away that their author has deleted, those of its edits and from before them too."""
        messages = self._conversations.messages
        key = before_edit(message.client_id or "")
        first = await messages.by_client_id(message.conversation_id, key)
        for one in (message, *([first] if first else []), *await self.edits(message)):
            await messages.delete_words(one, "", DELETED)


def is_deleted(message: Message) -> bool:
    """Have its words been taken away, by whoever wrote them or by staff?"""
    payload = message.payload or {}
    return payload.get("type") == FORGOTTEN["type"] or bool(payload.get("marks", {}).get("deleted"))


def before_edit(key: str) -> str:
    """Under what a message is stored that comes after its edit, which has its own key."""
    return f"{key}:before"
