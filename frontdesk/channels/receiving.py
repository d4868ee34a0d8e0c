"""What follows from an event of a messaging channel: a turn, a line, a mark, another owner. Safe to do twice."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict, replace
from datetime import timedelta

import sqlalchemy as sa

from frontdesk.channels import formatting
from frontdesk.channels.automatic import Said, cannot_be_answered, is_a_loop, sounds_automatic
from frontdesk.channels.base import (
    LONGEST_TEXT,
    Channel,
    Count,
    Event,
    Ignored,
    Inbound,
    Receipt,
    Refused,
    Style,
    TryAgain,
    Unclear,
    Unreadable,
    key_of,
    storable,
)
from frontdesk.channels.changes import Changes
from frontdesk.channels.opt_out import Wish, wish
from frontdesk.channels.presenting import SERVICE
from frontdesk.conversations.addresses import Addresses
from frontdesk.conversations.desk import Desk
from frontdesk.conversations.marks import Marks
from frontdesk.conversations.model import (
    Author,
    Conversation,
    Draft,
    Incoming,
    Message,
    Owner,
)
from frontdesk.copy import words
from frontdesk.outgoing.receipts import Receipts
from frontdesk.storage.tables import messages as M  # noqa: N812 (a table)
from frontdesk.storage.transactions import afterwards
from frontdesk.tasks import end_tasks

logger = logging.getLogger(__name__)

LONGEST_QUOTE = 200
LONGEST_KEPT = 20_000
LAST_TURN, MANY_TURNS = 8, 60
ALBUM = timedelta(seconds=10)
MANY_A_MINUTE, TOO_MANY_A_MINUTE = 30, 120
STOPPABLE = ("sms", "whatsapp")
PHOTO, GREETING, GONE = "photo", "greeting", "choice_gone"


class Receiver:
    """Handles one stored event after the other."""

    def __init__(
        self,
        desk: Desk,
        receipts: Receipts,
        addresses: Addresses,
        marks: Marks,
        changes: Changes,
        count: Count,
    ) -> None:
        self._desk = desk
        self._changes = changes
        self._receipts = receipts
        self._addresses = addresses
        self._marks = marks
        self._count = count
        self._noticing: set[asyncio.Task[None]] = set()

    async def handle(self, event: Event) -> None:
        """Do what an event asks for."""
        channel = self._desk.delivery.channel(event.channel)
        if channel is None:
            logger.warning("webhook %s: the channel is switched off now", event.channel)
        elif isinstance(event, Inbound):
            await self._take_in(channel, event)
        elif isinstance(event, Receipt):
            error = storable(event.error or "") or None
            provider_id = storable(event.provider_id)
            changed = await self._receipts.apply(event.channel, provider_id, event.status, error)
            if changed:
                self._desk.signals.new(changed)
        elif not isinstance(event, Ignored | Unreadable):
            await self._changes.handle(event)

    async def stop(self) -> None:
        """Let go."""
        await end_tasks(list(self._noticing))

    # --- what a visitor wrote ---

    async def _take_in(self, channel: Channel, inbound: Inbound) -> None:
        """Store one message, once, and answer what needs no assistant."""
        conversations, key = self._desk.conversations, key_of(inbound.provider_id)
        others = [storable(one) for one in inbound.aliases]
        conversation = await self._addresses.conversation(
            inbound.channel, storable(inbound.address), others
        )
        inbound = replace(inbound, text=storable(inbound.text).strip()[:LONGEST_KEPT])
        is_new = await conversations.messages.by_client_id(conversation.id, key) is None
        stopped = await conversations.opt_outs.has(conversation)
        asked = await self._wish(channel, conversation, inbound, stopped)
        line = _line_at_once(inbound)
        if inbound.button_id:
            self._notice(channel, inbound)
            inbound, line = await self._pressed(conversation, inbound)
        if not is_new and not asked and not line:
            return
        if is_new and asked in (Wish.STOP, Wish.START):
            stopped = asked is Wish.STOP
            await conversations.opt_outs.set(conversation, stopped)
        is_typing = self._desk.is_answering(conversation.id)
        lately = await self._lately(conversation) if is_new else 0
        unanswered = is_new and await self._unanswered(conversation, inbound, lately)
        silenced = bool(asked) or stopped or inbound.is_watched or unanswered
        if is_new:
            await self._store(channel, conversation, inbound, key, silenced)
        if asked and not inbound.is_answered:
            await self._say(conversation, asked.value, f"{SERVICE}{key}")
        elif unanswered:
            await self._tell_staff_once(conversation, inbound.channel)
        elif not silenced and conversation.owner.is_bot:
            if inbound.media:
                await self._show_staff(conversation, inbound, key)
            elif line:
                await self._say(conversation, line, f"{line}_{key}")
            if is_new and not is_typing and not inbound.button_id:
                self._notice(channel, inbound)
        if lately >= MANY_A_MINUTE and not stopped and not unanswered:
            minute = self._desk.clock().strftime("%H%M")
            await self._say(conversation, "slow_down", f"slow_down_{minute}")

    async def _lately(self, conversation: Conversation) -> int:
        """How many messages the visitor wrote in the last minute."""
        since = self._desk.clock() - timedelta(minutes=1)
        query = sa.select(sa.func.count()).where(
            M.c.conversation_id == conversation.id,
            M.c.author == Author.VISITOR.value,
            M.c.at > since,
        )
        return int((await self._desk.conversations.rows(query))[0][0])

    async def _wish(
        self, channel: Channel, conversation: Conversation, inbound: Inbound, stopped: bool
    ) -> Wish | None:
        """STOP, START or HELP. On SMS the law gives them this meaning, also beside a choice "Stop"."""
        if inbound.channel not in STOPPABLE or inbound.button_id:
            return None
        asked = wish(inbound.text, inbound.channel, stopped)
        if asked and inbound.channel != "sms":
            shown = channel.style(inbound.channel)
            if await self._chosen(shown, conversation, inbound.text):
                return None
        return asked

    async def _pressed(
        self, conversation: Conversation, inbound: Inbound
    ) -> tuple[Inbound, str | None]:
        """A choice with the words on it; one that is gone counts as its words, or is said to be gone."""
        offered = await self._offered(conversation, str(inbound.button_id))
        if offered:
            return replace(inbound, text=offered["title"]), None
        self._count(inbound.channel, "a choice that was never offered")
        title = storable(inbound.title).strip()
        return replace(inbound, button_id=None, text=title), None if title else GONE

    async def _unanswered(self, conversation: Conversation, inbound: Inbound, lately: int) -> bool:
        """Does this message get no answer of a machine, as another machine wrote it?"""
        if inbound.channel == "sms" and cannot_be_answered(inbound.address):
            return True
        if lately >= TOO_MANY_A_MINUTE or inbound.media is None and sounds_automatic(inbound.text):
            return True
        if not inbound.text or inbound.button_id:
            return False
        recent = await self._recent(conversation, MANY_TURNS)
        said = [Said(one.author is not Author.VISITOR, one.text, one.at) for one in recent]
        return is_a_loop([*said, Said(False, inbound.text, self._desk.clock())])

    async def _tell_staff_once(self, conversation: Conversation, channel: str) -> None:
        """A machine writes here: it is left alone, and people see that once."""
        self._count(channel, "a machine wrote")
        if conversation.reason == "automatic" or not conversation.owner.is_bot:
            return
        if conversation.channel == "sms" and cannot_be_answered(str(conversation.address)):
            return
        await self._desk.conversations.ownership.change(
            conversation,
            Owner.WAITING,
            "assistant",
            "automatic",
            reason="automatic",
            urgency="normal",
            waiting_since=self._desk.clock(),
        )
        self._desk.signals.new(conversation.id)

    async def _store(
        self,
        channel: Channel,
        conversation: Conversation,
        inbound: Inbound,
        key: str,
        silenced: bool,
    ) -> None:
        """Keep a message, to be answered unless ``silenced``."""
        conversations, choice = self._desk.conversations, inbound.button_id
        text = inbound.text
        if not choice and text and not silenced:
            choice = await self._chosen(channel.style(inbound.channel), conversation, text)
        if inbound.name and not conversation.visitor_name:
            await conversations.update(conversation.id, visitor_name=storable(inbound.name)[:200])
        greeting = [] if silenced else await self._greeting(conversation, inbound, key)
        if inbound.is_opening:
            await conversations.messages.append_new(conversation.id, greeting)
        else:
            payload = asdict(inbound.media) if inbound.media else {}
            payload = {"type": "media", **payload} if payload else {}
            quote = await self._quote(conversation, inbound.quoted) if inbound.quoted else None
            marks = {"quote": quote, "known_as": inbound.known_as}
            if marks := {name: value for name, value in marks.items() if value}:
                payload = {"type": "marks", **payload, "marks": marks}
            needs_turn = 0 < len(text) <= LONGEST_TEXT and not silenced
            incoming = Incoming(text, key, choice, payload or None, needs_turn)
            await self._desk.receive_new(conversation, incoming, greeting)
        if greeting:
            self._desk.delivery.wake(conversation)

    async def _quote(self, conversation: Conversation, provider_id: str) -> str | None:
        """The words that a message answers."""
        found = await self._marks.find(conversation.id, key_of(provider_id), provider_id)
        return found.text[:LONGEST_QUOTE] if found and found.text else None

    async def _greeting(
        self, conversation: Conversation, inbound: Inbound, key: str
    ) -> list[Draft]:
        """The line that says that a machine answers: first, and when the chat is opened anew."""
        greeted: Message | int | None = conversation.last_seq
        if greeted and inbound.channel in STOPPABLE:  # which may have begun with STOP, ungreeted
            greeted = await self._desk.conversations.messages.by_client_id(
                conversation.id, GREETING
            )
        if greeted and not inbound.is_opening:
            return []
        client_id = f"{GREETING}_{key}" if greeted else GREETING
        line = "greeting_from" if inbound.referral else "greeting"
        return [Draft(Author.ASSISTANT, self._words(line), client_id=client_id)]

    async def _show_staff(self, conversation: Conversation, inbound: Inbound, key: str) -> None:
        """No machine looks at a visitor's skin: people do, or the visitor is told how to reach them.

        What is written beside a picture is answered first: it may be an emergency. The pictures of
        an album get one line together.
        """
        kind = inbound.media.kind if inbound.media else ""
        available = await self._desk.handover.may_look(conversation, kind)
        if not await self._said_just_now(conversation, PHOTO, key):
            line = "photo_for_staff" if available else PHOTO
            await self._say(conversation, line, f"{PHOTO}_{key}")
        if not inbound.text:
            await self._desk.handover.let_staff_look(conversation, kind)

    async def _said_just_now(self, conversation: Conversation, line: str, key: str) -> bool:
        now = self._desk.clock()
        return any(
            (one.client_id or "").startswith(f"{line}_") and one.client_id != f"{line}_{key}"
            for one in await self._recent(conversation, LAST_TURN)
            if now - one.at <= ALBUM
        )

    # --- choices ---

    async def _recent(self, conversation: Conversation, count: int) -> list[Message]:
        if not conversation.last_seq:
            return []
        since = max(0, conversation.last_seq - count)
        return await self._desk.conversations.messages.after(conversation.id, since)

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

    # --- lines of our own ---

    async def _say(self, conversation: Conversation, line: str, client_id: str) -> None:
        draft = Draft(Author.SYSTEM, self._words(line), client_id=client_id)
        await self._desk.conversations.messages.append(conversation.id, draft)
        self._desk.delivery.wake(conversation)
        self._desk.signals.new(conversation.id)

    def _words(self, line: str) -> str:
        return words(line, self._desk.clinic, self._desk.clock())

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


def _line_at_once(inbound: Inbound) -> str | None:
    """The line of copy.yml that answers what needs no assistant."""
    if inbound.media:
        return PHOTO
    if len(inbound.text) > LONGEST_TEXT:
        return "too_long"
    if not inbound.text and not inbound.button_id:
        return None if inbound.is_opening else "empty"
    return None
