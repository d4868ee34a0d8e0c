"""Conversations that staff know to be with one person, on several channels or at several times.

They stay conversations of their own, each with its owner; linked, staff see one from the other.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.storage import tables

T = tables.same_person

_HERE = T.c.conversation_id == sa.bindparam("here")
OTHERS = sa.select(T.c.conversation_id).where(
    T.c.person.in_(sa.select(T.c.person).where(_HERE)), ~_HERE
)


class SamePerson:
    """Links between conversations, made by staff, or by a visitor who went from one to the other."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def others(self, conversation_id: str) -> list[str]:
        """Ids of the other conversations with the same person."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(OTHERS, {"here": conversation_id})
            return [row.conversation_id for row in rows]

    async def link(self, one: str, other: str, staff_id: int) -> None:
        """Note that two conversations, and all linked with either, are with one person."""
        known = sa.select(T.c.person).where(T.c.conversation_id.in_((one, other)))
        async with self._engine.begin() as connection:
            persons = (await connection.scalars(known)).all()
            person = secrets.token_urlsafe(9)
            await connection.execute(
                T.update().where(T.c.person.in_(persons)).values(person=person)
            )
            await connection.execute(T.delete().where(T.c.conversation_id.in_((one, other))))
            for conversation_id in {one, other}:
                await connection.execute(
                    T.insert().values(
                        conversation_id=conversation_id,
                        person=person,
                        staff_id=staff_id,
                        at=self._clock(),
                    )
                )

    async def part(self, conversation_id: str) -> None:
        """Note that a conversation is with somebody else."""
        async with self._engine.begin() as connection:
            await connection.execute(T.delete().where(T.c.conversation_id == conversation_id))
