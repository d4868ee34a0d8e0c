"""WhatsApp through Meta's Cloud API (developers.facebook.com/docs/whatsapp/cloud-api)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clinic import Clinic
from frontdesk.channels import meta
from frontdesk.channels.base import (
    Event,
    Ignored,
    Inbound,
    Malformed,
    Media,
    Part,
    Receipt,
    Refused,
    Style,
    an_object,
    identifier,
    objects,
    text,
)
from frontdesk.channels.provider import Provider
from frontdesk.channels.reception import Reception
from frontdesk.conversations.model import Conversation, Message, Status
from frontdesk.settings import WhatsAppSettings

NAME = "whatsapp"
PATH = "/channels/whatsapp"
MANNERS = Style(
    longest=4_096, with_choices=1_024, buttons=3, rows=10, title=20, window=timedelta(hours=24)
)
KINDS = {
    "image": "photo",
    "audio": "voice",
    "video": "video",
    "document": "document",
    "sticker": "sticker",
    "location": "location",
    "contacts": "contact",
    "order": "unknown",
    "unsupported": "unknown",
    "unknown": "unknown",
}
STATUSES = {"delivered": Status.DELIVERED, "read": Status.READ, "failed": Status.FAILED}


class WhatsAppChannel:
    """One phone number of the Cloud API."""

    names = (NAME,)

    def __init__(self, settings: WhatsAppSettings, clinic: Clinic, reception: Reception) -> None:
        self._settings = settings
        self._template = clinic.channels.whatsapp_template
        self._reception = reception
        self._api = Provider(
            "WhatsApp",
            settings.api_url,
            meta.problem,
            headers={"Authorization": f"Bearer {settings.access_token}"},
        )

    def style(self, name: str) -> Style:
        """Three buttons, or a list of ten."""
        return MANNERS

    def routes(self) -> list[Route]:
        """The webhook and its handshake."""
        return [Route(PATH, self._webhook, methods=["GET", "POST"], name=NAME)]

    async def _webhook(self, request: Request) -> Response:
        if request.method != "POST":
            return meta.handshake(request, self._settings.verify_token)
        return await self._reception.take(self, request)

    def acknowledgement(self) -> Response:
        """Any 200 will do."""
        return Response()

    async def read(self, request: Request) -> list[Event]:
        """Messages and statuses of a batch, in its order."""
        entries = await meta.signed_entries(
            request, self._settings.app_secret, "whatsapp_business_account"
        )
        events: list[Event] = []
        for entry in entries:
            for change in objects(entry.get("changes"), "changes"):
                if change.get("field") != "messages":
                    events.append(Ignored(NAME, "another field"))
                    continue
                events += self._change(an_object(change.get("value"), "value"))
        return events

    def _change(self, value: dict[str, Any]) -> list[Event]:
        metadata = an_object(value.get("metadata"), "metadata")
        if identifier(metadata, "phone_number_id") != self._settings.phone_number_id:
            return [Ignored(NAME, "another phone number")]
        names = {
            str(contact.get("wa_id")): text(
                an_object(contact.get("profile", {}), "profile"), "name"
            )
            for contact in objects(value.get("contacts"), "contacts")
        }
        events = [_message(one, names) for one in objects(value.get("messages"), "messages")]
        return events + [_status(one) for one in objects(value.get("statuses"), "statuses")]

    async def noticed(self, inbound: Inbound) -> None:
        """Blue ticks and "typing" for up to 25 s."""
        await self._post(
            {
                "status": "read",
                "message_id": inbound.provider_id,
                "typing_indicator": {"type": "text"},
            }
        )

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Send a text, buttons, a list, or the clinic's template."""
        if (message.payload or {}).get("type") == "template" and self._template:
            language = {"code": self._template.language}
            content: dict[str, Any] = {
                "type": "template",
                "template": {"name": self._template.name, "language": language},
            }
        elif part.choices:
            content = {"type": "interactive", "interactive": self._interactive(part)}
        else:
            content = {"type": "text", "text": {"body": part.text, "preview_url": False}}
        to = {"recipient_type": "individual", "to": str(conversation.address)}
        answer = await self._post({**to, **content})
        sent = objects(answer.get("messages"), "messages")
        return str(sent[0].get("id") or "") if sent else None

    def _interactive(self, part: Part) -> dict[str, Any]:
        if len(part.choices) <= MANNERS.buttons:
            buttons = [{"type": "reply", "reply": one} for one in part.choices]
            return {"type": "button", "body": {"text": part.text}, "action": {"buttons": buttons}}
        button = self._reception.words("choose_button")
        action = {"button": button, "sections": [{"title": button, "rows": list(part.choices)}]}
        return {"type": "list", "body": {"text": part.text}, "action": action}

    async def _post(self, content: dict[str, Any]) -> dict[str, Any]:
        return await self._api.post(
            f"/{self._settings.phone_number_id}/messages",
            json={"messaging_product": "whatsapp", **content},
        )

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Fetch a file by its id: Meta names an address that is good for five minutes."""
        if not reference.isalnum():
            raise Refused("that is no file of WhatsApp's")
        found = await self._api.get(f"/{reference}")
        return await self._api.download(
            meta.own_file(str(found.get("url")), self._settings.api_url)
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _message(one: dict[str, Any], names: dict[str, str]) -> Event:
    sender, message_id, kind = identifier(one, "from"), identifier(one, "id"), text(one, "type")
    content = an_object(one.get(kind, {}), kind) if kind not in ("contacts", "unsupported") else {}
    words, button_id, media = "", None, None
    if kind == "text":
        words = text(content, "body")
    elif kind == "interactive":
        reply = content.get(text(content, "type"))
        button_id = identifier(an_object(reply, "interactive"), "id")
    elif kind == "button":
        words = text(content, "text")
    elif kind in KINDS:
        media = Media(KINDS[kind], text(content, "id") or None)
        words = text(content, "caption")
    elif kind:
        return Ignored(NAME, "another kind of message")
    else:
        raise Malformed("a message has no type")
    return Inbound(
        NAME, sender, message_id, words, button_id=button_id, media=media, name=names.get(sender)
    )


def _status(one: dict[str, Any]) -> Event:
    status = STATUSES.get(text(one, "status"))
    if status is None:
        return Ignored(NAME, "an interim status")
    errors = objects(one.get("errors"), "errors")
    why = f"WhatsApp error {errors[0].get('code')}" if errors else None
    return Receipt(NAME, identifier(one, "id"), status, why)
