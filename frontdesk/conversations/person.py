"""What is held about one person, in all conversations that are known to be theirs.

GDPR articles 15, 17 and 20. What stays after an erasure: that it happened (the audit), and an address
that wrote STOP, so that STOP holds.
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clinic import Clinic
from frontdesk.clock import Clock
from frontdesk.conversations.model import Author, Conversation, Message
from frontdesk.conversations.same_person import SamePerson
from frontdesk.conversations.store import Conversations
from frontdesk.copy import words
from frontdesk.storage import tables

COPY_TOPIC = "copy_of_data"
"""The answer of data/faq/ to whoever asks what we hold."""
MOST_MESSAGES = 100_000
NOT_ABOUT_THEM = (
    *("id", "conversation_id", "staff_id", "done_by", "callback_id", "of_person"),
    *("message_id", "token_hash", "end_key", "p256dh", "auth"),
)


class Kept(Exception):
    """Staff have said why a conversation must be kept; it is not erased before they say otherwise."""


class Person:
    """All conversations with one person."""

    def __init__(
        self, conversations: Conversations, same_person: SamePerson, clinic: Clinic, clock: Clock
    ) -> None:
        self._conversations = conversations
        self._same_person = same_person
        self._clinic = clinic
        self._clock = clock

    async def conversations(self, conversation_id: str) -> list[Conversation]:
        """This conversation and those that staff have linked with it."""
        others = await self._same_person.others(conversation_id)
        found = await self._conversations.find(
            tables.conversations.c.id.in_([conversation_id, *others])
        )
        return sorted(found, key=lambda one: (one.id != conversation_id, one.created_at))

    async def copy(self, conversation_id: str, for_visitor: bool = False) -> dict[str, object]:
        """Everything that is held, as JSON.

        ``for_visitor``: whoever has this chat's key may not be the person of the others that staff
        linked, and gets this one alone, without what staff noted for themselves.
        """
        found = await self.conversations(conversation_id)
        found = found[:1] if for_visitor else found
        return {
            "clinic": self._clinic.name,
            "made": self._clock().isoformat(),
            "conversations": [await self._one(each, not for_visitor) for each in found],
        }

    async def in_words(self, conversation: Conversation) -> str:
        """What is held besides the words themselves, which the visitor has before them."""
        messages = await self._messages(conversation)
        count = sum(one.author is Author.VISITOR for one in messages)
        since = conversation.created_at.astimezone(self._clinic.hours.zone)
        facts = [f"{count} of your messages since {since.day} {since:%B %Y}, all in this chat"]
        facts += [f"your name: {conversation.visitor_name}"] if conversation.visitor_name else []
        reached = conversation.contact or conversation.address
        facts += [f"where we reach you: {reached}"] if reached else []
        if await self._rows(tables.callbacks, conversation):
            facts.append("your wish to be called")
        if conversation.summary:
            headline = conversation.summary.get("headline")
            facts.append(f"the health check that you shared: {headline}")
        notes = len(await self._rows(tables.notes, conversation))
        facts += [f"{notes} notes by our staff"] if notes else []
        now = self._clock()
        return words("held", self._clinic, now, conversation.language, facts="; ".join(facts))

    async def _one(self, each: Conversation, with_notes: bool) -> dict[str, object]:
        wanted = [tables.callbacks, tables.feedback, tables.owner_changes, tables.other_addresses]
        wanted += [tables.answer_mails, tables.answer_pushes]
        ours = [tables.notes, tables.contacts, tables.labels, tables.callback_tries]
        wanted += ours if with_notes else []
        facts = (
            "channel",
            "address",
            "contact",
            "visitor_name",
            "known_as",
            "topic",
            "reason",
            "summary",
        )
        return {
            **{name: getattr(each, name) for name in facts},
            "since": each.created_at.isoformat(),
            "messages": [one.for_visitor() for one in await self._messages(each)],
            **{table.name: await self._rows(table, each) for table in wanted},
            "attachments": await self._rows(tables.attachments, each),
            "mail_files": await self._rows(tables.mail_files, each),
        }

    async def _messages(self, each: Conversation) -> list[Message]:
        return await self._conversations.messages.after(each.id, 0, MOST_MESSAGES)

    async def _rows(self, table: sa.Table, each: Conversation) -> list[dict[str, object]]:
        query = sa.select(table).where(table.c.conversation_id == each.id)
        return [
            {
                name: _as_json(value)
                for name, value in row._mapping.items()
                if name not in NOT_ABOUT_THEM
            }
            for row in await self._conversations.rows(query)
        ]


def _as_json(value: object) -> Any:
    """A moment, or a file's bytes, as text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value
