"""SMS and WhatsApp through Twilio.

Twilio signs the public address and the form with HMAC-SHA1; it sends the same message again after a
failure, under the same MessageSid; it waits 15 s for an answer. Replies go through its REST API, so
that an answer may take longer than a webhook (twilio.com/docs/usage/webhooks/webhooks-security).
"""

from __future__ import annotations

from urllib.parse import parse_qsl

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from frontdesk.channels.base import Forged, Inbound, Malformed, Refused, TryAgain
from frontdesk.channels.reception import Reception
from frontdesk.model import Conversation, Message
from frontdesk.settings import TwilioSettings

PATH = "/channels/twilio"
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
WHATSAPP = "whatsapp:"
LONGEST_MESSAGE = 1_600
SECONDS = 10.0


class TwilioChannel:
    """One Twilio account; a message's address tells whether it is SMS or WhatsApp."""

    names = ("sms", "whatsapp")

    def __init__(self, settings: TwilioSettings, public_url: str, reception: Reception) -> None:
        self._settings = settings
        self._address = f"{public_url}{PATH}"
        self._validator = RequestValidator(settings.auth_token)
        self._reception = reception
        self._http = httpx.AsyncClient(
            base_url=settings.api_url,
            auth=(settings.account_sid, settings.auth_token),
            timeout=SECONDS,
        )

    def routes(self) -> list[Route]:
        """One webhook takes both kinds of message."""
        return [Route(PATH, self._webhook, methods=["POST"], name="twilio")]

    async def _webhook(self, request: Request) -> Response:
        return await self._reception.take(self, request)

    def acknowledgement(self) -> Response:
        """An empty answer: the reply comes through the REST API."""
        return Response(EMPTY_TWIML, media_type="application/xml")

    async def read(self, request: Request) -> list[Inbound]:
        """Check the signature over the public address, then read the form."""
        body = await request.body()
        try:
            pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=200)
        except (UnicodeDecodeError, ValueError) as error:
            raise Malformed("not a form") from error
        form = dict(pairs)
        given = request.headers.get("x-twilio-signature", "")
        if len(form) != len(pairs) or not self._validator.validate(self._address, form, given):
            raise Forged("signature")
        if form.get("AccountSid") != self._settings.account_sid:
            raise Forged("account")
        if "MessageStatus" in form or "SmsStatus" in form and form["SmsStatus"] != "received":
            return []
        sender, sid = form.get("From", ""), form.get("MessageSid", "")
        if not sender or not sid:
            raise Malformed("From or MessageSid is missing")
        media = form.get("NumMedia", "0")
        return [
            Inbound(
                channel="whatsapp" if sender.startswith(WHATSAPP) else "sms",
                address=sender,
                provider_id=sid,
                text=form.get("Body", ""),
                has_media=media.isdigit() and int(media) > 0,
            )
        ]

    async def send(self, conversation: Conversation, message: Message) -> None:
        """Send one message; an answer that never came counts as sent (at most once)."""
        body = self._reception.as_text(message)
        if not body:
            return
        sms = conversation.channel == "sms"
        number = self._settings.sms_number if sms else WHATSAPP + self._settings.whatsapp_number
        form = {"From": number, "To": conversation.address, "Body": body[:LONGEST_MESSAGE]}
        path = f"/2010-04-01/Accounts/{self._settings.account_sid}/Messages.json"
        try:
            answer = await self._http.post(path, data=form)
        except httpx.ConnectError as error:
            raise TryAgain("Twilio cannot be reached") from error
        except httpx.HTTPError as error:
            raise Refused(f"unclear whether Twilio took it ({type(error).__name__})") from error
        if answer.status_code == 429 or answer.status_code >= 500:
            wait = answer.headers.get("retry-after", "")
            raise TryAgain(
                f"Twilio answered {answer.status_code}", float(wait) if wait.isdigit() else None
            )
        if answer.status_code >= 400:
            raise Refused(f"Twilio answered {answer.status_code}")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()
