"""Filters that somebody keeps, the order of the lists, and deeds for several conversations at once."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

import sqlalchemy as sa
from starlette.datastructures import FormData, QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from frontdesk.answering.desk import Desk
from frontdesk.answering.handover import TakenBySomebodyElse
from frontdesk.http import Problem, text_of, whole_number
from frontdesk.inbox.guard import Guard
from frontdesk.inbox.lists import CLOSING_OUTCOMES, NEWEST, ORDER, SEARCH, VIEWS, Wanted
from frontdesk.staff.members import Session, Staff
from frontdesk.storage import tables

T = tables.saved_filters
LONGEST_NAME, MOST_FILTERS, MOST_AT_ONCE = 40, 12, 100
FOUND = "/inbox/?view=all&search=yes"


class Filters:
    """Each member of staff has their own."""

    def __init__(self, desk: Desk, staff: Staff, guard: Guard) -> None:
        self._desk = desk
        self._staff = staff
        self._guard = guard

    async def keep(self, request: Request, session: Session, form: FormData) -> Response:
        """Keep the filter in use under a name; what was typed to look for is not kept."""
        name = " ".join(text_of(form, "name").split())[:LONGEST_NAME]
        wanted = Wanted.of(request).without_words
        if not name or not wanted.anything:
            why = "Choose a channel, a label or how it ended first, and give it a name."
            raise Problem(422, "empty", why)
        me = session.member.id
        mine = await self._desk.conversations.rows(sa.select(T.c.id).where(T.c.staff_id == me))
        if len(mine) >= MOST_FILTERS:
            raise Problem(422, "too_many", f"You may keep {MOST_FILTERS} filters.")
        row = {"staff_id": me, "name": name, "query": wanted.query}
        await self._desk.conversations.write(T.insert().values(**row))
        return RedirectResponse(FOUND, 303)

    async def use(self, request: Request, session: Session) -> Response:
        """Look through a kept filter."""
        query = sa.select(T.c.query).where(self._one(request, session))
        rows = await self._desk.conversations.rows(query)
        wanted = Wanted.read(QueryParams(rows[0].query if rows else ""))
        return self._guard.keep(RedirectResponse(FOUND, 303), SEARCH, wanted.kept)

    async def found(self, request: Request, session: Session) -> Response:
        """The conversations behind a figure: of some days, a channel, a label, an outcome."""
        wanted = replace(Wanted.read(request.query_params), q="")
        return self._guard.keep(RedirectResponse(FOUND, 303), SEARCH, wanted.kept)

    async def remove(self, request: Request, session: Session, form: FormData) -> Response:
        """Keep it no longer."""
        await self._desk.conversations.write(T.delete().where(self._one(request, session)))
        return RedirectResponse("/inbox/", 303)

    @staticmethod
    def _one(request: Request, session: Session) -> sa.ColumnElement[bool]:
        mine: sa.ColumnElement[bool] = T.c.staff_id == session.member.id
        return sa.and_(mine, T.c.id == request.path_params["filter_id"])

    async def order(self, request: Request, session: Session, form: FormData) -> Response:
        """The newest first, or the most urgent, in every list."""
        chosen = text_of(form, "order") == NEWEST
        view = text_of(form, "view")
        view = view if view in [one.key for one in VIEWS] else VIEWS[0].key
        answer = RedirectResponse(f"/inbox/?view={quote(view)}", 303)
        return self._guard.keep(answer, ORDER, NEWEST if chosen else "")

    async def several(self, request: Request, session: Session, form: FormData) -> Response:
        """Close the chosen conversations, or give them to a colleague. Who was faster keeps theirs."""
        ids = [one for one in form.getlist("chosen") if isinstance(one, str)][:MOST_AT_ONCE]
        if not ids:
            raise Problem(422, "empty", "Choose at least one conversation.")
        outcome = text_of(form, "outcome")
        staff_id = (
            whole_number(text_of(form, "staff_id")) if text_of(form, "deed") == "assign" else 0
        )
        colleague = await self._staff.member(staff_id) if staff_id else None
        if colleague is None and outcome not in CLOSING_OUTCOMES:
            raise Problem(422, "nothing", "Choose how they ended, or a colleague.")
        handover = self._desk.handover
        for one in await self._desk.conversations.find(tables.conversations.c.id.in_(ids)):
            try:
                if colleague:
                    await handover.assign(one, colleague, session.member)
                else:
                    await handover.close(one, session.member, outcome)
            except TakenBySomebodyElse:
                continue
        return RedirectResponse("/inbox/", 303)

    async def mine(self, session: Session) -> list[sa.Row]:
        """What somebody has kept, by name."""
        query = sa.select(T).where(T.c.staff_id == session.member.id).order_by(T.c.name)
        return await self._desk.conversations.rows(query)
