"""What the assistant has still to forget of what was erased or deleted here. One that fails holds up no other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from clinic import Clinic
from frontdesk.assistant_client import AssistantClient, message_id
from frontdesk.conversations.events import Signals
from frontdesk.conversations.store import Conversations
from frontdesk.copy import words
from frontdesk.storage.claims import Claims
from frontdesk.tasks import end_tasks, on_its_own

ABANDONED_AFTER = timedelta(hours=24)
WAITED_SECONDS = 2.0
"""An assistant that takes longer is let be: what waits for an answer is not to wait for this."""


class Forgetting:
    """``is_answering``: is a turn of this conversation under way? Then it is forgotten after it."""

    def __init__(
        self,
        conversations: Conversations,
        assistant: AssistantClient,
        signals: Signals,
        clinic: Clinic,
        claims: Claims,
        is_answering: Callable[[str], bool],
    ) -> None:
        self._conversations = conversations
        self._assistant = assistant
        self._signals = signals
        self._clinic = clinic
        self._claims = claims
        self._is_answering = is_answering
        self._working: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Have everything forgotten that is not yet, and wait a little for it."""
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._all(), name="sweep forgetting")
        await asyncio.wait({self._working}, timeout=WAITED_SECONDS)

    async def stop(self) -> None:
        """Let go; what is not forgotten is found again."""
        await end_tasks([self._working] if self._working else [])

    async def _all(self) -> None:
        with on_its_own("forgetting"):
            for conversation_id in await self._conversations.still_in_tracker():
                with on_its_own("forgetting"):
                    await self.erase(conversation_id)
            for _, conversation_id, seq in await self._conversations.still_to_forget():
                with on_its_own("forgetting"):
                    await self._message(conversation_id, seq)

    async def erase(self, conversation_id: str) -> None:
        """Erase a conversation in the tracker, unless a turn of it is under way. Raise AssistantUnavailable."""
        if self._is_answering(conversation_id):
            return
        async with self._claims.hold("turn", conversation_id) as is_ours:
            if is_ours:
                await self._assistant.erase(conversation_id)
                await self._conversations.forgotten_by_tracker(conversation_id)

    async def _message(self, conversation_id: str, seq: int) -> None:
        """The same of one message: a turn of it that another front desk has under way would bring it back."""
        if self._is_answering(conversation_id):
            return
        async with self._claims.hold("turn", conversation_id) as is_ours:
            if is_ours:
                name = message_id(conversation_id, seq)
                await self._assistant.forget(conversation_id, message_id=name)
                await self._conversations.messages.forgotten_by_tracker(conversation_id, seq)

    async def abandoned(self) -> None:
        """Blank health questions that a visitor left in the middle: in the tracker, then here."""
        messages, now = self._conversations.messages, self._conversations.clock()
        for conversation_id, pre_screen in await messages.left_in_the_middle(now - ABANDONED_AFTER):
            with on_its_own("forgetting"):
                await self._assistant.forget(conversation_id, pre_screen=pre_screen)
                gone = words("health_answer_deleted", self._clinic, now)
                await messages.forget(conversation_id, pre_screen, gone, with_last_reply=True)
                self._signals.new(conversation_id)
