"""The store: conversations, messages in order, and the one owner of each conversation.

Every change is one transaction. A message gets its sequence number in the transaction that stores
it; an owner changes only from the version that the caller saw.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from frontdesk.clock import Clock
from frontdesk.conversations.model import (
    Author,
    Callback,
    Conversation,
    Draft,
    Message,
    Owner,
    Status,
    Turn,
)
from frontdesk.storage import tables
from frontdesk.tokens import hash_token


class Conversations:
    """Everything that is kept about conversations."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    # --- conversations ---

    async def create(self, channel: str, address: str | None = None) -> tuple[Conversation, str]:
        """Open a conversation. Return it with the visitor's token, which is not kept."""
        token, now = secrets.token_urlsafe(32), self._clock()
        row = {
            "id": f"c_{secrets.token_urlsafe(18)}",
            "channel": channel,
            "address": address,
            "token_hash": hash_token(token),
            "owner": Owner.BOT.value,
            "owner_version": 1,
            "last_seq": 0,
            "read_seq": 0,
            "created_at": now,
            "updated_at": now,
        }
        async with self._engine.begin() as connection:
            await connection.execute(tables.conversations.insert().values(**row))
        conversation = await self.get(str(row["id"]))
        assert conversation
        return conversation, token

    async def get(self, conversation_id: str) -> Conversation | None:
        """The conversation of that id."""
        return await self._one(tables.conversations.c.id == conversation_id)

    async def by_token(self, token: str) -> Conversation | None:
        """The conversation that a visitor's token opens."""
        return await self._one(tables.conversations.c.token_hash == hash_token(token))

    async def by_address(self, channel: str, address: str) -> Conversation:
        """The conversation with an address of a channel, opened if there is none yet."""
        here = (tables.conversations.c.channel == channel) & (
            tables.conversations.c.address == address
        )
        found = await self._one(here)
        if found:
            return found
        try:
            return (await self.create(channel, address))[0]
        except IntegrityError:
            found = await self._one(here)
            assert found
            return found

    async def update(self, conversation_id: str, **values: Any) -> None:
        """Set plain columns (contact, visitor_name, read_seq, timers)."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.conversations.update()
                .where(tables.conversations.c.id == conversation_id)
                .values(**values)
            )

    async def erase(self, conversation_id: str) -> None:
        """Delete every row about a conversation."""
        async with self._engine.begin() as connection:
            for table in tables.ABOUT_ONE_CONVERSATION:
                await connection.execute(
                    table.delete().where(table.c.conversation_id == conversation_id)
                )
            await connection.execute(
                tables.conversations.delete().where(tables.conversations.c.id == conversation_id)
            )

    async def older_than(self, moment: datetime) -> list[str]:
        """Ids of conversations in which nothing has happened since ``moment``."""
        return await self._ids(tables.conversations.c.updated_at < moment)

    async def timers_due(self) -> list[Conversation]:
        """Conversations whose timer has run out."""
        return await self.find(tables.conversations.c.timer_at <= self._clock())

    async def find(
        self, *conditions: Any, order: Sequence[Any] = (), limit: int = 200, offset: int = 0
    ) -> list[Conversation]:
        """Conversations that meet all conditions on ``frontdesk.database.conversations``."""
        query = sa.select(tables.conversations).where(*conditions).order_by(*order)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.limit(limit).offset(offset))
            return [_conversation(row) for row in rows]

    async def rows(self, query: Any) -> list[Any]:
        """The rows of a query that only reads."""
        async with self._engine.connect() as connection:
            return list(await connection.execute(query))

    async def write(self, statement: Any) -> None:
        """Carry out one statement."""
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def _one(self, condition: Any) -> Conversation | None:
        found = await self.find(condition, limit=1)
        return found[0] if found else None

    async def _ids(self, condition: Any) -> list[str]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(sa.select(tables.conversations.c.id).where(condition))
            return [row.id for row in rows]

    # --- messages ---

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
        return (await self.messages_after(conversation_id, seq - 1, limit=1))[0]

    async def append_new(self, conversation_id: str, drafts: Sequence[Draft]) -> None:
        """Store messages that have not been seen yet, in one transaction; those that have, not again."""
        try:
            async with self._engine.begin() as connection:
                await self._insert(connection, conversation_id, drafts)
        except IntegrityError:
            for draft in drafts:
                await self.append(conversation_id, draft)

    async def messages_after(
        self, conversation_id: str, seq: int, limit: int = 1_000
    ) -> list[Message]:
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
        rows = await self.rows(query.limit(1))
        return rows[0].at if rows else None

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
            return [_message(row) for row in await connection.execute(query)]

    # --- ownership ---

    async def change_owner(
        self, seen: Conversation, after: Owner, who: str, why: str, **values: Any
    ) -> Conversation | None:
        """Change the owner if nobody has since ``seen``. Return None when somebody has."""
        now = self._clock()
        async with self._engine.begin() as connection:
            done = await connection.execute(
                tables.conversations.update()
                .where(tables.conversations.c.id == seen.id)
                .where(tables.conversations.c.owner_version == seen.owner_version)
                .values(
                    owner=after.value,
                    owner_version=seen.owner_version + 1,
                    updated_at=now,
                    **values,
                )
            )
            if not done.rowcount:
                return None
            await connection.execute(
                tables.owner_changes.insert().values(
                    conversation_id=seen.id,
                    before=seen.owner.value,
                    after=after.value,
                    who=who,
                    why=why,
                    at=now,
                )
            )
        return await self.get(seen.id)

    async def staff_spoke_last(self, conversation_id: str) -> bool:
        """Have people had the conversation since the assistant last spoke in it?"""
        last_of_ours = (
            sa.select(sa.func.max(tables.messages.c.at))
            .where(tables.messages.c.conversation_id == conversation_id)
            .where(tables.messages.c.author == Author.ASSISTANT.value)
            .scalar_subquery()
        )
        query = (
            sa.select(tables.owner_changes.c.id)
            .where(tables.owner_changes.c.conversation_id == conversation_id)
            .where(tables.owner_changes.c.before == Owner.STAFF.value)
            .where(tables.owner_changes.c.at > last_of_ours)
        )
        return bool(await self.rows(query.limit(1)))

    # --- callbacks, feedback ---

    async def add_callback(
        self, conversation_id: str, name: str | None, contact: str, good_time: str | None
    ) -> None:
        """Note that somebody wants to be called."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.callbacks.insert().values(
                    conversation_id=conversation_id,
                    name=name,
                    contact=contact,
                    good_time=good_time,
                    at=self._clock(),
                )
            )

    async def callbacks(self, is_open: bool = True) -> list[Callback]:
        """Callbacks that are still to be made (or are done), the oldest first."""
        done = tables.callbacks.c.done_at
        query = sa.select(tables.callbacks).where(done.is_(None) if is_open else done.is_not(None))
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.order_by(tables.callbacks.c.at).limit(500))
            return [
                Callback(r.id, r.conversation_id, r.name, r.contact, r.good_time, r.outcome, r.at)
                for r in rows
            ]

    async def finish_callback(self, callback_id: int, outcome: str, staff_id: int) -> bool:
        """Mark a callback reached or not reached. False when that was done already."""
        async with self._engine.begin() as connection:
            done = await connection.execute(
                tables.callbacks.update()
                .where(tables.callbacks.c.id == callback_id)
                .where(tables.callbacks.c.done_at.is_(None))
                .values(outcome=outcome, done_by=staff_id, done_at=self._clock())
            )
            return bool(done.rowcount)

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


def _conversation(row: Any) -> Conversation:
    values = {name: row[name] for name in Conversation.__dataclass_fields__}
    return Conversation(**{**values, "owner": Owner(row["owner"])})


def _message(row: Any) -> Message:
    values = {name: row[name] for name in Message.__dataclass_fields__}
    enums = {"author": Author(row["author"]), "status": Status(row["status"])}
    return Message(**{**values, **enums, "buttons": tuple(row["buttons"] or ())})
