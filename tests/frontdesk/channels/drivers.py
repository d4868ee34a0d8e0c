"""One driver a channel: how its provider writes, signs and reports, for the contract in contract.py."""

from __future__ import annotations

import asyncio
import copy
import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import httpx
from twilio.request_validator import RequestValidator

from tests.frontdesk.conftest import MONDAY_NOON, URL, FrontDesk, until
from tests.standins import chatwoot, mail, meta, telegram, twilio
from tests.standins.provider import StandInProvider

PAYLOADS = Path(__file__).parent / "payloads"
Payload = dict[str, Any]
Headers = dict[str, str]

# What a recorded payload leads to.
TURN = "a turn with its text"
PRESS = "a turn with the button b_no"
PHOTO = "the kind answer, no turn"
CAPTION = "the kind answer, and a turn with the caption"
THREE = "three turns in order"
GREETING = "the greeting only"
NOTHING = "ignored"
RECEIPT = "a receipt"
HANDSHAKE = "a handshake"
SERVICE = "stored; answered by the provider"
WATCHED = "stored; people answer elsewhere"
OWNER = "another owner"


USUAL = {
    "text": TURN,
    "button": PRESS,
    "photo": PHOTO,
    "photo_with_caption": CAPTION,
    "voice": PHOTO,
}
"""Recorded of nearly every provider, and what it leads to there."""


class Driver(ABC):
    """A provider as the front desk sees it."""

    channel: str
    folder: str
    address: str
    settings: dict[str, str]
    expected: dict[str, str]
    longest: int
    has_buttons = True
    has_typing = True
    has_window = True
    window_hours = 24
    largest_body = 64 * 1024
    refused = "400"
    receipts: tuple[str, ...] = ()

    def __init__(self, provider: StandInProvider) -> None:
        self.provider = provider

    @property
    def path(self) -> str:
        return f"/channels/{self.channel}"

    def load(self, name: str) -> Payload:
        found: Payload = json.loads((PAYLOADS / self.folder / f"{name}.json").read_text())
        return found

    def called(self, message_id: str) -> str:
        """What a message that we got under an id is called when another refers to it."""
        return message_id

    def encode(self, payload: Payload) -> bytes:
        return json.dumps(payload).encode()

    @abstractmethod
    def sign(self, content: bytes) -> Headers:
        """The headers by which the provider proves that it wrote ``content``."""

    @abstractmethod
    def forgeries(self, content: bytes) -> list[Headers]:
        """Headers that do not prove it."""

    @abstractmethod
    def text(self, words: str, message_id: str) -> Payload:
        """A visitor's text."""

    @abstractmethod
    def press(self, button_id: str, title: str, message_id: str) -> Payload:
        """A visitor's choice."""

    def receipt(self, provider_id: str, status: str) -> Payload:
        """What became of a message of ours."""
        raise NotImplementedError

    async def post(self, front: FrontDesk, payload: Payload) -> httpx.Response:
        """Post a payload, signed, and wait until it has been taken in."""
        answer = await self.post_raw(front, self.encode(payload))
        await until(front.taken_in)
        return answer

    async def post_raw(
        self, front: FrontDesk, content: bytes, headers: Headers | None = None
    ) -> httpx.Response:
        content, headers = self.request(content, self.sign(content) if headers is None else headers)
        raw = {name: value.encode("latin-1", "replace") for name, value in headers.items()}
        return await front.http.post(self.path, content=content, headers=raw)

    def request(self, content: bytes, signed: Headers) -> tuple[bytes, Headers]:
        """Body and headers as they travel."""
        return content, signed


class TwilioDriver(Driver):
    """The part that SMS and WhatsApp share."""

    path = "/channels/twilio"
    has_buttons = False
    has_typing = False
    longest = 1_600
    own = "+447700900123"

    def __init__(self) -> None:
        super().__init__(twilio.StandInTwilio())
        self.settings = {
            "TWILIO_ACCOUNT_SID": twilio.ACCOUNT,
            "TWILIO_AUTH_TOKEN": twilio.TOKEN,
            "TWILIO_SMS_NUMBER": self.own,
            "TWILIO_WHATSAPP_NUMBER": self.own,
            "TWILIO_API_URL": self.provider.url,
        }

    def encode(self, payload: Payload) -> bytes:
        return urlencode(payload, errors="surrogatepass").encode()

    def sign(self, content: bytes) -> Headers:
        return self._sign(content, twilio.TOKEN, f"{URL}{self.path}")

    @staticmethod
    def _sign(content: bytes, token: str, url: str) -> Headers:
        form = dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))
        return {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": RequestValidator(token).compute_signature(url, form),
        }

    def forgeries(self, content: bytes) -> list[Headers]:
        url = f"{URL}{self.path}"
        return [
            {},
            {"x-twilio-signature": ""},
            {"x-twilio-signature": "é"},
            {"x-twilio-signature": "nope=1"},
            self._sign(content, "another-token", url),
            self._sign(content, "", url),
            self._sign(content, twilio.TOKEN, f"https://other.example{self.path}"),
            self._sign(content, twilio.TOKEN, f"{url}?extra=1"),
            self._sign(content + b"&Added=1", twilio.TOKEN, url),
            self._sign(b"", twilio.TOKEN, url),
        ]

    def text(self, words: str, message_id: str) -> Payload:
        return {**self.load("text"), "Body": words, "MessageSid": message_id}

    def press(self, button_id: str, title: str, message_id: str) -> Payload:
        return self.text(title, message_id)

    def receipt(self, provider_id: str, status: str) -> Payload:
        name = "status_failed" if status == "failed" else "status_delivered"
        return {**self.load(name), "MessageSid": provider_id, "MessageStatus": status}


class SmsDriver(TwilioDriver):
    channel = "sms"
    folder = "sms"
    address = "+447700900456"
    has_window = False
    receipts = ("delivered", "failed")
    expected = {
        "text": TURN,
        "messaging_service_text": TURN,
        "photo": PHOTO,
        "photo_with_caption": CAPTION,
        "voice": PHOTO,
        "contact": PHOTO,
        "stop_answered_by_twilio": SERVICE,
        "status_queued": NOTHING,
        "status_sent": NOTHING,
        "status_delivered": RECEIPT,
        "status_undelivered": RECEIPT,
        "status_failed": RECEIPT,
    }


class TwilioWhatsAppDriver(TwilioDriver):
    channel = "whatsapp"
    folder = "twilio_whatsapp"
    address = "whatsapp:+447700900456"
    receipts = ("delivered", "read", "failed")
    expected = {
        "text": TURN,
        "button": TURN,
        "list_reply": TURN,
        "photo": PHOTO,
        "photo_with_caption": CAPTION,
        "voice": PHOTO,
        "document": PHOTO,
        "sticker": PHOTO,
        "location": PHOTO,
        "status_sent": NOTHING,
        "status_delivered": RECEIPT,
        "status_read": RECEIPT,
        "status_failed": RECEIPT,
    }


class MetaDriver(Driver):
    """The part that WhatsApp's Cloud API, Messenger and Instagram share."""

    largest_body = 3 * 1024 * 1024
    secret = "meta-app-secret-0123456789"
    word = "a-word-of-our-own"

    def __init__(self, provider: StandInProvider) -> None:
        super().__init__(provider)
        self.settings = {
            "META_APP_SECRET": self.secret,
            "META_VERIFY_TOKEN": self.word,
            "META_API_URL": provider.url,
        }

    def sign(self, content: bytes) -> Headers:
        return self._sign(content, self.secret)

    @staticmethod
    def _sign(
        content: bytes,
        secret: str,
        how: str = "sha256",
        header: str = "x-hub-signature-256",
        prefix: str | None = None,
    ) -> Headers:
        digest = hmac.new(secret.encode(), content, how).hexdigest()
        return {"content-type": "application/json", header: f"{prefix or how}={digest}"}

    def forgeries(self, content: bytes) -> list[Headers]:
        digest = hmac.new(self.secret.encode(), content, "sha256").hexdigest()
        header = "x-hub-signature-256"
        return [
            {},
            {header: ""},
            {header: "é"},
            {header: "nope=1"},
            {header: "sha256="},
            {header: digest},
            {header: f"sha256={digest[:-1]}"},
            self._sign(content, "another-secret"),
            self._sign(content, ""),
            self._sign(content, self.secret, "sha1", "x-hub-signature"),
            self._sign(content, self.secret, "sha1"),
            self._sign(content, self.secret, "md5"),
            self._sign(content, self.secret, "blake2b"),
            self._sign(content, self.secret, "md5", prefix="sha256"),
            self._sign(content + b" ", self.secret),
            self._sign(b"", self.secret),
        ]


class WhatsAppDriver(MetaDriver):
    channel = "whatsapp"
    folder = "whatsapp"
    address = "447700900456"
    longest = 4_096
    receipts = ("delivered", "read", "failed")
    expected = {
        **USUAL,
        "list_reply": PRESS,
        "template_button": TURN,
        "document": PHOTO,
        "sticker": PHOTO,
        "location": PHOTO,
        "contact": PHOTO,
        "unsupported": PHOTO,
        "reaction": NOTHING,
        "edit": TURN,
        "delete": NOTHING,
        "number_changed": NOTHING,
        "batch": THREE,
        "another_number": NOTHING,
        "another_field": NOTHING,
        "status_sent": NOTHING,
        "status_delivered": RECEIPT,
        "status_read": RECEIPT,
        "status_failed": RECEIPT,
        "handshake": HANDSHAKE,
    }

    def __init__(self) -> None:
        super().__init__(meta.StandInMeta())
        self.settings |= {
            "WHATSAPP_PHONE_NUMBER_ID": meta.NUMBER,
            "WHATSAPP_ACCESS_TOKEN": meta.TOKEN,
        }

    def text(self, words: str, message_id: str) -> Payload:
        return self._changed("text", message_id, text={"body": words})

    def press(self, button_id: str, title: str, message_id: str) -> Payload:
        reply = {"id": button_id, "title": title}
        content = {"type": "button_reply", "button_reply": reply}
        return self._changed("button", message_id, interactive=content)

    def _changed(self, name: str, message_id: str, **content: Any) -> Payload:
        payload = self.load(name)
        message = payload["entry"][0]["changes"][0]["value"]["messages"][0]
        message.update(content, id=message_id)
        return payload

    def receipt(self, provider_id: str, status: str) -> Payload:
        payload = self.load(f"status_{status}")
        payload["entry"][0]["changes"][0]["value"]["statuses"][0]["id"] = provider_id
        return payload


class PageDriver(MetaDriver):
    """Messenger and Instagram."""

    window_hours = 7 * 24

    def text(self, words: str, message_id: str) -> Payload:
        return self._changed("text", {"mid": message_id, "text": words})

    def press(self, button_id: str, title: str, message_id: str) -> Payload:
        reply = {"mid": message_id, "text": title, "quick_reply": {"payload": button_id}}
        return self._changed("button", reply)

    def _changed(self, name: str, message: Payload) -> Payload:
        payload = self.load(name)
        payload["entry"][0]["messaging"][0]["message"] = message
        return payload


class MessengerDriver(PageDriver):
    channel = "messenger"
    folder = "messenger"
    address = "5489000000000001"
    longest = 2_000
    receipts = ("delivered",)
    expected = {
        **USUAL,
        "fallback_link": TURN,
        "postback": PRESS,
        "get_started": GREETING,
        "document": PHOTO,
        "sticker": PHOTO,
        "location": PHOTO,
        "reaction": NOTHING,
        "edit": TURN,
        "echo": NOTHING,
        "batch": THREE,
        "another_account": NOTHING,
        "status_delivered": RECEIPT,
        "status_read": RECEIPT,
        "handshake": HANDSHAKE,
    }

    def __init__(self) -> None:
        super().__init__(meta.StandInMeta())
        self.settings |= {
            "MESSENGER_PAGE_ID": "104152353451234",
            "MESSENGER_ACCESS_TOKEN": meta.TOKEN,
        }

    def receipt(self, provider_id: str, status: str) -> Payload:
        payload = self.load("status_delivered")
        payload["entry"][0]["messaging"][0]["delivery"]["mids"] = [provider_id]
        return payload


class InstagramDriver(PageDriver):
    channel = "instagram"
    folder = "instagram"
    address = "3402823668417103"
    longest = 1_000
    receipts = ("read",)
    expected = {
        **USUAL,
        "postback": PRESS,
        "get_started": GREETING,
        "share": PHOTO,
        "story_mention": PHOTO,
        "unsupported": PHOTO,
        "reaction": NOTHING,
        "edit": TURN,
        "delete": NOTHING,
        "echo": NOTHING,
        "comment": NOTHING,
        "batch": THREE,
        "another_account": NOTHING,
        "status_read": RECEIPT,
        "handshake": HANDSHAKE,
    }

    def __init__(self) -> None:
        super().__init__(meta.StandInMeta(longest_bytes=1_000))
        self.settings |= {
            "INSTAGRAM_ACCOUNT_ID": "17841400000000001",
            "INSTAGRAM_ACCESS_TOKEN": meta.TOKEN,
        }

    def receipt(self, provider_id: str, status: str) -> Payload:
        payload = self.load("status_read")
        payload["entry"][0]["messaging"][0]["read"]["mid"] = provider_id
        return payload


class TelegramDriver(Driver):
    channel = "telegram"
    folder = "telegram"
    address = "5550001"
    longest = 4_096
    has_window = False
    secret = "telegram-secret-token"
    expected = {
        **USUAL,
        "start": GREETING,
        "document": PHOTO,
        "sticker": PHOTO,
        "location": PHOTO,
        "contact": PHOTO,
        "poll": CAPTION,
        "reaction": NOTHING,
        "edit": TURN,
        "delete": NOTHING,
        "unsupported": NOTHING,
        "blocked_by_visitor": NOTHING,
        "group": NOTHING,
    }

    def __init__(self) -> None:
        super().__init__(telegram.StandInTelegram())
        self.settings = {
            "TELEGRAM_BOT_TOKEN": telegram.TOKEN,
            "TELEGRAM_SECRET_TOKEN": self.secret,
            "TELEGRAM_API_URL": self.provider.url,
        }

    def sign(self, content: bytes) -> Headers:
        return {"content-type": "application/json", "x-telegram-bot-api-secret-token": self.secret}

    def forgeries(self, content: bytes) -> list[Headers]:
        name = "x-telegram-bot-api-secret-token"
        tokens = ["", "é", "nope=1", self.secret[:-1], self.secret + "0", self.secret.upper()]
        return [{}, *({name: token} for token in tokens)]

    def text(self, words: str, message_id: str) -> Payload:
        payload = self.load("text")
        payload["message"]["text"] = words
        return {**payload, "update_id": message_id}

    def press(self, button_id: str, title: str, message_id: str) -> Payload:
        payload = self.load("button")
        payload["callback_query"].update(data=button_id, id=message_id)
        return {**payload, "update_id": message_id}


class ChatwootDriver(Driver):
    channel = "chatwoot"
    folder = "chatwoot"
    address = "77"
    longest = 4_000
    has_window = False
    secret = "chatwoot-webhook-secret"
    now = int(MONDAY_NOON.timestamp())
    expected = {
        **USUAL,
        "document": PHOTO,
        "location": PHOTO,
        "open": WATCHED,
        "outgoing": NOTHING,
        "activity": NOTHING,
        "private_note": NOTHING,
        "edit": TURN,
        "delete": NOTHING,
        "another_account": NOTHING,
        "webwidget_triggered": NOTHING,
        "conversation_opened": OWNER,
        "conversation_resolved": OWNER,
    }

    def __init__(self) -> None:
        super().__init__(chatwoot.StandInChatwoot())
        self.settings = {
            "CHATWOOT_URL": self.provider.url,
            "CHATWOOT_ACCOUNT_ID": "1",
            "CHATWOOT_ACCESS_TOKEN": chatwoot.TOKEN,
            "CHATWOOT_WEBHOOK_SECRET": self.secret,
        }

    def sign(self, content: bytes) -> Headers:
        return self._sign(content, self.secret, str(self.now))

    @staticmethod
    def _sign(content: bytes, secret: str, stamp: str) -> Headers:
        signed = stamp.encode() + b"." + content
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return {
            "content-type": "application/json",
            "x-chatwoot-timestamp": stamp,
            "x-chatwoot-signature": f"sha256={digest}",
        }

    def forgeries(self, content: bytes) -> list[Headers]:
        good = self.sign(content)
        bare = hmac.new(self.secret.encode(), content, hashlib.sha256).hexdigest()
        return [
            {},
            {**good, "x-chatwoot-signature": ""},
            {**good, "x-chatwoot-signature": "é"},
            {**good, "x-chatwoot-signature": "nope=1"},
            {**good, "x-chatwoot-signature": f"sha256={bare}"},
            {**good, "x-chatwoot-timestamp": ""},
            {**good, "x-chatwoot-timestamp": "٣"},
            {**good, "x-chatwoot-timestamp": str(self.now + 1)},
            self._sign(content, self.secret, str(self.now - 301)),
            self._sign(content, self.secret, str(self.now + 301)),
            self._sign(content, "another-secret", str(self.now)),
            self._sign(content + b" ", self.secret, str(self.now)),
            self._sign(b"", self.secret, str(self.now)),
        ]

    def text(self, words: str, message_id: str) -> Payload:
        return {**self.load("text"), "content": words, "id": message_id}

    def press(self, button_id: str, title: str, message_id: str) -> Payload:
        payload = copy.deepcopy(self.load("button"))
        chosen = [{"title": title, "value": button_id}]
        payload["content_attributes"]["submitted_values"] = chosen
        return {**payload, "id": message_id}


class EmailDriver(Driver):
    """Mailgun signs a time and a token inside the form; here they travel as headers, as with the others."""

    channel = "email"
    folder = "email"
    path = "/channels/email/mime"
    address = "ana0001@mail.example"
    own = "hello@clinic.example"
    key = "mailgun-signing-key-0123456789"
    longest = 50_000
    largest_body = 32 * 1024 * 1024
    has_buttons = False
    has_typing = False
    has_window = False
    refused = "550"
    receipts = ("failed",)
    now = int(MONDAY_NOON.timestamp())
    expected = {
        "text": TURN,
        "photo": PHOTO,
        "photo_with_caption": CAPTION,
        "bounce": RECEIPT,
        "delayed": NOTHING,
    }

    def __init__(self) -> None:
        super().__init__(mail.StandInMailServer())  # type: ignore[arg-type]
        self.settings = {
            "EMAIL_ADDRESS": self.own,
            "EMAIL_SIGNING_KEY": self.key,
            "EMAIL_CHECKED_BY": "mx.clinic.example",
            "MAIL_FROM": "desk@clinic.example",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.provider.port),  # type: ignore[attr-defined]
            "SMTP_SECURITY": "none",
        }

    def load(self, name: str) -> Payload:
        mime = (PAYLOADS / self.folder / f"{name}.eml").read_text()
        return {"sender": self.address, "recipient": self.own, "body-mime": mime}

    def encode(self, payload: Payload) -> bytes:
        return urlencode(payload, errors="replace").encode()

    def called(self, message_id: str) -> str:
        return f"<{message_id}@mail.example>"

    def sign(self, content: bytes) -> Headers:
        return self._sign(self.key, str(self.now), "t" * 50)

    @staticmethod
    def _sign(key: str, stamp: str, token: str, how: str = "sha256") -> Headers:
        digest = hmac.new(key.encode(), f"{stamp}{token}".encode(), how).hexdigest()
        return {"signature": digest, "timestamp": stamp, "token": token}

    def forgeries(self, content: bytes) -> list[Headers]:
        good = self.sign(content)
        return [
            {},
            {**good, "signature": ""},
            {**good, "signature": "é"},
            {**good, "signature": "nope=1"},
            {**good, "signature": good["signature"][:-1]},
            {**good, "timestamp": ""},
            {**good, "timestamp": "٣"},
            {**good, "timestamp": str(self.now + 1)},
            {**good, "token": ""},
            {**good, "token": "u" * 50},
            self._sign(self.key, str(self.now - 40_000), "t" * 50),
            self._sign(self.key, str(self.now + 40_000), "t" * 50),
            self._sign("another-key", str(self.now), "t" * 50),
            self._sign(self.key, str(self.now), "t" * 50, "md5"),
            self._sign(self.key, str(self.now), "t" * 50, "sha1"),
        ]

    def request(self, content: bytes, signed: Headers) -> tuple[bytes, Headers]:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        return content + b"&" + urlencode(signed).encode(), kind

    def text(self, words: str, message_id: str) -> Payload:
        made = EmailMessage(policy=policy.SMTPUTF8)
        made["From"], made["To"] = f"Ana <{self.address}>", self.own
        made["Subject"], made["Message-ID"] = "A question", f"<{message_id}@mail.example>"
        made.set_content(words.encode("utf-8", "replace").decode(), cte="quoted-printable")
        mime = made.as_bytes().decode("utf-8", "replace")
        return {"sender": self.address, "recipient": self.own, "body-mime": mime}

    def press(self, button_id: str, title: str, message_id: str) -> Payload:
        return self.text(title, message_id)

    def receipt(self, provider_id: str, status: str) -> Payload:
        payload = self.load("bounce")
        payload["body-mime"] = payload["body-mime"].replace("<ours@clinic.example>", provider_id)
        return payload


def at_once(waits: list[float]) -> Callable[..., asyncio.TimerHandle]:
    """Instead of waiting: notes for how long one would, and goes on."""

    def later(
        seconds: float, call: Callable[[str], None], conversation_id: str
    ) -> asyncio.TimerHandle:
        waits.append(seconds)
        return asyncio.get_running_loop().call_later(0.001, call, conversation_id)

    return later
