"""What the assistant could not answer, and what staff decided about it.

A lesson holds no words, only which message and which topic: a conversation that is erased takes its
lessons along. `make learn` writes the accepted ones into data/faq/ (scripts/learn.py). Private
health messages are never part of it, and what says who somebody is has gone (personal.py).
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.conversations.model import NOT_UNDERSTOOD, Author
from frontdesk.knowledge.personal import masked
from frontdesk.storage import tables

MOST = 500
ACCEPTED, DISMISSED, LEARNED = "accepted", "dismissed", "learned"


@dataclass(frozen=True)
class UnansweredQuestion:
    """A visitor's message that nobody has decided about; ``why`` it is here, in words.

    nearest: the answer that it comes nearest to, for a message that was not understood.
    """

    message_id: int
    conversation_id: str
    text: str
    why: str
    nearest: str | None
    at: datetime


@dataclass(frozen=True)
class NewWording:
    """A message that is a new way to ask for a topic."""

    message_id: int
    topic: str
    text: str


class UnansweredQuestions:
    """Decisions about messages, one a message."""

    def __init__(self, engine: AsyncEngine, clock: Clock, country: str | None = None) -> None:
        self._country = country
        self._engine = engine
        self._clock = clock

    async def undecided(self) -> list[UnansweredQuestion]:
        """Messages below the gate, or answered in a way that did not help; the newest first."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(_undecided())
            found = [UnansweredQuestion(**row._mapping) for row in rows]
        return [replace(one, text=masked(one.text, self._country)) for one in found]

    async def decide(self, message_ids: Collection[int], topic: str | None, staff_id: int) -> int:
        """Attach messages to a topic, or dismiss them (None). Return how many were still undecided."""
        chosen = [one for one in await self.undecided() if one.message_id in message_ids]
        values = {
            "topic": topic,
            "state": ACCEPTED if topic else DISMISSED,
            "staff_id": staff_id,
            "at": self._clock(),
        }
        rows = [
            {"message_id": one.message_id, "conversation_id": one.conversation_id, **values}
            for one in chosen
        ]
        with suppress(IntegrityError):  # a colleague decided in the same moment
            async with self._engine.begin() as connection:
                for row in rows:
                    await connection.execute(tables.lessons.insert().values(**row))
        return len(rows)

    async def take_back(self, message_id: int) -> None:
        """Decide anew about a message that has been attached but not learned."""
        mine = (tables.lessons.c.message_id == message_id) & (tables.lessons.c.state == ACCEPTED)
        async with self._engine.begin() as connection:
            await connection.execute(tables.lessons.delete().where(mine))

    async def accepted(self) -> list[NewWording]:
        """What `make learn` would learn, the oldest first."""
        m, lesson = tables.messages.c, tables.lessons.c
        query = (
            sa.select(lesson.message_id, lesson.topic, m.text)
            .join(tables.messages, m.id == lesson.message_id)
            .where(lesson.state == ACCEPTED, sa.not_(m.is_private))
            .order_by(lesson.message_id)
        )
        async with self._engine.connect() as connection:
            found = [NewWording(**row._mapping) for row in await connection.execute(query)]
        return [replace(one, text=masked(one.text, self._country)) for one in found]

    async def mark_learned(self, message_ids: Collection[int]) -> None:
        """Note that the files hold them."""
        mine = tables.lessons.c.message_id.in_(message_ids)
        async with self._engine.begin() as connection:
            await connection.execute(tables.lessons.update().where(mine).values(state=LEARNED))


def _undecided() -> Any:
    m, answer, vote = tables.messages.c, tables.messages.alias("answer"), tables.feedback.c
    earlier = tables.messages.alias("earlier")
    asked = (
        sa.select(sa.func.max(earlier.c.seq))
        .where(earlier.c.conversation_id == m.conversation_id)
        .where(earlier.c.author == Author.VISITOR.value, earlier.c.seq < vote.seq)
        .scalar_subquery()
    )
    unhelpful = (
        sa.select(vote.seq)
        .join(
            answer,
            (answer.c.conversation_id == vote.conversation_id) & (answer.c.seq == vote.seq),
        )
        .where(vote.conversation_id == m.conversation_id, sa.not_(vote.helpful))
        .where(sa.not_(answer.c.is_private), m.seq == asked)
        .exists()
    )
    intent = m.understood["intent"].as_string()
    below_the_gate = intent == NOT_UNDERSTOOD
    return (
        sa.select(
            m.id.label("message_id"),
            m.conversation_id,
            m.text,
            sa.case((below_the_gate, "not understood"), else_="voted unhelpful").label("why"),
            sa.case((below_the_gate, m.understood["nearest"].as_string())).label("nearest"),
            m.at,
        )
        .outerjoin(tables.lessons, tables.lessons.c.message_id == m.id)
        .where(tables.lessons.c.message_id.is_(None))
        .where(m.author == Author.VISITOR.value, intent.is_not(None), sa.not_(m.is_private))
        .where(m.button_id.is_(None), sa.func.trim(m.text) != "")
        .where(sa.or_(below_the_gate, unhelpful))
        .order_by(m.id.desc())
        .limit(MOST)
    )
