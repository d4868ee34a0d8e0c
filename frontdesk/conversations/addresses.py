"""By which addresses a visitor of a messaging channel writes: a number, a user id without one, a new number."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from clinic.contacts import BY_NUMBER, THIS_NUMBER, number_of
from frontdesk.conversations.model import Conversation
from frontdesk.conversations.store import Conversations
from frontdesk.storage import tables

T, C = tables.other_addresses, tables.conversations
LONGEST = 200
_CHANNEL, _ADDRESSES = sa.bindparam("channel"), sa.bindparam("addresses", expanding=True)
_ELSEWHERE = sa.select(T.c.conversation_id).where(
    T.c.channel == _CHANNEL, T.c.address.in_(_ADDRESSES)
)
# asked for every message: put together once, so that SQLAlchemy finds it compiled
KNOWN = (
    sa.select(C)
    .where((C.c.channel == _CHANNEL) & C.c.address.in_(_ADDRESSES) | C.c.id.in_(_ELSEWHERE))
    .order_by(C.c.created_at)
    .limit(1)
)
_ONE = sa.bindparam("address")
_ONE_ELSEWHERE = sa.select(T.c.conversation_id).where(T.c.channel == _CHANNEL, T.c.address == _ONE)
ONE_KNOWN = (
    sa.select(C)
    .where((C.c.channel == _CHANNEL) & (C.c.address == _ONE) | C.c.id.in_(_ONE_ELSEWHERE))
    .order_by(C.c.created_at)
    .limit(1)
)
"""Most people have one address; a list of them SQLAlchemy writes anew each time."""
QUERIES = {
    (is_one, is_held): query.with_for_update(of=C) if is_held else query
    for is_one, query in ((True, ONE_KNOWN), (False, KNOWN))
    for is_held in (True, False)
}


class Addresses:
    """Finds the one conversation of a person, whichever address is used."""

    def __init__(self, engine: AsyncEngine, conversations: Conversations) -> None:
        self._engine = engine
        self._conversations = conversations

    async def conversation(
        self, channel: str, address: str, others: Iterable[str] = ()
    ) -> Conversation:
        """The conversation with an address or with one of the ``others``, opened if there is none.

        It stays as it is found until the caller's transaction ends.
        """
        known = [one[:LONGEST] for one in (address, *others)]
        found = await self._known(channel, known, is_held=True)
        if found is None:
            found = await self._conversations.by_address(channel, known[0])
        await self._remember(channel, found, known)
        return found

    async def known(self, channel: str, address: str, is_held: bool = False) -> Conversation | None:
        """The conversation with whoever has that address, if there is one. ``is_held``: it stays as it is
        found until the caller's transaction ends."""
        return await self._known(channel, [address[:LONGEST]], is_held)

    async def replace(self, channel: str, old: str, new: str) -> None:
        """Follow a visitor to a new address; what was said stays with them, and a STOP too.

        A new user id is one more name of somebody who writes from a number: the number stays.
        """
        found = await self._known(channel, [old[:LONGEST]])
        if found is None or await self._known(channel, [new[:LONGEST]]):
            return
        is_number = number_of(channel, found.address) and not number_of(channel, new)
        if found.address != old[:LONGEST] or is_number:  # one of several names: ours for them stays
            await self._remember(channel, found, [new[:LONGEST]])
            return
        opt_outs = self._conversations.opt_outs
        before = await opt_outs.of(found)
        await self._conversations.update(found.id, address=new[:LONGEST])
        if before.is_stopped:
            await opt_outs.set(replace(found, address=new[:LONGEST]), True, before.is_blocked)
        moved = await self._conversations.get(found.id)
        if moved:
            await self._remember(channel, moved, [old[:LONGEST]])

    async def _known(
        self, channel: str, addresses: list[str], is_held: bool = False
    ) -> Conversation | None:
        is_one = len(set(addresses)) == 1
        query = QUERIES[is_one, is_held]
        values = {"address": addresses[0]} if is_one else {"addresses": addresses}
        rows = await self._conversations.rows(query, channel=channel, **values)
        return Conversation.of(rows[0]) if rows else None

    async def _remember(self, channel: str, who: Conversation, addresses: list[str]) -> None:
        if all(address == who.address for address in addresses):
            return
        query = sa.select(T.c.address).where(T.c.conversation_id == who.id)
        async with self._engine.connect() as connection:
            known = {row.address for row in await connection.execute(query)}
        new = [one for one in dict.fromkeys(addresses) if one != who.address and one not in known]
        for address in new:
            try:
                async with self._engine.begin() as connection:
                    await connection.execute(
                        T.insert().values(channel=channel, address=address, conversation_id=who.id)
                    )
            except IntegrityError:  # another conversation has it: people link those in the inbox
                continue
        opt_outs = self._conversations.opt_outs
        if new and (stopped := await opt_outs.of(who)).is_stopped:
            await opt_outs.set(who, True, stopped.is_blocked)


async def number_behind(conversations: Conversations, conversation: Conversation) -> str:
    """The number that a visitor writes from; "" where a channel has none, shows a user id alone, or has
    shown two: the older one may be a stranger's by now.
    """
    channel = conversation.channel
    found = number_of(channel, conversation.address)
    if found or channel not in BY_NUMBER:
        return found
    others = sa.select(T.c.address).where(T.c.conversation_id == conversation.id)
    rows = await conversations.rows(others)
    numbers = {number for row in rows if (number := number_of(channel, row.address))}
    return numbers.pop() if len(numbers) == 1 else ""


async def where_to_call(
    conversations: Conversations, conversation: Conversation, contact: str
) -> str:
    """The contact, or the number that somebody means who writes from it."""
    if contact != THIS_NUMBER:
        return contact
    return await number_behind(conversations, conversation) or contact
