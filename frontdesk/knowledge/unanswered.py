"""What the assistant could not answer, and what staff decided about it.

A lesson holds no words, only which message and which topic: a conversation that is erased takes its
lessons along. Words that staff attach to an answer become one of its ways to ask (answers.py), without what says
who somebody is (personal.py). Private health messages are never part of it.
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
SURE_ENOUGH = 0.3
"""Below this nothing is filled in: an empty field is better than a wrong one that somebody presses."""
DISMISSED, LEARNED = "dismissed", "learned"


@dataclass(frozen=True)
class UnansweredQuestion:
    """A visitor's message that nobody has decided about; ``why`` it is here, in words.

    nearest: the answer that it comes nearest to, for a message that was not understood, if it is near enough.
    """

    message_id: int
    conversation_id: str
    text: str
    why: str
    nearest: str | None
    at: datetime
    answer: str | None = None
    """What staff answered, where they say that it is worth learning."""


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
        return [self._masked(one) for one in found]

    def _masked(self, one: UnansweredQuestion) -> UnansweredQuestion:
        answer = one.answer and masked(one.answer, self._country)
        return replace(one, text=masked(one.text, self._country), answer=answer)

    async def teach(self, conversation_id: str, reply_seq: int, staff_id: int) -> bool:
        """Propose what the visitor had asked before a reply of staff. False when there is nothing to."""
        m = tables.messages.c
        here = m.conversation_id == conversation_id
        by_staff = m.author == Author.STAFF.value
        asked = sa.and_(
            m.author == Author.VISITOR.value, sa.not_(m.is_private), m.button_id.is_(None)
        )
        reply = sa.select(m.id).where(here, by_staff, m.seq == reply_seq)
        question = sa.select(m.id).where(here, asked, m.seq < reply_seq, sa.func.trim(m.text) != "")
        async with self._engine.begin() as connection:
            reply_id = await connection.scalar(reply)
            message_id = await connection.scalar(question.order_by(m.seq.desc()).limit(1))
            if reply_id is None or message_id is None:
                return False
            t = tables.teachings
            await connection.execute(t.delete().where(t.c.message_id == message_id))
            row = {"message_id": message_id, "conversation_id": conversation_id}
            row |= {"reply_id": reply_id, "staff_id": staff_id, "at": self._clock()}
            await connection.execute(t.insert().values(**row))
        return True

    async def decide(self, message_ids: Collection[int], topic: str | None, staff_id: int) -> int:
        """Note that messages were attached to a topic, or dismissed (None). Return how many were undecided."""
        chosen = [one for one in await self.undecided() if one.message_id in message_ids]
        values = {
            "topic": topic,
            "state": LEARNED if topic else DISMISSED,
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
    is_near = below_the_gate & (m.understood["nearest_sureness"].as_float() >= SURE_ENOUGH)
    taught, reply = tables.teachings.c, tables.messages.alias("reply")
    is_taught = taught.message_id.is_not(None)
    return (
        sa.select(
            m.id.label("message_id"),
            m.conversation_id,
            m.text,
            sa.case(
                (is_taught, "answered by staff"),
                (below_the_gate, "not understood"),
                else_="voted unhelpful",
            ).label("why"),
            sa.case((is_near, m.understood["nearest"].as_string())).label("nearest"),
            m.at,
            reply.c.text.label("answer"),
        )
        .outerjoin(tables.teachings, taught.message_id == m.id)
        .outerjoin(reply, reply.c.id == taught.reply_id)
        .outerjoin(tables.lessons, tables.lessons.c.message_id == m.id)
        .where(tables.lessons.c.message_id.is_(None))
        .where(m.author == Author.VISITOR.value, sa.not_(m.is_private))
        .where(sa.or_(is_taught, intent.is_not(None)))
        .where(m.button_id.is_(None), sa.func.trim(m.text) != "")
        .where(sa.or_(is_taught, below_the_gate, unhelpful))
        .order_by(m.id.desc())
        .limit(MOST)
    )
