"""What staff do with somebody's data: look for them, hand out a copy, keep it on purpose, erase it."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from frontdesk.answering.desk import Desk
from frontdesk.conversations.person import Kept
from frontdesk.http import Problem, text_of
from frontdesk.inbox.guard import Guard
from frontdesk.inbox.lists import SAME, SEARCH, Wanted
from frontdesk.inbox.pages import ERASE_REASONS, Pages
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Session, Staff

LONGEST_WHY = 200
IS_KEPT = "This is kept on purpose. Say first that it need not be kept any more."


class PersonPage:
    """Each deed is a line of the audit, and asks to be confirmed."""

    def __init__(self, desk: Desk, staff: Staff, pages: Pages, guard: Guard) -> None:
        self._desk = desk
        self._staff = staff
        self._pages = pages
        self._guard = guard

    async def search(self, request: Request, session: Session, form: FormData) -> Response:
        """Look for conversations by name, contact or words."""
        wanted = Wanted.read(form)
        answer = RedirectResponse("/inbox/?view=all&search=yes", 303)
        return self._guard.keep(answer, SEARCH, wanted.kept)

    async def find(self, request: Request, session: Session, form: FormData) -> Response:
        """Look for another conversation with the same person."""
        conversation = await self._pages.find(request)
        wanted = Wanted.read({"q": text_of(form, "same")})
        answer = RedirectResponse(f"/inbox/c/{conversation.id}?same=yes", 303)
        return self._guard.keep(answer, SAME, wanted.kept)

    async def copy(self, request: Request, session: Session, form: FormData) -> Response:
        """Everything that is held about the person, as a file; its name names nobody."""
        conversation = await self._pages.find(request)
        _confirmed(form)
        held = await self._desk.person.copy(conversation.id)
        await self._staff.note(session.member.id, Event.HANDED_OUT_COPY, conversation.id)
        name = f"copy-{self._desk.clinic.today(self._desk.clock()).isoformat()}.json"
        return JSONResponse(held, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    async def erase(self, request: Request, session: Session, form: FormData) -> Response:
        """Erase the person in every conversation that is known to be theirs."""
        conversation, reason = await self._pages.find(request), text_of(form, "reason")
        if reason not in ERASE_REASONS:
            raise Problem(422, "no_reason", f"Choose one of: {', '.join(ERASE_REASONS)}.")
        _confirmed(form)
        try:
            erased = await self._desk.erase_person(conversation.id)
        except Kept:
            raise Problem(409, "kept", IS_KEPT) from None
        for one in erased:
            await self._staff.note(session.member.id, Event.ERASED_PERSON, one, reason)
        return RedirectResponse("/inbox/", 303)

    async def keep(self, request: Request, session: Session, form: FormData) -> Response:
        """Keep a conversation beyond its time, and say why; or not any more."""
        conversation, why = await self._pages.find(request), text_of(form, "why").strip()
        keeps = text_of(form, "keep") == "yes"
        if keeps and not 1 <= len(why) <= LONGEST_WHY:
            raise Problem(422, "no_reason", f"Say why, in {LONGEST_WHY} characters or fewer.")
        me, now = session.member.id, self._desk.clock()
        await self._desk.conversations.update(
            conversation.id,
            kept_at=now if keeps else None,
            kept_by=me if keeps else None,
            kept_why=why if keeps else None,
        )
        event = Event.KEPT if keeps else Event.KEPT_NO_MORE
        await self._staff.note(me, event, conversation.id)
        return RedirectResponse(f"/inbox/c/{conversation.id}", 303)


def _confirmed(form: FormData) -> None:
    """Raise Problem 422 unless the box "yes, I am sure" was ticked."""
    if text_of(form, "sure") != "yes":
        raise Problem(422, "not_sure", "Tick the box to confirm it.")
