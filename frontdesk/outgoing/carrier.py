"""What delivery asks of a way to reach visitors: take one part of a message, or say why not.

Every channel is a carrier (frontdesk/channels/base.py adds how it reads what its provider posts).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol, runtime_checkable

from frontdesk.conversations.model import Conversation, Message


class Stops(str, Enum):
    """What a refusal says of the person: they asked the provider for no more of ours, or blocked us there."""

    UNTIL_START = "until_start"
    UNTIL_THEY_WRITE = "until_they_write"


class Refused(Exception):
    """The provider will not take this message; trying again would not help.

    ``stops``: nor will it take any other, as the person wants none.
    """

    def __init__(self, why: str, stops: Stops | None = None) -> None:
        super().__init__(why)
        self.stops = stops


class Unclear(Exception):
    """The provider may or may not have taken this message."""


class TryAgain(Exception):
    """The provider could not take this message now."""

    def __init__(self, why: str, after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.after_seconds = after_seconds


@dataclass(frozen=True)
class Style:
    """What a channel can show. Counts are 0 where it has no such thing.

    longest: size of one message, in UTF-16 units or (in_bytes) bytes of UTF-8.
    with_choices: the same when buttons hang on it, in characters.
    buttons, rows: choices shown as buttons, or else as a list; beyond both they are numbered.
    title: characters of a choice. segments: SMS segments of one message.
    window: how long after the visitor's last word free text may be sent; people_window: the same for
    what a person writes. templates: may a template be sent after that? is_mail: has it subjects?
    """

    longest: int
    with_choices: int = 0
    buttons: int = 0
    rows: int = 0
    title: int = 20
    segments: int = 0
    in_bytes: bool = False
    window: timedelta | None = None
    people_window: timedelta | None = None
    templates: bool = False
    is_mail: bool = False

    def window_of(self, is_person: bool) -> timedelta | None:
        """How long after the visitor's last word the assistant, or a person, may write freely."""
        return (self.people_window if is_person else None) or self.window


@dataclass(frozen=True)
class Answers:
    """The mail that a message answers; its id is "" where it has none."""

    message_id: str
    subject: str = field(repr=False)


@dataclass(frozen=True)
class Part:
    """A piece of a message that the provider takes in one go; the choices hang on the last.

    ``is_late``: a person writes after the window, as the provider allows people only. ``answers``: the
    mail that it answers.
    """

    text: str
    choices: tuple[dict[str, str], ...] = ()
    is_late: bool = False
    answers: Answers | None = None


class Carrier(Protocol):
    """What brings our messages to visitors."""

    @property
    def names(self) -> Sequence[str]:
        """The channel names that this provider serves."""

    def style(self, name: str) -> Style:
        """What the channel of that name can show."""

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Bring one part to the visitor and return the provider's id of it.

        Raise Refused, TryAgain or Unclear.
        """

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Content type and bytes of something a visitor sent. Raise Refused, TryAgain, Unclear."""


@runtime_checkable
class CanTell(Protocol):
    """A channel whose provider can be asked whether a text has reached it."""

    async def find(self, conversation: Conversation, part: Part, since: datetime) -> str | None:
        """The provider's id of a part that it took since then; None when it has none.

        Raise Refused, TryAgain or Unclear.
        """
