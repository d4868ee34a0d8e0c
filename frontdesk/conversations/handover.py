"""Who owns a conversation: from the assistant to staff and back, by request, by staff, or by time.

Timers are columns of the conversation, so they survive a restart and run out once: whoever changes
the owner first, from the version that it saw, wins.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from clinic import Clinic
from frontdesk.clock import Clock
from frontdesk.conversations.events import Signals
from frontdesk.conversations.model import Author, Conversation, Draft, Message, Owner, Turn
from frontdesk.conversations.store import Conversations
from frontdesk.copy import words
from frontdesk.outgoing.delivery import Delivery
from frontdesk.staff.members import Member, Staff

logger = logging.getLogger(__name__)

FOR_STAFF_ONLY = ("handoff", "callback")
FOR_PEOPLE = ("photo", "video", "voice")
"""What staff look at or listen to; for stickers and the like nobody is called."""
UNASSIGNED = {"staff_id": None, "waiting_since": None, "timer_kind": None, "timer_at": None}


class TakenBySomebodyElse(Exception):
    """The conversation changed hands while somebody was about to act on it."""


class Handover:
    """The only place where an owner changes."""

    def __init__(
        self,
        conversations: Conversations,
        staff: Staff,
        delivery: Delivery,
        signals: Signals,
        clinic: Clinic,
        clock: Clock,
    ) -> None:
        self._conversations = conversations
        self._staff = staff
        self._delivery = delivery
        self._signals = signals
        self._clinic = clinic
        self._clock = clock

    async def staff_available(self, conversation: Conversation | None = None) -> bool:
        """May a person be promised now: is the clinic open and somebody on duty?

        Who is on duty in another inbox is not known here; there the opening hours count.
        """
        elsewhere = conversation is not None and conversation.staff_are_elsewhere
        return self._clinic.is_open(self._clock()) and (
            elsewhere or await self._staff.anybody_on_duty()
        )

    @staticmethod
    def is_for_staff_only(draft: Draft) -> bool:
        """Payloads that ask something of the front desk are not shown to the visitor."""
        kind = (draft.payload or {}).get("type")
        return kind in FOR_STAFF_ONLY and not draft.text

    async def apply(self, conversation: Conversation, turn: Turn) -> None:
        """Do what the payloads of a bot turn ask for."""
        for draft in turn.messages:
            payload = draft.payload or {}
            if payload.get("type") == "eligibility_result" and payload.get("shared"):
                await self._conversations.update(conversation.id, summary=payload)
            if payload.get("type") == "callback":
                contact = str(payload.get("contact") or "")
                await self.note_callback(
                    conversation, payload.get("name"), contact, payload.get("good_time")
                )
                if conversation.staff_are_elsewhere:
                    await self._pass_on(conversation, payload)
            if payload.get("type") == "handoff":
                await self.ask_for_staff(conversation, payload)

    async def ask_for_staff(self, conversation: Conversation, payload: dict[str, Any]) -> None:
        """Put a conversation in the queue, for the reason and with the urgency of a payload."""
        now, urgent = self._clock(), payload.get("urgency") == "urgent"
        available = await self.staff_available(conversation)
        values: dict[str, Any] = {
            "reason": payload.get("reason"),
            "urgency": payload.get("urgency"),
            "topic": payload.get("topic"),
            "waiting_since": now,
            "timer_kind": "claim",
            "timer_at": now + timedelta(minutes=self._clinic.handover.claim_minutes),
        }
        if payload.get("summary"):
            values["summary"] = payload["summary"]
        changed = await self._conversations.ownership.change(
            conversation, Owner.WAITING, "assistant", str(payload.get("reason")), **values
        )
        if changed:
            closed = "waiting_closed_urgent" if urgent else "nobody_came"
            opened = "waiting_urgent" if urgent else "waiting"
            await self._say(changed, opened if available else closed)
            if changed.staff_are_elsewhere:
                await self._pass_on(changed, payload)

    async def may_look(self, conversation: Conversation, kind: str) -> bool:
        """Is it something for people to look at, and are they there?"""
        return kind in FOR_PEOPLE and await self.staff_available(conversation)

    async def let_staff_look(self, conversation: Conversation, kind: str) -> None:
        """Put a conversation in which a photo came in the queue, if the assistant still has it."""
        now = await self._conversations.get(conversation.id)
        if now and now.owner.is_bot and await self.may_look(now, kind):
            await self.ask_for_staff(now, {"type": "handoff", "reason": "photo", "urgency": "soon"})

    async def _pass_on(self, conversation: Conversation, payload: dict[str, Any]) -> None:
        """Tell the other inbox that somebody asks for a person; its channel knows how."""
        details = {**payload, "summary": conversation.summary}
        await self._conversations.messages.append(
            conversation.id, Draft(Author.SYSTEM, "", payload=details)
        )
        self._tell(conversation)

    async def note_callback(
        self, conversation: Conversation, name: str | None, contact: str, good_time: str | None
    ) -> None:
        """Note that somebody wants to be called; the assistant goes on."""
        await self._conversations.callbacks.add(conversation.id, name, contact, good_time)
        changed = await self._conversations.ownership.change(
            conversation,
            Owner.CALLBACK,
            "visitor",
            "asked for a callback",
            **{**UNASSIGNED, "contact": contact, "visitor_name": name},
        )
        if changed:
            self._tell(changed)

    async def take(self, conversation: Conversation, member: Member) -> Conversation:
        """Give a conversation to a member of staff. Raise TakenBySomebodyElse."""
        if conversation.owner is Owner.STAFF and conversation.staff_id == member.id:
            return conversation
        if conversation.owner is Owner.STAFF:
            raise TakenBySomebodyElse
        return await self._give(conversation, member, "taken")

    async def assign(self, conversation: Conversation, member: Member, by: Member) -> Conversation:
        """Give a conversation to a colleague. Raise TakenBySomebodyElse."""
        return await self._give(conversation, member, f"assigned by {by.name}")

    async def _give(self, conversation: Conversation, member: Member, why: str) -> Conversation:
        now = self._clock()
        changed = await self._conversations.ownership.change(
            conversation,
            Owner.STAFF,
            member.name,
            why,
            staff_id=member.id,
            timer_kind="silent",
            timer_at=now + timedelta(minutes=self._clinic.handover.silent_minutes),
        )
        if changed is None:
            raise TakenBySomebodyElse
        await self._conversations.messages.answered_by_people(conversation.id)
        await self._say(changed, "joined", staff=member.shown_name)
        return changed

    async def reply(
        self,
        conversation: Conversation,
        member: Member,
        text: str,
        client_id: str,
        payload: dict[str, Any] | None = None,
    ) -> Message:
        """Say something as a person; any reply counts as taking. Raise TakenBySomebodyElse."""
        conversation = await self.take(conversation, member)
        draft = Draft(
            Author.STAFF, text, name=member.shown_name, client_id=client_id, payload=payload
        )
        message = await self._conversations.messages.append(conversation.id, draft)
        await self._start_timer(conversation, "idle", self._clinic.handover.idle_minutes)
        self._tell(conversation)
        return message

    async def visitor_wrote(self, conversation: Conversation) -> None:
        """A visitor wrote to a person: that person should answer in time."""
        await self._start_timer(conversation, "silent", self._clinic.handover.silent_minutes)

    async def hand_back(
        self, conversation: Conversation, who: str, line: str = "returned", **more: str
    ) -> Conversation:
        """Give a conversation back to the assistant. Raise TakenBySomebodyElse."""
        changed = await self._conversations.ownership.change(
            conversation, Owner.BOT, who, line, **UNASSIGNED
        )
        if changed is None:
            raise TakenBySomebodyElse
        await self._say(changed, line, **more)
        return changed

    async def moved_elsewhere(self, conversation: Conversation, owner: Owner) -> None:
        """Follow another inbox, in which people have taken a conversation or given it back."""
        changed = await self._conversations.ownership.change(
            conversation, owner, conversation.channel, "changed there", **UNASSIGNED
        )
        if changed and not owner.is_bot:
            await self._conversations.messages.answered_by_people(conversation.id)
        self._signals.new(conversation.id)

    async def close(self, conversation: Conversation, member: Member, outcome: str) -> Conversation:
        """End a conversation with an outcome. Raise TakenBySomebodyElse."""
        changed = await self._conversations.ownership.change(
            conversation, Owner.CLOSED, member.name, outcome, **UNASSIGNED
        )
        if changed is None:
            raise TakenBySomebodyElse
        await self._say(changed, "closed")
        return changed

    async def run_timers(self) -> None:
        """Act on every timer that has run out."""
        for conversation in await self._conversations.timers_due():
            try:
                await self._time_is_up(conversation)
            except TakenBySomebodyElse:
                logger.info("timer overtaken %s", conversation.id)

    async def _time_is_up(self, conversation: Conversation) -> None:
        kind = conversation.timer_kind
        logger.info("timer %s %s", kind, conversation.id)
        if kind == "claim":
            await self.hand_back(conversation, "timer", "nobody_came")
        elif kind == "idle":
            await self.hand_back(conversation, "timer", "returned_idle")
        elif kind == "silent" and not await self.staff_available(conversation):
            await self.hand_back(conversation, "timer", "nobody_came")
        elif kind == "silent":
            now = self._clock()
            changed = await self._conversations.ownership.change(
                conversation,
                Owner.WAITING,
                "timer",
                "silent",
                staff_id=None,
                waiting_since=now,
                timer_kind="claim",
                timer_at=now + timedelta(minutes=self._clinic.handover.claim_minutes),
            )
            if changed:
                await self._say(changed, "still_waiting")

    async def _start_timer(self, conversation: Conversation, kind: str, minutes: int) -> None:
        at = self._clock() + timedelta(minutes=minutes)
        await self._conversations.update(conversation.id, timer_kind=kind, timer_at=at)

    async def _say(self, conversation: Conversation, line: str, **more: str) -> None:
        text = words(line, self._clinic, self._clock(), **more)
        await self._conversations.messages.append(conversation.id, Draft(Author.SYSTEM, text))
        self._tell(conversation)

    def _tell(self, conversation: Conversation) -> None:
        self._signals.new(conversation.id)
        self._delivery.wake(conversation.id)
