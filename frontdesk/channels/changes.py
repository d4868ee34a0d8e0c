"""What happens to what was written: edits, deletions, signs; people who answer elsewhere, new addresses."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta

from frontdesk.answering.desk import Desk
from frontdesk.channels.automatic import (
    Heard,
    answers_by_itself,
    is_written_by_phone,
    tapback,
)
from frontdesk.channels.base import (
    LONGEST_KEPT,
    LONGEST_TEXT,
    Changed,
    Count,
    Inbound,
    NewAddress,
    OptedOut,
    OwnerChange,
    Preference,
    Reaction,
    SaidElsewhere,
    key_of,
    storable,
)
from frontdesk.channels.earlier import Earlier, before
from frontdesk.channels.formatting import parts
from frontdesk.channels.opt_out import Wish, folded, wish
from frontdesk.conversations.addresses import Addresses
from frontdesk.conversations.erased import of_name
from frontdesk.conversations.labels import Labels
from frontdesk.conversations.marks import DELETED, RECENT, Marks, before_edit, is_deleted
from frontdesk.conversations.model import (
    Author,
    Conversation,
    Draft,
    Message,
    Owner,
    Status,
)
from frontdesk.copy import words

NO_MARKETING = "no marketing"
"""The label of whoever told the provider so; staff may put it on people, too."""
STRANGER = "a preference of somebody who has never written"
ELSEWHERE = "said_elsewhere"
COMES_BACK = timedelta(minutes=15)
"""So long after we wrote them a provider may report our own words: it is asked again when it is silent."""
NEVER_HAD = "a change of a message that we do not have"
NO_SUCH_SIGNED = "a sign on a message that we do not have"
NOT_THEIRS = "a change of somebody else's message"
ERASED = "a change of an erased message"


class Changes:
    """Handles events that are no new message of a visitor and no receipt."""

    def __init__(self, desk: Desk, addresses: Addresses, marks: Marks, count: Count) -> None:
        self._desk = desk
        self._addresses = addresses
        self._marks = marks
        self._count = count
        self._heard = Heard()
        self._labels = Labels(desk.conversations)

    async def handle(
        self,
        event: Changed
        | Reaction
        | SaidElsewhere
        | NewAddress
        | OwnerChange
        | OptedOut
        | Preference,
    ) -> None:
        """Do what an event asks for."""
        if isinstance(event, Changed):
            await self._delete_words(event)
        elif isinstance(event, Reaction):
            await self._react(event)
        elif isinstance(event, SaidElsewhere):
            await self._hear_staff(event)
        elif isinstance(event, OwnerChange):
            await self._change_owner(event)
        elif isinstance(event, OptedOut):
            await self._opt_out(event)
        elif isinstance(event, Preference):
            await self._prefer(event)
        else:
            old, new = storable(event.address), storable(event.new)
            await self._addresses.replace(event.channel, old, new)

    async def as_new(self, change: Changed) -> Inbound | None:
        """Other words for an earlier message as a message of their own, marked on both: they are kept, and
        read like any. Also when we never had the earlier one; not when they are known, or it was erased."""
        _, message = await self._find(change)
        text, key = storable(change.text or "").strip()[:LONGEST_KEPT], key_of(change.provider_id)

        def said(provider_id: str, edit_of: int) -> Inbound:
            who, is_watched = (change.channel, change.address), change.is_watched
            return Inbound(*who, provider_id, text, edit_of=edit_of, is_watched=is_watched)

        if message is None:
            names = key, change.provider_id
            is_gone = await self._is_erased(change.channel, change.address, *names)
            self._count(change.channel, ERASED if is_gone else NEVER_HAD)
            is_new = bool(text) and change.is_edited and not is_gone
            return said(change.provider_id, 0) if is_new else None
        if message.author is not Author.VISITOR or is_deleted(message):
            self._count(change.channel, ERASED if is_deleted(message) else NOT_THEIRS)
            return None
        edits = await self._marks.edits(message)
        digest = hashlib.sha256(text.encode()).hexdigest()[:12]
        edited = f"{key[:60]}:edit:{len(edits)}:{digest}"
        if not text or text == [message, *edits][-1].text:
            return None
        await self._marks.set(message, edited=True)
        return said(edited, message.seq)

    async def in_its_place(
        self, conversation: Conversation, inbound: Inbound, key: str
    ) -> tuple[Inbound, str, Earlier]:
        """A message, its key and what was before it; one that comes after its edit stands beside that."""
        store, now = self._desk.conversations, self._desk.clock()
        earlier = await before(store, conversation, key, now)
        if earlier.is_known or inbound.known_as:
            inbound, own = await self._after_its_edit(conversation, inbound, key, earlier)
            if own != key:
                key, earlier = own, await before(store, conversation, own, now)
        if not earlier.is_known:
            self._heard.note(conversation.id, inbound.said_at)
            if earlier.is_blocked:  # who has blocked us cannot write
                await store.opt_outs.set(conversation, False)
                earlier = replace(earlier, is_stopped=False, is_blocked=False)
        return inbound, key, earlier

    async def _after_its_edit(
        self, conversation: Conversation, inbound: Inbound, key: str, earlier: Earlier
    ) -> tuple[Inbound, str]:
        """One that comes after its edit is kept and read for danger: what is answered are the edit's words."""
        if inbound.edit_of is not None:
            return inbound, key
        names = [key] if earlier.is_known else []
        if inbound.known_as and (other := key_of(inbound.known_as)) != key:
            names.append(other)
        for name in names:
            edit = await self._desk.conversations.messages.by_client_id(conversation.id, name)
            if edit and (edit.payload or {}).get("marks", {}).get("edit_of_unknown"):
                if edit.text == inbound.text:
                    return inbound, name
                return replace(inbound, is_watched=True), before_edit(name)
        return inbound, key

    async def _find(self, change: Changed) -> tuple[Conversation | None, Message | None]:
        conversation = await self._addresses.known(change.channel, storable(change.address))
        if conversation is None:
            return None, None
        key = key_of(change.provider_id)
        return conversation, await self._marks.find(conversation.id, key, change.provider_id)

    async def _is_erased(self, channel: str, address: str, *names: str) -> bool:
        hashes = {of_name(channel, storable(address), name) for name in names}
        return bool(hashes & await asyncio.to_thread(self._desk.conversations.erased.all))

    async def quoted(
        self, conversation: Conversation, inbound: Inbound
    ) -> tuple[Message | None, str]:
        """The message that another one answers, and the words picked out; of a deleted one no words return."""
        name, found = inbound.quoted, None
        picked = storable(inbound.quoted_words).strip()[:LONGEST_TEXT]
        if name:
            found = await self._marks.find(conversation.id, key_of(name), name)
        if found and is_deleted(found):
            picked = ""
        if picked and name and found is None:
            who = inbound.channel, inbound.address
            picked = "" if await self._is_erased(*who, key_of(name), name) else picked
        return found, picked

    async def _delete_words(self, change: Changed) -> None:
        """Of what was deleted no words stay, nor of what comes later and is deleted already."""
        conversation, message = await self._find(change)
        if message is None or (message.author is Author.VISITOR) is change.by_staff:
            self._count(change.channel, NEVER_HAD if message is None else NOT_THEIRS)
        elif message.author is Author.VISITOR or (message.payload or {}).get("type") == ELSEWHERE:
            await self._marks.delete(message)
        if conversation and message is None:
            key = key_of(change.provider_id)
            who, status = Author.VISITOR, Status.ANSWERED
            if change.by_staff:  # of nobody: no person has answered with it
                who, status = Author.SYSTEM, Status.SENT
            gone = Draft(who, "", client_id=key, payload=DELETED, status=status)
            await self._desk.conversations.messages.append(conversation.id, gone)
        if conversation:
            self._desk.signals.new(conversation.id)

    async def _react(self, reaction: Reaction) -> None:
        """A sign on a message is shown to staff and answered by nobody."""
        conversation = await self._addresses.known(reaction.channel, storable(reaction.address))
        target = storable(reaction.target)
        find = self._marks.find
        message = await find(conversation.id, key_of(target), target) if conversation else None
        if message is None:
            self._count(reaction.channel, NO_SUCH_SIGNED)
        else:
            await self._marks.set(message, reaction=storable(reaction.sign)[:20] or None)
            self._desk.signals.new(message.conversation_id)

    async def sign_in_words(self, conversation: Conversation, inbound: Inbound) -> Inbound | None:
        """A phone writes "Liked “…”" for a sign: on words of ours it is one, and nothing is left to take in.

        On anything else (a file, words of which a phone shows others) it is kept and answered by nobody.
        """
        if not (found := tapback(inbound.text)):
            return inbound
        since, quoted = max(0, conversation.last_seq - RECENT), folded(found[1])
        for message in reversed(
            await self._desk.conversations.messages.after(conversation.id, since)
        ):
            if message.author is not Author.VISITOR and _shows(folded(message.text), quoted):
                await self._marks.set(message, reaction=storable(found[0])[:20] or None)
                self._desk.signals.new(conversation.id)
                return None
        if not quoted or is_written_by_phone(inbound.text):
            self._count(inbound.channel, NO_SUCH_SIGNED)
            return replace(inbound, is_watched=True)
        return inbound

    async def _hear_staff(self, said: SaidElsewhere) -> None:
        """People answered in another inbox: their words are in the thread and the assistant is quiet."""
        conversation = await self._addresses.conversation(said.channel, storable(said.address))
        key, text = key_of(said.provider_id), storable(said.text)
        if await self._marks.find(conversation.id, key, said.provider_id):
            return
        if await self._is_ours(conversation, text):
            return  # our own words come back sooner than the provider says what it calls them
        is_machine = answers_by_itself(text, self._heard.wait(conversation.id, said.said_at))
        if not is_machine and conversation.owner is not Owner.STAFF:
            await self._desk.handover.moved_elsewhere(conversation, Owner.STAFF)
        draft = Draft(
            Author.SYSTEM if is_machine else Author.STAFF,
            text[:LONGEST_TEXT],
            name=storable(said.name or "")[:200] or None,
            client_id=key,
            payload={"type": ELSEWHERE},
            status=Status.SENT,
        )
        await self._desk.conversations.messages.append(conversation.id, draft)
        self._desk.signals.new(conversation.id)

    async def _is_ours(self, conversation: Conversation, text: str) -> bool:
        """Are these the words of a whole part of ours that the provider may have taken just now?"""
        channel, now = self._desk.delivery.channel_of(conversation), self._desk.clock()
        if channel is None:
            return False
        style, said = channel.style(conversation.channel), " ".join(text.split())
        ask = words("choose", self._desk.clinic, now, conversation.language)
        ours = await self._marks.without_a_name(conversation.id, now - COMES_BACK)
        made = [part for one in ours for part in parts(one.text, one.buttons, style, ask)]
        return any(said == " ".join(part.text.split()) for part in made)

    async def _opt_out(self, said: OptedOut) -> None:
        """Who blocks us, or tells the provider to stop us, gets nothing more until they undo it."""
        address = storable(said.address)  # delivery may note the same just now
        conversation = await self._addresses.known(said.channel, address, is_held=True)
        if conversation is None or said.about and await self._is_undone(conversation, said):
            return
        opt_outs = self._desk.conversations.opt_outs
        await opt_outs.set(conversation, said.stopped, said.until_they_write)
        self._desk.signals.new(conversation.id)

    async def _prefer(self, said: Preference) -> None:
        """Staff see a label on the person; what they ask is answered as before."""
        conversation = await self._addresses.known(said.channel, storable(said.address))
        if conversation is None:
            self._count(said.channel, STRANGER)
            return
        found = await self._labels.of([conversation.id], of_person=True)
        others = [one for one in found.get(conversation.id, ()) if one.casefold() != NO_MARKETING]
        label = [] if said.wants_marketing else [NO_MARKETING]  # one more than most loses none
        await self._labels.set(conversation.id, (*others, *label), of_person=True)
        self._desk.signals.new(conversation.id)

    async def _is_undone(self, conversation: Conversation, said: OptedOut) -> bool:
        """Was it said of a message that the visitor has answered since with START, or at all?"""
        about = storable(said.about or "")
        message = await self._marks.find(conversation.id, key_of(about), about)
        if message is None:
            return False
        later = await self._desk.conversations.messages.after(conversation.id, message.seq)
        theirs = [one.text for one in later if one.author is Author.VISITOR]
        starts = (wish(one, said.channel, is_stopped=True) is Wish.START for one in theirs)
        return bool(theirs) if said.until_they_write else any(starts)

    async def _change_owner(self, change: OwnerChange) -> None:
        conversation = await self._addresses.conversation(change.channel, storable(change.address))
        if change.owner is conversation.owner:
            return
        is_ours = conversation.owner is not Owner.STAFF or conversation.staff_id is not None
        if change.owner is Owner.BOT and is_ours:
            return
        await self._desk.handover.moved_elsewhere(conversation, change.owner)


def _shows(text: str, quoted: str) -> bool:
    """Are the quoted words of that text: some of it, or all of it with its choices written out behind?"""
    return bool(quoted and text) and (quoted in text or quoted.startswith(f"{text} "))
