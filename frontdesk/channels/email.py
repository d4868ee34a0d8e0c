"""E-mail: in through Mailgun's webhook as raw MIME, out through the clinic's own mail server.

Mailgun signs a time and a token, not the mail
(documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http), so whoever has
its signing key can write anything: keep it secret. It tries again for 8 hours until it hears a 200.
What a mail says is read in mail.py.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import parse_qsl

import aiosmtplib
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from clinic import Clinic
from frontdesk.channels.base import Event, Forged, Inbound, Malformed, with_what_is_below
from frontdesk.channels.mail import read_mail
from frontdesk.channels.meta import same
from frontdesk.channels.problems import explained
from frontdesk.channels.reception import OneWebhook, Reception
from frontdesk.clock import Clock
from frontdesk.conversations.mail_files import MailFiles
from frontdesk.conversations.model import Author, Conversation, Message
from frontdesk.outgoing.carrier import Part, Refused, Style, TryAgain, Unclear
from frontdesk.outgoing.mailer import Mailer
from frontdesk.settings import EmailSettings

NAME = "email"
PATH = "/channels/email/mime"
"""Mailgun sends raw MIME to an address that ends with "mime"."""
MANNERS = Style(longest=50_000, is_mail=True)
OLDEST_SECONDS = 9 * 3_600
OTHER = "application/octet-stream"
MIME, BYTES = "body-mime", "latin-1"
FORM = "application/x-www-form-urlencoded"
AUTOMATIC = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}


class EmailChannel(OneWebhook):
    """One address of the clinic."""

    names = (NAME,)
    webhook_path, webhook_name = PATH, NAME
    largest_body = 32 * 1024 * 1024

    def __init__(
        self,
        settings: EmailSettings,
        mailer: Mailer,
        clinic: Clinic,
        files: MailFiles,
        reception: Reception,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._mailer = mailer
        self._clinic = clinic
        self._files = files
        self._reception = reception
        self._clock = clock

    def style(self, name: str) -> Style:
        """A long answer is one mail; choices are numbered."""
        return MANNERS

    async def read(self, request: Request) -> list[Event]:
        """Check the signature over time and token, then read the mail."""
        body, fields = await request.body(), None
        if not request.headers.get("content-type", "").startswith(FORM):
            fields = await self._parts(request)
        return with_what_is_below(await asyncio.to_thread(self._event, body, fields))

    def _event(self, body: bytes, fields: dict[str, bytes] | None) -> Event:
        """What a mail leads to, read in one go beside the loop. ``fields`` are those of ``body``, if they
        are known already. Raise Forged or Malformed."""
        raw = _fields(body) if fields is None else fields
        form = {
            name: value.decode("utf-8", "replace") for name, value in raw.items() if name != MIME
        }
        self._check(form)
        if not raw.get(MIME):
            raise Malformed("body-mime is missing")
        own, checker = self._settings.address, self._settings.checked_by
        keeps = self._clinic.channels.media
        return read_mail(raw[MIME], form.get("sender"), own, checker, keeps)

    async def _parts(self, request: Request) -> dict[str, bytes]:
        """The fields of a form with files. Raise Forged."""
        kind = request.headers.get("content-type", "")
        headers = Headers({"content-type": f"{kind}; charset={BYTES}"})
        parser = MultiPartParser(
            headers, request.stream(), max_fields=200, max_part_size=self.largest_body
        )
        try:
            fields = (await parser.parse()).multi_items()
        except (ValueError, KeyError, MultiPartException) as error:
            raise Forged("not a form") from error
        return {
            name: await value.read() if isinstance(value, UploadFile) else value.encode(BYTES)
            for name, value in fields
        }

    def _check(self, form: dict[str, str]) -> None:
        stamp, token = form.get("timestamp", ""), form.get("token", "")
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and token):
            raise Forged("timestamp")
        key = self._settings.signing_key.encode()
        signed = f"{stamp}{token}".encode("utf-8", "replace")
        if not same(form.get("signature", ""), hmac.new(key, signed, hashlib.sha256).hexdigest()):
            raise Forged("signature")
        if abs(self._clock().timestamp() - int(stamp)) > OLDEST_SECONDS:
            raise Forged("an old request")

    async def noticed(self, inbound: Inbound) -> None:
        """Mail has no "typing"."""

    async def send(self, conversation: Conversation, message: Message, part: Part) -> str | None:
        """Send one mail into the thread that it answers; return its Message-ID."""
        mail = EmailMessage()
        mail["From"], mail["To"] = self._settings.address, str(conversation.address)
        mail["Subject"] = self._subject(part)
        mail["Date"] = formatdate(usegmt=True)
        mail["Message-ID"] = make_msgid(domain=self._settings.address.rpartition("@")[2])
        if part.answers and part.answers.message_id:
            mail["In-Reply-To"] = part.answers.message_id
            mail["References"] = part.answers.message_id
        if message.author is not Author.STAFF:
            for name, value in AUTOMATIC.items():
                mail[name] = value
        mail.set_content(part.text)
        await self._hand_over(mail)
        return str(mail["Message-ID"])

    def _subject(self, part: Part) -> str:
        subject = " ".join((part.answers.subject if part.answers else "").split())[:200]
        if not subject:
            return f"Your message to {self._clinic.name}"
        return subject if subject.lower().startswith("re:") else f"Re: {subject}"

    async def _hand_over(self, mail: EmailMessage) -> None:
        try:
            await self._mailer.hand_over(mail)
        except aiosmtplib.SMTPRecipientsRefused as error:
            refused = error.recipients[0]
            raise _failed(refused.code) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _failed(error.code) from error
        except (aiosmtplib.SMTPConnectError, aiosmtplib.SMTPConnectTimeoutError) as error:
            raise TryAgain("the mail server cannot be reached") from error
        except (aiosmtplib.SMTPNotSupported, ValueError) as error:
            raise Refused("our mail server cannot write to this address. Please call.") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            kind = type(error).__name__
            raise Unclear(f"unclear whether the mail server took it ({kind})") from error

    async def fetch(self, reference: str) -> tuple[str, bytes]:
        """A file that came with a mail."""
        content = await self._files.find(reference)
        if content is None:
            raise Refused("it is kept here no longer; look in the clinic's mailbox")
        return OTHER, content

    async def close(self) -> None:
        """Hang up on the mail server."""
        await self._mailer.close()


def _fields(body: bytes) -> dict[str, bytes]:
    """The fields as the bytes that they are: a mail may be written in any letters. Raise Forged."""
    try:
        fields = parse_qsl(body.decode(BYTES), True, encoding=BYTES, max_num_fields=200)
    except ValueError as error:
        raise Forged("not a form") from error
    return {name: value.encode(BYTES) for name, value in fields}


def _failed(code: int) -> Exception:
    """4xx is for a while, 5xx for good (RFC 5321)."""
    why = explained("Mail", code)
    return TryAgain(why) if code < 500 else Refused(why)
