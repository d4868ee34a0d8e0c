"""For what the visitor said last: the reviewed answers nearest to it, for staff to edit and send."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from frontdesk.answering.desk import Desk
from frontdesk.assistant_client import AssistantUnavailable
from frontdesk.conversations.model import Author, Message, Owner, hidden_from_staff
from frontdesk.inbox.pages import Pages
from frontdesk.knowledge.faq import answers
from frontdesk.staff.members import Session

LONGEST = 2_000
MOST_REMEMBERED = 1_000
PEOPLE = (Owner.WAITING, Owner.STAFF, Owner.CALLBACK)


class Suggestions:
    """Offered while people own the conversation; never sent by themselves."""

    def __init__(self, desk: Desk, pages: Pages) -> None:
        self._desk = desk
        self._pages = pages
        self._read: dict[int, list[str]] = {}  # by message: every event asks again about the last

    async def show(self, request: Request, session: Session) -> Response:
        """Up to three answers; none for health answers that were not shared, or without the assistant."""
        conversation = await self._pages.find(request)
        messages = await self._desk.conversations.messages.after(conversation.id, 0)
        hidden = hidden_from_staff(messages, conversation.summary)
        last = next((m for m in reversed(messages) if m.author is Author.VISITOR), None)
        topics: list[str] = []
        if conversation.owner in PEOPLE and last and last.text and last.seq not in hidden:
            topics = await self._remembered(last)
        facts = self._desk.clinic.facts(self._desk.clock())
        return self._pages.render("suggestions.html", answers=answers(topics, facts))

    async def _remembered(self, message: Message) -> list[str]:
        if message.id not in self._read:
            try:
                topics = await self._nearest(message)
            except AssistantUnavailable:
                return []
            if len(self._read) >= MOST_REMEMBERED:
                self._read.clear()
            self._read[message.id] = topics
        return self._read[message.id]

    async def _nearest(self, message: Message) -> list[str]:
        danger, nearest = await self._desk.assistant.read(message.text[:LONGEST])
        return [] if danger else nearest
