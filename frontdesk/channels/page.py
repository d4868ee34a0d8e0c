"""What Messenger and Instagram share: one shape of webhook, one Send API.

developers.facebook.com/docs/messenger-platform/webhooks
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request

from frontdesk.channels import meta
from frontdesk.channels.base import (
    Changed,
    Event,
    Ignored,
    Inbound,
    Malformed,
    Media,
    Reaction,
    ReadUpTo,
    Receipt,
    SaidElsewhere,
    an_object,
    each,
    identifier,
    objects,
    text,
)
from frontdesk.channels.provider import Provider
from frontdesk.channels.reception import Reception
from frontdesk.conversations.model import Conversation, Message, Status
from frontdesk.outgoing.carrier import Part, Style
from frontdesk.settings import PageSettings

KINDS = {"image": "photo", "audio": "voice", "video": "video", "file": "document"}
NO_MEDIA = ("fallback", "template")
OPENING = "get_started"
HUMAN_AGENT = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
CONVERSATIONS = ("messaging", "standby")


class PageChannel(meta.Door):
    """One page or account. A subclass names the channel, the object it is about, and its style."""

    _settings: PageSettings
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

    async def read(self, request: Request) -> list[Event]:
        """Messages, postbacks and receipts of a batch, in its order; one that is odd spoils no other."""
        entries = await meta.signed_entries(request, self._settings.app_secret, self.about)
        return each(self.name, entries, "entry", self._entry)

    def _entry(self, entry: dict[str, Any]) -> list[Event]:
        if identifier(entry, "id") != self._settings.account_id:
            return [Ignored(self.name, "another page or account")]
        if not any(key in entry for key in CONVERSATIONS):
            return [Ignored(self.name, "no messages")]
        # standby: another app answers this conversation now, so only what people say there counts
        return [
            *each(self.name, entry.get("messaging"), "messaging", self._event),
            *each(self.name, entry.get("standby"), "standby", self._in_standby),
        ]

    def _event(self, one: dict[str, Any]) -> list[Event]:
        if "message" in one:
            return [self._message(one, an_object(one["message"], "message"))]
        if "message_edit" in one:
            edit = an_object(one["message_edit"], "message_edit")
            return [Changed(self.name, _sender(one), identifier(edit, "mid"), text(edit, "text"))]
        if "reaction" in one:
            reaction = an_object(one["reaction"], "reaction")
            sign = text(reaction, "emoji") if reaction.get("action") == "react" else ""
            return [Reaction(self.name, _sender(one), identifier(reaction, "mid"), sign)]
        if "postback" in one:
            return [self._postback(one, an_object(one["postback"], "postback"))]
        if "referral" in one:
            referral = _referral(one)
            key = f"{_sender(one)}:{one.get('timestamp')}:referral"
            return [Inbound(self.name, _sender(one), key, is_opening=True, referral=referral)]
        if "delivery" in one:
            mids = an_object(one["delivery"], "delivery").get("mids") or []
            if not isinstance(mids, list) or not all(isinstance(mid, str) for mid in mids):
                raise Malformed("mids is no list of ids")
            return [Receipt(self.name, mid, Status.DELIVERED) for mid in mids]
        if "read" in one:
            return [self._read(one, an_object(one["read"], "read"))]
        kinds = sorted(set(one) - {"sender", "recipient", "timestamp"})
        return [Ignored(self.name, f"an event about {', '.join(kinds)[:60] or 'nothing'}")]

    def _read(self, one: dict[str, Any], read: dict[str, Any]) -> Event:
        """Instagram names the message; Messenger the time up to which everything was read."""
        if mid := text(read, "mid"):
            return Receipt(self.name, mid, Status.READ)
        watermark = identifier(read, "watermark")
        if not (watermark.isascii() and watermark.isdigit() and len(watermark) < 15):
            raise Malformed("'watermark' is no time")
        return ReadUpTo(self.name, _sender(one), int(watermark))

    def _in_standby(self, one: dict[str, Any]) -> Event:
        message = an_object(one.get("message") or {}, "message")
        if message.get("is_echo"):
            return self._message(one, message)
        found = self._message(one, message) if "message" in one else None
        if isinstance(found, Inbound):
            return replace(found, is_watched=True)
        return found or Ignored(self.name, "another app has the conversation")

    def _message(self, one: dict[str, Any], message: dict[str, Any]) -> Event:
        if message.get("is_echo"):
            return self._echo(one, message)
        if message.get("is_deleted"):
            return Changed(self.name, _sender(one), identifier(message, "mid"), None)
        button_id = None
        if "quick_reply" in message:
            button_id = identifier(an_object(message["quick_reply"], "quick_reply"), "payload")
        found = objects(message.get("attachments"), "attachments")
        attachments = [attachment for attachment in found if attachment.get("type") not in NO_MEDIA]
        media = _media(attachments[0]) if attachments else None
        is_bare = found and not text(message, "text")
        if not media and (message.get("is_unsupported") or is_bare):
            media = Media("unknown")
        return Inbound(
            self.name,
            _sender(one),
            identifier(message, "mid"),
            text(message, "text"),
            button_id=button_id,
            title=text(message, "text") if button_id else "",
            media=media,
            quoted=text(an_object(message.get("reply_to") or {}, "reply_to"), "mid") or None,
            referral=_referral(message) or _referral(one),
        )

    def _echo(self, one: dict[str, Any], message: dict[str, Any]) -> Event:
        """Our own words come back with the app's id; without one, a person wrote in Meta's inbox."""
        if message.get("app_id") or message.get("metadata"):
            return Ignored(self.name, "our own message")
        words = text(message, "text") or "[a file]"
        visitor = identifier(an_object(one.get("recipient"), "recipient"), "id")
        return SaidElsewhere(self.name, visitor, identifier(message, "mid"), words)

    def _postback(self, one: dict[str, Any], postback: dict[str, Any]) -> Event:
        payload, sender = identifier(postback, "payload"), _sender(one)
        key = text(postback, "mid") or f"{sender}:{one.get('timestamp')}:{payload}"
        is_opening = payload.lower() == OPENING
        return Inbound(
            self.name,
            sender,
            key,
            button_id=None if is_opening else payload,
            title=text(postback, "title"),
            is_opening=is_opening,
            referral=_referral(postback),
        )

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
                **(HUMAN_AGENT if part.is_late else {"messaging_type": "RESPONSE"}),
                "message": content,
            }
        )
        return str(answer.get("message_id") or "")

    async def _post(self, content: dict[str, Any]) -> dict[str, Any]:
        return await self._api.post("/me/messages", json=content)

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Fetch a file from Meta's own servers."""
        return await self._api.download(
            reference, lambda url: meta.is_own_file(url, self._settings.api_url)
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _referral(holder: dict[str, Any]) -> str | None:
    """What the advert, link or story said that brought somebody here."""
    referral = an_object(holder.get("referral") or {}, "referral")
    context = an_object(referral.get("ads_context_data") or {}, "ads_context_data")
    found = text(context, "ad_title") or text(referral, "ref") or text(referral, "source")
    return found[:200] or None


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
