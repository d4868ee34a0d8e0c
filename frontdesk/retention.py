"""What happens by time to what is kept: words go when they are so old as clinic.yml says.

A message's time is counted from when it was said, not from the last one of its conversation. The
assistant forgets first and the rows go then, so what could not be reached is found again next time; it
holds up nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from clinic import Clinic
from clinic.clinic import Retention as Periods
from frontdesk.answering.desk import Desk
from frontdesk.clock import Clock
from frontdesk.conversations.erased import of_conversation, of_message
from frontdesk.conversations.messages import FORGOTTEN
from frontdesk.conversations.model import Author, Owner
from frontdesk.copy import words
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Staff
from frontdesk.storage import tables
from frontdesk.tasks import on_its_own

logger = logging.getLogger(__name__)

C, M = tables.conversations.c, tables.messages.c
BY_PEOPLE = (Owner.WAITING.value, Owner.STAFF.value, Owner.CALLBACK.value)
ERASED_WITHIN = timedelta(seconds=50)
ABOUT_MESSAGES = (
    tables.feedback,
    tables.sendings,
    tables.lessons,
    tables.forgettings,
    tables.teachings,
    tables.attachments,
    tables.mail_files,
)

ForgetArrivals = Callable[[datetime], Awaitable[None]]


class Retention:
    """Deletes what nobody needs any more. What is kept on purpose (``kept_at``) stays."""

    def __init__(
        self, desk: Desk, staff: Staff, arrivals: ForgetArrivals, clinic: Clinic, clock: Clock
    ) -> None:
        self._desk = desk
        self._staff = staff
        self._forget_arrivals = arrivals
        self._clinic = clinic
        self._clock = clock

    async def erase_again(self) -> None:
        """Whatever was erased and is here all the same came back with a back-up: erase it."""
        conversations = self._desk.conversations
        conversations.erased.prune()
        erased = conversations.erased.all()
        for row in await conversations.rows(sa.select(C.id)) if erased else ():
            if of_conversation(row.id) in erased:
                await conversations.erase(row.id)
                await self._staff.note(None, Event.ERASED_AGAIN, row.id)
        gone = words("health_answer_deleted", self._clinic, self._clock())
        said = sa.select(M.conversation_id, M.seq, M.at)
        for row in await conversations.rows(said) if erased else ():
            if of_message(*row) in erased:
                (found,) = await conversations.messages.after(row.conversation_id, row.seq - 1, 1)
                instead = gone if found.author is Author.VISITOR else ""
                await conversations.messages.delete_words(found, instead)

    async def run(self) -> None:
        """Everything whose time is over."""
        await self._desk.forgetting.abandoned()
        for days, which in self._periods():
            limit = self._clock() - timedelta(days=days)
            await self._forget_words(limit, which)
            await self._erase_empty(limit, which)
        finished = self._clock() - timedelta(days=self._days.finished)
        await self._forget_arrivals(finished)
        await self._desk.conversations.passages.forget_old()
        n = tables.notices.c
        await self._desk.conversations.write(
            tables.notices.delete().where(n.next_at.is_(None), n.at < finished)
        )
        await self._staff.prune(timedelta(days=self._days.audit))

    async def erase_wished(self) -> None:
        """Erase who asked for it and confirmed it, once our last words have left, or soon."""
        latest = self._clock() - ERASED_WITHIN
        for conversation_id in await self._desk.conversations.to_be_erased(latest):
            if await self._desk.erase(conversation_id):
                await self._staff.note(None, Event.ERASED_BY_VISITOR, conversation_id)

    @property
    def _days(self) -> Periods:
        return self._clinic.retention

    def _periods(self) -> list[tuple[int, object]]:
        """Days, and a condition on conversations: each conversation meets one of them."""
        change = tables.owner_changes.c
        people = (
            sa.select(change.id)
            .where(change.conversation_id == C.id, change.after.in_(BY_PEOPLE))
            .correlate(tables.conversations)
        )
        m = tables.messages.alias("said").c
        gone = sa.func.coalesce(m.payload["type"].as_string(), "") == FORGOTTEN["type"]
        said = (
            sa.select(m.id)
            .where(m.conversation_id == C.id, m.author == Author.VISITOR.value, sa.not_(gone))
            .correlate(tables.conversations)
        )
        had, spoke = people.exists(), said.exists()
        return [
            (self._days.handed_over, had),
            (self._days.finished, sa.and_(sa.not_(had), spoke)),
            (self._days.abandoned, sa.and_(sa.not_(had), sa.not_(spoke))),
        ]

    async def _forget_words(self, limit: datetime, which: object) -> None:
        old = (
            sa.select(M.conversation_id)
            .join(tables.conversations, C.id == M.conversation_id)
            .where(which, C.kept_at.is_(None), M.at < limit)
        )
        for row in await self._desk.conversations.rows(old.distinct()):
            with on_its_own("retention"):
                await self._desk.assistant.forget(row.conversation_id, before=limit.timestamp())
                await self._delete(row.conversation_id, limit)

    async def _delete(self, conversation_id: str, limit: datetime) -> None:
        here = (M.conversation_id == conversation_id) & (M.at < limit)
        ids, seqs = sa.select(M.id).where(here), sa.select(M.seq).where(here)
        async with self._desk.conversations.transaction() as connection:
            for table in ABOUT_MESSAGES:
                key = (
                    table.c.seq.in_(seqs)
                    if table is tables.feedback
                    else table.c.message_id.in_(ids)
                )
                mine = table.c.conversation_id == conversation_id
                await connection.execute(table.delete().where(mine, key))
            await connection.execute(tables.messages.delete().where(here))
            for table in (
                tables.notes,
                tables.callbacks,
                tables.callback_tries,
                tables.answer_mails,
                tables.answer_pushes,
            ):
                old = (table.c.conversation_id == conversation_id) & (table.c.at < limit)
                await connection.execute(table.delete().where(old))
            noted = sa.select(tables.notes.c.id)
            gone = tables.mentions.c.note_id.not_in(noted)
            await connection.execute(tables.mentions.delete().where(gone))
            shared = sa.select(M.id).where(
                M.conversation_id == conversation_id,
                M.payload["type"].as_string() == "eligibility_result",
            )
            await connection.execute(
                tables.conversations.update()
                .where(C.id == conversation_id, sa.not_(shared.exists()))
                .values(summary=sa.null())
            )
            self._desk.conversations.leaves_traces()
        logger.info("words were deleted after their time: %s", conversation_id)

    async def _erase_empty(self, limit: datetime, which: object) -> None:
        """A conversation goes when nothing is left of it."""
        left = sa.select(M.id).where(M.conversation_id == C.id).exists()
        over = sa.select(C.id).where(
            which, C.kept_at.is_(None), C.updated_at < limit, sa.not_(left)
        )
        for row in await self._desk.conversations.rows(over):
            if not await self._desk.erase(row.id):
                continue
            await self._staff.note(None, Event.ERASED_AFTER_RETENTION, row.id)
            logger.info("erased after retention time: %s", row.id)
