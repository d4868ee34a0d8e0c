"""Reads one mail: who wrote what, whether a machine did, what became of a mail of ours, and whether the
sender is proven. Understands MIME with Python's own parser; what people quote is cut in mail_text.py."""

from __future__ import annotations

import re
from email import message_from_bytes, message_from_string, policy
from email.message import EmailMessage, Message
from email.utils import parseaddr
from typing import Any

from frontdesk.channels.automatic import is_automatic_mail
from frontdesk.channels.base import Event, Ignored, Inbound, Malformed, Media, Receipt
from frontdesk.channels.mail_text import own_words
from frontdesk.channels.problems import explained
from frontdesk.conversations.model import Status

NAME = "email"
LONGEST_READ = 100_000
LARGEST_LOGO = 60_000
KINDS = {"image": "photo", "audio": "voice", "video": "video"}
NO_FILES = (
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
)
ACTIONS = {"failed": Status.FAILED, "delivered": Status.DELIVERED}
MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
ADDRESS = re.compile(r"[^\s<>\"@,;]+@[^\s<>\"@,;]+")
PROVEN = re.compile(r"\bdmarc\s*=\s*([a-z]+)", re.I)


def read_mail(mime: str, envelope: str | None, own: str, checked_by: str) -> Event:
    """What a mail leads to. Raise Malformed for what is none.

    envelope: the sender of SMTP, "" for a bounce. own: our address. checked_by: the mail server whose
    Authentication-Results count (RFC 8601).
    """
    try:
        mail = message_from_bytes(mime.encode("utf-8", "replace"), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        if report := _report(mail):
            return report
        return _written(mail, envelope, own, checked_by)
    except (
        ValueError,
        LookupError,
        AttributeError,
        TypeError,
        IndexError,
        AssertionError,
    ) as error:
        raise Malformed(f"the mail cannot be read ({type(error).__name__})") from error


def _written(mail: EmailMessage, envelope: str | None, own: str, checked_by: str) -> Event:
    name, address = parseaddr(_header(mail, "Reply-To") or _header(mail, "From"))
    address = address.strip().lower()
    if not ADDRESS.fullmatch(address) or len(address) > 200:
        raise Malformed("'From' holds no address")
    if address == own.lower():
        return Ignored(NAME, "our own message")
    message_id = _message_id(mail, "Message-ID")
    if message_id is None:
        raise Malformed("'Message-ID' is missing")
    subject = " ".join(_header(mail, "Subject").split())
    words = own_words(_body(mail)[:LONGEST_READ]) or _bare(subject)
    headers = {key.lower(): str(value) for key, value in mail.items()}
    return Inbound(
        NAME,
        address,
        message_id,
        words,
        media=_media(mail),
        name=name or None,
        quoted=_message_id(mail, "In-Reply-To") or _message_id(mail, "References"),
        is_automatic=envelope == "" or is_automatic_mail(headers, address),
        known_as=message_id,
        subject=subject[:200],
        sender_check=_sender_check(mail, checked_by),
    )


def _report(mail: EmailMessage) -> Event | None:
    """What another mail server says became of a mail of ours (RFC 3464)."""
    if mail.get_content_type() != "multipart/report":
        return None
    status = next(
        (one for one in mail.walk() if one.get_content_type() == "message/delivery-status"), None
    )
    original = next(
        (found for one in mail.walk() if one is not mail and (found := _original(one))), None
    )
    if status is None or original is None:
        return Ignored(NAME, "a report about no mail of ours")
    fields = {key.lower(): str(value) for block in _blocks(status) for key, value in block.items()}
    action = ACTIONS.get(fields.get("action", "").strip().lower())
    if action is None:
        return Ignored(NAME, "an interim report")
    code = fields.get("status", "").strip()
    why = explained("Mail", code) if action is Status.FAILED else None
    return Receipt(NAME, original, action, why)


def _blocks(status: Message) -> list[Message]:
    content: Any = status.get_payload()
    return content if isinstance(content, list) else []


def _original(part: Message) -> str | None:
    """The Message-ID of the mail that a report carries, whole or as its headers only."""
    if part.get_content_type() == "message/rfc822":
        inner = _blocks(part)
        return _message_id(inner[0], "Message-ID") if inner else None
    if part.get_content_type() == "text/rfc822-headers":
        held = message_from_string(str(part.get_payload()), policy=policy.compat32)
        return _message_id(held, "Message-ID")
    return None


def _body(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):  # a charset that nobody knows
        raw = part.get_payload(decode=True)
        return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else ""


def _bare(subject: str) -> str:
    """A subject that says it all, where the mail itself says nothing."""
    return re.sub(r"^(?:\s*(?:re|aw|fwd?|sv|vs|ref)\s*:)+", "", subject, flags=re.I).strip()


def _media(mail: EmailMessage) -> Media | None:
    """The first file; a small picture inside the text (a logo under a name) and a signature are none."""
    for part in mail.walk():
        kind, is_attached = part.get_content_type(), part.get_content_disposition() == "attachment"
        if part.is_multipart() or kind in NO_FILES or kind.startswith("text/") and not is_attached:
            continue
        is_inside = bool(part.get("Content-ID")) and kind.startswith("image/")
        if not is_inside or len(str(part.get_payload())) > LARGEST_LOGO:
            return Media(KINDS.get(part.get_content_maintype(), "document"))
    return None


def _sender_check(mail: EmailMessage, checked_by: str) -> str:
    """What our mail server says about the sender: pass, fail, none; "" when it says nothing."""
    for value in mail.get_all("Authentication-Results", []) if checked_by else []:
        server, _, results = str(value).partition(";")
        if server.split()[:1] == [checked_by] and (found := PROVEN.search(results)):
            return found[1].lower()
    return ""


def _header(mail: EmailMessage, name: str) -> str:
    return str(mail.get(name) or "")


def _message_id(mail: Message, name: str) -> str | None:
    """The last id of a header: References ends with the mail that is answered."""
    found = MESSAGE_ID.findall(str(mail.get(name) or ""))
    return found[-1] if found else None
