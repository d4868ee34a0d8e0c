"""What every provider's channel does with a webhook: check, store, acknowledge, and only then take in."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast
from urllib.parse import unquote_plus

from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from frontdesk import metrics
from frontdesk.channels.base import (
    LONGEST_RAW,
    Channel,
    Event,
    Forged,
    Ignored,
    Inbound,
    Malformed,
    Unreadable,
    key_of,
    storable,
)
from frontdesk.channels.webhook_events import AT_ONCE, WebhookEvent, WebhookEvents
from frontdesk.http import Problem
from frontdesk.logs import about, trace_of
from frontdesk.storage.transactions import AWAY
from frontdesk.tasks import end_tasks, failed

logger = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
SWEEP_SECONDS = 2.0
FORM = "application/x-www-form-urlencoded"
AGAIN_SECONDS = "2"

Handle = Callable[[Event], Awaitable[None]]


class Reception:
    """Takes webhooks. ``counts`` has a number for each (channel, what happened)."""

    def __init__(self, engine: AsyncEngine, webhook_events: WebhookEvents) -> None:
        self._engine = engine
        self._webhook_events = webhook_events
        self._arrived = asyncio.Event()
        self._ending = False
        self._worker: asyncio.Task[None] | None = None
        self.counts: Counter[tuple[str, str]] = Counter()

    async def take(self, channel: Channel, request: Request) -> Response:
        """Answer a webhook: 403 forged, else 200 once everything is stored.

        What cannot be stored now, for whatever reason, is to be handed in again: 503, never 500.
        """
        try:
            return await self._taken(channel, request)
        except Problem:
            raise
        except Exception as error:  # noqa: BLE001 (what it was is logged; the provider has it still)
            failed("webhook", error)
            why = "This could not be stored just now. Please hand it in again."
            raise Problem(503, "not_stored", why, Retry_After=AGAIN_SECONDS) from error

    async def _taken(self, channel: Channel, request: Request) -> Response:
        """What was signed and cannot be read is kept aside for a look: to refuse it would only bring it
        again, for hours."""
        try:
            events = await channel.read(request)
        except Forged as error:
            self.count(channel.names[0], f"forged: {error}")
            return JSONResponse({"error": {"code": "forged", "message": "not signed"}}, 403)
        except Malformed as error:
            events = [Unreadable(channel.names[0], str(error), await _raw(request))]
        for event in events:
            if isinstance(event, Unreadable):
                self.count(event.channel, f"set aside: {event.why}")
            if isinstance(event, Ignored):
                self.counts[event.channel, f"ignored: {event.why}"] += 1
                logger.info("webhook %s ignored: %s", event.channel, event.why)
        if kept := [event for event in events if not isinstance(event, Ignored)]:
            await self._webhook_events.keep(kept)
            self._arrived.set()
            for event in kept:
                if isinstance(event, Inbound):
                    with about(trace=trace_of(key_of(event.provider_id)), channel=event.channel):
                        logger.info("webhook stored")
        return channel.acknowledgement()

    def start(self, handle: Handle) -> None:
        """Have what is stored handled, one after the other; first what an ended process left."""
        self._ending = False
        self._arrived.set()
        self._worker = asyncio.create_task(self._work(handle), name="reception")

    async def stop(self) -> None:
        """Let go; what was not handled is stored."""
        self._ending = True
        self._arrived.set()
        await end_tasks([self._worker] if self._worker else [])

    async def _work(self, handle: Handle) -> None:
        """Woken by what arrives; looks by itself as well, for what nobody woke it for."""
        set_aside: set[int] = set()
        while not self._ending:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._arrived.wait(), SWEEP_SECONDS)
            self._arrived.clear()
            try:
                while not self._ending and (
                    events := await self._webhook_events.first(but=set_aside)
                ):
                    for stored in events:
                        await self._take_one_in(stored, handle, set_aside)
                    if len(events) < AT_ONCE and not self._arrived.is_set():
                        break
            except Exception as error:  # noqa: BLE001 (whatever it is, what has arrived is taken in)
                failed("reception", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._arrived.set()

    async def _take_one_in(self, stored: WebhookEvent, handle: Handle, set_aside: set[int]) -> None:
        """Forget and handle, in one transaction. What a mistake of ours stops is kept aside."""
        try:
            async with self._engine.begin() as connection:
                if await self._webhook_events.forget(connection, stored.id):
                    await handle(stored.event())
        except AWAY:
            raise
        except Exception as error:  # noqa: BLE001 (one message must not stop the others)
            logger.error("webhook set aside: %s", type(error).__name__)
            set_aside.add(stored.id)

    def count(self, channel: str, what: str) -> None:
        """Count what happened on a channel; ``what`` holds no content."""
        self.counts[channel, what] += 1
        metrics.REFUSALS.labels(channel, what.partition(":")[0]).inc()
        logger.warning("webhook %s: %s", channel, what)


async def _raw(request: Request) -> str:
    """The beginning of a body as people read it, and as an erasure finds an address in it."""
    raw = (await request.body())[:LONGEST_RAW].decode("utf-8", "replace")
    is_form = request.headers.get("content-type", "").startswith(FORM)
    return storable(unquote_plus(raw) if is_form else raw)


class OneWebhook:
    """What a channel with a single webhook shares with the others: where it stands, and its thanks."""

    webhook_path: str
    webhook_name: str
    _reception: Reception

    def routes(self) -> list[Route]:
        """The webhook."""
        return [Route(self.webhook_path, self._webhook, methods=["POST"], name=self.webhook_name)]

    async def _webhook(self, request: Request) -> Response:
        return await self._reception.take(cast(Channel, self), request)

    def acknowledgement(self) -> Response:
        """Any 2xx will do."""
        return Response()
