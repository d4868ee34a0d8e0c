"""Messages in order: stored with the next number, waiting for an answer, waiting to be sent.

A message gets its number in the transaction that stores it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from frontdesk.clock import Clock
from frontdesk.conversations.model import Author, Draft, Gone, Message, Status, Turn
from frontdesk.storage import tables
from frontdesk.storage.transactions import Database, afterwards

_WAITS = sa.or_(
    tables.messages.c.status == Status.PENDING.value, tables.messages.c.is_unchecked.is_(True)
)


async def still_here(connection: AsyncConnection, conversation_id: str) -> None:
    """Hold a conversation, so that nothing is written about one that is erased. Raise Gone."""
    query = sa.select(tables.conversations.c.id).with_for_update()
    if await connection.scalar(query.where(tables.conversations.c.id == conversation_id)) is None:
        raise Gone(conversation_id)


FORGETTABLE = 5_000
FORGOTTEN = {"type": "forgotten"}
"""The payload of a message whose words were deleted."""


class Messages:
    """The messages of all conversations."""

    def __init__(self, engine: Database, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def append(self, conversation_id: str, draft: Draft) -> Message:
        """Store a message with the next number. The same client id again: the message it made.

        Raise Gone.
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
            last: datetime | None = await connection.scalar(query.limit(1))
        return last

    async def pending(self, conversation_id: str) -> list[Message]:
        """The visitor's messages that nobody has answered yet, in order."""
        here = tables.messages.c.conversation_id == conversation_id
        return await self._messages(here, tables.messages.c.status == Status.PENDING.value)

    async def to_do(self, conversation_id: str) -> Message | None:
        """The oldest message that waits for the assistant: for an answer, or to be looked at."""
        here = tables.messages.c.conversation_id == conversation_id
        found = await self._messages(here, _WAITS, limit=1)
        return found[0] if found else None

    async def with_something_to_do(self) -> list[str]:
        """Ids of conversations in which a message waits for the assistant."""
        query = sa.select(tables.messages.c.conversation_id).where(_WAITS).distinct()
        async with self._engine.connect() as connection:
            return [row.conversation_id for row in await connection.execute(query)]

    async def waiting_since(self, moment: datetime) -> list[str]:
        """Ids of conversations in which a message has waited for an answer since ``moment``."""
        query = sa.select(tables.messages.c.conversation_id).distinct()
        query = query.where(tables.messages.c.status == Status.PENDING.value)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.where(tables.messages.c.at <= moment))
            return [row.conversation_id for row in rows]

    async def outbox(self, conversation_id: str) -> list[Message]:
        """Our messages that a provider has not taken yet, in order."""
        here = tables.messages.c.conversation_id == conversation_id
        ours = tables.messages.c.author != Author.VISITOR.value
        return await self._messages(here, ours, tables.messages.c.status == Status.STORED.value)

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

        Return False when it has: then nothing of the reply is kept, and the message is with staff.
        """
        async with self._engine.begin() as connection:
            unchanged = await self._touch(connection, message.conversation_id, expected_version)
            values = {"understood": turn.understood, "is_private": turn.is_private}
            if unchanged:
                values |= {"status": Status.ANSWERED.value, "is_unchecked": False}
            await connection.execute(
                tables.messages.update().where(tables.messages.c.id == message.id).values(**values)
            )
            if unchanged:
                await self._insert(connection, message.conversation_id, turn.messages)
        return unchanged

    async def answered_by_people(self, conversation_id: str) -> None:
        """A person has spoken: what waited for one waits no longer."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.messages.update()
                .where(tables.messages.c.conversation_id == conversation_id)
                .where(tables.messages.c.status == Status.WITH_STAFF.value)
                .values(status=Status.ANSWERED.value)
            )

    async def wait_for_people(self, conversation_id: str) -> bool:
        """Has the visitor written something that no person has answered yet?"""
        here = tables.messages.c.conversation_id == conversation_id
        found = tables.messages.c.status == Status.WITH_STAFF.value
        return bool(await self._messages(here, found, limit=1))

    async def forget(
        self, conversation_id: str, pre_screen: str, instead: str, with_last_reply: bool = False
    ) -> None:
        """Blank what was said in a pre-screen that ended unshared; the visitor reads ``instead``.

        The last turn's reply stays where it says that the answers are forgotten.
        """
        said, latest, is_in_it = [], 0, False
        for message in await self.after(conversation_id, 0, limit=FORGETTABLE):
            if message.author is Author.VISITOR:
                is_in_it = (message.understood or {}).get("pre_screen") == pre_screen
                latest = message.seq
            if is_in_it:
                said.append(message)
        by_visitor = [one.id for one in said if one.author is Author.VISITOR]
        ours = [one for one in said if one.author is Author.ASSISTANT]
        by_us = [one.id for one in ours if with_last_reply or one.seq < latest]
        async with self._engine.begin() as connection:
            await self._blank(connection, by_visitor, instead)
            await self._blank(connection, by_us, "")

    async def delete_words(self, message: Message, instead: str) -> None:
        """Blank one message of the visitor; the assistant still has to forget it."""
        owed = {"message_id": message.id, "conversation_id": message.conversation_id}
        async with self._engine.begin() as connection:
            await self._blank(connection, [message.id], instead)
            await connection.execute(tables.forgettings.insert().values(seq=message.seq, **owed))

    async def _blank(self, connection: AsyncConnection, ids: list[int], instead: str) -> None:
        known = {"intent": "forgotten", "confidence": 0.0, "private": True}
        blank: dict[str, Any] = {"payload": FORGOTTEN, "buttons": [], "answer": None}
        await connection.execute(
            tables.messages.update()
            .where(tables.messages.c.id.in_(ids))
            .values(text=instead, understood=known, button_id=None, **blank)
        )
        lessons = tables.lessons
        await connection.execute(lessons.delete().where(lessons.c.message_id.in_(ids)))
        afterwards(self._engine.leaves_traces)

    async def forgotten_by_tracker(self, conversation_id: str, seq: int) -> None:
        """Note that the assistant has forgotten a deleted message."""
        f = tables.forgettings
        async with self._engine.begin() as connection:
            await connection.execute(
                f.delete().where(f.c.conversation_id == conversation_id, f.c.seq == seq)
            )

    async def forgotten(self, conversation_id: str) -> list[int]:
        """Numbers of the visitor's messages whose words were deleted."""
        m = tables.messages.c
        gone = m.payload["type"].as_string() == FORGOTTEN["type"]
        query = sa.select(m.seq).where(m.conversation_id == conversation_id, gone)
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                query.where(m.author == Author.VISITOR.value).order_by(m.seq)
            )
            return [row.seq for row in rows]

    async def left_in_the_middle(self, since: datetime) -> list[tuple[str, str]]:
        """(conversation, pre-screen) of health questions that nobody went on with since then.

        What the visitor shared last stays; of one shared before, nothing does.
        """
        m, c = tables.messages.c, tables.conversations.c
        named, shared = m.understood["pre_screen"].as_string(), c.summary["pre_screen"].as_string()
        query = (
            sa.select(m.conversation_id, named.label("pre_screen"))
            .join(tables.conversations, c.id == m.conversation_id)
            .where(m.author == Author.VISITOR.value, m.is_private, named.is_not(None))
            .where(sa.or_(shared.is_(None), shared != named))
            .group_by(m.conversation_id, named)
            .having(sa.func.max(m.at) < since)
        )
        async with self._engine.connect() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]

    async def checked(self, message_id: int) -> None:
        """Note that a message has been looked at for danger."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.messages.update()
                .where(tables.messages.c.id == message_id)
                .values(is_unchecked=False)
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
            raise Gone(conversation_id)
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
            await still_here(connection, conversation_id)
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
        "is_unchecked": draft.is_unchecked,
    }
