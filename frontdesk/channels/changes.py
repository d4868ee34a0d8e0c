"""What happens to what was written: edits, deletions, signs; people who answer elsewhere, new addresses."""

from __future__ import annotations

import hashlib

from frontdesk.answering.desk import Desk
from frontdesk.channels.automatic import tapback
from frontdesk.channels.base import (
    LONGEST_TEXT,
    Changed,
    Count,
    NewAddress,
    OptedOut,
    OwnerChange,
    Reaction,
    SaidElsewhere,
    key_of,
    storable,
)
from frontdesk.conversations.addresses import Addresses
from frontdesk.conversations.marks import RECENT, Marks
from frontdesk.conversations.model import (
    Author,
    Conversation,
    Draft,
    Incoming,
    Message,
    Owner,
    Status,
)


class Changes:
    """Handles events that are no new message of a visitor and no receipt."""

    def __init__(self, desk: Desk, addresses: Addresses, marks: Marks, count: Count) -> None:
        self._desk = desk
        self._addresses = addresses
        self._marks = marks
        self._count = count

    async def handle(
        self, event: Changed | Reaction | SaidElsewhere | NewAddress | OwnerChange | OptedOut
    ) -> None:
        """Do what an event asks for."""
        if isinstance(event, Changed):
            await self._change_words(event)
        elif isinstance(event, Reaction):
            await self._react(event)
        elif isinstance(event, SaidElsewhere):
            await self._hear_staff(event)
        elif isinstance(event, OwnerChange):
            await self._change_owner(event)
        elif isinstance(event, OptedOut):
            await self._opt_out(event)
        else:
            old, new = storable(event.address), storable(event.new)
            await self._addresses.replace(event.channel, old, new)

    async def _change_words(self, change: Changed) -> None:
        """An edit is kept, shown, and read like a new message; of what was deleted no words stay."""
        conversation = await self._addresses.conversation(change.channel, storable(change.address))
        key = key_of(change.provider_id)
        message = await self._marks.find(conversation.id, key, change.provider_id)
        if message is None or message.author is not Author.VISITOR:
            self._count(change.channel, "a change of a message that we do not have")
        elif change.text is None:
            await self._marks.delete(message)
        elif text := storable(change.text).strip():
            digest = hashlib.sha256(text.encode()).hexdigest()[:12]
            edited = f"{key[:60]}:edit:{digest}"
            is_new = (
                await self._desk.conversations.messages.by_client_id(conversation.id, edited)
                is None
            )
            if is_new and text != message.text and not _is_deleted(message):
                await self._marks.set(message, edited=True)
                payload = {"type": "marks", "marks": {"edit_of": message.seq}}
                stopped = await self._desk.conversations.opt_outs.has(conversation)
                needs_turn = len(text) <= LONGEST_TEXT and not stopped
                incoming = Incoming(text[:LONGEST_TEXT], edited, None, payload, needs_turn)
                await self._desk.receive_new(conversation, incoming, [])
        self._desk.signals.new(conversation.id)

    async def _react(self, reaction: Reaction) -> None:
        """A sign on a message is shown to staff and answered by nobody."""
        conversation = await self._addresses.conversation(
            reaction.channel, storable(reaction.address)
        )
        target = storable(reaction.target)
        message = await self._marks.find(conversation.id, key_of(target), target)
        if message is None:
            self._count(reaction.channel, "a sign on a message that we do not have")
        else:
            await self._marks.set(message, reaction=storable(reaction.sign)[:20] or None)
            self._desk.signals.new(conversation.id)

    async def sign_in_words(self, conversation: Conversation, text: str) -> bool:
        """A phone writes "Liked “…”" for a sign on a message of ours: then it is one."""
        if not (found := tapback(text)):
            return False
        since = max(0, conversation.last_seq - RECENT)
        for message in reversed(
            await self._desk.conversations.messages.after(conversation.id, since)
        ):
            if message.author is not Author.VISITOR and found[1].strip() in message.text:
                await self._marks.set(message, reaction=storable(found[0])[:20] or None)
                self._desk.signals.new(conversation.id)
                return True
        return False

    async def _hear_staff(self, said: SaidElsewhere) -> None:
        """People answered in another inbox: their words are in the thread and the assistant is quiet."""
        conversation = await self._addresses.conversation(said.channel, storable(said.address))
        key = key_of(said.provider_id)
        if await self._marks.find(conversation.id, key, said.provider_id):
            return
        if conversation.owner is not Owner.STAFF:
            await self._desk.handover.moved_elsewhere(conversation, Owner.STAFF)
        draft = Draft(
            Author.STAFF,
            storable(said.text)[:LONGEST_TEXT],
            name=storable(said.name or "")[:200] or None,
            client_id=key,
            payload={"type": "said_elsewhere"},
            status=Status.SENT,
        )
        await self._desk.conversations.messages.append(conversation.id, draft)
        self._desk.signals.new(conversation.id)

    async def _opt_out(self, said: OptedOut) -> None:
        """Who blocks us, or tells the provider to stop us, gets nothing more until they undo it."""
        conversation = await self._addresses.known(said.channel, storable(said.address))
        if conversation:
            await self._desk.conversations.opt_outs.set(conversation, said.stopped)
            self._desk.signals.new(conversation.id)

    async def _change_owner(self, change: OwnerChange) -> None:
        conversation = await self._addresses.conversation(change.channel, storable(change.address))
        if change.owner is conversation.owner:
            return
        is_ours = conversation.owner is not Owner.STAFF or conversation.staff_id is not None
        if change.owner is Owner.BOT and is_ours:
            return
        await self._desk.handover.moved_elsewhere(conversation, change.owner)


def _is_deleted(message: Message) -> bool:
    return bool((message.payload or {}).get("marks", {}).get("deleted"))
