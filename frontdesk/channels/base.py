"""The small interface that every provider's channel implements. One file a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from frontdesk.model import Conversation, Message

BODY_LIMIT = 64 * 1024


class Forged(Exception):
    """A webhook request that the provider did not sign."""


class Malformed(Exception):
    """A webhook request whose payload cannot be what the provider sends."""


class Refused(Exception):
    """The provider will not take this message; trying again would not help."""


class TryAgain(Exception):
    """The provider could not take this message now."""

    def __init__(self, why: str, after_seconds: float | None = None) -> None:
        super().__init__(why)
        self.after_seconds = after_seconds


@dataclass(frozen=True)
class Inbound:
    """One message of a visitor as a provider hands it in."""

    channel: str
    address: str
    provider_id: str
    text: str
    has_media: bool = False
    name: str | None = field(default=None, repr=False)


class Channel(Protocol):
    """A way to reach visitors through a provider."""

    @property
    def names(self) -> Sequence[str]:
        """The channel names that this provider serves."""

    def routes(self) -> list[Route]:
        """The provider's webhooks."""

    async def read(self, request: Request) -> list[Inbound]:
        """Check and read a webhook request. Raise Forged or Malformed.

        A known event that is none of ours gives an empty list.
        """

    async def send(self, conversation: Conversation, message: Message) -> None:
        """Bring one message to the visitor. Raise Refused or TryAgain."""

    def acknowledgement(self) -> Response:
        """What the provider wants to hear when its request was taken."""
