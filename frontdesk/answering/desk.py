"""A message's way: stored, then answered by whoever owns the conversation, in order, never twice."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from clinic import Clinic
from frontdesk import metrics
from frontdesk.answering.forgetting import Forgetting
from frontdesk.answering.handover import CALL_ME_BACK, Handover
from frontdesk.answering.heard import Heard, visitor_said
from frontdesk.assistant_client import AssistantClient, AssistantUnavailable, Unreadable
from frontdesk.clock import Clock
from frontdesk.conversations.addresses import number_behind
from frontdesk.conversations.answering import answering
from frontdesk.conversations.events import Signals
from frontdesk.conversations.messages import FORGOTTEN
from frontdesk.conversations.model import (
    Author,
    Conversation,
    Draft,
    Gone,
    Incoming,
    Message,
    Owner,
    Status,
    Turn,
)
from frontdesk.conversations.person import COPY_TOPIC, Kept, Person
from frontdesk.conversations.store import Conversations
from frontdesk.copy import words
from frontdesk.logs import about, trace_of
from frontdesk.outgoing.delivery import Delivery
from frontdesk.storage.claims import Claims
from frontdesk.storage.transactions import afterwards
from frontdesk.tasks import Rounds

logger = logging.getLogger(__name__)

AT_ONCE = 4
"""Turns under way: the assistant reads one at a time, and its actions another."""
TOLD_AFTER_SECONDS = 3.5
TOLD_AGAIN_AFTER = timedelta(seconds=30)
"""Who goes on writing while the assistant is away has just read so; whoever writes later is told again."""
TURN, OUTAGE = "turn", "outage_"
DELETE_THAT = "delete_"
"""Begins the button that deletes one message; names the line that offers it, said once."""
LONGEST_READ = 2_000
"""Characters that the assistant reads as one message (docs/contracts.md section 1)."""


class Desk:
    """Takes messages in, has them answered, and keeps every conversation in order."""

    def __init__(
        self,
        conversations: Conversations,
        assistant: AssistantClient,
        handover: Handover,
        delivery: Delivery,
        signals: Signals,
        person: Person,
        clinic: Clinic,
        clock: Clock,
        claims: Claims,
    ) -> None:
        self.person = person
        self.conversations = conversations
        self.assistant = assistant
        self.handover = handover
        self.delivery = delivery
        self.signals = signals
        self.clinic = clinic
        self.clock = clock
        self._claims = claims
        self._unreadable = Unreadable(assistant)
        self._heard = Heard(conversations, handover, delivery, clinic, clock)
        self.forgetting = Forgetting(
            conversations, assistant, signals, clinic, claims, self.is_answering
        )
        self._rounds = Rounds("turn", claims.served(TURN, self._step), AT_ONCE)

    async def open(
        self, channel: str, address: str | None = None, language: str | None = None
    ) -> tuple[Conversation, str]:
        """Open a conversation, whose first message says that a machine is answering."""
        async with self.conversations.transaction():
            conversation, token = await self.conversations.create(channel, address, language)
            greeting = Draft(Author.ASSISTANT, self._words("greeting", conversation))
            await self.conversations.messages.append(conversation.id, greeting)
        return conversation, token

    async def receive(
        self, conversation: Conversation, incoming: Incoming, whose: str | None = None
    ) -> Message:
        """Store a visitor's message; it is safe when this returns. It is answered afterwards.

        ``whose``: the address behind it, which may have many conversations. Raise Gone.
        """
        async with self.conversations.transaction():
            now = await self.conversations.hold(conversation.id)
            now, incoming = await self._own_button(now, incoming)
            draft = visitor_said(now, incoming)
            stored = await self.conversations.messages.append_all(now.id, [draft], now.last_seq)
            if stored[0].seq > now.last_seq:  # else it is handed in again, and has had its effect
                await self._follow_own_button(now, incoming)
                await self._go_on(now, incoming, stored[0].seq, whose)
            else:
                self.wake(now.id, whose)
        self._note_stored(now, incoming)
        return stored[0]

    async def receive_new(
        self, conversation: Conversation, incoming: Incoming, before: Sequence[Draft]
    ) -> None:
        """The same for a message that has not been seen yet, after lines of ours that have not been said,
        in the transaction of a caller who holds the conversation."""
        now, incoming = await self._own_button(conversation, incoming)
        answers = now.last_seq + len(before) + 1
        drafts = [replace(draft, answers=answers) for draft in before]
        drafts.append(visitor_said(now, incoming))
        messages = self.conversations.messages
        await messages.append_all(now.id, drafts, now.last_seq, are_new=True)
        await self._follow_own_button(now, incoming)
        await self._go_on(now, incoming, answers)
        self._note_stored(now, incoming)

    @staticmethod
    def _note_stored(conversation: Conversation, incoming: Incoming) -> None:
        trace, owner = trace_of(incoming.client_id), conversation.owner.value
        with about(trace=trace, conversation=conversation.id, owner=owner):
            logger.info("message stored")

    async def _own_button(
        self, conversation: Conversation, incoming: Incoming
    ) -> tuple[Conversation, Incoming]:
        """Whoever waits and would rather be called goes on with the assistant, which takes the number."""
        if (incoming.button_id or "").startswith(DELETE_THAT):
            return conversation, replace(incoming, needs_turn=False, gets_words=False)
        if incoming.button_id != CALL_ME_BACK:
            return conversation, incoming
        messages = self.conversations.messages
        if conversation.owner is Owner.WAITING and not await messages.by_client_id(
            conversation.id, incoming.client_id
        ):
            conversation = await self.handover.stop_waiting(conversation)
        return conversation, replace(incoming, button_id=None)

    async def _follow_own_button(self, conversation: Conversation, incoming: Incoming) -> None:
        """Delete the words that the visitor was offered to delete. Again changes nothing."""
        seq = (incoming.button_id or "").removeprefix(DELETE_THAT)
        if seq == incoming.button_id or not seq.isdecimal():
            return
        found = await self.conversations.messages.after(conversation.id, int(seq) - 1, limit=1)
        if found and found[0].author is Author.VISITOR and found[0].payload != FORGOTTEN:
            gone = self._words("health_answer_deleted", conversation)
            await self.conversations.messages.delete_words(found[0], gone)
            await self.say(conversation, "that_is_deleted")

    async def _with_offer(
        self, conversation: Conversation, message: Message, turn: Turn
    ) -> tuple[Draft, ...]:
        """The assistant's reply; to the first health fact told outside the health questions, with a
        line that staff can read it and a way to delete it."""
        drafts = [one for one in turn.messages if not self.handover.is_for_staff_only(one)]
        is_urgent = any((one.payload or {}).get("type") == "urgent" for one in turn.messages)
        if is_urgent or turn.is_private or not turn.understood.get("health") or not drafts:
            return tuple(drafts)
        if await self.conversations.messages.by_client_id(message.conversation_id, DELETE_THAT):
            return tuple(drafts)
        text, title = (self._words(line, conversation) for line in ("health_told", "delete_that"))
        button = {"id": f"{DELETE_THAT}{message.seq}", "title": title}
        last = replace(drafts[-1], buttons=(*drafts[-1].buttons, button))
        return Draft(Author.SYSTEM, text, client_id=DELETE_THAT), *drafts[:-1], last

    async def _tell_that_they_are_back(self, conversation: Conversation, turn: Turn) -> None:
        """Who came from a channel for the health questions reads there that it goes on; nothing of them."""
        if conversation.address or not self.conversations.passages.is_over(turn):
            return
        if origin := await self.conversations.passages.back(conversation.id):
            await self.say(origin, "back_from_website", f"back_{conversation.id}")

    async def _go_on(
        self, conversation: Conversation, incoming: Incoming, seq: int, whose: str | None = None
    ) -> None:
        if incoming.gets_words:
            await self._heard.answer(conversation, seq)
        self.signals.new(conversation.id)
        if conversation.owner is Owner.STAFF:
            await self.handover.visitor_wrote(conversation)
        self.wake(conversation.id, whose)

    def wake(self, conversation_id: str, whose: str | None = None) -> None:
        """See to it, once it is stored, that what waits in a conversation is answered."""
        afterwards(lambda: self._rounds.wake(conversation_id, whose))

    def is_answering(self, conversation_id: str) -> bool:
        """Is a message of this conversation on its way to the assistant and back?"""
        return self._rounds.is_serving(conversation_id)

    def is_flooded_by(self, whose: str) -> bool:
        """Has this address so many conversations in line that no more of its messages are taken now?"""
        return self._rounds.is_pausing(whose)

    async def sweep(self) -> None:
        """Take up whatever waits and nobody works on, whoever forgot it."""
        for conversation_id in await self.conversations.messages.with_something_to_do():
            self.wake(conversation_id)
        for conversation in await self.conversations.with_outbox():
            self.delivery.wake(conversation)
        await self.conversations.wipe()
        await self.forgetting.run()

    async def stop(self) -> None:
        """Let go of all conversations; what was not finished is still pending."""
        await self.forgetting.stop()
        await self._rounds.stop()

    async def erase(self, conversation_id: str) -> bool:
        """Erase a conversation here, and in the tracker: now, or as soon as it can be reached.

        False when it is not here any more.
        """
        if not await self.conversations.erase(conversation_id):
            return False
        self.signals.new(conversation_id)
        with suppress(AssistantUnavailable):
            await self.forgetting.erase(conversation_id)
        return True

    async def erase_person(self, conversation_id: str) -> list[str]:
        """Erase somebody in every conversation; return which. Raise Kept, and then nothing is erased."""
        found = await self.person.conversations(conversation_id)
        if any(one.kept_at for one in found):
            raise Kept
        for one in found:
            await self.erase(one.id)
        return [one.id for one in found]

    async def _step(self, conversation_id: str) -> float | None:
        found = await self.conversations.to_do(conversation_id)
        if found is None:
            return None
        conversation, message, has_more = found
        trace = trace_of(message.client_id)
        with about(trace=trace, conversation=conversation.id, seq=message.seq):
            waits = message.status is Status.PENDING
            is_done = await (self._answer(conversation, message) if waits else self._check(message))
        return None if is_done and not has_more else 0

    async def _answer(self, conversation: Conversation, message: Message) -> bool:
        """One turn: whatever follows from the assistant's answer is stored with it, or not at all.

        False when people have taken the conversation meanwhile: then the message is still looked at.
        """
        began = time.perf_counter()
        available = await self.handover.staff_available(conversation)
        after_staff = await self.conversations.ownership.staff_spoke_last(conversation)
        has_number = bool(await number_behind(self.conversations, conversation))
        before = conversation.language
        try:
            if message.button_id is None and len(message.meant) > LONGEST_READ:
                turn = await self._too_long(conversation, message)
            else:
                turn = await self.assistant.ask(
                    message, conversation.channel, available, after_staff, before, has_number
                )
                self._unreadable.answered(message)
        except AssistantUnavailable:
            if not await self._unreadable.failed(message):
                await self._tell_who_waits(self.clock(), conversation.id)
                raise
            turn = await self._not_read(conversation, message)
        spoken = str(turn.understood.get("language") or "") or before
        conversation = replace(conversation, language=spoken)
        shown = await self._with_offer(conversation, message, turn)
        shown = self._heard.not_silent(conversation, turn, shown)
        page, ways = self.clinic.words["website"], self.conversations.passages
        shown = await ways.with_link(conversation, shown, page)
        async with self.conversations.transaction():
            await self._claims.still_ours()
            kept = await self.conversations.messages.settle(
                message, replace(turn, messages=shown), conversation.owner_version
            )
            if kept:
                if spoken != before:
                    await self.conversations.update(conversation.id, language=spoken)
                with answering(message):
                    await self._follow(conversation, message, turn)
            self.signals.new(conversation.id)
            self.delivery.wake(conversation)
        seconds = time.perf_counter() - began
        metrics.TURNS.labels(str(kept).lower()).observe(seconds)
        with about(intent=turn.understood.get("intent"), kept=kept, ms=int(seconds * 1000)):
            logger.info("answered")
        return kept

    async def _too_long(self, conversation: Conversation, message: Message) -> Turn:
        """Of what the assistant does not read, and people who had the conversation have not: our own."""
        await self._check(message)
        return Turn({}, (Draft(Author.SYSTEM, self._words("too_long", conversation)),))

    async def _not_read(self, conversation: Conversation, message: Message) -> Turn:
        """Of what the assistant fails on while it answers others: people read it."""
        understood: dict[str, object] = {}
        try:
            await self._check(message)
        except AssistantUnavailable:
            understood = dict(Unreadable.UNDERSTOOD)
        staff = {"type": "handoff", "reason": "not_understood", "urgency": "soon"}
        said = Draft(Author.SYSTEM, self._words("not_read", conversation))
        return Turn(understood, (said, Draft(Author.SYSTEM, "", payload=staff)))

    async def _follow(self, conversation: Conversation, message: Message, turn: Turn) -> None:
        """What a turn asks of the front desk, in the transaction that stores its reply."""
        await self.handover.apply(conversation, turn, message.seq)
        if turn.understood.get("topic") == COPY_TOPIC:
            held = Draft(Author.SYSTEM, await self.person.in_words(conversation))
            await self.conversations.messages.append(conversation.id, held)
        await self._tell_that_they_are_back(conversation, turn)
        if message.payload:
            await self.handover.let_staff_look(conversation, message.payload.get("kind", ""))

    async def _check(self, message: Message) -> bool:
        """Look for danger in what no turn of the assistant reads. True: nothing is left to do."""
        danger, conversation = None, await self.conversations.get(message.conversation_id)
        spoken = conversation.language if conversation else None
        more: dict[str, object] = {}
        try:
            danger = await self.assistant.check_all(message.text, spoken)
        except AssistantUnavailable as error:
            if message.status is Status.PENDING or not self._unreadable.not_checked(message, error):
                raise
            more = {"understood": {**(message.understood or {}), **Unreadable.UNDERSTOOD}}
        async with self.conversations.transaction():
            now = await self.conversations.hold(message.conversation_id)
            await self.conversations.messages.checked(message.id, **more)
            if danger:
                with answering(message):
                    await self.handover.raise_alarm(now, message, danger)
            self.signals.new(now.id)
        return True

    async def check_form(self, conversation_id: str, noted: Message, fields: str) -> None:
        """Look for danger in what was written into a form; ``noted`` is what we answered to it.

        While the assistant is down there is none to look: people read the form itself.
        """
        with suppress(AssistantUnavailable):
            if danger := await self.assistant.check(fields):
                async with self.conversations.transaction():
                    now = await self.conversations.hold(conversation_id)
                    await self.handover.raise_alarm(now, noted, danger)
                    self.signals.new(now.id)

    async def acknowledge(self) -> None:
        """Tell everybody who has waited too long for the assistant that it is saved, with the phone."""
        await self._tell_who_waits(self.clock() - timedelta(seconds=TOLD_AFTER_SECONDS))

    async def _tell_who_waits(self, since: datetime, conversation_id: str | None = None) -> None:
        """Everywhere, or in one conversation."""
        lately = self.clock() - TOLD_AGAIN_AFTER
        untold = self.conversations.messages.waiting_untold(since, lately, OUTAGE, conversation_id)
        for waiting in await untold:
            with suppress(Gone):  # who was erased meanwhile holds up nobody
                await self._tell_that_it_waits(*waiting)

    async def _tell_that_it_waits(self, conversation_id: str, seq: int) -> None:
        """One line answers for all that came before it, and for what comes soon after it."""
        line = f"{OUTAGE}{seq}"
        async with self.conversations.transaction():
            now = await self.conversations.hold(conversation_id)
            if now.owner.is_bot:
                text = self._words("assistant_down", now)
                draft = Draft(Author.SYSTEM, text, client_id=line, answers=seq)
                await self.conversations.messages.append(now.id, draft)
                self.signals.new(now.id)
                self.delivery.wake(now)

    def _words(self, line: str, conversation: Conversation) -> str:
        """A line of copy.yml in the conversation's language."""
        return words(line, self.clinic, self.clock(), conversation.language)

    async def say(
        self, conversation: Conversation, line: str, client_id: str | None = None
    ) -> Message:
        """Say a line of copy.yml in the front desk's own name; under an id, once."""
        draft = Draft(Author.SYSTEM, self._words(line, conversation), client_id=client_id)
        said = await self.conversations.messages.append(conversation.id, draft)
        self.signals.new(conversation.id)
        self.delivery.wake(conversation)
        return said
