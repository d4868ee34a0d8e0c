"""The small interface that every provider's channel implements. One file a channel.

A channel reads what its provider posts into events, and sends parts: pieces of a message that fit
the provider's limits. It keeps nothing; the front desk stores, orders and repeats.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, runtime_checkable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from frontdesk.conversations.model import Conversation, Message, Owner, Status

LONGEST_RAW = 4_000
LONGEST_TEXT = 2_000
LONGEST_ID = 80
LARGEST_BODY = 64 * 1024

Count = Callable[[str, str], None]
"""Counts, for a channel, what happened; the words hold no content."""


class Forged(Exception):
    """A webhook request that the provider did not sign."""


class Malformed(Exception):
    """A webhook request whose payload cannot be what the provider sends."""


class Refused(Exception):
    """The provider will not take this message; trying again would not help."""


class Unclear(Exception):
    """The provider may or may not have taken this message."""


class TryAgain(Exception):
    """The provider could not take this message now."""

    def __init__(self, why: str, after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.after_seconds = after_seconds


@dataclass(frozen=True)
class Media:
    """Something that is no text. ``reference`` is what the provider finds it by."""

    kind: str
    reference: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Inbound:
    """One message of a visitor as a provider hands it in.

    ``button_id`` is the id of a button as we sent it, ``title`` the words on it. ``is_answered`` means
    that the provider has answered it for us (Twilio does so with STOP, when it is told to);
    ``is_opening`` that the visitor opened the chat and has said nothing yet. ``aliases`` are other
    addresses of the same person; ``quoted`` is the provider's id of the message that this one answers;
    ``referral`` what the advert or story said that it came from. ``is_watched`` means that people answer
    in another inbox: the words are kept and read for danger, and get no answer of ours. ``known_as`` is
    what a later change calls the message, where that is not ``provider_id``. ``is_automatic``: it says
    itself that a machine wrote it. ``subject`` and ``sender_check`` (is the sender proven?) are a mail's.
    """

    channel: str
    address: str
    provider_id: str
    text: str = field(default="", repr=False)
    button_id: str | None = None
    media: Media | None = None
    name: str | None = field(default=None, repr=False)
    is_answered: bool = False
    is_opening: bool = False
    title: str = field(default="", repr=False)
    aliases: tuple[str, ...] = ()
    quoted: str | None = None
    referral: str | None = field(default=None, repr=False)
    is_watched: bool = False
    known_as: str | None = None
    is_automatic: bool = False
    subject: str = field(default="", repr=False)
    sender_check: str = ""


@dataclass(frozen=True)
class Receipt:
    """What became of a message that we sent: ``provider_id`` is what the provider called it."""

    channel: str
    provider_id: str
    status: Status
    error: str | None = None


@dataclass(frozen=True)
class ReadUpTo:
    """A visitor has read everything of ours up to a time, in milliseconds since 1970."""

    channel: str
    address: str
    milliseconds: int


@dataclass(frozen=True)
class Changed:
    """A visitor gave an earlier message other words; ``text`` None: deleted it."""

    channel: str
    address: str
    provider_id: str
    text: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Reaction:
    """A visitor put a sign on a message: of ours, ``target`` is what the provider called it.

    ``sign`` is empty when it was taken away again.
    """

    channel: str
    address: str
    target: str
    sign: str = field(default="", repr=False)


@dataclass(frozen=True)
class SaidElsewhere:
    """Somebody of the clinic answered in an inbox that is not ours."""

    channel: str
    address: str
    provider_id: str
    text: str = field(default="", repr=False)
    name: str | None = None


@dataclass(frozen=True)
class NewAddress:
    """A visitor's address has changed."""

    channel: str
    address: str
    new: str


@dataclass(frozen=True)
class OwnerChange:
    """Somebody changed who answers, in an inbox that is not ours."""

    channel: str
    address: str
    owner: Owner


@dataclass(frozen=True)
class Ignored:
    """A known event that is none of ours; ``why`` holds no content."""

    channel: str
    why: str


@dataclass(frozen=True)
class Unreadable:
    """One event of a delivery that cannot be what the provider sends; kept aside for a look."""

    channel: str
    why: str
    raw: str = field(repr=False)


Event = (
    Inbound
    | Receipt
    | ReadUpTo
    | Changed
    | Reaction
    | SaidElsewhere
    | NewAddress
    | OwnerChange
    | Ignored
    | Unreadable
)


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
    """The mail that a message answers."""

    message_id: str
    subject: str = field(repr=False)


@dataclass(frozen=True)
class Part:
    """A piece of a message that the provider takes in one go; the choices hang on the last.

    ``is_late``: a person writes after the window, as the provider allows people only. ``answers``: the
    visitor's latest mail.
    """

    text: str
    choices: tuple[dict[str, str], ...] = ()
    is_late: bool = False
    answers: Answers | None = None


class Channel(Protocol):
    """A way to reach visitors through a provider."""

    largest_body: int
    """Bytes of the largest webhook that the provider sends."""

    @property
    def names(self) -> Sequence[str]:
        """The channel names that this provider serves."""

    def style(self, name: str) -> Style:
        """What the channel of that name can show."""

    def routes(self) -> list[Route]:
        """The provider's webhooks."""

    async def read(self, request: Request) -> list[Event]:
        """Check and read a webhook request. Raise Forged or Malformed."""

    def acknowledgement(self) -> Response:
        """What the provider wants to hear when its request was taken."""

    async def noticed(self, inbound: Inbound) -> None:
        """Show the visitor that the message has arrived ("typing"). Raise what send raises."""

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Bring one part to the visitor and return the provider's id of it.

        Raise Refused, TryAgain or Unclear.
        """

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Content type and bytes of something a visitor sent. Raise Refused, TryAgain, Unclear."""

    async def close(self) -> None:
        """Let go of the connections."""


@runtime_checkable
class CanTell(Protocol):
    """A channel whose provider can be asked whether a text has reached it."""

    async def find(self, conversation: Conversation, part: Part, since: datetime) -> str | None:
        """The provider's id of a part that it took since then; None when it has none.

        Raise Refused, TryAgain or Unclear.
        """


def each(
    channel: str, items: Any, where: str, read: Callable[[dict[str, Any]], Any]
) -> list[Event]:
    """What ``read`` makes of each object of a list (one event or several), each by itself.

    An object that it refuses becomes Unreadable and spoils nothing. Raise Malformed for no list.
    """
    events: list[Event] = []
    if items is not None and not isinstance(items, list):
        raise Malformed(f"{where} is not a list")
    for one in items or ():
        try:
            found = read(an_object(one, where))
        except Malformed as error:
            found = Unreadable(channel, str(error), json.dumps(one)[:LONGEST_RAW])
        events += found if isinstance(found, list) else [found]
    return events


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a webhook's body. Raise Malformed for anything else."""
    try:
        found = json.loads(body.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is not JSON") from error
    return an_object(found, "the body")


def an_object(value: Any, where: str) -> dict[str, Any]:
    """A JSON object. Raise Malformed, which names ``where``."""
    if not isinstance(value, dict):
        raise Malformed(f"{where} is not an object")
    return value


def objects(value: Any, where: str) -> list[dict[str, Any]]:
    """A list of JSON objects; nothing at all is an empty one. Raise Malformed."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{where} is not a list")
    return [an_object(one, where) for one in value]


def identifier(holder: dict[str, Any], key: str) -> str:
    """A provider's id: a short text, or a number. Raise Malformed."""
    value = holder.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 1 <= len(value) <= 1_000:
        raise Malformed(f"'{key}' is missing or is no id")
    return value


def text(holder: dict[str, Any], key: str) -> str:
    """A text, or "" when there is none. Raise Malformed for anything else."""
    value = holder.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"'{key}' is no text")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def key_of(provider_id: str) -> str:
    """A provider's id as the unique index keeps it; Instagram's are too long for that."""
    provider_id = storable(provider_id)
    if len(provider_id) <= LONGEST_ID:
        return provider_id
    return hashlib.sha256(provider_id.encode()).hexdigest()


def storable(text: str) -> str:
    """Text without what no database keeps: lone surrogates and NUL."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
