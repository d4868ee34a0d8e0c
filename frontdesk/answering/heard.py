"""Whoever writes while people have the conversation, and nobody of them is looking, gets words at once.

| who has it | who speaks | what the visitor hears within seconds |
| --- | --- | --- |
| the assistant; after a callback, or closed | the assistant | its answer; while it is away, that it is saved |
| nobody yet, staff are there | we | that staff have it; after danger, not to wait here |
| nobody yet, closed or nobody on duty | we | when we open, and "Call me back"; after danger, not to wait here |
| nobody came in time, staff are there | we | that it stays on the list, and "Call me back" |
| somebody who is there | that person | that person; after some minutes of silence it waits again (timers.py) |
| somebody who has put it off, or left it | we | that staff have it; closed: when we open |
| people in another inbox | they | they |
| nobody: blocked | nobody | nothing, but of danger what to do |

Every line has the phone and the emergency number. Who writes on within a minute is not told the same again,
unless there is danger: the line is still in sight. It is stored with the visitor's message, so it depends on
no assistant; what danger there is, is told after it. Machines and whoever wrote STOP get none.
"""

from __future__ import annotations

from datetime import timedelta

from clinic import Clinic
from frontdesk import metrics
from frontdesk.answering.episode import holds
from frontdesk.answering.handover import CALL_ME_BACK, Handover
from frontdesk.clock import Clock
from frontdesk.conversations.model import (
    URGENT,
    Author,
    Conversation,
    Draft,
    Incoming,
    Owner,
    Status,
    Turn,
)
from frontdesk.conversations.person import COPY_TOPIC
from frontdesk.conversations.store import Conversations
from frontdesk.copy import words
from frontdesk.outgoing.delivery import Delivery

STILL = "still"
"""Begins the client id of such a line: one for each message."""
IN_SIGHT = timedelta(minutes=1)
LATELY = 20  # messages: so many fit into a minute
WE_SPEAK = ("handoff", "erase")
"""Payloads after which we tell the visitor how it goes on."""


class Heard:
    """Says that what was written has been heard, and how it goes on."""

    def __init__(
        self,
        conversations: Conversations,
        handover: Handover,
        delivery: Delivery,
        clinic: Clinic,
        clock: Clock,
    ) -> None:
        self._conversations = conversations
        self._handover = handover
        self._delivery = delivery
        self._clinic = clinic
        self._clock = clock

    async def answer(self, conversation: Conversation, seq: int) -> None:
        """Words for a message that is stored under this number, once; in the transaction that stores it.

        ``conversation`` as it was when the message came.
        """
        line = await self._line(conversation)
        if line is None:
            return
        now, language = self._clock(), conversation.language
        buttons: tuple[dict[str, str], ...] = ()
        if line in ("still_closed", "still_closed_urgent", "nobody_came"):
            title = words(CALL_ME_BACK, self._clinic, now, language)
            buttons = ({"id": CALL_ME_BACK, "title": title},)
        said = words(line, self._clinic, now, language)
        if not line.endswith("_urgent") and await self._is_in_sight(conversation.id, said, seq):
            return
        draft = Draft(Author.SYSTEM, said, None, buttons, client_id=f"{STILL}_{seq}", answers=seq)
        await self._conversations.messages.append(conversation.id, draft)
        self._delivery.wake(conversation)

    def not_silent(
        self, conversation: Conversation, turn: Turn, shown: tuple[Draft, ...]
    ) -> tuple[Draft, ...]:
        """What is shown of the assistant's turn; where nobody says a word in it, that we are sorry."""
        asked = [(one.payload or {}).get("type") for one in turn.messages]
        is_told = turn.understood.get("topic") == COPY_TOPIC or any(
            one in WE_SPEAK for one in asked
        )
        if is_told or any(one.text.strip() or one.buttons for one in shown):
            return shown
        metrics.SILENT.inc()
        sorry = words("no_words", self._clinic, self._clock(), conversation.language)
        return *shown, Draft(Author.SYSTEM, sorry)

    async def _is_in_sight(self, conversation_id: str, said: str, seq: int) -> bool:
        since = self._clock() - IN_SIGHT
        lately = await self._conversations.messages.after(conversation_id, max(seq - LATELY, 0))
        return any(one.text == said and one.at > since for one in lately)

    async def _line(self, conversation: Conversation) -> str | None:
        if conversation.staff_are_elsewhere or not (
            conversation.owner is Owner.WAITING or was_left(conversation)
        ):
            return None
        available = await self._handover.staff_available(conversation)
        if conversation.owner is Owner.STAFF:
            return "still_waiting" if available else "still_away"
        if holds(conversation, self._clock()) and conversation.urgency in URGENT:
            return "still_waiting_urgent" if available else "still_closed_urgent"
        if available and conversation.missed_at:
            return "nobody_came"
        return "still_waiting" if available else "still_closed"


def visitor_said(conversation: Conversation, incoming: Incoming) -> Draft:
    """Whoever has the conversation at this moment answers; what no turn reads is checked."""
    is_bots = conversation.owner.is_bot
    has_turn = is_bots and not conversation.blocked_at and incoming.needs_turn
    status = Status.ANSWERED if is_bots else Status.WITH_STAFF
    return Draft(
        Author.VISITOR,
        incoming.text,
        button_id=incoming.button_id,
        payload=incoming.payload,
        client_id=incoming.client_id,
        status=Status.PENDING if has_turn else status,
        is_unchecked=bool(incoming.text) and not has_turn,
    )


def was_left(conversation: Conversation) -> bool:
    """Has whoever took it put it off, or nothing more to do in it? Else one of their timers runs."""
    is_ours = conversation.owner is Owner.STAFF and conversation.staff_id is not None
    return is_ours and conversation.timer_kind in (None, "snooze")
