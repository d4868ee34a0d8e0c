"""How our messages look on a channel, and which may be sent there now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from clinic import Clinic
from frontdesk.channels import formatting
from frontdesk.channels.earlier import GREETING
from frontdesk.clock import Clock
from frontdesk.conversations.model import ALARM, Author, Conversation, Message
from frontdesk.conversations.opt_outs import IS_BLOCKED, IS_STOPPED
from frontdesk.conversations.store import Conversations
from frontdesk.copy import words
from frontdesk.outgoing.carrier import Answers, Carrier, Part, Refused, Style
from frontdesk.storage import tables

SERVICE = "service_"
STOPPED = "The visitor has asked for no more messages (STOP). Call instead."
BLOCKED = "The visitor has blocked the clinic here. Call instead."
PASSED_ON = ("handoff", "callback")
M = tables.messages
ASKED = sa.select(
    IS_STOPPED.label("is_stopped"),
    IS_BLOCKED.label("is_blocked"),
    sa.select(M.c.at)
    .where(M.c.conversation_id == sa.bindparam("id"), M.c.author == Author.VISITOR.value)
    .order_by(M.c.seq.desc())
    .limit(1)
    .scalar_subquery()
    .label("last"),
)
"""Asked for every message: put together once, so that SQLAlchemy finds it compiled."""
MAILS = (
    sa.select(M.c.payload)
    .where(M.c.conversation_id == sa.bindparam("id"), M.c.author == Author.VISITOR.value)
    .where(M.c.seq <= sa.bindparam("upto"))
    .order_by(M.c.seq.desc())
    .limit(10)
)


class Presenter:
    """Makes parts of messages, as ``Delivery`` sends them."""

    def __init__(self, conversations: Conversations, clinic: Clinic, clock: Clock) -> None:
        self._conversations = conversations
        self._clinic = clinic
        self._clock = clock

    async def present(
        self, channel: Carrier, conversation: Conversation, message: Message
    ) -> list[Part]:
        """A message as its channel shows it. Raise Refused for what may not be sent there now."""
        shown, payload = channel.style(conversation.channel), message.payload or {}
        is_service = (message.client_id or "").startswith((SERVICE, ALARM))
        stopped, last = await self._asked(conversation)
        if stopped and not is_service:
            raise Refused(stopped)
        if payload.get("type") == "template":
            return [Part(message.text)]
        if payload.get("type") in PASSED_ON and conversation.staff_are_elsewhere:
            return [Part(message.text)]
        is_late = self._is_late(shown, last, message)
        text = message.text
        ask = words("choose", self._clinic, self._clock(), conversation.language)
        if shown.segments:
            own = None if message.author is Author.STAFF else self._clinic.words["website"]
            text = formatting.plain(text, own)
        made = formatting.parts(text, message.buttons, shown, ask)
        answers = await self._answered(message) if shown.is_mail else None
        return [replace(part, is_late=is_late, answers=answers) for part in made]

    async def _answered(self, message: Message) -> Answers | None:
        """The mail that a message answers: that of its turn, else the last before it that a person wrote."""
        upto = message.answers or message.seq
        rows = await self._conversations.rows(MAILS, id=message.conversation_id, upto=upto)
        payloads = [row.payload or {} for row in rows]
        marks = [one.get("marks", {}) for one in payloads if one.get("type") != "forgotten"]
        marks = [one for one in marks if not one.get("cut")]  # it was no mail of its own
        by_people = [] if message.answers else [one for one in marks if not one.get("automatic")]
        answered = next(iter(by_people or marks), None)
        if answered is None:
            return None
        return Answers(answered.get("known_as") or "", answered.get("subject") or "")

    async def _asked(self, conversation: Conversation) -> tuple[str | None, datetime | None]:
        """Why the visitor gets no more messages, if so, and when they last wrote."""
        here = {"channel": conversation.channel, "address": conversation.address or ""}
        (row,) = await self._conversations.rows(ASKED, id=conversation.id, **here)
        stopped = (BLOCKED if row.is_blocked else STOPPED) if row.is_stopped else None
        return stopped, row.last

    def _is_late(self, shown: Style, last: datetime | None, message: Message) -> bool:
        """Has the provider's time for free text passed? Raise Refused where people have no longer one."""
        is_opened = (message.client_id or "").startswith(GREETING)  # who has just come: no word yet
        if shown.window is None or last is None or is_opened:
            return False
        if self._clock() - last <= shown.window:
            return False
        allowed = shown.window_of(message.author is Author.STAFF) or shown.window
        if self._clock() - last <= allowed:
            return True
        hours = int(allowed.total_seconds() // 3600)
        raise Refused(f"{hours} hours have passed since the visitor wrote. {self._way_on(shown)}")

    @staticmethod
    def _way_on(shown: Style) -> str:
        return "Send the template, or call." if shown.templates else "Wait for them, or call."
