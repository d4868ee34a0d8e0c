"""What follows from an event of a messaging channel: a turn, a line, a mark, another owner. Safe to do twice."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from frontdesk.answering.desk import Desk
from frontdesk.answering.heard import STILL
from frontdesk.channels import formatting
from frontdesk.channels.automatic import Said, cannot_be_answered, is_a_loop, sounds_automatic
from frontdesk.channels.base import (
    LONGEST_KEPT,
    LONGEST_TEXT,
    Changed,
    Channel,
    Count,
    Event,
    Ignored,
    Inbound,
    ReadUpTo,
    Receipt,
    Unreadable,
    key_of,
    storable,
)
from frontdesk.channels.changes import Changes
from frontdesk.channels.earlier import GREETING, Earlier
from frontdesk.channels.opt_out import Wish, wish
from frontdesk.channels.pointing import only_points, pointed_at
from frontdesk.channels.presenting import SERVICE
from frontdesk.conversations.addresses import Addresses
from frontdesk.conversations.mail_files import new_name
from frontdesk.conversations.model import (
    Author,
    Conversation,
    Draft,
    Incoming,
    Owner,
)
from frontdesk.copy import words
from frontdesk.outgoing.carrier import Refused, Style, TryAgain, Unclear
from frontdesk.outgoing.receipts import Receipts
from frontdesk.storage.transactions import afterwards
from frontdesk.tasks import end_tasks

logger = logging.getLogger(__name__)

LONGEST_QUOTE = 200
MANY_A_MINUTE, TOO_MANY_A_MINUTE = 30, 120
STOPPABLE = ("sms", "whatsapp", "email")
PHOTO, GONE = "photo", "choice_gone"
WAY_IN = "way_in_"
SEEN_ELSEWHERE = ("messenger", "instagram", "chatwoot", "email")
"""Channels of which staff have another inbox, where they see what is not opened here."""


class Receiver:
    """Handles one stored event after the other."""

    def __init__(
        self,
        desk: Desk,
        channels: Mapping[str, Channel],
        receipts: Receipts,
        addresses: Addresses,
        changes: Changes,
        count: Count,
    ) -> None:
        self._desk = desk
        self._channels = channels
        self._changes = changes
        self._receipts = receipts
        self._addresses = addresses
        self._count = count
        self._noticing: set[asyncio.Task[None]] = set()

    async def handle(self, event: Event) -> None:
        """Do what an event asks for."""
        channel = self._channels.get(event.channel)
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
        elif isinstance(event, ReadUpTo):
            known = await self._addresses.known(event.channel, storable(event.address))
            if known:
                moment = datetime.fromtimestamp(event.milliseconds / 1000, timezone.utc)
                await self._receipts.read_up_to(known.id, moment)
                self._desk.signals.new(known.id)
        elif isinstance(event, Changed) and event.text is not None:
            if inbound := await self._changes.as_new(event):
                await self._take_in(channel, inbound)
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
        if inbound.channel == "sms":
            if not (left := await self._changes.sign_in_words(conversation, inbound)):
                return
            inbound = left
        inbound, key, earlier = await self._changes.in_its_place(conversation, inbound, key)
        is_new, stopped = not earlier.is_known, earlier.is_stopped
        asked = self._wish(channel, earlier, inbound)
        line = _line_at_once(inbound)
        if inbound.button_id:
            self._notice(channel, inbound)
            inbound, line = self._pressed(earlier, inbound)
        if not is_new and not asked and not line:
            return
        if is_new and asked in (Wish.STOP, Wish.START):
            stopped = asked is Wish.STOP
            await conversations.opt_outs.set(conversation, stopped)
        is_typing = self._desk.is_answering(conversation.id) or _waits(earlier)
        unanswered = is_new and self._unanswered(earlier, inbound)
        silenced = bool(asked) or stopped or inbound.is_watched or unanswered
        if is_new:
            await self._store(channel, conversation, earlier, inbound, key, silenced)
        if conversation.blocked_at:
            return
        if asked and not inbound.is_answered:
            await self._say(conversation, asked.value, f"{SERVICE}{key}")
        elif unanswered:
            await self._tell_staff_once(conversation, inbound.channel)
        elif not silenced and conversation.owner.is_bot:
            if inbound.media:
                await self._show_staff(conversation, earlier, inbound, key)
            elif line:
                await self._say(conversation, line, f"{line}_{key}")
            if is_new and not is_typing and not inbound.button_id:
                self._notice(channel, inbound)
        if is_new and earlier.lately >= MANY_A_MINUTE and not stopped and not unanswered:
            minute = self._desk.clock().strftime("%H%M")
            await self._say(conversation, "slow_down", f"slow_down_{minute}")

    @staticmethod
    def _wish(channel: Channel, earlier: Earlier, inbound: Inbound) -> Wish | None:
        """STOP, START or HELP. On SMS the law gives them this meaning, also beside a choice "Stop"."""
        if inbound.channel not in STOPPABLE or inbound.button_id or inbound.is_cut:
            return None
        if inbound.asked in Wish.__members__ and (inbound.asked != "START" or earlier.is_stopped):
            return Wish[inbound.asked]
        asked = wish(inbound.text, inbound.channel, earlier.is_stopped)
        if asked and inbound.channel != "sms":
            shown = channel.style(inbound.channel)
            if _chosen(shown, earlier, inbound.text):
                return None
        return asked

    def _pressed(self, earlier: Earlier, inbound: Inbound) -> tuple[Inbound, str | None]:
        """A choice with the words on it; one that is gone counts as its words, or is said to be gone."""
        offered = _offered(earlier, str(inbound.button_id))
        if offered:
            is_way = offered["id"].startswith(WAY_IN)
            button_id = None if is_way else inbound.button_id
            return replace(inbound, button_id=button_id, text=offered["title"]), None
        self._count(inbound.channel, "a choice that was never offered")
        title = storable(inbound.title).strip()
        return replace(inbound, button_id=None, text=title), None if title else GONE

    def _unanswered(self, earlier: Earlier, inbound: Inbound) -> bool:
        """Does this message get no answer of a machine, as another machine wrote it?"""
        if inbound.is_cut:  # people pass on what machines write
            return False
        if inbound.channel == "sms" and cannot_be_answered(inbound.address):
            return True
        if inbound.is_automatic or earlier.lately >= TOO_MANY_A_MINUTE:
            return True
        if inbound.media is None and sounds_automatic(inbound.text):
            return True
        if not inbound.text or inbound.button_id:
            return False
        return is_a_loop([*earlier.said, Said(False, inbound.text, self._desk.clock())])

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
        earlier: Earlier,
        inbound: Inbound,
        key: str,
        silenced: bool,
    ) -> None:
        """Keep a message, to be answered unless ``silenced``."""
        conversations, choice = self._desk.conversations, inbound.button_id
        here, text = conversation.id, inbound.text
        if not choice and text and not silenced and inbound.edit_of is None:
            choice = _chosen(channel.style(inbound.channel), earlier, text)
        means = None
        if choice and choice.startswith(WAY_IN):
            way, choice = _offered(earlier, choice), None
            means = way["title"] if way else None
        if inbound.name and not conversation.visitor_name:
            await conversations.update(conversation.id, visitor_name=storable(inbound.name)[:200])
        greeting = [] if silenced else self._greeting(conversation, earlier, inbound, key)
        if inbound.is_opening:
            await conversations.messages.append_all(conversation.id, greeting)
        else:
            payload, contents = _files(inbound)
            quoted, picked = await self._changes.quoted(conversation, inbound)
            if not choice and only_points(text):
                means = await pointed_at(conversations, conversation, quoted, picked) or means
            marks = {
                "quote": (picked or (quoted.text if quoted else ""))[:LONGEST_QUOTE],
                "means": means,
                "known_as": inbound.known_as,
                "edit_of": inbound.edit_of,
                "edit_of_unknown": inbound.edit_of == 0,
                "subject": storable(inbound.subject),
                "sender_check": storable(inbound.sender_check),
                "automatic": inbound.is_automatic,
                "cut": inbound.is_cut,
            }
            if marks := {name: value for name, value in marks.items() if value}:
                payload = {"type": "marks", **payload, "marks": marks}
            needs_turn = 0 < len(text) <= LONGEST_TEXT and not silenced
            gets_words = not silenced and not self._has_words(earlier, inbound, key)
            incoming = Incoming(text, key, choice, payload or None, needs_turn, gets_words)
            await self._desk.receive_new(conversation, incoming, greeting)
            if contents and (stored := await conversations.messages.by_client_id(here, key)):
                await conversations.mail_files.keep(stored, contents)
        if greeting:
            self._desk.delivery.wake(conversation)

    def _greeting(
        self, conversation: Conversation, earlier: Earlier, inbound: Inbound, key: str
    ) -> list[Draft]:
        """The line that says that a machine answers: first, and when the chat is opened anew."""
        greeted = bool(conversation.last_seq)
        if inbound.channel in STOPPABLE:  # which may have begun with STOP, ungreeted
            greeted = earlier.is_greeted
        if greeted and not inbound.is_opening:
            return []
        client_id = f"{GREETING}_{key}" if greeted else GREETING
        line = "greeting_from" if inbound.referral else "greeting"
        ways = self._ways_in() if inbound.referral else ()
        return [Draft(Author.ASSISTANT, self._words(line), buttons=ways, client_id=client_id)]

    def _ways_in(self) -> tuple[dict[str, str], ...]:
        """The clinic's own first questions, to be pressed; a press counts as its words."""
        questions = self._desk.clinic.chat_questions
        return tuple(
            {"id": f"{WAY_IN}{number}", "title": question}
            for number, question in enumerate(questions, start=1)
        )

    async def _show_staff(
        self, conversation: Conversation, earlier: Earlier, inbound: Inbound, key: str
    ) -> None:
        """No machine looks at a visitor's skin: people do, or the visitor is told how to reach them.

        What is written beside a picture is answered first: it may be an emergency. The pictures of
        an album get one line together.
        """
        kind = inbound.media.kind if inbound.media else ""
        available = await self._desk.handover.may_look(conversation, kind)
        if not earlier.was_just_said(PHOTO, key, self._desk.clock()):
            line = self._line_for_staff(conversation) if available else PHOTO
            await self._say(conversation, line, f"{PHOTO}_{key}")
        if not inbound.text:
            await self._desk.handover.let_staff_look(conversation, kind)

    def _line_for_staff(self, conversation: Conversation) -> str:
        """Staff are promised to look only where they can."""
        can = self._desk.clinic.channels.media or conversation.channel in SEEN_ELSEWHERE
        return "photo_for_staff" if can else "photo_not_opened"

    def _has_words(self, earlier: Earlier, inbound: Inbound, key: str) -> bool:
        """Whoever sends many a minute is told to slow down; the pictures of an album get one line."""
        is_album = not inbound.text and earlier.was_just_said(STILL, key, self._desk.clock())
        return is_album or earlier.lately >= MANY_A_MINUTE

    # --- lines of our own ---

    async def _say(self, conversation: Conversation, line: str, client_id: str) -> None:
        draft = Draft(Author.SYSTEM, self._words(line, conversation.language), client_id=client_id)
        await self._desk.conversations.messages.append(conversation.id, draft)
        self._desk.delivery.wake(conversation)
        self._desk.signals.new(conversation.id)

    def _words(self, line: str, language: str | None = None) -> str:
        return words(line, self._desk.clinic, self._desk.clock(), language)

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


def _waits(earlier: Earlier) -> bool:
    """Has something been said that nobody has answered yet? Then "typing" is shown already."""
    return bool(earlier.said) and not earlier.said[-1].is_ours


def _files(inbound: Inbound) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a message's payload says of what came with it, and the files that we keep ourselves by name."""
    shown, contents = [], {}
    for one in (inbound.media, *inbound.more) if inbound.media else ():
        reference = one.reference
        if one.content:
            reference = new_name()
            contents[reference] = base64.b64decode(one.content)
        shown.append(
            {"kind": one.kind, "reference": reference, **({"why": one.why} if one.why else {})}
        )
    if not shown:
        return {}, {}
    first, *more = shown
    return {"type": "media", **first, **({"more": more} if more else {})}, contents


def _line_at_once(inbound: Inbound) -> str | None:
    """The line of copy.yml that answers what needs no assistant."""
    if inbound.media:
        return PHOTO
    if len(inbound.text) > LONGEST_TEXT:
        return "too_long"
    if not inbound.text and not inbound.button_id:
        return None if inbound.is_opening else "empty"
    return None


def _offered(earlier: Earlier, button_id: str) -> dict[str, str] | None:
    """The choice of that id, if we offered it; whether it still counts, the assistant says."""
    offered = (button for one in reversed(earlier.said) for button in one.buttons)
    return next((button for button in offered if button["id"] == button_id), None)


def _chosen(shown: Style, earlier: Earlier, text: str) -> str | None:
    """The id of the choice that typed words mean, among those offered since the visitor spoke."""
    buttons = earlier.offered(STILL)
    return formatting.chosen(text, buttons, formatting.are_numbered(buttons, shown))
