"""The nouns of the front desk: conversation, message, owner, callback."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

ALARM = "alarm_"
"""Begins the client id of emergency words, which are sent even to who wrote STOP."""
NOT_UNDERSTOOD = "nlu_fallback"
"""What the assistant calls a message that it did not understand."""

URGENT = ("urgent", "soon")
"""How urgent what is no ordinary wait is, the most urgent first."""
PROVIDERS = {
    "sms": "your phone company",
    "whatsapp": "WhatsApp",
    "messenger": "Messenger",
    "instagram": "Instagram",
    "telegram": "Telegram",
    "email": "your mail provider",
}
"""Who has a copy of what is written on a channel, as visitors know them."""


class Gone(LookupError):
    """There is no such conversation any more: it was erased."""


class Owner(str, Enum):
    """Who answers a conversation now. Exactly one does."""

    BOT = "bot"
    WAITING = "waiting"
    STAFF = "staff"
    CALLBACK = "callback"
    CLOSED = "closed"

    @property
    def is_bot(self) -> bool:
        """Does the assistant answer? After a callback was noted, and when reopened, it does."""
        return self in (Owner.BOT, Owner.CALLBACK, Owner.CLOSED)


class Author(str, Enum):
    """Who said a message. ``system`` lines are the front desk's own words."""

    VISITOR = "visitor"
    ASSISTANT = "assistant"
    STAFF = "staff"
    SYSTEM = "system"


class Status(str, Enum):
    """Where a message is: of a visitor pending, with staff or answered; of ours stored, sent and so on.

    ``with_staff``: people have the conversation, and nobody of them has answered it yet.
    ``unclear``: it may have arrived, and the provider did not say.
    """

    PENDING = "pending"
    WITH_STAFF = "with_staff"
    ANSWERED = "answered"
    STORED = "stored"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCLEAR = "unclear"


def by_name(row: Any) -> Mapping[str, Any]:
    """A row as a dict: SQLAlchemy 1.4 asks four functions for each column that is looked up by name."""
    return row if isinstance(row, dict) else dict(zip(row._fields, row, strict=True))


@dataclass(frozen=True)
class Conversation:
    """One visitor on one channel."""

    id: str
    channel: str
    address: str | None
    language: str | None
    owner: Owner
    owner_version: int
    staff_id: int | None
    reason: str | None
    urgency: str | None
    topic: str | None
    summary: dict[str, Any] | None
    contact: str | None
    visitor_name: str | None
    last_seq: int
    read_seq: int
    waiting_since: datetime | None
    timer_kind: str | None
    timer_at: datetime | None
    missed_at: datetime | None
    looked_at: datetime | None
    sign: str | None
    sign_count: int
    sign_at: datetime | None
    erase_at: datetime | None
    kept_at: datetime | None
    kept_by: int | None
    kept_why: str | None
    known_as: str | None
    snoozed_until: datetime | None
    blocked_at: datetime | None
    typing_at: datetime | None
    muted_at: datetime | None
    blanked_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: Any) -> Conversation:
        """The conversation of a row of its table."""
        found = by_name(row)
        values = {name: found[name] for name in cls.__dataclass_fields__}
        return cls(**{**values, "owner": Owner(found["owner"])})

    @property
    def staff_are_elsewhere(self) -> bool:
        """Do people answer this conversation in another inbox than ours?"""
        return self.channel == "chatwoot"


@dataclass(frozen=True)
class Draft:
    """Something that is about to be said; ``answers`` as in Message."""

    author: Author
    text: str
    name: str | None = None
    buttons: tuple[dict[str, str], ...] = ()
    button_id: str | None = None
    answer: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None
    client_id: str | None = None
    is_private: bool = False
    status: Status = Status.STORED
    is_unchecked: bool = False
    answers: int | None = None


@dataclass(frozen=True)
class Message:
    """Something that was said, with its place in the conversation.

    ``answers``: of what we say, the number of the visitor's message that it answers; None where that is
    the last one before it.
    """

    id: int
    conversation_id: str
    seq: int
    author: Author
    name: str | None
    text: str
    buttons: tuple[dict[str, str], ...]
    button_id: str | None
    answer: dict[str, Any] | None
    payload: dict[str, Any] | None
    understood: dict[str, Any] | None
    is_private: bool
    client_id: str | None
    status: Status
    is_unchecked: bool
    error: str | None
    answers: int | None
    at: datetime

    @classmethod
    def of(cls, row: Any) -> Message:
        """The message of a row of its table."""
        found = by_name(row)
        values = {name: found[name] for name in cls.__dataclass_fields__}
        enums = {"author": Author(found["author"]), "status": Status(found["status"])}
        return cls(**{**values, **enums, "buttons": tuple(found["buttons"] or ())})

    @property
    def meant(self) -> str:
        """What the assistant reads: the words, or those that they only point at."""
        return (self.payload or {}).get("marks", {}).get("means") or self.text

    def for_visitor(self) -> dict[str, Any]:
        """The message as the visitor API shows it (docs/contracts.md section 6)."""
        return {
            "seq": self.seq,
            "author": self.author.value,
            "name": self.name,
            "text": self.text,
            "at": self.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "buttons": list(self.buttons),
            "answer": self.answer,
            "payload": self.payload,
            "status": self.status.value,
            "client_id": self.client_id,
        }


def hidden_from_staff(messages: Sequence[Message], summary: dict[str, Any] | None) -> set[int]:
    """Numbers of messages of health questions that the visitor has not shared.

    Consent belongs to one pre-screen: what was shared last is shown, and nothing else.
    """
    shared, asked, hidden = (summary or {}).get("pre_screen"), None, set()
    for message in messages:
        if message.author is Author.VISITOR:
            asked = (message.understood or {}).get("pre_screen")
        if message.is_private and (asked is None or asked != shared):
            hidden.add(message.seq)
    return hidden


@dataclass(frozen=True)
class CallbackTry:
    """One call, what came of it, and who made it."""

    outcome: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Callback:
    """Somebody who wants to be called."""

    id: int
    conversation_id: str
    name: str | None
    contact: str
    good_time: str | None
    outcome: str | None
    at: datetime
    due: datetime
    tries: tuple[CallbackTry, ...]


@dataclass(frozen=True)
class Turn:
    """What the assistant made of one message."""

    understood: dict[str, Any]
    messages: tuple[Draft, ...] = field(default_factory=tuple)

    @property
    def is_private(self) -> bool:
        """Does the turn belong to the health questions, which staff see only when shared?"""
        return bool(self.understood.get("private"))


@dataclass(frozen=True)
class Danger:
    """A sign that the assistant's check found in a text, and what to tell the visitor at once."""

    level: str
    sign: str
    sign_words: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Incoming:
    """What a visitor sent: words, or a button that was offered.

    ``payload`` describes what is no text. ``needs_turn`` is False for what no assistant can answer,
    ``gets_words`` for what nobody at all should: another machine wrote it, or our words are said elsewhere.
    """

    text: str
    client_id: str
    button_id: str | None = None
    payload: dict[str, Any] | None = None
    needs_turn: bool = True
    gets_words: bool = True
