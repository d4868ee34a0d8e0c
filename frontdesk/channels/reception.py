"""What every provider's channel does with a webhook: check, store, acknowledge, and only then take in;
and how our messages look there."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from clinic import Clinic
from frontdesk.channels import formatting
from frontdesk.channels.base import (
    Channel,
    Event,
    Forged,
    Ignored,
    Inbound,
    Malformed,
    OwnerChange,
    Part,
    Receipt,
    Refused,
    Style,
    TryAgain,
    Unclear,
)
from frontdesk.channels.webhook_events import WebhookEvent, WebhookEvents
from frontdesk.clock import Clock
from frontdesk.conversations.model import (
    ALARM,
    Author,
    Conversation,
    Draft,
    Incoming,
    Message,
    Owner,
)
from frontdesk.copy import words
from frontdesk.outgoing.receipts import Receipts
from frontdesk.storage import tables
from frontdesk.storage.transactions import afterwards
from frontdesk.tasks import end_tasks, failed

if TYPE_CHECKING:
    from frontdesk.conversations.desk import Desk

logger = logging.getLogger(__name__)

STOP_WORDS = {"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}
START_WORDS = {"start", "unstop"}
HELP_WORDS = {"help", "info"}
RETRY_SECONDS = 1.0
SWEEP_SECONDS = 2.0
DATABASE_AWAY = (OperationalError, InterfaceError)
LONGEST_TEXT = 2_000
LONGEST_ID = 80
LAST_TURN, MANY_TURNS = 8, 60
SERVICE = "service_"
PHOTO = "photo"
GREETING = "greeting"
PASSED_ON = ("handoff", "callback")


class Reception:
    """Takes in what providers send. ``counts`` has a number for each (channel, what happened)."""

    def __init__(
        self,
        engine: AsyncEngine,
        receipts: Receipts,
        webhook_events: WebhookEvents,
        clinic: Clinic,
        clock: Clock,
    ) -> None:
        self._engine = engine
        self._receipts = receipts
        self._webhook_events = webhook_events
        self._clinic = clinic
        self._clock = clock
        self._noticing: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Event()
        self._ending = False
        self._worker: asyncio.Task[None] | None = None
        self.counts: Counter[tuple[str, str]] = Counter()
        self.desk: Desk

    # --- in ---

    async def take(self, channel: Channel, request: Request) -> Response:
        """Answer a webhook: 403 forged, 400 impossible, else 200 once everything is stored."""
        try:
            events = await channel.read(request)
        except Forged as error:
            self._count(channel.names[0], f"forged: {error}")
            return JSONResponse({"error": {"code": "forged", "message": "not signed"}}, 403)
        except Malformed as error:
            self._count(channel.names[0], f"malformed: {error}")
            return JSONResponse({"error": {"code": "malformed", "message": str(error)}}, 400)
        for event in events:
            if isinstance(event, Ignored):
                self.counts[event.channel, f"ignored: {event.why}"] += 1
                logger.info("webhook %s ignored: %s", event.channel, event.why)
        if kept := [event for event in events if not isinstance(event, Ignored)]:
            await self._webhook_events.keep(kept)
            self._arrived.set()
        return channel.acknowledgement()

    def start(self) -> None:
        """Take in what has been stored, one after the other; first what an ended process left."""
        self._ending = False
        self._arrived.set()
        self._worker = asyncio.create_task(self._work(), name="reception")

    async def _work(self) -> None:
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
                        await self._take_one_in(stored, set_aside)
            except Exception as error:  # noqa: BLE001 (whatever it is, what has arrived is taken in)
                failed("reception", error)
                await asyncio.sleep(RETRY_SECONDS)
                self._arrived.set()

    async def _take_one_in(self, stored: WebhookEvent, set_aside: set[int]) -> None:
        """Take in and forget, in one transaction. What a mistake of ours stops is kept aside."""
        try:
            async with self._engine.begin():
                await self._handle(stored.event())
                await self._webhook_events.forget([stored.id])
        except DATABASE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001 (one message must not stop the others)
            logger.error("webhook set aside: %s", type(error).__name__)
            set_aside.add(stored.id)

    def _count(self, channel: str, what: str) -> None:
        self.counts[channel, what] += 1
        logger.warning("webhook %s: %s", channel, what)

    async def _handle(self, event: Event) -> None:
        channel = self.desk.delivery.channel(event.channel)
        if channel is None:
            logger.warning("webhook %s: the channel is switched off now", event.channel)
        elif isinstance(event, Inbound):
            await self._take_in(channel, event)
        elif isinstance(event, Receipt):
            changed = await self._receipts.apply(
                event.channel,
                _storable(event.provider_id),
                event.status,
                _storable(event.error or "") or None,
            )
            if changed:
                self.desk.signals.new(changed)
        elif isinstance(event, OwnerChange):
            await self._change_owner(event)

    async def _take_in(self, channel: Channel, inbound: Inbound) -> None:
        """Store one message, once. What follows from it is safe to do again after a failure."""
        conversations, key = self.desk.conversations, _key(inbound.provider_id)
        address = _storable(inbound.address)[:200]
        inbound = replace(inbound, address=address, text=_storable(inbound.text).strip())
        conversation = await conversations.by_address(inbound.channel, address)
        is_new = await conversations.messages.by_client_id(conversation.id, key) is None
        service, line = self._service_line(inbound), _line_at_once(inbound)
        is_typing = self.desk.is_answering(conversation.id)
        if not is_new and not service and not line:
            return
        if service and is_new:
            await self._set_opt_out(inbound, service)
        silenced = bool(service) or await self._opted_out(inbound)
        if is_new and not await self._store(channel, conversation, inbound, key, silenced):
            return
        if service and not inbound.is_answered:
            await self._say(conversation, service, f"{SERVICE}{key}")
        elif not silenced and conversation.owner.is_bot:
            if inbound.media:
                await self._show_staff(conversation, inbound, key)
            elif line:
                await self._say(conversation, line, f"{line}_{key}")
            if is_new and not is_typing:
                self._notice(channel, inbound)

    async def _store(
        self,
        channel: Channel,
        conversation: Conversation,
        inbound: Inbound,
        key: str,
        silenced: bool,
    ) -> bool:
        """Keep a message, to be answered unless ``silenced``. False for a choice never offered."""
        conversations, text, choice = self.desk.conversations, inbound.text, inbound.button_id
        if choice:
            offered = await self._offered(conversation, choice)
            if offered is None:
                self._count(inbound.channel, "a choice that was never offered")
                return False
            text = offered["title"]
        elif text and not silenced:
            choice = await self._chosen(channel.style(inbound.channel), conversation, text)
        if inbound.name and not conversation.visitor_name:
            await conversations.update(conversation.id, visitor_name=_storable(inbound.name)[:200])
        greeting = [] if silenced else await self._greeting(conversation, inbound, key)
        if inbound.is_opening:
            await conversations.messages.append_new(conversation.id, greeting)
        else:
            media = inbound.media
            payload = {"type": "media", **asdict(media)} if media else None
            needs_turn = 0 < len(text) <= LONGEST_TEXT and not silenced
            incoming = Incoming(text, key, choice, payload, needs_turn)
            await self.desk.receive_new(conversation, incoming, greeting)
        if greeting:
            self.desk.delivery.wake(conversation)
        return True

    async def _greeting(
        self, conversation: Conversation, inbound: Inbound, key: str
    ) -> list[Draft]:
        """The line that says that a machine answers: first, and when the chat is opened anew."""
        greeted: Message | int | None = conversation.last_seq
        if greeted and inbound.channel == "sms":  # which may have begun with STOP, ungreeted
            greeted = await self.desk.conversations.messages.by_client_id(conversation.id, GREETING)
        if greeted and not inbound.is_opening:
            return []
        client_id = f"{GREETING}_{key}" if greeted else GREETING
        return [Draft(Author.ASSISTANT, self.words("greeting"), client_id=client_id)]

    async def _show_staff(self, conversation: Conversation, inbound: Inbound, key: str) -> None:
        """No machine looks at a visitor's skin: people do, or the visitor is told how to reach them.

        What is written beside a picture is answered first: it may be an emergency.
        """
        kind = inbound.media.kind if inbound.media else ""
        available = await self.desk.handover.may_look(conversation, kind)
        await self._say(conversation, "photo_for_staff" if available else PHOTO, f"{PHOTO}_{key}")
        if not inbound.text:
            await self.desk.handover.let_staff_look(conversation, kind)

    async def _say(self, conversation: Conversation, line: str, client_id: str) -> None:
        draft = Draft(Author.SYSTEM, self.words(line), client_id=client_id)
        await self.desk.conversations.messages.append(conversation.id, draft)
        self.desk.delivery.wake(conversation)
        self.desk.signals.new(conversation.id)

    def _notice(self, channel: Channel, inbound: Inbound) -> None:
        """Show "typing" without anybody waiting for it; whether it works does not matter."""

        async def notice() -> None:
            try:
                await channel.noticed(inbound)
            except (Refused, TryAgain, Unclear) as error:
                logger.info("typing not shown on %s: %s", inbound.channel, error)

        def begin() -> None:
            task = asyncio.create_task(notice())
            self._noticing.add(task)
            task.add_done_callback(self._noticing.discard)

        afterwards(begin)

    async def stop(self) -> None:
        """Let go; what was not taken in is stored."""
        self._ending = True
        self._arrived.set()
        await end_tasks([*self._noticing, *([self._worker] if self._worker else [])])

    async def _change_owner(self, change: OwnerChange) -> None:
        conversation = await self.desk.conversations.by_address(
            change.channel, _storable(change.address)[:200]
        )
        if change.owner is conversation.owner:
            return
        if change.owner is Owner.BOT and conversation.owner is not Owner.STAFF:
            return
        await self.desk.handover.moved_elsewhere(conversation, change.owner)

    # --- SMS words that the law gives a meaning ---

    def _service_line(self, inbound: Inbound) -> str | None:
        """The line of copy.yml that answers STOP, START or HELP; None for anything else."""
        word = inbound.text.lower()
        lines = {"opted_out": STOP_WORDS, "opted_in": START_WORDS, "sms_help": HELP_WORDS}
        if inbound.channel != "sms":
            return None
        return next((line for line, found in lines.items() if word in found), None)

    async def _set_opt_out(self, inbound: Inbound, line: str) -> None:
        if line == "sms_help":
            return
        async with self._engine.begin() as connection:
            await connection.execute(tables.opt_outs.delete().where(_of(inbound)))
            if line == "opted_out":
                values = {"channel": inbound.channel, "address": inbound.address}
                await connection.execute(
                    tables.opt_outs.insert().values(**values, at=self._clock())
                )

    async def _opted_out(self, who: Inbound | Conversation) -> bool:
        if who.channel != "sms":
            return False
        async with self._engine.connect() as connection:
            return bool(await connection.scalar(sa.select(tables.opt_outs.c.at).where(_of(who))))

    # --- choices ---

    async def _recent(self, conversation: Conversation, count: int) -> list[Message]:
        if not conversation.last_seq:
            return []
        since = max(0, conversation.last_seq - count)
        return await self.desk.conversations.messages.after(conversation.id, since)

    async def _offered(self, conversation: Conversation, button_id: str) -> dict[str, str] | None:
        """The choice of that id, if we offered it; whether it still counts, the assistant says."""
        for message in reversed(await self._recent(conversation, MANY_TURNS)):
            for button in message.buttons:
                if button["id"] == button_id:
                    return button
        return None

    async def _chosen(self, shown: Style, conversation: Conversation, text: str) -> str | None:
        """The id of the choice that typed words mean, among those offered since the visitor spoke."""
        for message in reversed(await self._recent(conversation, LAST_TURN)):
            if message.author is Author.VISITOR:
                return None
            if message.buttons:
                by_number = formatting.are_numbered(message.buttons, shown)
                return formatting.chosen(text, message.buttons, by_number)
        return None

    # --- out ---

    async def present(
        self, channel: Channel, conversation: Conversation, message: Message
    ) -> list[Part]:
        """A message as its channel shows it. Raise Refused for what may not be sent there now."""
        shown, payload = channel.style(conversation.channel), message.payload or {}
        is_service = (message.client_id or "").startswith((SERVICE, ALARM))
        if not is_service and await self._opted_out(conversation):
            raise Refused("the visitor wrote STOP")
        if payload.get("type") == "template":
            return [Part(message.text)]
        if payload.get("type") in PASSED_ON and conversation.staff_are_elsewhere:
            return [Part(message.text)]
        if await self.desk.delivery.window_closed(conversation, self._clock()):
            raise Refused(
                "24 hours have passed since the visitor wrote: only the template may be sent"
            )
        text = message.text
        if shown.segments:
            own = None if message.author is Author.STAFF else self._clinic.words["website"]
            text = formatting.plain(text, own)
        return formatting.parts(text, message.buttons, shown, self.words("choose"))

    def words(self, line: str) -> str:
        """A line of copy.yml as of now."""
        return words(line, self._clinic, self._clock())


def _line_at_once(inbound: Inbound) -> str | None:
    """The line of copy.yml that answers what needs no assistant."""
    if inbound.media:
        return PHOTO
    if len(inbound.text) > LONGEST_TEXT:
        return "too_long"
    if not inbound.text and not inbound.button_id:
        return None if inbound.is_opening else "empty"
    return None


def _of(who: Inbound | Conversation) -> sa.sql.ColumnElement[bool]:
    return (tables.opt_outs.c.channel == who.channel) & (tables.opt_outs.c.address == who.address)


def _key(provider_id: str) -> str:
    """A provider's id as the unique index keeps it; Instagram's are too long for that."""
    provider_id = _storable(provider_id)
    if len(provider_id) <= LONGEST_ID:
        return provider_id
    return hashlib.sha256(provider_id.encode()).hexdigest()


def _storable(text: str) -> str:
    """Text without what no database keeps: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
