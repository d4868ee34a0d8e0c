"""Callbacks in the inbox: whom to call, when, what came of each try."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clinic.contacts import contact_in
from frontdesk.answering.desk import Desk
from frontdesk.answering.snooze import choices
from frontdesk.conversations.callbacks import ENDS, SPOKEN, TRIES
from frontdesk.conversations.model import Callback, Conversation, Gone
from frontdesk.http import Problem, text_of, whole_number
from frontdesk.staff.members import Session

PLACE = "/inbox/?view=callbacks"
MOST_PAGES = 99_999


@dataclass(frozen=True)
class Call:
    """One callback as the list shows it; ``links``: what dials or writes. state: "", due or overdue.

    Promised is the opening day on which it is due: it begins when we open, and is late when we close.
    """

    callback: Callback
    links: tuple[tuple[str, str], ...]
    state: str
    begins: datetime
    by: datetime


class CallbacksPage:
    """The list, and what is done in it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def listed(self, request: Request) -> dict[str, object]:
        """What the template shows: one page of those to be made, or of those done."""
        number = whole_number(request.query_params.get("page", "0"), most=MOST_PAGES) or 0
        is_open = request.query_params.get("done") != "yes"
        found, has_more = await self._desk.conversations.callbacks.page(number, is_open)
        return {
            "calls": [self._call(one) for one in found],
            "is_open": is_open,
            "newer": number - 1 if number else None,
            "older": number + 1 if has_more else None,
            "outcomes": {"ends": ENDS, "tries": TRIES},
            "times": choices(self._desk.clinic, self._desk.clock()),
        }

    def _call(self, one: Callback) -> Call:
        now, clinic = self._desk.clock(), self._desk.clinic
        links = tuple(contact_in(one.contact, clinic.country).links())
        begins = one.due if clinic.is_open(one.due) else clinic.opens_at(one.due) or one.due
        by = clinic.open_until(begins)  # None where we never open: then nothing is late
        state = "overdue" if by and by < now else "due" if begins <= now else ""
        return Call(one, links, state, begins, by or begins)

    async def tried(self, request: Request, session: Session, form: FormData) -> Response:
        """Note what came of a call; of one that reached nobody, when it is tried again."""
        outcome, again = text_of(form, "outcome"), text_of(form, "again")
        if outcome not in ENDS + TRIES:
            allowed = ", ".join(ENDS + TRIES)
            raise Problem(422, "no_outcome", f"Choose one of: {allowed}.")
        now = self._desk.clock()
        at = next((one.at for one in choices(self._desk.clinic, now) if one.key == again), None)
        callback_id = request.path_params["callback_id"]
        conversation = await self._note(callback_id, outcome, session, at)
        if conversation and outcome in TRIES and text_of(form, "tell") == "yes":
            await self._desk.say(conversation, "callback_tried")
        self._desk.signals.new(conversation.id if conversation else "callbacks")
        return RedirectResponse(PLACE, 303)

    async def _note(
        self, callback_id: int, outcome: str, session: Session, at: datetime | None
    ) -> Conversation | None:
        """The conversation; None when it was erased, or the callback was done, meanwhile."""
        conversations, callbacks = self._desk.conversations, self._desk.conversations.callbacks
        with suppress(Gone):
            async with conversations.transaction():
                held = await conversations.hold(await callbacks.whose(callback_id))
                if not await callbacks.tried(callback_id, outcome, session.member.id, at):
                    return None
                if outcome in SPOKEN:
                    await self._desk.handover.was_called(held)
                return held
        return None

    async def take_back(self, request: Request, session: Session, form: FormData) -> Response:
        """Undo what was noted last."""
        await self._desk.conversations.callbacks.take_back(request.path_params["callback_id"])
        self._desk.signals.new("callbacks")
        return RedirectResponse(PLACE, 303)
