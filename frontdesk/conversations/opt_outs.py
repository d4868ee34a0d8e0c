"""Who has asked for no more messages on a channel. It outlives the conversation."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.conversations.model import Conversation
from frontdesk.storage import tables

T, OTHER = tables.opt_outs, tables.other_addresses
_OTHERS = sa.select(OTHER.c.address).where(
    OTHER.c.conversation_id == sa.bindparam("id"), OTHER.c.channel == sa.bindparam("channel")
)
IS_STOPPED = sa.exists().where(
    T.c.channel == sa.bindparam("channel"),
    (T.c.address == sa.bindparam("address")) | T.c.address.in_(_OTHERS),
)
"""Who has several addresses has stopped with all of them."""
HAS = sa.select(IS_STOPPED)


class OptOuts:
    """Addresses that get nothing more from us until they, or staff for them, undo it."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def has(self, conversation: Conversation) -> bool:
        """Has whoever writes here asked for no more messages?"""
        here = {"channel": conversation.channel, "address": conversation.address or ""}
        here["id"] = conversation.id
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(HAS, here))

    async def set(self, conversation: Conversation, stopped: bool) -> None:
        """Note that they want no more messages, or want them again."""
        async with self._engine.begin() as connection:
            await connection.execute(T.delete().where(_of(conversation)))
            if stopped and conversation.address:
                here = {"channel": conversation.channel, "address": conversation.address}
                await connection.execute(T.insert().values(**here, at=self._clock()))


def _of(conversation: Conversation) -> sa.sql.ColumnElement[bool]:
    here = OTHER.c.conversation_id == conversation.id, OTHER.c.channel == conversation.channel
    others = T.c.address.in_(sa.select(OTHER.c.address).where(*here))
    return (T.c.channel == conversation.channel) & (
        (T.c.address == (conversation.address or "")) | others
    )
