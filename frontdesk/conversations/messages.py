"""Messages in order: stored with the next number, waiting for an answer, waiting to be sent.

A message gets its number in the transaction that stores it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from frontdesk.clock import Clock
from frontdesk.conversations.answering import answer_to
from frontdesk.conversations.erased import Erased, names_of, of_message
from frontdesk.conversations.model import Author, Draft, Gone, Message, Status, Turn
from frontdesk.storage import tables
from frontdesk.storage.claims import ClaimLost
from frontdesk.storage.columns import UtcDateTime
from frontdesk.storage.transactions import Database, afterwards

WAITS = sa.or_(
    tables.messages.c.status == Status.PENDING.value, tables.messages.c.is_unchecked.is_(True)
)

FORGOTTEN: dict[str, object] = {"type": "forgotten"}
"""The payload of a message whose words were deleted."""

# What is asked for each message is put together once: SQLAlchemy then finds it compiled.
M, C = tables.messages, tables.conversations
HERE = M.c.conversation_id == sa.bindparam("here")
_OF_ONE = sa.select(M).where(HERE).order_by(M.c.seq).limit(sa.bindparam("most", type_=sa.Integer))
AFTER = _OF_ONE.where(M.c.seq > sa.bindparam("after"))
WITH_STATUS = _OF_ONE.where(M.c.status == sa.bindparam("state"))
BY_CLIENT_ID = _OF_ONE.where(M.c.client_id == sa.bindparam("key"))
LAST_SEQ = sa.select(C.c.last_seq).where(C.c.id == sa.bindparam("here"))
HELD = LAST_SEQ.with_for_update()
COUNT_ON = (
    C.update()
    .where(C.c.id == sa.bindparam("here"))
    .values(last_seq=C.c.last_seq + sa.bindparam("more"), updated_at=sa.bindparam("now"))
)
COUNT_ON_UNCHANGED = COUNT_ON.where(C.c.owner_version == sa.bindparam("seen"))
UNDERSTOOD = (
    M.update()
    .where(HERE, M.c.id == sa.bindparam("one"))
    .values(understood=sa.bindparam("found"), is_private=sa.bindparam("hidden"))
)
ANSWERED = UNDERSTOOD.where(M.c.status == Status.PENDING.value).values(
    status=Status.ANSWERED.value, is_unchecked=False
)
BLANKED = (
    sa.select(M.c.seq)
    .where(HERE, M.c.author == Author.VISITOR.value)
    .where(M.c.payload["type"].as_string() == FORGOTTEN["type"])
    .order_by(M.c.seq)
)
ADD = M.insert()


def _untold(*where: Any) -> Any:
    """Where a message has waited since a moment, and no line of ours has said so: after the latest that
    waits, or ``lately`` since the first of them came."""
    waiting = (
        sa.select(
            M.c.conversation_id,
            sa.func.min(M.c.seq).label("first"),
            sa.func.max(M.c.seq).label("latest"),
        )
        .where(M.c.status == sa.literal(Status.PENDING.value), *where)
        .group_by(M.c.conversation_id)
        .having(sa.func.min(M.c.at) <= sa.bindparam("since", type_=UtcDateTime))
        .subquery()
    )
    is_lately = M.c.at > sa.bindparam("lately", type_=UtcDateTime)
    told = sa.exists().where(
        M.c.conversation_id == waiting.c.conversation_id,
        M.c.seq > waiting.c.first,
        M.c.client_id.startswith(sa.bindparam("line", type_=sa.String)),
        sa.or_(M.c.seq > waiting.c.latest, is_lately),
    )
    return sa.select(waiting.c.conversation_id, waiting.c.latest).where(~told)


UNTOLD, UNTOLD_HERE = _untold(), _untold(HERE)


async def still_here(connection: AsyncConnection, conversation_id: str) -> None:
    """Hold a conversation, so that nothing is written about one that is erased. Raise Gone."""
    query = sa.select(tables.conversations.c.id).with_for_update()
    if await connection.scalar(query.where(tables.conversations.c.id == conversation_id)) is None:
        raise Gone(conversation_id)


FORGETTABLE = 5_000


class Messages:
    """The messages of all conversations."""

    def __init__(self, engine: Database, erased: Erased, clock: Clock) -> None:
        self._engine = engine
        self._erased = erased
        self._clock = clock

    async def append(self, conversation_id: str, draft: Draft) -> Message:
        """Store a message with the next number. The same client id again: the message it made.

        Raise Gone.
        """
        return (await self.append_all(conversation_id, [draft]))[0]

    async def append_all(
        self,
        conversation_id: str,
        drafts: Sequence[Draft],
        last: int | None = None,
        are_new: bool = False,
    ) -> list[Message]:
        """Store messages together, with the next numbers; those whose client id is known are found.

        ``last``: the number of the latest, where the caller's transaction holds the conversation;
        ``are_new``: there it has been seen that no client id is known. Raise Gone.
        """
        async with self._engine.together() as connection:
            if last is None:
                last = await connection.scalar(HELD, {"here": conversation_id})
            if last is None:
                raise Gone(conversation_id)
            now, stored = self._clock(), []
            for draft in drafts:
                key = None if are_new else draft.client_id
                if seen := key and await self.by_client_id(conversation_id, key):
                    stored.append(seen)
                    continue
                last, draft = last + 1, answer_to(conversation_id, draft)
                done = await connection.execute(ADD, _row(conversation_id, last, now, draft))
                number = int(done.inserted_primary_key[0])
                stored.append(_stored(number, conversation_id, last, now, draft))
            more = sum(message.at is now for message in stored)
            if more:
                await connection.execute(
                    COUNT_ON, {"here": conversation_id, "more": more, "now": now}
                )
        return stored

    async def after(self, conversation_id: str, seq: int, limit: int = 1_000) -> list[Message]:
        """Messages with a higher number, in order."""
        return await self._messages(AFTER, conversation_id, limit, after=seq)

    async def last_words(self, conversation_id: str) -> datetime | None:
        """When the visitor last wrote."""
        query = (
            sa.select(tables.messages.c.at)
            .where(tables.messages.c.conversation_id == conversation_id)
            .where(tables.messages.c.author == Author.VISITOR.value)
            .order_by(tables.messages.c.seq.desc())
        )
        async with self._engine.connect() as connection:
            last: datetime | None = await connection.scalar(query.limit(1))
        return last

    async def with_something_to_do(self) -> list[str]:
        """Ids of conversations in which a message waits for the assistant."""
        query = sa.select(tables.messages.c.conversation_id).where(WAITS).distinct()
        async with self._engine.connect() as connection:
            return [row.conversation_id for row in await connection.execute(query)]

    async def waiting_untold(
        self, since: datetime, lately: datetime, line: str, conversation_id: str | None = None
    ) -> list[tuple[str, int]]:
        """(conversation, number of the latest message) where one has waited for an answer since then, and no
        line of ours whose name begins with ``line`` says so: to the latest, or lately to one before it.
        Everywhere, or in one conversation."""
        waits: dict[str, object] = {"since": since, "lately": lately, "line": line}
        query = UNTOLD
        if conversation_id:
            query, waits = UNTOLD_HERE, {**waits, "here": conversation_id}
        async with self._engine.connect() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query, waits)]

    async def mark(self, message_id: int, status: Status, error: str | None = None) -> None:
        """Set where a message is."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.messages.update()
                .where(tables.messages.c.id == message_id)
                .values(status=status.value, error=error)
            )

    async def settle(self, message: Message, turn: Turn, expected_version: int) -> bool:
        """Store the assistant's reply to a message, unless the owner has changed since.

        Return False when it has: then nothing of the reply is kept, and the message is with staff.
        Raise ClaimLost when another front desk has answered it meanwhile.
        """
        here, now = {"here": message.conversation_id}, self._clock()
        counted = {"more": len(turn.messages), "now": now, "seen": expected_version}
        found = {**here, "one": message.id, "found": turn.understood, "hidden": turn.is_private}
        async with self._engine.together() as connection:
            done = await connection.execute(COUNT_ON_UNCHANGED, {**here, **counted})
            unchanged = bool(done.rowcount)
            done = await connection.execute(ANSWERED if unchanged else UNDERSTOOD, found)
            if unchanged and not done.rowcount:
                raise ClaimLost("answered by another front desk")
            if unchanged and turn.messages:
                last = int(await connection.scalar(LAST_SEQ, here))
                first = last - len(turn.messages) + 1
                rows = [
                    _row(message.conversation_id, seq, now, replace(draft, answers=message.seq))
                    for seq, draft in enumerate(turn.messages, first)
                ]
                await connection.execute(ADD, rows)
        return unchanged

    async def answered_by_people(self, conversation_id: str) -> None:
        """A person has spoken: what waited for one waits no longer."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.messages.update()
                .where(tables.messages.c.conversation_id == conversation_id)
                .where(tables.messages.c.status == Status.WITH_STAFF.value)
                .values(status=Status.ANSWERED.value)
            )

    async def wait_for_people(self, conversation_id: str) -> bool:
        """Has the visitor written something that no person has answered yet?"""
        with_staff = Status.WITH_STAFF.value
        return bool(await self._messages(WITH_STATUS, conversation_id, 1, state=with_staff))

    async def visitor_spoke_last(self, conversation_id: str) -> bool:
        """Has no person written since the visitor last did?"""
        said, by = tables.messages.c, (Author.VISITOR.value, Author.STAFF.value)
        query = sa.select(said.author).where(said.conversation_id == conversation_id)
        query = query.where(said.author.in_(by)).order_by(said.seq.desc()).limit(1)
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(query) == Author.VISITOR.value)

    async def forget(
        self, conversation_id: str, pre_screen: str, instead: str, with_last_reply: bool = False
    ) -> None:
        """Blank what was said in a pre-screen that ended unshared; the visitor reads ``instead``.

        The last turn's reply stays where it says that the answers are forgotten.
        """
        said, latest, is_in_it = [], 0, False
        for message in await self.after(conversation_id, 0, limit=FORGETTABLE):
            if message.author is Author.VISITOR:
                is_in_it = (message.understood or {}).get("pre_screen") == pre_screen
                latest = message.seq
            if is_in_it:
                said.append(message)
        by_visitor = [one.id for one in said if one.author is Author.VISITOR]
        ours = [one for one in said if one.author is Author.ASSISTANT]
        by_us = [one.id for one in ours if with_last_reply or one.seq < latest]
        async with self._engine.begin() as connection:
            await self._blank(connection, by_visitor, instead, FORGOTTEN)
            await self._blank(connection, by_us, "", FORGOTTEN)

    async def delete_words(
        self, message: Message, instead: str, payload: dict[str, object] = FORGOTTEN
    ) -> None:
        """Blank one message of the visitor; the assistant still has to forget it."""
        self._erased.note(of_message(message.conversation_id, message.seq, message.at))
        owed = {"message_id": message.id, "conversation_id": message.conversation_id}
        async with self._engine.begin() as connection:
            await self._blank(connection, [message.id], instead, payload)
            owes = tables.forgettings
            await connection.execute(owes.delete().where(owes.c.message_id == message.id))
            await connection.execute(owes.insert().values(seq=message.seq, **owed))

    async def _blank(
        self, connection: AsyncConnection, ids: list[int], instead: str, payload: dict[str, object]
    ) -> None:
        if not ids:
            return
        # an edit that comes later must not bring the words back
        if names := await names_of(connection, self._clock(), M.c.id.in_(ids)):
            self._erased.note(*names)
        known = {"intent": "forgotten", "confidence": 0.0, "private": True}
        blank: dict[str, object] = {"payload": payload, "buttons": [], "answer": None}
        await connection.execute(
            tables.messages.update()
            .where(tables.messages.c.id.in_(ids))
            .values(text=instead, understood=known, button_id=None, **blank)
        )
        here = sa.select(M.c.conversation_id).where(M.c.id.in_(ids))
        await connection.execute(
            C.update().where(C.c.id.in_(here)).values(blanked_at=self._clock())
        )
        words_of = (tables.lessons, tables.teachings, tables.attachments, tables.mail_files)
        for table in words_of:
            await connection.execute(table.delete().where(table.c.message_id.in_(ids)))
        afterwards(self._engine.leaves_traces)

    async def forgotten_by_tracker(self, conversation_id: str, seq: int) -> None:
        """Note that the assistant has forgotten a deleted message."""
        f = tables.forgettings
        async with self._engine.begin() as connection:
            await connection.execute(
                f.delete().where(f.c.conversation_id == conversation_id, f.c.seq == seq)
            )

    async def forgotten(self, conversation_id: str) -> list[int]:
        """Numbers of the visitor's messages whose words were deleted; asked where ``blanked_at`` is set."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(BLANKED, {"here": conversation_id})
            return [row.seq for row in rows]

    async def left_in_the_middle(self, since: datetime) -> list[tuple[str, str]]:
        """(conversation, pre-screen) of health questions that nobody went on with since then.

        What the visitor shared last stays; of one shared before, nothing does.
        """
        m, c = tables.messages.c, tables.conversations.c
        named, shared = m.understood["pre_screen"].as_string(), c.summary["pre_screen"].as_string()
        query = (
            sa.select(m.conversation_id, named.label("pre_screen"))
            .join(tables.conversations, c.id == m.conversation_id)
            .where(m.author == Author.VISITOR.value, m.is_private, named.is_not(None))
            .where(sa.or_(shared.is_(None), shared != named))
            .group_by(
                m.conversation_id, "pre_screen"
            )  # by name: for PostgreSQL each parameter differs
            .having(sa.func.max(m.at) < since)
        )
        async with self._engine.connect() as connection:
            return [(row[0], row[1]) for row in await connection.execute(query)]

    async def checked(self, message_id: int, **more: object) -> None:
        """Note that a message has been looked at for danger, or never will be."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.messages.update()
                .where(tables.messages.c.id == message_id)
                .values(is_unchecked=False, **more)
            )

    async def by_client_id(self, conversation_id: str, client_id: str) -> Message | None:
        """The message that was stored under an id of the sender's."""
        found = await self._messages(BY_CLIENT_ID, conversation_id, 1, key=client_id)
        return found[0] if found else None

    async def _messages(
        self, query: object, conversation_id: str, most: int = 1_000, **values: object
    ) -> list[Message]:
        values |= {"here": conversation_id, "most": most}
        async with self._engine.connect() as connection:
            return [Message.of(row) for row in await connection.execute(query, values)]

    async def vote(self, conversation_id: str, seq: int, helpful: bool) -> None:
        """Keep a visitor's last word on whether an answer helped."""
        async with self._engine.begin() as connection:
            await still_here(connection, conversation_id)
            here = (tables.feedback.c.conversation_id == conversation_id) & (
                tables.feedback.c.seq == seq
            )
            await connection.execute(tables.feedback.delete().where(here))
            await connection.execute(
                tables.feedback.insert().values(
                    conversation_id=conversation_id, seq=seq, helpful=helpful
                )
            )


def _row(conversation_id: str, seq: int, now: datetime, draft: Draft) -> dict[str, object]:
    return {
        "conversation_id": conversation_id,
        "seq": seq,
        "at": now,
        "author": draft.author.value,
        "name": draft.name,
        "text": draft.text,
        "buttons": list(draft.buttons),
        "button_id": draft.button_id,
        "answer": draft.answer,
        "payload": draft.payload,
        "client_id": draft.client_id,
        "is_private": draft.is_private,
        "status": draft.status.value,
        "is_unchecked": draft.is_unchecked,
        "answers": draft.answers,
    }


def _stored(number: int, conversation_id: str, seq: int, now: datetime, draft: Draft) -> Message:
    return Message(
        id=number,
        conversation_id=conversation_id,
        seq=seq,
        at=now,
        understood=None,
        error=None,
        **vars(draft),
    )
