"""The small interface that every provider's channel implements. One file a channel.

A channel reads what its provider posts into events, and sends parts: pieces of a message that fit
the provider's limits. It keeps nothing; the front desk stores, orders and repeats.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from frontdesk.conversations.model import Owner, Status
from frontdesk.outgoing.carrier import Carrier

LONGEST_RAW, LONGEST_TEXT = 4_000, 2_000
LONGEST_KEPT = 20_000
LONGEST_ID = 80
LARGEST_BODY = 64 * 1024
KIND = re.compile(r"[a-z][a-z_]{0,29}")

Count = Callable[[str, str], None]
"""Counts, for a channel, what happened; the words hold no content."""


class Forged(Exception):
    """A webhook request that the provider did not sign."""


class Malformed(Exception):
    """A webhook request whose payload cannot be what the provider sends."""


@dataclass(frozen=True)
class Media:
    """Something that is no text. ``reference`` is what the provider finds it by.

    ``content`` is the file itself (base64) where the provider keeps none; ``why``, why it cannot be opened.
    """

    kind: str
    reference: str | None = field(default=None, repr=False)
    content: str | None = field(default=None, repr=False)
    why: str | None = None


@dataclass(frozen=True)
class Inbound:
    """One message of a visitor as a provider hands it in.

    ``button_id`` is the id of a button as we sent it, ``title`` the words on it. ``is_answered`` means
    that the provider has answered it for us (Twilio does so with STOP, when it is told to);
    ``is_opening`` that the visitor opened the chat and has said nothing yet. ``aliases`` are other
    addresses of the same person; ``quoted`` is the provider's id of the message that this one answers,
    ``quoted_words`` what was picked out of it or of one elsewhere; ``referral`` what the advert or story said that it came from. ``is_watched`` means that people answer
    in another inbox: the words are kept and read for danger, and get no answer of ours. ``known_as`` is
    what a later change calls the message, where that is not ``provider_id``. ``is_automatic``: it says
    itself that a machine wrote it. ``asked``: the provider has read it as STOP, START or HELP. ``edit_of``:
    it gives that message of the conversation other words, 0 one that we never had. ``subject`` and ``sender_check`` (is the sender proven?) are a mail's.
    ``more`` is what came together with ``media``. ``said_at``: when it was written, in seconds since 1970, where
    the provider says so. ``below``: what was cut from a mail and may be words; ``is_cut``: it is that.
    """

    channel: str
    address: str
    provider_id: str
    text: str = field(default="", repr=False)
    button_id: str | None = None
    media: Media | None = None
    more: tuple[Media, ...] = ()
    name: str | None = field(default=None, repr=False)
    is_answered: bool = False
    is_opening: bool = False
    title: str = field(default="", repr=False)
    aliases: tuple[str, ...] = ()
    quoted: str | None = None
    quoted_words: str = field(default="", repr=False)
    referral: str | None = field(default=None, repr=False)
    is_watched: bool = False
    known_as: str | None = None
    is_automatic: bool = False
    asked: str = ""
    edit_of: int | None = None
    subject: str = field(default="", repr=False)
    sender_check: str = ""
    said_at: float | None = None
    below: str = field(default="", repr=False)
    is_cut: bool = False


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
    """Somebody gave an earlier message other words; ``text`` None: deleted it.

    ``is_watched`` as in Inbound; ``by_staff``: it was a message of people who answer in another inbox.
    ``is_edited`` False: perhaps nobody gave it other words; the provider also tells of other changes so.
    """

    channel: str
    address: str
    provider_id: str
    text: str | None = field(default=None, repr=False)
    is_watched: bool = False
    by_staff: bool = False
    is_edited: bool = True


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
    """Somebody of the clinic answered in an inbox that is not ours. ``said_at`` as in Inbound."""

    channel: str
    address: str
    provider_id: str
    text: str = field(default="", repr=False)
    name: str | None = None
    said_at: float | None = None


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
class OptedOut:
    """A visitor told the provider that they want no more of our messages, or (False) that they do.

    ``until_they_write``: they blocked us there. ``about``: it was said of this message of ours.
    """

    channel: str
    address: str
    stopped: bool
    until_they_write: bool = False
    about: str | None = None


@dataclass(frozen=True)
class Preference:
    """A visitor told the provider whether they want marketing of ours. What they ask is answered all the same."""

    channel: str
    address: str
    wants_marketing: bool


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
    | OptedOut
    | Preference
    | Ignored
    | Unreadable
)


class Channel(Carrier, Protocol):
    """A way to reach visitors through a provider: what carries our words, and reads theirs."""

    largest_body: int
    """Bytes of the largest webhook that the provider sends."""

    def routes(self) -> list[Route]:
        """The provider's webhooks."""

    async def read(self, request: Request) -> list[Event]:
        """Check and read a webhook request. Raise Forged or Malformed."""

    def acknowledgement(self) -> Response:
        """What the provider wants to hear when its request was taken."""

    async def noticed(self, inbound: Inbound) -> None:
        """Show the visitor that the message has arrived ("typing"). Raise what send raises."""

    async def close(self) -> None:
        """Let go of the connections."""


def each(
    channel: str,
    items: Any,
    where: str,
    read: Callable[[dict[str, object]], Any],
    bare: Callable[[dict[str, object]], Inbound | None] = lambda one: None,
) -> list[Event]:
    """What ``read`` makes of each object of a list (one event or several), each by itself.

    An object that it refuses becomes Unreadable and spoils nothing; where a person wrote it, ``bare`` says
    who, with the words that can be read, so that they are heard. What should be a list and is none is one
    thing that cannot be read.
    """
    events: list[Event] = []
    if items is not None and not isinstance(items, list):
        return [Unreadable(channel, f"{where} is not a list", json.dumps(items)[:LONGEST_RAW])]
    for one in items or ():
        try:
            found = read(an_object(one, where))
        except Malformed as error:
            found = [Unreadable(channel, str(error), json.dumps(one)[:LONGEST_RAW])]
            if isinstance(one, dict) and (left := bare(one)):
                found.append(left)
        events += found if isinstance(found, list) else [found]
    return events


def what_is_left(
    channel: str, address: object, provider_id: object, *words: object
) -> Inbound | None:
    """Of a message that cannot be read whole: who wrote it, and the first words that are some."""
    try:
        ids = {"address": address, "id": provider_id}
        who, key = (identifier(ids, name) for name in ids)
    except Malformed:
        return None
    said = next((one for one in words if isinstance(one, str) and one.strip()), "")
    return Inbound(channel, who, key, said, media=None if said else Media("unknown"))


def with_what_is_below(event: Event) -> list[Event]:
    """A mail, and what was cut from it that may be words as a message of its own: kept, and read for danger."""
    if not isinstance(event, Inbound) or not event.below:
        return [event]
    who = event.channel, event.address, f"{event.provider_id}:below"
    return [replace(event, below=""), Inbound(*who, event.below, is_watched=True, is_cut=True)]


def watched(event: Event) -> Event:
    """The same, read while people answer in another inbox."""
    return replace(event, is_watched=True) if isinstance(event, Inbound | Changed) else event


def within(value: object, *keys: str) -> Any:
    """What lies in objects inside each other, whatever stands there; None where there is nothing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def json_object(body: bytes) -> dict[str, object]:
    """The JSON object of a webhook's body; what is null is not there. Raise Malformed for anything else."""
    try:
        found = json.loads(
            body.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_without_nulls
        )
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is not JSON") from error
    return an_object(found, "the body")


def an_object(value: object, where: str) -> dict[str, object]:
    """A JSON object. Raise Malformed, which names ``where``."""
    if not isinstance(value, dict):
        raise Malformed(f"{where} is not an object")
    return value


def objects(value: object, where: str) -> list[dict[str, object]]:
    """A list of JSON objects; nothing at all is an empty one. Raise Malformed."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{where} is not a list")
    return [an_object(one, where) for one in value]


def identifier(holder: dict[str, object], key: str) -> str:
    """A provider's id: a short text, or a number. Raise Malformed."""
    value = holder.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not 1 <= len(value) <= 1_000:
        raise Malformed(f"'{key}' is missing or is no id")
    return value


def text(holder: dict[str, object], key: str) -> str:
    """A text, or "" when there is none. Raise Malformed for anything else."""
    value = holder.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"'{key}' is no text")
    return value


def moment(holder: dict[str, object], key: str, a_second: int) -> float | None:
    """A time in seconds, of which the provider counts so many ``a_second``; None when there is none."""
    value = str(holder.get(key) or "")
    is_time = value.isascii() and value.isdigit() and len(value) < 15
    return int(value) / a_second if is_time else None


def named(kind: str, known: dict[str, str]) -> str:
    """What staff read of something that is no text: our word for it, or else the provider's."""
    return known.get(kind) or (kind if KIND.fullmatch(kind) else "unknown")


def together(media: Iterable[Media]) -> tuple[Media | None, tuple[Media, ...]]:
    """The first of several files, and the others."""
    found = tuple(media)
    return (found[0] if found else None), found[1:]


def _without_nulls(pairs: list[tuple[str, Any]]) -> dict[str, object]:
    return {key: value for key, value in pairs if value is not None}


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
    if text.isascii() and "\x00" not in text:
        return text
    return text.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
