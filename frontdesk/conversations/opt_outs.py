"""Who has asked for no more messages on a channel. It outlives the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.conversations.model import Conversation
from frontdesk.storage import tables

T, OTHER = tables.opt_outs, tables.other_addresses
OTHERS = sa.select(OTHER.c.address).where(
    OTHER.c.conversation_id == sa.bindparam("id"), OTHER.c.channel == sa.bindparam("channel")
)
_THEIRS = (T.c.channel == sa.bindparam("channel")) & (
    (T.c.address == sa.bindparam("address")) | T.c.address.in_(OTHERS)
)
IS_STOPPED = sa.exists().where(_THEIRS)
"""Who has several addresses has stopped with all of them."""
_LASTING = _THEIRS & T.c.until_they_write.is_(False)
IS_BLOCKED = sa.and_(IS_STOPPED, sa.not_(sa.exists().where(_LASTING)))
"""Who has only blocked us at the provider: what they write undoes that."""
_HOW = sa.select(IS_STOPPED.label("is_stopped"), IS_BLOCKED.label("is_blocked"))


@dataclass(frozen=True)
class Stopped:
    """Has somebody asked for no more messages, and is it only until they write, as they blocked us?"""

    is_stopped: bool
    is_blocked: bool


class OptOuts:
    """Addresses that get nothing more from us until they, or staff for them, undo it."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def of(self, conversation: Conversation) -> Stopped:
        """What whoever writes here has asked for, as it is at one moment."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_HOW, _who(conversation))).one()
        return Stopped(bool(row.is_stopped), bool(row.is_blocked))

    async def set(
        self, conversation: Conversation, stopped: bool, until_they_write: bool = False
    ) -> None:
        """Note that they want no more messages, or want them again. A block makes no STOP shorter.

        Each address is noted by itself: once they are erased, nothing tells that these are one person's.
        """
        who = _who(conversation)
        async with self._engine.begin() as connection:
            lasting = await connection.scalar(sa.select(sa.exists().where(_LASTING)), who)
            is_block = until_they_write and not lasting
            theirs = {who["address"], *await connection.scalars(OTHERS, who)} - {""}
            await connection.execute(T.delete().where(_THEIRS), who)
            if stopped and theirs:
                now, channel = self._clock(), conversation.channel
                row = {"channel": channel, "at": now, "until_they_write": is_block}
                rows = [{**row, "address": one} for one in theirs]
                await connection.execute(T.insert(), rows)


def _who(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        "channel": conversation.channel,
        "address": conversation.address or "",
    }
