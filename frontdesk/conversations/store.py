"""The store of conversations: opened, found by id, token or address, and erased.

Every change is one transaction.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from frontdesk.clock import Clock
from frontdesk.conversations.attachments import Attachments
from frontdesk.conversations.callbacks import Callbacks
from frontdesk.conversations.erased import Erased, names_of, of_conversation
from frontdesk.conversations.mail_files import MailFiles
from frontdesk.conversations.messages import WAITS, Messages
from frontdesk.conversations.model import Author, Conversation, Gone, Message, Owner, Status
from frontdesk.conversations.opt_outs import OptOuts
from frontdesk.conversations.ownership import FIRST_VERSION, Ownership
from frontdesk.conversations.passages import Passages
from frontdesk.storage import tables
from frontdesk.storage.transactions import Database, afterwards
from frontdesk.tokens import hash_token

MOST_SENDING = 1_000

C, M, S = tables.conversations, tables.messages, tables.sendings
BY_ID = sa.select(C).where(C.c.id == sa.bindparam("key"))
BY_TOKEN = sa.select(C).where(C.c.token_hash == sa.bindparam("key"))
BY_ADDRESS = sa.select(C).where(
    C.c.channel == sa.bindparam("channel"), C.c.address == sa.bindparam("address")
)
HELD = BY_ID.with_for_update()
HERE = sa.and_(C.c.id == sa.bindparam("key"), M.c.conversation_id == C.c.id)
TO_DO = sa.select(*C.c, *M.c).where(HERE, WAITS).order_by(M.c.seq).limit(2)
IN_OUTBOX = sa.and_(
    M.c.status == sa.literal(Status.STORED.value), M.c.author != sa.literal(Author.VISITOR.value)
)
_LATER, _ASKED = M.alias(), M.alias()
HAS_MORE = (
    sa.exists()
    .where(_LATER.c.conversation_id == C.c.id, _LATER.c.seq > M.c.seq)
    .where(_LATER.c.status == M.c.status, _LATER.c.author != sa.literal(Author.VISITOR.value))
)
ANSWERS = (
    sa.select(_ASKED.c.client_id)
    .where(_ASKED.c.conversation_id == C.c.id)
    .where(_ASKED.c.seq <= sa.func.coalesce(M.c.answers, M.c.seq))
    .where(_ASKED.c.author == sa.literal(Author.VISITOR.value))
    .order_by(_ASKED.c.seq.desc())
    .limit(1)
    .scalar_subquery()
)
FIRST_OUT = (
    sa.select(sa.func.min(M.c.seq))
    .where(M.c.conversation_id == sa.bindparam("key"), IN_OUTBOX)
    .scalar_subquery()
)
PARTS = sa.and_(S.c.message_id == M.c.id, S.c.conversation_id == C.c.id)
TO_SEND = (
    sa.select(*C.c, *M.c, HAS_MORE, ANSWERS, S.c.part, S.c.provider_id)
    .select_from(sa.join(C, M, HERE).outerjoin(S, PARTS))
    .where(M.c.seq == FIRST_OUT)
)
IS_PENDING = (
    sa.select(M.c.id)
    .where(M.c.conversation_id == C.c.id, M.c.status == sa.literal(Status.PENDING.value))
    .correlate(C)
    .exists()
)
AS_SHOWN = sa.select(*C.c, IS_PENDING.label("is_pending")).where(C.c.id == sa.bindparam("key"))


@dataclass(frozen=True)
class ToSend:
    """The next message of ours that a provider has not taken. ``done``: by part the provider's id, None for
    a part under way; ``answers``: the sender's id of what it answers."""

    conversation: Conversation
    message: Message
    has_more: bool
    answers: str | None
    done: dict[int, str | None]


class Conversations:
    """Conversations, with their messages, owners, callbacks, and who wants no more of them."""

    def __init__(self, engine: Database, erased: Erased, clock: Clock) -> None:
        self._engine = engine
        self.clock = clock
        self.erased = erased
        self.messages = Messages(engine, erased, clock)
        self.ownership = Ownership(engine, clock)
        self.callbacks = Callbacks(engine, clock)
        self.attachments = Attachments(engine)
        self.opt_outs = OptOuts(engine, clock)
        self.mail_files = MailFiles(engine)
        self.passages = Passages(engine, clock)

    @property
    def dialect(self) -> str:
        """The kind of database: sqlite or postgresql."""
        return str(self._engine.dialect.name)

    async def create(
        self, channel: str, address: str | None = None, language: str | None = None
    ) -> tuple[Conversation, str]:
        """Open a conversation. Return it with the visitor's token, which is not kept."""
        token, now = secrets.token_urlsafe(32), self.clock()
        row = {
            "id": f"c_{secrets.token_urlsafe(18)}",
            "channel": channel,
            "address": address,
            "language": language,
            "token_hash": hash_token(token),
            "owner": Owner.BOT.value,
            "owner_version": FIRST_VERSION,
            "last_seq": 0,
            "read_seq": 0,
            "created_at": now,
            "updated_at": now,
        }
        async with self._engine.begin() as connection:
            await connection.execute(tables.conversations.insert().values(**row))
        conversation = await self.get(str(row["id"]))
        assert conversation
        return conversation, token

    async def get(self, conversation_id: str) -> Conversation | None:
        """The conversation of that id."""
        return await self._one(BY_ID, key=conversation_id)

    async def as_shown(self, conversation_id: str) -> tuple[Conversation, bool] | None:
        """A conversation, and whether a message of the visitor waits for an answer in it."""
        rows = await self.rows(AS_SHOWN, key=conversation_id)
        return (Conversation.of(rows[0]), bool(rows[0].is_pending)) if rows else None

    async def to_do(self, conversation_id: str) -> tuple[Conversation, Message, bool] | None:
        """The oldest message that waits for the assistant: for an answer, or to be looked at; with its
        conversation, and whether another one waits behind it."""
        rows = await self.rows(TO_DO, key=conversation_id)
        if not rows:
            return None
        return *_both(rows[0]), len(rows) > 1

    async def to_send(self, conversation_id: str) -> ToSend | None:
        """What is next in the outbox of a conversation."""
        rows = await self.rows(TO_SEND, key=conversation_id)
        if not rows:
            return None
        has_more, answers = rows[0][-4:-2]
        done = {row.part: row.provider_id for row in rows if row.part is not None}
        return ToSend(*_both(rows[0]), bool(has_more), answers, done)

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """Everything that is stored inside is stored together, or not at all."""
        begun: AbstractAsyncContextManager[Any] = self._engine.begin()
        return begun

    def together(self) -> AbstractAsyncContextManager[Any]:
        """The same; inside another transaction simply more of it: what fails here fails all of it."""
        begun: AbstractAsyncContextManager[Any] = self._engine.together()
        return begun

    async def hold(self, conversation_id: str) -> Conversation:
        """The conversation as it stays until this transaction ends. Raise Gone."""
        held = await self._one(HELD, key=conversation_id)
        if held is None:
            raise Gone(conversation_id)
        return held

    async def by_token(self, token: str) -> Conversation | None:
        """The conversation that a visitor's token opens."""
        return await self._one(BY_TOKEN, key=hash_token(token))

    async def by_address(self, channel: str, address: str) -> Conversation:
        """Open the conversation with an address of a channel, unless somebody else just has; it is held."""
        try:
            return (await self.create(channel, address))[0]
        except IntegrityError:
            found = await self._one(BY_ADDRESS.with_for_update(), channel=channel, address=address)
            assert found
            return found

    async def update(self, conversation_id: str, **values: object) -> None:
        """Set plain columns (contact, visitor_name, read_seq, timers)."""
        async with self._engine.begin() as connection:
            await connection.execute(
                tables.conversations.update()
                .where(tables.conversations.c.id == conversation_id)
                .values(**values)
            )

    async def erase(self, conversation_id: str) -> bool:
        """Delete every row about a conversation, and note that the tracker still has it.

        False when there is none: another desk may just have erased it.
        """
        async with self._engine.begin() as connection:
            if (await connection.execute(HELD, {"key": conversation_id})).first() is None:
                return False
            here = tables.messages.c.conversation_id == conversation_id
            names = await names_of(connection, self.clock(), here)
            self.erased.note(of_conversation(conversation_id), *names)
            await connection.execute(
                tables.erasures.insert().values(conversation_id=conversation_id, at=self.clock())
            )
            await self._erase_arrivals(connection, conversation_id)
            for table in tables.ABOUT_ONE_CONVERSATION:
                await connection.execute(
                    table.delete().where(table.c.conversation_id == conversation_id)
                )
            await connection.execute(
                tables.conversations.delete().where(tables.conversations.c.id == conversation_id)
            )
        self.leaves_traces()
        return True

    @staticmethod
    async def _erase_arrivals(connection: AsyncConnection, conversation_id: str) -> None:
        """What a provider handed in from the same addresses, and what nobody could read of it."""
        c, other, arrival = tables.conversations.c, tables.other_addresses.c, tables.arrivals.c
        here = sa.select(c.channel, c.address).where(
            c.id == conversation_id, c.address.is_not(None)
        )
        elsewhere = sa.select(other.channel, other.address)
        elsewhere = elsewhere.where(other.conversation_id == conversation_id)
        for row in (await connection.execute(here.union_all(elsewhere))).all():
            read = arrival.event["address"].as_string() == row.address
            unread = arrival.event["raw"].as_string().contains(row.address, autoescape=True)
            of_channel = arrival.event["channel"].as_string() == row.channel
            await connection.execute(
                tables.arrivals.delete().where(of_channel, sa.or_(read, unread))
            )

    def leaves_traces(self) -> None:
        """Words were deleted, as soon as it is stored."""
        afterwards(self._engine.leaves_traces)

    async def wipe(self) -> None:
        """Leave no byte of what was deleted."""
        await self._engine.wipe()

    async def to_be_erased(self, at_the_latest: datetime) -> list[str]:
        """Ids of conversations that the visitor wants erased, once our last words have left, and what they
        wrote since is answered: it may be an emergency."""
        c, m = tables.conversations.c, tables.messages.c
        ours = (m.conversation_id == c.id) & (m.author != Author.VISITOR.value)
        unsent = sa.select(m.id).where(ours, m.status == Status.STORED.value).exists()
        asked = sa.select(m.id).where(m.conversation_id == c.id, WAITS).exists()
        has_left = sa.or_(c.address.is_(None), sa.not_(unsent)) & sa.not_(asked)
        is_time = sa.or_(has_left, c.erase_at <= at_the_latest)
        return await self._ids(sa.and_(c.erase_at.is_not(None), is_time))

    async def still_to_forget(self) -> list[tuple[int, str, int]]:
        """(id, conversation, seq) of deleted messages that the assistant has not forgotten yet."""
        f = tables.forgettings.c
        rows = await self.rows(sa.select(f.message_id, f.conversation_id, f.seq))
        return [tuple(row) for row in rows]

    async def with_outbox(self) -> list[Conversation]:
        """Provider conversations that have messages to send."""
        waiting = sa.select(M.c.conversation_id).where(IN_OUTBOX)
        here = tables.conversations.c
        return await self.find(here.address.is_not(None), here.id.in_(waiting), limit=MOST_SENDING)

    async def still_in_tracker(self) -> list[str]:
        """Ids of erased conversations that the assistant has not forgotten yet."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(sa.select(tables.erasures.c.conversation_id))
            return [row.conversation_id for row in rows]

    async def forgotten_by_tracker(self, conversation_id: str) -> None:
        """Note that the assistant has forgotten an erased conversation."""
        await self.write(
            tables.erasures.delete().where(tables.erasures.c.conversation_id == conversation_id)
        )

    async def place_in_line(self, conversation: Conversation) -> int:
        """How many wait for a person, this one and whoever came before."""
        waits = tables.conversations.c.owner == Owner.WAITING.value
        key = sa.tuple_(tables.conversations.c.waiting_since, tables.conversations.c.id)
        before = key < (conversation.waiting_since, conversation.id)
        query = sa.select(sa.func.count()).select_from(tables.conversations).where(waits, before)
        return int((await self.rows(query))[0][0]) + 1

    async def timers_due(self) -> list[Conversation]:
        """Conversations whose timer has run out."""
        return await self.find(tables.conversations.c.timer_at <= self.clock())

    async def find(
        self, *conditions: object, order: Sequence[object] = (), limit: int = 200, offset: int = 0
    ) -> list[Conversation]:
        """Conversations that meet all conditions on ``frontdesk.database.conversations``."""
        query = sa.select(tables.conversations).where(*conditions).order_by(*order)
        async with self._engine.connect() as connection:
            rows = await connection.execute(query.limit(limit).offset(offset))
            return [Conversation.of(row) for row in rows]

    async def rows(self, query: Any, **values: Any) -> list[Any]:
        """The rows of a query that only reads, with ``values`` for its parameters."""
        async with self._engine.connect() as connection:
            return list(await connection.execute(query, values))

    async def write(self, statement: Any) -> None:
        """Carry out one statement."""
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def _one(self, query: object, **values: str) -> Conversation | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(query, values)).first()
        return Conversation.of(row) if row else None

    async def _ids(self, condition: object) -> list[str]:
        async with self._engine.connect() as connection:
            rows = await connection.execute(sa.select(tables.conversations.c.id).where(condition))
            return [row.id for row in rows]


def _both(row: Any) -> tuple[Conversation, Message]:
    """The conversation and the message that a row begins with."""
    values, many = tuple(row), len(C.c)
    conversation = Conversation.of(dict(zip(C.c.keys(), values, strict=False)))
    return conversation, Message.of(dict(zip(M.c.keys(), values[many:], strict=False)))
