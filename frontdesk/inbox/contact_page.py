"""What staff note beside a conversation: who the person is, labels, and that a sender is blocked."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from clinic.contacts import contact_in
from frontdesk.answering.desk import Desk
from frontdesk.answering.handover import TakenBySomebodyElse
from frontdesk.conversations.contacts import LONGEST_ABOUT, LONGEST_NAME, Contacts, Known
from frontdesk.conversations.labels import Labels, labels_of
from frontdesk.conversations.model import Conversation
from frontdesk.http import Problem, text_of
from frontdesk.inbox.pages import Pages
from frontdesk.staff.audit import Event
from frontdesk.staff.members import Session, Staff

NO_PHONE = "That is not a phone number. Begin with + and the country for one from abroad."
NO_EMAIL = "That is not an e-mail address."


class ContactPage:
    """The pane at the right of a conversation."""

    def __init__(self, desk: Desk, staff: Staff, pages: Pages, contacts: Contacts) -> None:
        self._desk = desk
        self._staff = staff
        self._pages = pages
        self._contacts = contacts
        self._labels = Labels(desk.conversations)

    async def keep(self, request: Request, session: Session, form: FormData) -> Response:
        """Write down who the person is, for all their conversations."""
        conversation = await self._pages.find(request)
        name = " ".join(text_of(form, "name").split())[:LONGEST_NAME]
        country = self._desk.clinic.country
        phone, email = text_of(form, "phone").strip(), text_of(form, "email").strip()
        read = contact_in(f"{phone} {email}", country)
        if phone and not read.phone:
            raise Problem(422, "no_phone", NO_PHONE)
        if email and not read.email:
            raise Problem(422, "no_email", NO_EMAIL)
        words = labels_of(text_of(form, "labels").split(","), await self._labels.known())
        about = text_of(form, "about").strip()[:LONGEST_ABOUT]
        known = Known(name, read.phone, read.email, about, words)
        await self._contacts.keep(conversation.id, known, session.member.id)
        return self._back_to(conversation)

    async def label(self, request: Request, session: Session, form: FormData) -> Response:
        """Put labels on this conversation: those that were ticked, and those written anew."""
        conversation = await self._pages.find(request)
        ticked = [one for one in form.getlist("label") if isinstance(one, str)]
        words = labels_of(
            [*ticked, *text_of(form, "labels").split(",")], await self._labels.known()
        )
        await self._labels.set(conversation.id, words, of_person=False)
        return self._back_to(conversation)

    async def block(self, request: Request, session: Session, form: FormData) -> Response:
        """Answer somebody no more, or again. Their words are still read for danger."""
        conversation = await self._pages.find(request)
        blocks = text_of(form, "blocked") == "yes"
        try:
            if blocks and not conversation.blocked_at:
                await self._desk.handover.block(conversation, session.member)
            elif not blocks:
                await self._desk.conversations.update(conversation.id, blocked_at=None)
        except TakenBySomebodyElse:
            raise Problem(
                409, "taken", "This conversation has changed. Please look again."
            ) from None
        event = Event.BLOCKED if blocks else Event.UNBLOCKED
        await self._staff.note(session.member.id, event, conversation.id)
        return self._back_to(conversation)

    async def mute(self, request: Request, session: Session, form: FormData) -> Response:
        """No sound and no alert for what somebody writes, or again; they are answered as everybody."""
        conversation = await self._pages.find(request)
        at = self._desk.clock() if text_of(form, "muted") == "yes" else None
        await self._desk.conversations.update(conversation.id, muted_at=at)
        await self._staff.note(
            session.member.id, Event.MUTED if at else Event.UNMUTED, conversation.id
        )
        return self._back_to(conversation)

    def _back_to(self, conversation: Conversation) -> Response:
        self._desk.signals.new(conversation.id)
        return RedirectResponse(f"/inbox/c/{conversation.id}", 303)
