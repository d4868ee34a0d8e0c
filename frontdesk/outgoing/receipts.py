"""What was handed to a provider, part by part: so that nothing is sent twice and receipts find home.

A row without a provider's id is a part under way. When the process ends meanwhile, whether it was
sent is unclear.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.conversations.model import Message, Status
from frontdesk.storage import tables

NO_ID = ""
BEFORE = {
    Status.DELIVERED: (Status.SENT,),
    Status.READ: (Status.SENT, Status.DELIVERED),
    Status.FAILED: (Status.SENT,),
}


class Receipts:
    """The parts of messages on their way to providers."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def of(self, message: Message) -> dict[int, str | None]:
        """By part, the provider's id; None for a part under way."""
        query = sa.select(tables.sendings.c.part, tables.sendings.c.provider_id)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.where(tables.sendings.c.message_id == message.id))
            return {row.part: row.provider_id for row in rows}

    async def begin(self, message: Message, part: int) -> None:
        """Note that a part is about to be sent."""
        async with self._engine.begin() as connection:
            await connection.execute(tables.sendings.delete().where(_here(message, part)))
            await connection.execute(
                tables.sendings.insert().values(
                    conversation_id=message.conversation_id,
                    message_id=message.id,
                    part=part,
                    at=self._clock(),
                )
            )

    async def finish(self, message: Message, part: int, provider_id: str | None) -> None:
        """Note that the provider has taken a part."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.sendings.update()
                .where(_here(message, part))
                .values(provider_id=(provider_id or NO_ID)[:255])
            )

    async def forget_begun(self, message: Message) -> None:
        """Forget which part was under way: it is tried again, or given up."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.sendings.delete().where(
                    tables.sendings.c.message_id == message.id,
                    tables.sendings.c.provider_id.is_(None),
                )
            )

    async def apply(
        self, channel: str, provider_id: str, status: Status, error: str | None
    ) -> str | None:
        """Set what became of a message; a status never goes back.

        Return the conversation's id, or None when nothing changed.
        """
        if not provider_id:
            return None
        query = (
            sa.select(tables.sendings.c.message_id, tables.sendings.c.conversation_id)
            .join(
                tables.conversations, tables.conversations.c.id == tables.sendings.c.conversation_id
            )
            .where(tables.sendings.c.provider_id == provider_id[:255])
            .where(tables.conversations.c.channel == channel)
        )
        async with self._engine.begin() as connection:
            found = (await connection.execute(query)).first()
            if found is None:
                return None
            done = await connection.execute(
                tables.messages.update()
                .where(tables.messages.c.id == found.message_id)
                .where(tables.messages.c.status.in_([one.value for one in BEFORE[status]]))
                .values(status=status.value, error=error[:200] if error else None)
            )
        return str(found.conversation_id) if done.rowcount else None


def _here(message: Message, part: int) -> sa.sql.ColumnElement[bool]:
    return (tables.sendings.c.message_id == message.id) & (tables.sendings.c.part == part)
