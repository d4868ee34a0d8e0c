"""Who has asked for no more messages on a channel."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.storage import tables

T = tables.opt_outs


class OptOuts:
    """Addresses that get nothing more from us until they, or staff for them, undo it."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def has(self, channel: str, address: str | None) -> bool:
        """Has this address asked for no more messages?"""
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(sa.select(T.c.at).where(_of(channel, address))))

    async def set(self, channel: str, address: str | None, stopped: bool) -> None:
        """Note that an address wants no more messages, or wants them again."""
        async with self._engine.begin() as connection:
            await connection.execute(T.delete().where(_of(channel, address)))
            if stopped and address:
                values = {"channel": channel, "address": address}
                await connection.execute(T.insert().values(**values, at=self._clock()))


def _of(channel: str, address: str | None) -> sa.sql.ColumnElement[bool]:
    return (T.c.channel == channel) & (T.c.address == (address or ""))
