"""SMS and WhatsApp through Twilio.

Twilio signs the public address and the form with HMAC-SHA1; it sends the same message again after a
failure, under the same MessageSid; it waits 15 s for an answer. Replies go through its REST API, so
that an answer may take longer than a webhook (twilio.com/docs/usage/webhooks/webhooks-security).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from twilio.request_validator import RequestValidator

from frontdesk.channels.base import (
    LARGEST_BODY,
    Event,
    Forged,
    Ignored,
    Inbound,
    Malformed,
    Media,
    OptedOut,
    Reaction,
    Receipt,
    named,
    objects,
    text,
    together,
)
from frontdesk.channels.problems import explained, stops
from frontdesk.channels.provider import Problem, Provider
from frontdesk.channels.reception import OneWebhook, Reception
from frontdesk.conversations.model import Conversation, Message, Status
from frontdesk.outgoing.carrier import Part, Stops, Style
from frontdesk.settings import TwilioSettings

PATH = "/channels/twilio"
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
WHATSAPP = "whatsapp:"
CLOCKS_DIFFER = timedelta(minutes=1)
FILES = (".twilio.com", ".twiliocdn.com", "s3-external-1.amazonaws.com")
MANNERS = {
    "sms": Style(longest=1_600, segments=2),
    "whatsapp": Style(longest=1_600, window=timedelta(hours=24), templates=True),
}
STATUSES = {
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "failed": Status.FAILED,
    "undelivered": Status.FAILED,
}
KINDS = {"image": "photo", "audio": "voice", "video": "video", "sticker": "sticker"}
KINDS |= {vcard: "contact" for vcard in ("text/vcard", "text/x-vcard", "contacts")}
KINDS |= {"interactive": "form", "unsupported": "unknown"}
LAYOUTS = ("application/smil",)
"""Says how an MMS is laid out, and is nothing that somebody sent."""
MOST_FILES = 20
FORMS = ("InteractiveData", "FlowData")
NOT_SAID = ("system",)
RECEIVED, RCS = "received", "rcs:"
USER_IDS = ("ExternalUserId", "ExternalUserIdentifier")
"""Twilio calls it the second in its changelog (twilio.com/en-us/changelog, 2026-07-20)."""
SIDS = ("MessageSid", "SmsMessageSid", "SmsSid")
REFERRED = ("ReferralHeadline", "ReferralBody", "ReferralSourceType")
SPACES = re.compile(r"[\s().-]+")


class TwilioChannel(OneWebhook):
    """One Twilio account; a message's address tells whether it is SMS or WhatsApp."""

    webhook_path, webhook_name = PATH, "twilio"
    largest_body = LARGEST_BODY

    def __init__(self, settings: TwilioSettings, public_url: str, reception: Reception) -> None:
        self._settings = settings
        self._address = f"{public_url}{PATH}"
        self._validator = RequestValidator(settings.auth_token)
        self._reception = reception
        self._api = Provider(
            "Twilio",
            settings.api_url,
            _problem,
            auth=(settings.account_sid, settings.auth_token),
        )
        numbers = {"sms": settings.sms_number, "whatsapp": settings.whatsapp_number}
        self.names = tuple(name for name, number in numbers.items() if number)

    def style(self, name: str) -> Style:
        """Numbered choices on both; two segments on SMS, the 24 hours of WhatsApp."""
        return MANNERS[name]

    def acknowledgement(self) -> Response:
        """An empty answer: the reply comes through the REST API."""
        return Response(EMPTY_TWIML, media_type="application/xml")

    async def read(self, request: Request) -> list[Event]:
        """Check the signature over the public address, then read the form."""
        form = self._signed_form(
            await request.body(), request.headers.get("x-twilio-signature", "")
        )
        if form.get("AccountSid") != self._settings.account_sid:
            raise Forged("account")
        sid = next((form[key] for key in SIDS if form.get(key)), "")
        if not sid:
            raise Malformed("MessageSid is missing")
        status = form.get("MessageStatus") or form.get("SmsStatus") or RECEIVED
        if status != RECEIVED:
            return self._receipt(form, sid, status)
        return [self._message(form, sid)]

    def _message(self, form: dict[str, str], sid: str) -> Event:
        sender, aliases = _sender(form)
        channel = "whatsapp" if sender.startswith(WHATSAPP) else "sms"
        if channel not in self.names:
            return Ignored(self.names[0], f"{channel} is switched off")
        if sender == self._own_number(channel):
            return Ignored(channel, "our own message")
        kind, words = form.get("MessageType", "text"), _words(form)
        if kind in NOT_SAID or ":" in sender.removeprefix(WHATSAPP):
            return Ignored(channel, f"a message of the kind {kind[:20]}, or of another network")
        quoted = form.get("OriginalRepliedMessageSid") or None
        if kind == "reaction" and quoted:
            return Reaction(channel, sender, quoted, words)
        media, more = together(_media(form))
        if not words and not media and kind != "text":
            media = Media(named(kind, KINDS))
        return Inbound(
            channel=channel,
            address=sender,
            provider_id=sid,
            text=words,
            media=media,
            more=more,
            name=form.get("ProfileName"),
            is_answered="OptOutType" in form,
            asked=form.get("OptOutType", "").upper(),
            aliases=aliases,
            quoted=quoted,
            referral=next((form[key] for key in REFERRED if form.get(key)), None),
        )

    def _own_number(self, channel: str) -> str:
        whatsapp = WHATSAPP + self._settings.whatsapp_number
        return self._settings.sms_number if channel == "sms" else whatsapp

    def _signed_form(self, body: bytes, signature: str) -> dict[str, str]:
        try:
            pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=200)
        except ValueError as error:
            raise Forged("not a form") from error
        form = dict(pairs)
        if len(form) != len(pairs) or not self._validator.validate(self._address, form, signature):
            raise Forged("signature")
        return form

    def _receipt(self, form: dict[str, str], sid: str, said: str) -> list[Event]:
        channel = "whatsapp" if form.get("To", "").startswith(WHATSAPP) else "sms"
        status = STATUSES.get(said)
        if status is None:
            return [Ignored(channel, "an interim status")]
        code, events = form.get("ErrorCode"), list[Event]()
        events.append(Receipt(channel, sid, status, explained("Twilio", code) if code else None))
        if (lasts := stops("Twilio", code)) and form.get("To"):
            is_block = lasts is Stops.UNTIL_THEY_WRITE
            events.append(OptedOut(channel, _number(form["To"]), True, is_block, sid))
        return events

    async def noticed(self, inbound: Inbound) -> None:
        """Neither SMS nor Twilio's WhatsApp has a settled way to show "typing"."""

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Send one part, or the clinic's template by its content SID."""
        number = self._own_number(conversation.channel)
        form = {"From": number, "To": str(conversation.address)}
        if (payload := message.payload or {}).get("type") == "template":
            values = {str(place): value for place, value in enumerate(payload["values"], start=1)}
            form |= {"ContentSid": payload["name"], "ContentVariables": json.dumps(values)}
        else:
            form["Body"] = part.text
        if self._address.startswith("https://"):
            form["StatusCallback"] = self._address
        answer = await self._api.post(
            f"/2010-04-01/Accounts/{self._settings.account_sid}/Messages.json", data=form
        )
        return str(answer.get("sid") or "")

    async def find(self, conversation: Conversation, part: Part, since: datetime) -> str | None:
        """Look among what Twilio took for this number since then; its list begins with the newest."""
        query = {"To": str(conversation.address), "PageSize": "50"}
        query["DateSent>"] = since.date().isoformat()
        found = await self._api.get(
            f"/2010-04-01/Accounts/{self._settings.account_sid}/Messages.json?{urlencode(query)}"
        )
        for one in objects(found.get("messages"), "messages"):
            taken = _moment(text(one, "date_created"))
            if text(one, "body") == part.text and (taken is None or taken >= since - CLOCKS_DIFFER):
                return text(one, "sid") or None
        return None

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """Fetch a file from Twilio, and from nowhere else."""
        return await self._api.download(reference, self._is_own_file)

    def _is_own_file(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        own = url.startswith(f"{self._settings.api_url}/")
        return own or url.startswith("https://") and host.endswith(FILES)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _moment(value: str) -> datetime | None:
    """Twilio writes RFC 2822."""
    try:
        return parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None


def _sender(form: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """The address that wrote, and others of the same person: who has a username may show no number."""
    user = next((form[key] for key in USER_IDS if form.get(key)), "")
    found = [
        _number(form.get("From", "")),
        f"{WHATSAPP}{user.removeprefix(WHATSAPP)}" if user else "",
    ]
    found = [one for one in found if one and one != WHATSAPP]
    if not found:
        raise Malformed("From and ExternalUserId are missing")
    return found[0], tuple(dict.fromkeys(found[1:]))


def _number(sender: str) -> str:
    """A number as we write to it: a phone that sends RCS also gets SMS."""
    sender = sender.removeprefix(RCS)
    bare = SPACES.sub("", sender)
    return bare if bare.lstrip("+").isdigit() else sender


def _words(form: dict[str, str]) -> str:
    """What was written, or the words on what was pressed."""
    pressed = form.get("ButtonText") or form.get("ListTitle")
    if not pressed and any(form.get(answers) for answers in FORMS):
        return ""  # a form that was filled in; its body is the provider's word for that
    return pressed or form.get("Body", "")


def _media(form: dict[str, str]) -> Iterator[Media]:
    """What came with the text; a place has coordinates instead of a file."""
    if form.get("Latitude") and form.get("Longitude"):
        yield Media("location")
    number = form.get("NumMedia", "")
    for at in range(min(int(number), MOST_FILES) if number.isascii() and number.isdigit() else 0):
        kind = form.get(f"MediaContentType{at}", "")
        if kind in LAYOUTS:
            continue
        if form.get("MessageType") == "sticker":
            kind = "sticker"
        whole, rough = KINDS.get(kind), KINDS.get(kind.partition("/")[0])
        yield Media(whole or rough or "document", form.get(f"MediaUrl{at}"))


def _problem(body: dict[str, object]) -> Problem:
    return str(body.get("code") or ""), body.get("code") == 20429, None
