"""Who else has a conversation before them, and who is typing, so that no two people answer at once.

One row a member of staff, in the database: colleagues may be at another front desk. A browser says
so every few seconds; what it said grows old by itself.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from frontdesk.answering.desk import Desk
from frontdesk.conversations.messages import still_here
from frontdesk.conversations.model import Owner
from frontdesk.inbox.pages import Pages
from frontdesk.staff.members import TYPES_FOR, Session, Staff
from frontdesk.storage import tables

T = tables.looks
LOOKS_FOR = timedelta(seconds=45)


class Presence:
    """Changes nothing but what colleagues see of each other."""

    def __init__(self, desk: Desk, staff: Staff, pages: Pages) -> None:
        self._desk = desk
        self._staff = staff
        self._pages = pages

    async def look(self, request: Request, session: Session, form: FormData) -> Response:
        """Somebody has this conversation before them; ``typing``: and has just typed."""
        conversation, me = await self._pages.find(request), session.member.id
        types = form.get("typing") == "yes"
        now, mine = self._desk.clock(), T.c.staff_id == me
        before = await self._desk.conversations.rows(sa.select(T).where(mine))
        async with self._desk.conversations.transaction() as connection:
            await still_here(connection, conversation.id)
            await connection.execute(T.delete().where(mine))
            row = {"staff_id": me, "conversation_id": conversation.id, "at": now}
            row["typing_at"] = now if types else None
            await connection.execute(T.insert().values(**row))
        was = before[0] if before else None
        is_news = was is None or was.conversation_id != conversation.id
        if was is not None and is_news:
            self._desk.signals.looks(was.conversation_id)
        if is_news or bool(was and was.typing_at) != types or (was and now - was.at > LOOKS_FOR):
            self._desk.signals.looks(conversation.id)
        return Response(status_code=204)

    async def others(self, request: Request, session: Session) -> Response:
        """A line above the reply: who else looks or types, and who has the conversation."""
        conversation, me = await self._pages.find(request), session.member
        now = self._desk.clock()
        query = (
            sa.select(tables.staff.c.name, T.c.typing_at)
            .join(tables.staff, tables.staff.c.id == T.c.staff_id)
            .where(T.c.conversation_id == conversation.id, T.c.staff_id != me.id)
            .where(T.c.at > now - LOOKS_FOR)
            .order_by(tables.staff.c.name)
        )
        rows = await self._desk.conversations.rows(query)
        holder = None
        if conversation.owner is Owner.STAFF and conversation.staff_id not in (None, me.id):
            holder = await self._staff.member(conversation.staff_id or 0)
        typing = [row.name for row in rows if _is_new(row.typing_at, now)]
        looking = [row.name for row in rows if row.name not in typing]
        visitor = _is_new(conversation.typing_at, now)
        return self._pages.render(
            "others.html", visitor=visitor, typing=typing, looking=looking, holder=holder
        )


def _is_new(typing_at: Any, now: Any) -> bool:
    return typing_at is not None and now - typing_at < TYPES_FOR
