"""Once a week, by e-mail: how many answers are to be read again, and how many wait for a signature."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from frontdesk.clock import Clock
from frontdesk.knowledge.answer import State
from frontdesk.knowledge.answers import Answers
from frontdesk.outgoing.mailer import Mailer, NotSent
from frontdesk.storage import tables

logger = logging.getLogger(__name__)

EVERY = timedelta(days=7)
LAST = "reviews mailed"


class Reminder:
    """To everybody who gets notices by e-mail; nothing while there is nothing to read."""

    def __init__(
        self,
        engine: AsyncEngine,
        answers: Answers,
        mailer: Mailer | None,
        to: Sequence[str],
        public_url: str,
        clock: Clock,
    ) -> None:
        self._engine, self._answers, self._mailer, self._to = engine, answers, mailer, to
        self._link = f"{public_url}/inbox/signing"
        self._clock = clock

    async def run(self) -> None:
        """Send it when a week has gone by; of several desks only one does."""
        if self._mailer is None or not self._to:
            return
        today = self._answers.today()
        states = [one.state(today) for one in (await self._answers.all()).values()]
        overdue, waiting = states.count(State.OVERDUE), states.count(State.IN_REVIEW)
        if not overdue and not waiting:
            return
        before = await self._last()
        if not await self._claim(before):
            return
        subject = f"Answers to review: {overdue} overdue, {waiting} to be signed"
        text = (
            f"{overdue} of the assistant's answers are to be read again, and {waiting} wait for a "
            f"clinician's signature.\n\n{self._link}\n"
        )
        try:
            for address in self._to:
                await self._mailer.send(address, subject, text)
        except NotSent as error:
            logger.warning("the reminder was not sent: %s", error)
            await self._give_back(before)

    async def _last(self) -> datetime | None:
        rule = tables.inbox_rules.c
        async with self._engine.connect() as connection:
            found: datetime | None = await connection.scalar(
                sa.select(rule.since).where(rule.name == LAST)
            )
        return found

    async def _claim(self, before: datetime | None) -> bool:
        rules, now = tables.inbox_rules, self._clock()
        if before is not None and now - before < EVERY:
            return False
        change = rules.update().where(rules.c.name == LAST, rules.c.since == before)
        try:
            async with self._engine.begin() as connection:
                if before is None:
                    await connection.execute(rules.insert().values(name=LAST, since=now))
                    return True
                return bool((await connection.execute(change.values(since=now))).rowcount)
        except IntegrityError:  # another desk was first
            return False

    async def _give_back(self, before: datetime | None) -> None:
        rules = tables.inbox_rules
        mine = rules.c.name == LAST
        async with self._engine.begin() as connection:
            if before is None:
                await connection.execute(rules.delete().where(mine))
            else:
                await connection.execute(rules.update().where(mine).values(since=before))
