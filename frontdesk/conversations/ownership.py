"""The one owner of each conversation: changed only from the version that the caller saw."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from frontdesk import metrics
from frontdesk.clock import Clock
from frontdesk.conversations.model import Author, Conversation, Owner, Status
from frontdesk.storage import tables
from frontdesk.storage.transactions import afterwards

FIRST_VERSION = 1
VISITOR = "visitor"
"""Who changed it, where no person of ours and no clock did."""


class Ownership:
    """Who has each conversation, and who had it before."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def change(
        self, seen: Conversation, after: Owner, who: str, why: str, **values: object
    ) -> Conversation | None:
        """Change the owner if nobody has since ``seen``. None when somebody has."""
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
                    seq=sa.select(tables.conversations.c.last_seq)
                    .where(tables.conversations.c.id == seen.id)
                    .scalar_subquery(),
                    at=now,
                )
            )
            if not after.is_bot:
                await self._leave_to_staff(connection, seen.id)
            elif not seen.owner.is_bot:
                await self._leave_to_assistant(connection, seen)
            here = tables.conversations.c.id == seen.id
            row = (await connection.execute(sa.select(tables.conversations).where(here))).one()
        afterwards(metrics.HANDOVERS.labels(seen.owner.value, after.value).inc)
        return Conversation.of(row)

    @staticmethod
    async def _leave_to_staff(connection: AsyncConnection, conversation_id: str) -> None:
        """What waited for the assistant waits for people, and is still looked at for danger."""
        message = tables.messages.c
        await connection.execute(
            tables.messages.update()
            .where(message.conversation_id == conversation_id)
            .where(message.status == Status.PENDING.value)
            .values(status=Status.WITH_STAFF.value, is_unchecked=True)
        )

    @staticmethod
    async def _leave_to_assistant(connection: AsyncConnection, given: Conversation) -> None:
        """What no member of staff has seen waits for the assistant; the rest they have dealt with."""
        message = tables.messages.c
        with_staff = (message.conversation_id == given.id) & (
            message.status == Status.WITH_STAFF.value
        )
        read = sa.select(tables.conversations.c.read_seq)
        seen = read.where(tables.conversations.c.id == given.id).scalar_subquery()
        if not given.staff_are_elsewhere:
            await connection.execute(
                tables.messages.update()
                .where(with_staff, message.seq > seen, message.text != "")
                .values(status=Status.PENDING.value, is_unchecked=False)
            )
        await connection.execute(
            tables.messages.update().where(with_staff).values(status=Status.ANSWERED.value)
        )

    async def staff_spoke_last(self, conversation: Conversation) -> bool:
        """Have people had the conversation since the assistant last spoke in it? By number, not time."""
        said, change = tables.messages.c, tables.owner_changes.c
        last_of_ours = (
            sa.select(sa.func.max(said.seq))
            .where(said.conversation_id == conversation.id)
            .where(said.author == Author.ASSISTANT.value)
            .scalar_subquery()
        )
        return await self._was_changed(
            conversation, change.before == Owner.STAFF.value, change.seq >= last_of_ours
        )

    async def visitor_left(self, conversation: Conversation, seq: int | None) -> bool:
        """Has the visitor, after that message, stopped waiting for a person of their own will?"""
        if not seq:
            return False
        change = tables.owner_changes.c
        of_theirs = change.who == VISITOR, change.before == Owner.WAITING.value
        return await self._was_changed(conversation, change.seq >= seq, *of_theirs)

    async def _was_changed(
        self, conversation: Conversation, *where: sa.ColumnElement[bool]
    ) -> bool:
        """Has somebody else come to have it, in such a change?"""
        if conversation.owner_version == FIRST_VERSION:
            return False
        change = tables.owner_changes.c
        query = sa.select(change.id).where(change.conversation_id == conversation.id, *where)
        async with self._engine.connect() as connection:
            return await connection.scalar(query.limit(1)) is not None
