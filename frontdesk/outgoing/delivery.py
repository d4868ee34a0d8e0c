"""Brings our messages to a provider, in order, each once, with retries and a visible failure.

Visitors of the website fetch their messages themselves; only conversations with an address are
delivered. After an unclear send an ordinary message is not sent again (at most once); in an urgent
conversation it is (at least once).
"""

from __future__ import annotations

import asyncio
import logging
from asyncio import sleep
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime

from frontdesk.channels.base import Channel, Part, Refused, TryAgain, Unclear
from frontdesk.conversations.events import Signals
from frontdesk.conversations.model import Conversation, Message, Status
from frontdesk.conversations.store import Conversations
from frontdesk.outgoing.receipts import Receipts

logger = logging.getLogger(__name__)

RETRY_SECONDS = (1, 2, 4, 8, 16, 32, 64)
GRACE_SECONDS = 2.0
AT_ONCE = 8  # sends under way on one channel; webhooks are acknowledged in between
URGENT = ("urgent", "soon")

Present = Callable[[Channel, Conversation, Message], Awaitable[list[Part]]]


async def end_workers(workers: Iterable[asyncio.Task[None]]) -> None:
    """Let workers finish what they are at; cancel those that only wait for somebody."""
    running = [worker for worker in workers if not worker.done()]
    if not running:
        return
    _, waiting = await asyncio.wait(running, timeout=GRACE_SECONDS)
    for worker in waiting:
        worker.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


class Delivery:
    """One worker a conversation sends what is in its outbox, as ``present`` shows it there."""

    def __init__(
        self,
        conversations: Conversations,
        receipts: Receipts,
        channels: Mapping[str, Channel],
        present: Present,
        signals: Signals,
    ) -> None:
        self._conversations = conversations
        self._receipts = receipts
        self._channels = channels
        self._present = present
        self._signals = signals
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._turns = {name: asyncio.Semaphore(AT_ONCE) for name in channels}

    def wake(self, conversation_id: str) -> None:
        """See to it that what is stored for a provider is sent."""
        worker = self._workers.get(conversation_id)
        if worker is None or worker.done():
            self._workers[conversation_id] = asyncio.create_task(self._work(conversation_id))

    async def stop(self) -> None:
        """Let go of all workers; what they had not sent is still in the outbox."""
        await end_workers(self._workers.values())

    def channel_of(self, conversation: Conversation) -> Channel | None:
        """The channel that a conversation is on; None for the website, and what is switched off."""
        return self.channel(conversation.channel)

    def channel(self, name: str) -> Channel | None:
        """The channel of that name, if it is switched on."""
        return self._channels.get(name)

    async def window_closed(self, conversation: Conversation, now: datetime) -> bool:
        """Is the time over in which the provider lets us write freely?"""
        channel = self.channel_of(conversation)
        window = channel.style(conversation.channel).window if channel else None
        if window is None:
            return False
        last = await self._conversations.messages.last_words(conversation.id)
        return last is not None and now - last > window

    async def _work(self, conversation_id: str) -> None:
        conversation = await self._conversations.get(conversation_id)
        channel = self.channel_of(conversation) if conversation else None
        while channel and conversation and conversation.address:
            outbox = await self._conversations.messages.outbox(conversation_id)
            if not outbox:
                break
            await self._send(channel, conversation, outbox[0])
            conversation = await self._conversations.get(conversation_id)
        self._workers.pop(conversation_id, None)
        if channel and await self._conversations.messages.outbox(conversation_id):
            self.wake(conversation_id)

    async def _send(self, channel: Channel, conversation: Conversation, message: Message) -> None:
        try:
            done = await self._receipts.of(message)
            for number, part in enumerate(await self._present(channel, conversation, message)):
                if done.get(number) is not None:
                    continue
                if number in done and conversation.urgency not in URGENT:
                    await self._receipts.forget(message, number)
                    raise Refused("unclear whether it was sent before the front desk ended")
                await self._send_part(channel, conversation, message, number, part)
            await self._conversations.messages.mark(message.id, Status.SENT)
        except Refused as error:
            logger.warning(
                "not delivered %s seq=%d: %s", message.conversation_id, message.seq, error
            )
            await self._conversations.messages.mark(message.id, Status.FAILED, str(error)[:200])
        self._signals.new(conversation.id)

    async def _send_part(
        self,
        channel: Channel,
        conversation: Conversation,
        message: Message,
        number: int,
        part: Part,
    ) -> None:
        for seconds in (*RETRY_SECONDS, None):
            try:
                async with self._turns[conversation.channel]:
                    await self._receipts.begin(message, number)
                    provider_id = await channel.send(conversation, message, part)
                    return await self._receipts.finish(message, number, provider_id)
            except (Refused, TryAgain, Unclear) as error:
                await self._receipts.forget(message, number)
                is_final = isinstance(error, Refused) or seconds is None
                if is_final or isinstance(error, Unclear) and conversation.urgency not in URGENT:
                    raise Refused(str(error)) from error
                after = getattr(error, "after_seconds", None) or 0
            assert seconds is not None
            await sleep(max(after, seconds))
        return None
