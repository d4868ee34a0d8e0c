"""Brings our messages to a provider, in order, each once, with retries and a visible failure.

Visitors of the website fetch their messages themselves; only conversations with an address are
delivered. After an unclear send an ordinary message is not sent again (at most once).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping

from frontdesk.channels.base import Channel, Refused, TryAgain
from frontdesk.conversations import Conversations
from frontdesk.events import Signals
from frontdesk.model import Conversation, Message, Status

logger = logging.getLogger(__name__)

RETRY_SECONDS = (1, 2, 4, 8, 16)
GRACE_SECONDS = 2.0


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
    """One worker a conversation sends what is in its outbox."""

    def __init__(
        self, conversations: Conversations, channels: Mapping[str, Channel], signals: Signals
    ) -> None:
        self._conversations = conversations
        self._channels = channels
        self._signals = signals
        self._workers: dict[str, asyncio.Task[None]] = {}

    def wake(self, conversation_id: str) -> None:
        """See to it that what is stored for a provider is sent."""
        worker = self._workers.get(conversation_id)
        if worker is None or worker.done():
            self._workers[conversation_id] = asyncio.create_task(self._work(conversation_id))

    async def stop(self) -> None:
        """Let go of all workers; what they had not sent is still in the outbox."""
        await end_workers(self._workers.values())

    async def _work(self, conversation_id: str) -> None:
        conversation = await self._conversations.get(conversation_id)
        channel = self._channels.get(conversation.channel) if conversation else None
        if conversation and channel and conversation.address:
            while outbox := await self._conversations.outbox(conversation_id):
                await self._send(channel, conversation, outbox[0])
        self._workers.pop(conversation_id, None)
        if channel and await self._conversations.outbox(conversation_id):
            self.wake(conversation_id)

    async def _send(self, channel: Channel, conversation: Conversation, message: Message) -> None:
        for seconds in (*RETRY_SECONDS, None):
            try:
                await channel.send(conversation, message)
                await self._conversations.mark(message.id, Status.SENT)
                break
            except TryAgain as error:
                if seconds is None:
                    await self._fail(message, str(error))
                else:
                    await asyncio.sleep(error.after_seconds or seconds)
            except Refused as error:
                await self._fail(message, str(error))
                break
        self._signals.new(conversation.id)

    async def _fail(self, message: Message, why: str) -> None:
        logger.warning("not delivered %s seq=%d: %s", message.conversation_id, message.seq, why)
        await self._conversations.mark(message.id, Status.FAILED, why[:200])
