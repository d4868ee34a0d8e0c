"""What was handed to a provider, part by part: so that nothing is sent twice and receipts find home.

A row without a provider's id is a part under way. When the process ends meanwhile, whether it was
sent is unclear. A message has the state of its parts together: failed if one failed, delivered when
all are. A receipt that is faster than the provider's answer is kept until the answer is here.

Whatever is erased meanwhile stays so: a message is always told by its conversation too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from frontdesk.clock import Clock
from frontdesk.conversations.model import Gone, Message, Status
from frontdesk.storage import tables
from frontdesk.storage.columns import UtcDateTime
from frontdesk.storage.transactions import Database

NO_ID = ""
LONGEST_ID, LONGEST_ERROR = 255, 200
EARLY_KEPT = timedelta(days=1)
BEFORE = {
    Status.DELIVERED: (Status.SENT,),
    Status.READ: (Status.SENT, Status.DELIVERED),
    Status.FAILED: (Status.SENT,),
}
ARRIVING = (Status.SENT, Status.DELIVERED, Status.READ)
"""In this order."""
S, E, M, C = tables.sendings, tables.early_receipts, tables.messages, tables.conversations

# what every message asks for is put together once: SQLAlchemy then finds it compiled
_HERE, _PART = S.c.conversation_id == sa.bindparam("here"), S.c.part == sa.bindparam("number")
_MESSAGE = sa.and_(_HERE, S.c.message_id == sa.bindparam("message"))
PARTS = sa.select(S.c.part, S.c.provider_id).where(_MESSAGE)
STATES = sa.select(S.c.part, S.c.status, S.c.error).where(_MESSAGE).order_by(S.c.part)
EARLY = (E.c.channel == sa.bindparam("carrier")) & (E.c.provider_id == S.c.provider_id)
STATES_AND_EARLY = STATES.add_columns(
    S.c.provider_id, E.c.status.label("said"), E.c.error.label("why")
).select_from(S.outerjoin(E, EARLY))
BEGIN = S.insert().from_select(
    ["conversation_id", "message_id", "part", "at"],
    sa.select(
        C.c.id,
        sa.bindparam("message", type_=sa.Integer),
        sa.bindparam("number", type_=sa.Integer),
        sa.bindparam("now", type_=UtcDateTime),
    )
    .where(C.c.id == sa.bindparam("here"))
    .with_for_update(),
)
TAKEN = S.update().where(_MESSAGE, _PART).values(provider_id=sa.bindparam("known"))
SETTLED = (
    M.update()
    .where(M.c.id == sa.bindparam("message"), M.c.conversation_id == sa.bindparam("here"))
    .values(status=sa.bindparam("state"), error=sa.bindparam("why"))
)


class Receipts:
    """The parts of messages on their way to providers."""

    def __init__(self, engine: Database, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    async def of(self, message: Message) -> dict[int, str | None]:
        """By part, the provider's id; None for a part under way."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(PARTS, _here(message))
            return {row.part: row.provider_id for row in rows}

    async def begin(self, message: Message, part: int) -> None:
        """Note that a part is about to be sent. Raise Gone when it was erased meanwhile."""
        row = {**_here(message), "number": part, "now": self._clock()}
        async with self._engine.begin() as connection:
            if not (await connection.execute(BEGIN, row)).rowcount:
                raise Gone(message.conversation_id)

    async def finish(self, message: Message, part: int, provider_id: str | None) -> None:
        """Note that the provider has taken a part."""
        known = (provider_id or NO_ID)[:LONGEST_ID]
        async with self._engine.together() as connection:
            row = {**_here(message), "number": part, "known": known}
            await connection.execute(TAKEN, row)

    async def settle(self, channel: str, message: Message) -> Status:
        """Give a message whose parts have all been taken the state that they have together, by all that
        the provider has said of them already."""
        here = _here(message)
        async with self._engine.together() as connection:
            found = await connection.execute(STATES_AND_EARLY, {**here, "carrier": channel})
            parts = found.all()
            for one in parts:
                if one.said and one.provider_id != NO_ID:
                    early = (E.c.channel == channel) & (E.c.provider_id == one.provider_id)
                    await connection.execute(E.delete().where(early))
                    await self._note(connection, message.id, one.part, Status(one.said), one.why)
            if any(one.said for one in parts):
                parts = (await connection.execute(STATES, here)).all()
            status, error = _together(parts)
            state = {**here, "state": status.value, "why": error}
            await connection.execute(SETTLED, state)
        return status

    async def forget_begun(self, message: Message) -> None:
        """Forget which part was under way: it is tried again, or given up."""
        await self._forget(message, S.c.provider_id.is_(None))

    async def forget_failed(self, message: Message) -> None:
        """Forget the parts that did not arrive, so that exactly these are sent again."""
        await self._forget(message, S.c.status == Status.FAILED.value)

    async def _forget(self, message: Message, which: sa.sql.ColumnElement[bool]) -> None:
        async with self._engine.begin() as connection:
            here = S.c.conversation_id == message.conversation_id
            await connection.execute(S.delete().where(here, S.c.message_id == message.id, which))

    async def forget_early(self) -> None:
        """Forget receipts that have waited too long: they were for strangers."""
        old = E.c.at < self._clock() - EARLY_KEPT
        async with self._engine.begin() as connection:
            await connection.execute(E.delete().where(old))

    async def apply(
        self, channel: str, provider_id: str, status: Status, error: str | None
    ) -> str | None:
        """Note what became of a part, and so of its message; a state never goes back.

        Return the conversation's id, or None when nothing changed.
        """
        if not provider_id:
            return None
        known, error = provider_id[:LONGEST_ID], error[:LONGEST_ERROR] if error else None
        query = (
            sa.select(S.c.message_id, S.c.conversation_id, S.c.part)
            .join(tables.conversations, tables.conversations.c.id == S.c.conversation_id)
            .where(S.c.provider_id == known)
            .where(tables.conversations.c.channel == channel)
        )
        async with self._engine.begin() as connection:
            found = (await connection.execute(query)).first()
            if found is None:
                await self._keep(connection, channel, known, status, error)
                return None
            if not await self._note(connection, found.message_id, found.part, status, error):
                return None
            await self._pass_on(connection, found.conversation_id, found.message_id)
        return str(found.conversation_id)

    async def read_up_to(self, conversation_id: str, moment: datetime) -> None:
        """Note that whatever was sent by then has been read."""
        unread = (S.c.conversation_id == conversation_id) & (S.c.at <= moment)
        unread &= S.c.status.in_(_values(BEFORE[Status.READ])) & S.c.provider_id.is_not(None)
        async with self._engine.begin() as connection:
            rows = await connection.execute(sa.select(S.c.message_id).where(unread).distinct())
            messages = [row.message_id for row in rows]
            await connection.execute(
                S.update().where(unread).values(status=Status.READ.value, error=None)
            )
            for message_id in messages:
                await self._pass_on(connection, conversation_id, message_id)

    @staticmethod
    async def _pass_on(connection: AsyncConnection, conversation_id: str, message_id: int) -> None:
        """Give a message that has left the state of its parts; one that has failed stays so."""
        here = {"here": conversation_id, "message": message_id}
        parts = (await connection.execute(STATES, here)).all()
        status, error = _together(parts)
        await connection.execute(
            M.update()
            .where(M.c.id == message_id, M.c.status.in_(_values(ARRIVING)))
            .values(status=status.value, error=error)
        )

    async def _note(
        self,
        connection: AsyncConnection,
        message_id: int,
        part: int,
        status: Status,
        error: str | None,
    ) -> bool:
        """Set the state of a part; who has read one has those before it before their eyes too."""
        which = S.c.part <= part if status is Status.READ else S.c.part == part
        done = await connection.execute(
            S.update()
            .where(S.c.message_id == message_id, which)
            .where(S.c.status.in_(_values(BEFORE[status])))
            .values(status=status.value, error=error)
        )
        return bool(done.rowcount)

    async def _keep(
        self,
        connection: AsyncConnection,
        channel: str,
        provider_id: str,
        status: Status,
        error: str | None,
    ) -> None:
        """Keep a receipt for a part of which we have no id yet; the furthest state counts."""
        here = (E.c.channel == channel) & (E.c.provider_id == provider_id)
        values = {"status": status.value, "error": error, "at": self._clock()}
        if await connection.scalar(sa.select(E.c.status).where(here)) is None:
            row = {"channel": channel, "provider_id": provider_id, **values}
            await connection.execute(E.insert().values(**row))
        else:
            behind = E.c.status.in_(_values(BEFORE[status]))
            await connection.execute(E.update().where(here, behind).values(**values))


def _here(message: Message) -> dict[str, object]:
    return {"here": message.conversation_id, "message": message.id}


def _together(parts: Sequence[Any]) -> tuple[Status, str | None]:
    """The state of a message by that of its parts, and which part failed why."""
    failed = next((one for one in parts if one.status == Status.FAILED.value), None)
    if failed:
        where = f"Part {failed.part + 1} of {len(parts)}: " if len(parts) > 1 else ""
        return Status.FAILED, f"{where}{failed.error or 'not delivered'}"[:LONGEST_ERROR]
    states = [Status(one.status) for one in parts]
    return min(states, key=ARRIVING.index, default=Status.SENT), None


def _values(statuses: Iterable[Status]) -> list[str]:
    return [one.value for one in statuses]
