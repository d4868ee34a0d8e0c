"""What Messenger and Instagram share: one shape of webhook, one Send API.

developers.facebook.com/docs/messenger-platform/webhooks
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from frontdesk.channels import meta
from frontdesk.channels.base import (
    Event,
    Ignored,
    Inbound,
    Malformed,
    Media,
    Part,
    Receipt,
    Style,
    an_object,
    identifier,
    objects,
    text,
)
from frontdesk.channels.provider import Provider
from frontdesk.channels.reception import Reception
from frontdesk.conversations.model import Conversation, Message, Status
from frontdesk.settings import PageSettings

KINDS = {"image": "photo", "audio": "voice", "video": "video", "file": "document"}
NO_MEDIA = ("fallback", "template")
OPENING = "get_started"


class PageChannel:
    """One page or account. A subclass names the channel, the object it is about, and its style."""

    name: str
    about: str
    limits: Style

    def __init__(self, settings: PageSettings, reception: Reception) -> None:
        self._settings = settings
        self._reception = reception
        self._api = Provider(
            self.name.title(),
            settings.api_url,
            meta.problem,
            headers={"Authorization": f"Bearer {settings.access_token}"},
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The channel's one name."""
        return (self.name,)

    def style(self, name: str) -> Style:
        """Quick replies."""
        return self.limits

    def routes(self) -> list[Route]:
        """The webhook and its handshake."""
        path = f"/channels/{self.name}"
        return [Route(path, self._webhook, methods=["GET", "POST"], name=self.name)]

    async def _webhook(self, request: Request) -> Response:
        if request.method != "POST":
            return meta.handshake(request, self._settings.verify_token)
        return await self._reception.take(self, request)

    def acknowledgement(self) -> Response:
        """Any 200 will do."""
        return Response()

    async def read(self, request: Request) -> list[Event]:
        """Messages, postbacks and receipts of a batch, in its order."""
        entries = await meta.signed_entries(request, self._settings.app_secret, self.about)
        events: list[Event] = []
        for entry in entries:
            if identifier(entry, "id") != self._settings.account_id:
                events.append(Ignored(self.name, "another page or account"))
                continue
            if "messaging" not in entry:
                events.append(Ignored(self.name, "no messages"))
            for one in objects(entry.get("messaging"), "messaging"):
                events += self._event(one)
        return events

    def _event(self, one: dict[str, Any]) -> list[Event]:
        if "message" in one:
            return [self._message(one, an_object(one["message"], "message"))]
        if "postback" in one:
            return [self._postback(one, an_object(one["postback"], "postback"))]
        if "delivery" in one:
            mids = an_object(one["delivery"], "delivery").get("mids") or []
            if not isinstance(mids, list) or not all(isinstance(mid, str) for mid in mids):
                raise Malformed("mids is no list of ids")
            return [Receipt(self.name, mid, Status.DELIVERED) for mid in mids]
        if "read" in one and (mid := text(an_object(one["read"], "read"), "mid")):
            return [Receipt(self.name, mid, Status.READ)]
        return [Ignored(self.name, "another kind of event")]

    def _message(self, one: dict[str, Any], message: dict[str, Any]) -> Event:
        if message.get("is_echo"):
            return Ignored(self.name, "our own message")
        if message.get("is_deleted"):
            return Ignored(self.name, "a deleted message")
        button_id = None
        if "quick_reply" in message:
            button_id = identifier(an_object(message["quick_reply"], "quick_reply"), "payload")
        attachments = [
            one
            for one in objects(message.get("attachments"), "attachments")
            if one.get("type") not in NO_MEDIA
        ]
        media = _media(attachments[0]) if attachments else None
        if message.get("is_unsupported") and not media:
            media = Media("unknown")
        return Inbound(
            self.name,
            _sender(one),
            identifier(message, "mid"),
            text(message, "text"),
            button_id=button_id,
            media=media,
        )

    def _postback(self, one: dict[str, Any], postback: dict[str, Any]) -> Event:
        payload, sender = identifier(postback, "payload"), _sender(one)
        key = text(postback, "mid") or f"{sender}:{one.get('timestamp')}:{payload}"
        is_opening = payload.lower() == OPENING
        button_id = None if is_opening else payload
        return Inbound(self.name, sender, key, button_id=button_id, is_opening=is_opening)

    async def noticed(self, inbound: Inbound) -> None:
        """Show "typing" for up to 20 s."""
        await self._post({"recipient": {"id": inbound.address}, "sender_action": "typing_on"})

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Send a text with its quick replies."""
        content: dict[str, Any] = {"text": part.text}
        if part.choices:
            content["quick_replies"] = [
                {"content_type": "text", "title": one["title"], "payload": one["id"]}
                for one in part.choices
            ]
        answer = await self._post(
            {
                "recipient": {"id": str(conversation.address)},
                "messaging_type": "RESPONSE",
                "message": content,
            }
        )
        return str(answer.get("message_id") or "")

    async def _post(self, content: dict[str, Any]) -> dict[str, Any]:
        return await self._api.post("/me/messages", json=content)

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Fetch a file from Meta's own servers."""
        return await self._api.download(meta.own_file(reference, self._settings.api_url))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _sender(one: dict[str, Any]) -> str:
    return identifier(an_object(one.get("sender"), "sender"), "id")


def _media(attachment: dict[str, Any]) -> Media:
    payload = an_object(attachment.get("payload") or {}, "payload")
    if payload.get("sticker_id"):
        return Media("sticker")
    kind = text(attachment, "type")
    return Media(
        KINDS.get(kind, "location" if kind == "location" else "unknown"),
        text(payload, "url") or None,
    )
