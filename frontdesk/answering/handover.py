"""Who owns a conversation: from the assistant to staff and back, by request, by staff, or by time.

Every change is one transaction with what follows from it: the line for the visitor, the notice that
leaves the building. What happens when nobody comes is in timers.py.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from clinic import Clinic
from frontdesk import metrics
from frontdesk.answering import episode
from frontdesk.clock import Clock
from frontdesk.conversations.addresses import where_to_call
from frontdesk.conversations.events import Signals
from frontdesk.conversations.model import (
    ALARM,
    PROVIDERS,
    URGENT,
    Author,
    Conversation,
    Danger,
    Draft,
    Message,
    Owner,
    Turn,
)
from frontdesk.conversations.store import Conversations
from frontdesk.copy import words
from frontdesk.outgoing.delivery import Delivery
from frontdesk.outgoing.notices import Notice, Notices
from frontdesk.staff.members import Member, Staff

logger = logging.getLogger(__name__)

FOR_STAFF_ONLY = ("handoff", "callback", "forget", "erase")
FOR_PEOPLE = ("photo", "video", "voice")
"""What staff look at or listen to; for stickers and the like nobody is called."""
CALL_ME_BACK = "call_me_back"
URGENCY_OF_LEVEL = {"U1": "urgent", "U2": "soon"}


class TakenBySomebodyElse(Exception):
    """The conversation changed hands while somebody was about to act on it."""


class Handover:
    """The only place where an owner changes."""

    def __init__(
        self,
        conversations: Conversations,
        staff: Staff,
        delivery: Delivery,
        notices: Notices,
        signals: Signals,
        clinic: Clinic,
        clock: Clock,
    ) -> None:
        self._conversations = conversations
        self._staff = staff
        self._delivery = delivery
        self._notices = notices
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
        return (draft.payload or {}).get("type") in FOR_STAFF_ONLY and not draft.text

    async def apply(self, conversation: Conversation, turn: Turn, seq: int | None = None) -> None:
        """Do what the payloads of a bot turn, to the message ``seq``, ask for; the caller's transaction holds
        it all. A wish for a person counts no more once who wrote it has stopped waiting for one."""
        left = self._conversations.ownership.visitor_left
        for draft in turn.messages:
            payload = draft.payload or {}
            kind = payload.get("type")
            if kind == "eligibility_result" and payload.get("shared"):
                await self._conversations.update(conversation.id, summary=payload)
            elif kind == "forget":
                gone = self._words("health_answer_deleted", conversation)
                await self._conversations.messages.forget(
                    conversation.id, str(payload.get("pre_screen")), gone
                )
            elif kind == "erase":
                await self._promise_to_erase(conversation)
            elif kind == "urgent":
                sign = payload.get("sign_words") or str(payload.get("sign")).replace("_", " ")
                told = episode.signed(conversation, sign, self._clock())
                await self._conversations.update(conversation.id, **told)
            elif kind == "callback":
                contact = str(payload.get("contact") or "")
                await self.note_callback(
                    conversation, payload.get("name"), contact, payload.get("good_time")
                )
                if conversation.staff_are_elsewhere:
                    await self._pass_on(conversation, payload)
            elif kind == "handoff" and not (
                payload.get("reason") == "asked" and await left(conversation, seq)
            ):
                await self.ask_for_staff(conversation, payload)

    async def _promise_to_erase(self, conversation: Conversation) -> None:
        """The visitor wants it and has confirmed it: everything goes once these words have left."""
        await self._conversations.update(conversation.id, erase_at=self._clock())
        line = "left_elsewhere" if conversation.address else "left_on_website"
        provider = PROVIDERS.get(conversation.channel, "the company that carries this chat")
        left = self._words(line, conversation, provider=provider)
        await self._say(conversation, "erased_soon", left=left)

    async def ask_for_staff(self, conversation: Conversation, payload: dict[str, object]) -> None:
        """Put a conversation in the queue, for the reason and with the urgency of a payload."""
        wanted = ("reason", "urgency", "topic", *(["summary"] if payload.get("summary") else []))
        wish, why = {key: payload.get(key) for key in wanted}, str(payload.get("reason"))
        async with self._conversations.transaction():
            held = await self._conversations.get(conversation.id) or conversation
            wish = episode.wished(held, wish, self._clock())
            urgent = wish["urgency"] == "urgent"
            available = await self.staff_available(conversation)
            values = {**wish, **self.begin_to_wait(available)}
            changed = await self._conversations.ownership.change(
                conversation, Owner.WAITING, "assistant", why, **values
            )
            if changed is None:
                return
            opened = "waiting_urgent" if urgent else "waiting"
            closed = "waiting_closed_urgent" if urgent else "waiting_closed"
            await self.say_how_it_goes_on(changed, opened if available else closed, available)
            await self._notices.note(changed.id, Notice.URGENT if urgent else Notice.WAITING)
            if changed.staff_are_elsewhere:
                await self._pass_on(changed, {**payload, **wish})

    def begin_to_wait(self, available: bool) -> dict[str, object]:
        """A wait is alerted at half its time and at its end; with nobody there it is missed at once."""
        now, times = self._clock(), self._clinic.handover
        half, again = times.claim_minutes / 2, times.alert_again_minutes
        return {
            "staff_id": None,
            "waiting_since": now,
            "looked_at": None,
            "missed_at": None if available else now,
            "timer_kind": "half" if available else "again",
            "timer_at": now + timedelta(minutes=half if available else again),
        }

    async def say_how_it_goes_on(
        self, conversation: Conversation, line: str, available: bool
    ) -> None:
        """The truth about a wait; when nobody comes, with the way to be called back."""
        if available:
            await self._say(conversation, line)
        else:
            title = self._words(CALL_ME_BACK, conversation)
            await self._say(conversation, line, ({"id": CALL_ME_BACK, "title": title},))

    async def may_look(self, conversation: Conversation, kind: str) -> bool:
        """Is it something for people to look at, and are they there?"""
        return kind in FOR_PEOPLE and await self.staff_available(conversation)

    async def let_staff_look(self, conversation: Conversation, kind: str) -> None:
        """Put a conversation in which a photo came in the queue, if the assistant still has it."""
        now = await self._conversations.get(conversation.id)
        if now and now.owner.is_bot and not now.blocked_at and await self.may_look(now, kind):
            await self.ask_for_staff(now, {"type": "handoff", "reason": "photo", "urgency": "soon"})

    async def _pass_on(self, conversation: Conversation, payload: dict[str, object]) -> None:
        """Tell the other inbox that somebody asks for a person; its channel knows how."""
        details = {**payload, "summary": conversation.summary}
        await self._conversations.messages.append(
            conversation.id, Draft(Author.SYSTEM, "", payload=details)
        )
        self._tell(conversation)

    # --- danger in what people own ---

    async def raise_alarm(
        self, conversation: Conversation, message: Message, danger: Danger
    ) -> None:
        """Tell the visitor at once, and put the conversation on top; the same again is counted.

        ``conversation`` is held by the caller's transaction.
        """
        if episode.was_told(conversation, danger.sign_words, self._clock()):
            metrics.ALARMS.labels(danger.level, "yes").inc()
            count = conversation.sign_count + 1
            await self._conversations.update(conversation.id, sign_count=count)
        else:
            await self._tell_danger(conversation, message, danger)

    async def _tell_danger(
        self, conversation: Conversation, message: Message, danger: Danger
    ) -> None:
        metrics.ALARMS.labels(danger.level, "no").inc()
        logger.warning("alarm %s", danger.level)
        told = {"type": "urgent", "level": danger.level, "sign": danger.sign}
        for number, text in enumerate(danger.messages):
            key = f"{ALARM}{message.seq}_{number}"
            draft = Draft(Author.SYSTEM, text, payload=told, client_id=key)
            await self._conversations.messages.append(conversation.id, draft)
        urgency = URGENCY_OF_LEVEL.get(danger.level, "urgent")
        if conversation.urgency == "urgent" and not conversation.owner.is_bot:
            urgency = "urgent"
        signed = episode.signed(conversation, danger.sign_words, self._clock())
        if conversation.owner.is_bot:
            await self._conversations.update(conversation.id, **signed)
            await self.ask_for_staff(conversation, {"reason": "urgent", "urgency": urgency})
        else:
            values = {**signed, "urgency": urgency, "reason": "urgent", "looked_at": None}
            if conversation.missed_at:
                values |= {"timer_kind": "again", "timer_at": self.alert_again_at()}
            await self._conversations.update(conversation.id, **values)
            await self._notices.note(conversation.id, Notice.URGENT)
        self._tell(conversation)

    # --- callbacks ---

    async def note_callback(
        self, conversation: Conversation, name: str | None, contact: str, good_time: str | None
    ) -> None:
        """Note that somebody wants to be called. Whom people have, or must look at, they keep."""
        contact = await where_to_call(self._conversations, conversation, contact)
        async with self._conversations.transaction():
            now = await self._conversations.hold(conversation.id)
            await self._conversations.callbacks.add(now.id, name, contact, good_time)
            values = {"contact": contact, "visitor_name": name}
            waits = now.owner is Owner.WAITING and now.urgency in URGENT
            if now.owner in (Owner.STAFF, Owner.CALLBACK) or waits:
                await self._conversations.update(now.id, **values)
            else:
                left = {} if now.owner.is_bot else episode.UNASSIGNED  # danger is told again
                await self._conversations.ownership.change(
                    now, Owner.CALLBACK, "visitor", "asked for a callback", **left, **values
                )
            await self._notices.note(now.id, Notice.CALLBACK)
            self._tell(now)

    async def was_called(self, conversation: Conversation) -> None:
        """A person has called and reached somebody who wanted it."""
        values = episode.called(conversation, self._clock())
        await self._conversations.update(conversation.id, **values)

    async def stop_waiting(self, conversation: Conversation) -> Conversation:
        """The visitor would rather be called: the assistant asks for the number.

        ``conversation`` is held by the caller's transaction. Nobody came: it is on that list until one does.
        """
        left = episode.not_forgotten(conversation, self._clock(), self.alert_again_at())
        changed = await self._conversations.ownership.change(
            conversation, Owner.BOT, "visitor", "would rather be called", **left
        )
        return changed or conversation

    # --- what staff do ---

    async def take(self, conversation: Conversation, member: Member) -> Conversation:
        """Give a conversation to a member of staff, unless somebody else has it.

        Raise TakenBySomebodyElse, Gone.
        """
        async with self._conversations.transaction():
            now = await self._conversations.hold(conversation.id)
            if now.owner is Owner.STAFF and now.staff_id == member.id:
                return now
            if now.owner is Owner.STAFF:
                raise TakenBySomebodyElse
            return await self._give(now, member, "taken")

    async def assign(self, conversation: Conversation, member: Member, by: Member) -> Conversation:
        """Give a conversation to a colleague, once. Raise TakenBySomebodyElse."""
        if conversation.owner is Owner.STAFF and conversation.staff_id == member.id:
            return conversation
        async with self._conversations.transaction():
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
            snoozed_until=None,
            **episode.BY_A_PERSON,
        )
        if changed is None:
            raise TakenBySomebodyElse
        await self._say(changed, "joined", staff=member.shown_name)
        return changed

    async def reply(
        self,
        conversation: Conversation,
        member: Member,
        text: str,
        client_id: str,
        payload: dict[str, object] | None = None,
    ) -> Message:
        """Say something as a person, once: that counts as taking. Raise TakenBySomebodyElse, Gone."""
        shown = member.shown_name
        draft = Draft(Author.STAFF, text, name=shown, client_id=client_id, payload=payload)
        messages = self._conversations.messages
        async with self._conversations.transaction():
            if said := await messages.by_client_id(conversation.id, client_id):
                return said
            taken = await self.take(conversation, member)
            message = await messages.append(taken.id, draft)
            await messages.answered_by_people(taken.id)
            await self.start_timer(taken, "idle", self._clinic.handover.idle_minutes)
            self._tell(taken)
        return message

    async def visitor_wrote(self, conversation: Conversation) -> None:
        """A visitor wrote to a person: that person should answer in time."""
        await self.start_timer(conversation, "silent", self._clinic.handover.silent_minutes)

    async def hand_back(
        self, conversation: Conversation, who: str, line: str = "returned", **more: str
    ) -> Conversation:
        """Give a conversation back to the assistant, which answers what nobody has seen yet.

        Raise TakenBySomebodyElse.
        """
        return await self._let_go(conversation, Owner.BOT, who, line, line, **more)

    async def close(self, conversation: Conversation, member: Member, outcome: str) -> Conversation:
        """End a conversation with an outcome. Raise TakenBySomebodyElse."""
        return await self._let_go(conversation, Owner.CLOSED, member.name, outcome, "closed")

    async def block(self, conversation: Conversation, member: Member) -> None:
        """End a conversation with somebody who is not answered any more. Raise TakenBySomebodyElse."""
        async with self._conversations.transaction():
            await self._let_go(conversation, Owner.CLOSED, member.name, "blocked", "blocked")
            await self._conversations.update(conversation.id, blocked_at=self._clock())

    async def _let_go(
        self, conversation: Conversation, after: Owner, who: str, why: str, line: str, **more: str
    ) -> Conversation:
        async with self._conversations.transaction():
            left = episode.let_go(conversation, line, self._clock(), self.alert_again_at())
            ownership = self._conversations.ownership
            changed = await ownership.change(conversation, after, who, why, **left)
            if changed is None:
                raise TakenBySomebodyElse
            if conversation.owner is not after or line == "blocked":  # else it was said already
                await self._say(changed, line, (), **more)
        return changed

    async def moved_elsewhere(self, conversation: Conversation, owner: Owner) -> None:
        """Follow another inbox, in which people have taken a conversation or given it back."""
        left = episode.ended() if owner.is_bot else {**episode.UNASSIGNED, **episode.BY_A_PERSON}
        await self._conversations.ownership.change(
            conversation, owner, conversation.channel, "changed there", **left
        )
        self._tell(conversation)

    def alert_again_at(self) -> datetime:
        """When staff are alerted again about somebody who was missed."""
        return self._clock() + timedelta(minutes=self._clinic.handover.alert_again_minutes)

    async def start_timer(self, conversation: Conversation, kind: str, minutes: float) -> None:
        """Set the one timer of a conversation anew."""
        at = self._clock() + timedelta(minutes=minutes)
        values = {"timer_kind": kind, "timer_at": at, "snoozed_until": None}
        await self._conversations.update(conversation.id, **values)

    async def _say(
        self,
        conversation: Conversation,
        line: str,
        buttons: tuple[dict[str, str], ...] = (),
        **more: str,
    ) -> None:
        draft = Draft(Author.SYSTEM, self._words(line, conversation, **more), buttons=buttons)
        await self._conversations.messages.append(conversation.id, draft)
        self._tell(conversation)

    def _words(self, line: str, conversation: Conversation, **more: str) -> str:
        return words(line, self._clinic, self._clock(), conversation.language, **more)

    def _tell(self, conversation: Conversation) -> None:
        self._signals.new(conversation.id)
        self._delivery.wake(conversation)
