"""Messages in order: stored with the next number, waiting for an answer, waiting to be sent.

A message gets its number in the transaction that stores it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from frontdesk.clock import Clock
from frontdesk.conversations.model import Author, Draft, Message, Status, Turn
from frontdesk.storage import tables


class Messages:
    """The messages of all conversations."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def append(self, conversation_id: str, draft: Draft) -> Message:
        """Store a message with the next number. The same client id again: the message it made.

        Raise LookupError when there is no such conversation.
        """
        if draft.client_id and (seen := await self.by_client_id(conversation_id, draft.client_id)):
            return seen
        try:
            async with self._engine.begin() as connection:
                seq = await self._insert(connection, conversation_id, [draft])
        except IntegrityError:
            seen = await self.by_client_id(conversation_id, draft.client_id or "")
            if seen is None:
                raise
            return seen
        return (await self.after(conversation_id, seq - 1, limit=1))[0]

    async def append_new(self, conversation_id: str, drafts: Sequence[Draft]) -> None:
        """Store messages that have not been seen yet, in one transaction; those that have, not again."""
        try:
            async with self._engine.begin() as connection:
                await self._insert(connection, conversation_id, drafts)
        except IntegrityError:
            for draft in drafts:
                await self.append(conversation_id, draft)

    async def after(self, conversation_id: str, seq: int, limit: int = 1_000) -> list[Message]:
        """Messages with a higher number, in order."""
        here = tables.messages.c.conversation_id == conversation_id
        return await self._messages(here, tables.messages.c.seq > seq, limit=limit)

    async def last_words(self, conversation_id: str) -> datetime | None:
        """When the visitor last wrote."""
        query = (
            sa.select(tables.messages.c.at)
            .where(tables.messages.c.conversation_id == conversation_id)
            .where(tables.messages.c.author == Author.VISITOR.value)
            .order_by(tables.messages.c.seq.desc())
        )
        async with self._engine.connect() as connection:
            return await connection.scalar(query.limit(1))

    async def pending(self, conversation_id: str) -> list[Message]:
        """The visitor's messages that nobody has answered yet, in order."""
        here = tables.messages.c.conversation_id == conversation_id
        return await self._messages(here, tables.messages.c.status == Status.PENDING.value)

    async def with_pending(self) -> list[str]:
        """Ids of conversations in which a message waits for an answer."""
        query = sa.select(tables.messages.c.conversation_id).distinct()
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                query.where(tables.messages.c.status == Status.PENDING.value)
            )
            return [row.conversation_id for row in rows]

    async def outbox(self, conversation_id: str) -> list[Message]:
        """Our messages that a provider has not taken yet, in order."""
        here = tables.messages.c.conversation_id == conversation_id
        ours = tables.messages.c.author != Author.VISITOR.value
        return await self._messages(here, ours, tables.messages.c.status == Status.STORED.value)

    async def with_outbox(self) -> list[str]:
        """Ids of provider conversations that have messages to send."""
        query = (
            sa.select(tables.messages.c.conversation_id)
            .join(
                tables.conversations, tables.conversations.c.id == tables.messages.c.conversation_id
            )
            .where(tables.messages.c.status == Status.STORED.value)
            .where(tables.messages.c.author != Author.VISITOR.value)
            .where(tables.conversations.c.address.is_not(None))
            .distinct()
        )
        async with self._engine.connect() as connection:
            return [row.conversation_id for row in await connection.execute(query)]

    async def mark(self, message_id: int, status: Status, error: str | None = None) -> None:
        """Set where a message is."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.messages.update()
                .where(tables.messages.c.id == message_id)
                .values(status=status.value, error=error)
            )

    async def settle(self, message: Message, turn: Turn, expected_version: int) -> bool:
        """Store the assistant's reply to a message, unless the owner has changed since.

        Return False when it has: then nothing of the reply is kept, and the message counts as seen.
        """
        async with self._engine.begin() as connection:
            unchanged = await self._touch(connection, message.conversation_id, expected_version)
            await connection.execute(
                tables.messages.update()
                .where(tables.messages.c.id == message.id)
                .values(
                    status=Status.ANSWERED.value,
                    understood=turn.understood,
                    is_private=turn.is_private,
                )
            )
            if unchanged:
                await self._insert(connection, message.conversation_id, turn.messages)
        return unchanged

    async def answered_by_people(self, conversation_id: str) -> None:
        """Staff have the conversation: what waits for the assistant waits no longer."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.messages.update()
                .where(tables.messages.c.conversation_id == conversation_id)
                .where(tables.messages.c.status == Status.PENDING.value)
                .values(status=Status.ANSWERED.value)
            )

    async def _touch(
        self, connection: AsyncConnection, conversation_id: str, expected_version: int
    ) -> bool:
        done = await connection.execute(
            tables.conversations.update()
            .where(tables.conversations.c.id == conversation_id)
            .where(tables.conversations.c.owner_version == expected_version)
            .values(updated_at=self._clock())
        )
        return bool(done.rowcount)

    async def _insert(
        self, connection: AsyncConnection, conversation_id: str, drafts: Iterable[Draft]
    ) -> int:
        """Insert drafts in order and return the last number given."""
        drafts, now = list(drafts), self._clock()
        done = await connection.execute(
            tables.conversations.update()
            .where(tables.conversations.c.id == conversation_id)
            .values(last_seq=tables.conversations.c.last_seq + len(drafts), updated_at=now)
        )
        if not done.rowcount:
            raise LookupError(conversation_id)
        last = await connection.scalar(
            sa.select(tables.conversations.c.last_seq).where(
                tables.conversations.c.id == conversation_id
            )
        )
        for seq, draft in enumerate(drafts, start=int(last) - len(drafts) + 1):
            await connection.execute(
                tables.messages.insert().values(
                    conversation_id=conversation_id, seq=seq, at=now, **_draft_row(draft)
                )
            )
        return int(last)

    async def by_client_id(self, conversation_id: str, client_id: str) -> Message | None:
        """The message that was stored under an id of the sender's."""
        here = tables.messages.c.conversation_id == conversation_id
        found = await self._messages(here, tables.messages.c.client_id == client_id, limit=1)
        return found[0] if found else None

    async def _messages(self, *conditions: Any, limit: int = 1_000) -> list[Message]:
        query = (
            sa.select(tables.messages)
            .where(*conditions)
            .order_by(tables.messages.c.seq)
            .limit(limit)
        )
        async with self._engine.connect() as connection:
            return [Message.of(row) for row in await connection.execute(query)]

    async def vote(self, conversation_id: str, seq: int, helpful: bool) -> None:
        """Keep a visitor's last word on whether an answer helped."""
        async with self._engine.begin() as connection:
            here = (tables.feedback.c.conversation_id == conversation_id) & (
                tables.feedback.c.seq == seq
            )
            await connection.execute(tables.feedback.delete().where(here))
            await connection.execute(
                tables.feedback.insert().values(
                    conversation_id=conversation_id, seq=seq, helpful=helpful
                )
            )


def _draft_row(draft: Draft) -> dict[str, Any]:
    return {
        "author": draft.author.value,
        "name": draft.name,
        "text": draft.text,
        "buttons": list(draft.buttons),
        "button_id": draft.button_id,
        "answer": draft.answer,
        "payload": draft.payload,
        "client_id": draft.client_id,
        "is_private": draft.is_private,
        "status": draft.status.value,
    }
