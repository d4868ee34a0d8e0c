"""A message's way: stored, then answered by whoever owns the conversation, in order, never twice."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import replace

from clinic import Clinic
from frontdesk.assistant_client import AssistantClient, AssistantUnavailable
from frontdesk.clock import Clock
from frontdesk.conversations.events import Signals
from frontdesk.conversations.handover import Handover
from frontdesk.conversations.model import (
    Author,
    Conversation,
    Draft,
    Incoming,
    Message,
    Owner,
    Status,
)
from frontdesk.conversations.store import Conversations
from frontdesk.copy import words
from frontdesk.outgoing.delivery import Delivery, end_workers

logger = logging.getLogger(__name__)

RETRY_SECONDS = (1, 2, 4, 8, 15, 30)


class Desk:
    """Takes messages in, has them answered, and keeps every conversation in order."""

    def __init__(
        self,
        conversations: Conversations,
        assistant: AssistantClient,
        handover: Handover,
        delivery: Delivery,
        signals: Signals,
        clinic: Clinic,
        clock: Clock,
    ) -> None:
        self.conversations = conversations
        self.assistant = assistant
        self.handover = handover
        self.delivery = delivery
        self.signals = signals
        self.clinic = clinic
        self.clock = clock
        self._workers: dict[str, asyncio.Task[None]] = {}

    async def open(self, channel: str, address: str | None = None) -> tuple[Conversation, str]:
        """Open a conversation, whose first message says that a machine is answering."""
        conversation, token = await self.conversations.create(channel, address)
        greeting = words("greeting", self.clinic, self.clock())
        await self.conversations.messages.append(conversation.id, Draft(Author.ASSISTANT, greeting))
        return conversation, token

    async def receive(self, conversation: Conversation, incoming: Incoming) -> Message:
        """Store a visitor's message; it is safe when this returns. It is answered afterwards."""
        draft = self._visitor_said(conversation, incoming)
        message = await self.conversations.messages.append(conversation.id, draft)
        await self._go_on(conversation)
        return message

    async def receive_new(
        self, conversation: Conversation, incoming: Incoming, before: Sequence[Draft]
    ) -> None:
        """The same for a message that has not been seen yet, after lines of ours."""
        drafts = [*before, self._visitor_said(conversation, incoming)]
        await self.conversations.messages.append_new(conversation.id, drafts)
        await self._go_on(conversation)

    @staticmethod
    def _visitor_said(conversation: Conversation, incoming: Incoming) -> Draft:
        for_the_bot = conversation.owner.is_bot and incoming.needs_turn
        return Draft(
            Author.VISITOR,
            incoming.text,
            button_id=incoming.button_id,
            payload=incoming.payload,
            client_id=incoming.client_id,
            status=Status.PENDING if for_the_bot else Status.ANSWERED,
        )

    async def _go_on(self, conversation: Conversation) -> None:
        self.signals.new(conversation.id)
        if conversation.owner is Owner.STAFF:
            await self.handover.visitor_wrote(conversation)
        self.wake(conversation.id)

    def wake(self, conversation_id: str) -> None:
        """See to it that what waits in a conversation is answered."""
        if not self.is_answering(conversation_id):
            self._workers[conversation_id] = asyncio.create_task(self._work(conversation_id))

    def is_answering(self, conversation_id: str) -> bool:
        """Is a message of this conversation on its way to the assistant and back?"""
        worker = self._workers.get(conversation_id)
        return worker is not None and not worker.done()

    async def wake_all(self) -> None:
        """Take up again whatever waited when the process ended."""
        for conversation_id in await self.conversations.messages.with_pending():
            self.wake(conversation_id)
        for conversation_id in await self.conversations.messages.with_outbox():
            self.delivery.wake(conversation_id)

    async def stop(self) -> None:
        """Let go of all workers; what they had not finished is still pending."""
        await end_workers(self._workers.values())

    async def erase(self, conversation_id: str) -> None:
        """Erase a conversation in the tracker and here. Raise AssistantUnavailable."""
        worker = self._workers.pop(conversation_id, None)
        if worker:
            worker.cancel()
        await self.assistant.erase(conversation_id)
        await self.conversations.erase(conversation_id)
        self.signals.new(conversation_id)

    async def _work(self, conversation_id: str) -> None:
        while waiting := await self.conversations.messages.pending(conversation_id):
            conversation = await self.conversations.get(conversation_id)
            if conversation is None:
                break
            if not conversation.owner.is_bot:
                await self.conversations.messages.answered_by_people(conversation_id)
                break
            await self._answer(conversation, waiting[0])
        self._workers.pop(conversation_id, None)
        if await self.conversations.messages.pending(conversation_id):
            self.wake(conversation_id)

    async def _answer(self, conversation: Conversation, message: Message) -> None:
        began, attempt = time.perf_counter(), 0
        while True:
            available = await self.handover.staff_available(conversation)
            after_staff = await self.conversations.ownership.staff_spoke_last(conversation.id)
            try:
                turn = await self.assistant.ask(
                    message, conversation.channel, available, after_staff
                )
                break
            except AssistantUnavailable as error:
                logger.warning("assistant unavailable: %s %s", conversation.id, error)
                if attempt == 0 and not await self._was_told(message):
                    await self.say(conversation, "assistant_down")
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
                now = await self.conversations.get(conversation.id)
                if now is None or not now.owner.is_bot:
                    return
                conversation = now
        shown = tuple(d for d in turn.messages if not self.handover.is_for_staff_only(d))
        kept = await self.conversations.messages.settle(
            message, replace(turn, messages=shown), conversation.owner_version
        )
        logger.info(
            "answered %s seq=%d intent=%s kept=%s ms=%d",
            conversation.id,
            message.seq,
            turn.understood.get("intent"),
            kept,
            (time.perf_counter() - began) * 1000,
        )
        if kept:
            await self.handover.apply(conversation, turn)
            await self.handover.let_staff_look(
                conversation, (message.payload or {}).get("kind", "")
            )
        self.signals.new(conversation.id)
        self.delivery.wake(conversation.id)

    async def _was_told(self, message: Message) -> bool:
        """Has the visitor been told about this outage since the message?"""
        later = await self.conversations.messages.after(message.conversation_id, message.seq)
        return any(one.author is Author.SYSTEM for one in later)

    async def say(self, conversation: Conversation, line: str, **more: str) -> None:
        """Say a line of copy.yml in the front desk's own name."""
        text = words(line, self.clinic, self.clock(), **more)
        await self.conversations.messages.append(conversation.id, Draft(Author.SYSTEM, text))
        self.signals.new(conversation.id)
        self.delivery.wake(conversation.id)
