"""Brings our messages to a provider, in order, each once, with retries and a visible failure.

Visitors of the website fetch their messages themselves; only conversations with an address are
delivered. After an unclear send an ordinary message is not sent again by itself (at most once) and is
shown to staff as unclear; in an urgent conversation it is (at least once).
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from frontdesk import metrics
from frontdesk.conversations.events import Signals
from frontdesk.conversations.model import URGENT, Conversation, Gone, Message, Status
from frontdesk.conversations.store import Conversations, ToSend
from frontdesk.logs import about, trace_of
from frontdesk.outgoing.carrier import CanTell, Carrier, Part, Refused, Stops, TryAgain, Unclear
from frontdesk.outgoing.receipts import Receipts
from frontdesk.storage.claims import Claims
from frontdesk.storage.transactions import afterwards
from frontdesk.tasks import Rounds

logger = logging.getLogger(__name__)

RETRY_SECONDS = (1, 2, 4, 8, 16, 32, 64)
AT_ONCE = 8  # messages under way; webhooks are acknowledged in between
NOT_THERE = "it did not reach the provider"
UNCLEAR = "unclear whether it was sent before the front desk ended"

Present = Callable[[Carrier, Conversation, Message], Awaitable[list[Part]]]


class Delivery:
    """Sends what is in the outbox of each conversation, in order, as ``present`` shows it there."""

    def __init__(
        self,
        conversations: Conversations,
        receipts: Receipts,
        channels: Mapping[str, Carrier],
        present: Present,
        signals: Signals,
        claims: Claims,
    ) -> None:
        self._conversations = conversations
        self._receipts = receipts
        self._channels = channels
        self._present = present
        self._signals = signals
        self._tries: Counter[tuple[str, int]] = Counter()
        self._taken: dict[tuple[str, int, int], str | None] = {}
        self._claims = claims
        step = claims.served("send", self._step)
        self._rounds = {name: Rounds(f"send {name}", step, AT_ONCE) for name in channels}

    def wake(self, conversation: Conversation) -> None:
        """See to it, once it is stored, that what waits for a provider is sent."""
        rounds = self._rounds.get(conversation.channel)
        if rounds and conversation.address:
            afterwards(partial(rounds.wake, conversation.id))

    async def stop(self) -> None:
        """Let go of everything; what was not sent is still in the outbox."""
        await asyncio.gather(*[rounds.stop() for rounds in self._rounds.values()])

    def channel_of(self, conversation: Conversation) -> Carrier | None:
        """The channel that a conversation is on; None for the website, and what is switched off."""
        return self._channels.get(conversation.channel)

    async def closed_window(self, conversation: Conversation, now: datetime) -> timedelta | None:
        """The time in which the provider lets people write freely, if it is over."""
        channel = self.channel_of(conversation)
        window = channel.style(conversation.channel).window_of(True) if channel else None
        last = await self._conversations.messages.last_words(conversation.id) if window else None
        return window if window and last and now - last > window else None

    async def again(self, conversation: Conversation, message: Message) -> None:
        """Send what of a message did not arrive: its failed parts, and those that were never sent.

        Raise Gone.
        """
        async with self._conversations.transaction():
            await self._conversations.hold(conversation.id)
            await self._receipts.forget_failed(message)
            await self._conversations.messages.mark(message.id, Status.STORED)
            self.wake(conversation)

    def can_tell(self, conversation: Conversation) -> bool:
        """Can the provider be asked whether a text has reached it?"""
        return isinstance(self.channel_of(conversation), CanTell)

    async def ask_provider(self, conversation: Conversation, message: Message) -> None:
        """Settle whether an unclear text has arrived."""
        channel = self.channel_of(conversation)
        if message.status is not Status.UNCLEAR or not isinstance(channel, CanTell):
            return
        try:
            if await self._all_found(channel, conversation, message):
                await self._receipts.settle(conversation.channel, message)
            else:
                await self._mark(conversation, message, Status.FAILED, Refused(NOT_THERE))
        except (Refused, TryAgain, Unclear) as error:
            await self._mark(conversation, message, Status.UNCLEAR, error)

    async def _all_found(
        self, channel: Carrier, conversation: Conversation, message: Message
    ) -> bool:
        """Look for each part that was not known to be taken, and note those that were."""
        assert isinstance(channel, CanTell)
        done, missing = await self._receipts.of(message), 0
        for number, part in enumerate(await self._present(channel, conversation, message)):
            if done.get(number) is not None:
                continue
            found = await channel.find(conversation, part, message.at)
            missing += found is None
            if found:
                if number not in done:
                    await self._receipts.begin(message, number)
                await self._receipts.finish(message, number, found)
        return not missing

    async def _step(self, conversation_id: str) -> float | None:
        found = await self._conversations.to_send(conversation_id)
        channel = self.channel_of(found.conversation) if found else None
        if not (channel and found):
            return None
        message = found.message
        with about(trace=trace_of(found.answers), conversation=conversation_id, seq=message.seq):
            try:
                wait = await self._send(channel, found)
            except Gone:  # it was erased while it was on its way
                self._forget(message)
                return None
        if wait == 0:
            self._forget(message)
        self._signals.new(conversation_id)
        return wait or (0 if found.has_more else None)

    def _forget(self, message: Message) -> None:
        """What is remembered of a message that nothing is left to do for."""
        here = message.conversation_id, message.seq
        self._tries.pop(here, None)
        for key in [one for one in self._taken if one[:2] == here]:
            del self._taken[key]

    async def _send(self, channel: Carrier, to_send: ToSend) -> float:
        """Send one message, or say after how many seconds to try again."""
        conversation, message, done = to_send.conversation, to_send.message, to_send.done
        is_urgent = conversation.urgency in URGENT
        try:
            parts = await self._present(channel, conversation, message)
            left = [number for number in range(len(parts)) if done.get(number) is None]
            status = None
            for number in left:
                key = message.conversation_id, message.seq, number
                if key not in self._taken:
                    if number in done and not is_urgent:
                        raise Unclear(UNCLEAR)
                    await self._claims.still_ours()
                    if number not in done:
                        await self._receipts.begin(message, number)
                    self._taken[key] = await channel.send(conversation, message, parts[number])
                async with self._conversations.transaction():
                    await self._receipts.finish(message, number, self._taken[key])
                    if number == left[-1]:
                        status = await self._receipts.settle(conversation.channel, message)
                del self._taken[key]
            status = status or await self._receipts.settle(conversation.channel, message)
            with about(channel=conversation.channel):
                logger.info("reply %s", status.value)
            metrics.DELIVERIES.labels(conversation.channel, status.value).inc()
        except Unclear as error:
            if not is_urgent:
                await self._mark(conversation, message, Status.UNCLEAR, error)
                return 0
            return await self._try_again(conversation, message, error, None)
        except TryAgain as error:
            return await self._try_again(conversation, message, error, error.after_seconds)
        except Refused as error:
            await self._mark(conversation, message, Status.FAILED, error)
        return 0

    async def _try_again(
        self,
        conversation: Conversation,
        message: Message,
        error: Exception,
        after_seconds: float | None,
    ) -> float:
        here = message.conversation_id, message.seq
        number = self._tries[here]
        if number == len(RETRY_SECONDS):
            await self._mark(conversation, message, Status.FAILED, error)
            return 0
        self._tries[here] += 1
        await self._receipts.forget_begun(message)
        return max(after_seconds or 0, RETRY_SECONDS[number])

    async def _mark(
        self,
        conversation: Conversation,
        message: Message,
        status: Status,
        error: Exception,
    ) -> None:
        metrics.DELIVERIES.labels(conversation.channel, status.value).inc()
        with about(channel=conversation.channel, why=str(error)):
            logger.warning("reply %s", status.value)
        async with self._conversations.transaction():
            await self._conversations.hold(conversation.id)
            await self._receipts.forget_begun(message)
            await self._conversations.messages.mark(message.id, status, str(error)[:200])
            if isinstance(error, Refused) and error.stops:
                is_block = error.stops is Stops.UNTIL_THEY_WRITE
                await self._conversations.opt_outs.set(conversation, True, is_block)
