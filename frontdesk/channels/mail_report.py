"""What other mail servers, and mail programs, say became of a mail of ours: bounced, delivered, read, called
spam. Some say it as RFC 3464, 8098 and 5965 want it, some in their own words."""

from __future__ import annotations

import re
from email import message_from_string, policy
from email.message import EmailMessage, Message
from typing import Any

from frontdesk.channels.automatic import is_bounce_subject, is_mail_server
from frontdesk.channels.base import Event, Ignored, OptedOut, Receipt
from frontdesk.channels.problems import explained
from frontdesk.conversations.model import Status

NAME = "email"
LONGEST_READ = 100_000
STATUS, SEEN, COMPLAINT = (
    (f"message/{one}", f"message/global-{one}")
    for one in ("delivery-status", "disposition-notification", "feedback-report")
)
"""Each has a second name where addresses may be in any letters (RFC 6533)."""
WHOLE, HEADS = (
    ("message/rfc822", "message/global"),
    ("text/rfc822-headers", "message/global-headers"),
)
ACTIONS = {"failed": Status.FAILED, "delivered": Status.DELIVERED}
MESSAGE_ID = re.compile(r"<[^<>\s]{1,500}>")
ADDRESS = re.compile(r"[^\s<>\"@,;]+@[^\s<>\"@,;]+")
CODE = re.compile(r"\b([45]\.\d{1,3}\.\d{1,3})\b")
UNKNOWN_CODE = "5.0.0"


def report(mail: EmailMessage, envelope: str | None, own: str) -> Event | None:
    """What a mail says became of one of ours; None for a mail that is no report."""
    kinds = {part.get_content_type(): part for part in mail.walk()}
    if mail.get_content_type() == "multipart/report":
        complaint, seen, status = (
            next((kinds[one] for one in names if one in kinds), None)
            for names in (COMPLAINT, SEEN, STATUS)
        )
        if complaint is not None:
            return _complaint(complaint, mail)
        return _seen(seen) if seen is not None else _delivery(status, mail)
    if is_mail_server(str(mail.get("From") or "")) or envelope == "" and _says_it_came_back(mail):
        return _in_words(mail, own)
    return None


def _says_it_came_back(mail: EmailMessage) -> bool:
    """Who is away answers from nobody as well, as RFC 3834 wants it: that is no bounce."""
    return "X-Failed-Recipients" in mail or is_bounce_subject(str(mail.get("Subject") or ""))


def _delivery(status: Message | None, mail: EmailMessage) -> Event:
    original = next(
        (found for one in mail.walk() if one is not mail and (found := _original(one))),
        message_id(mail, "In-Reply-To") or message_id(mail, "References"),
    )
    if status is None or original is None:
        return Ignored(NAME, "a report about no mail of ours")
    fields = _fields(status)
    action = ACTIONS.get(fields.get("action", "").strip().lower())
    if action is None:
        return Ignored(NAME, "an interim report")
    code = fields.get("status", "").strip()
    return Receipt(
        NAME, original, action, explained("Mail", code) if action is Status.FAILED else None
    )


def _seen(part: Message) -> Event:
    fields = _fields(part)
    original = MESSAGE_ID.search(fields.get("original-message-id", ""))
    if original and "displayed" in fields.get("disposition", "").lower():
        return Receipt(NAME, original[0], Status.READ)
    return Ignored(NAME, "a report about no mail of ours")


def _complaint(part: Message, mail: EmailMessage) -> Event:
    """Who calls our mail spam wants no more of it."""
    named = [_fields(part).get("original-rcpt-to", "")]
    named += [str(one.get("To") or "") for one in mail.walk() if one is not mail]
    found = next((address for one in named if (address := ADDRESS.search(one))), None)
    if found is None:
        return Ignored(NAME, "a report about no mail of ours")
    return OptedOut(NAME, found[0].lower(), True)


def _in_words(mail: EmailMessage, own: str) -> Event | None:
    """A bounce as older servers write it: our Message-ID is in a header or in what it sends back."""
    body = mail.get_body(preferencelist=("plain", "html"))
    text = str(body.get_payload())[:LONGEST_READ] if body else ""
    heads = " ".join(str(mail.get(name) or "") for name in ("In-Reply-To", "References"))
    domain = own.rpartition("@")[2].lower()
    ours = [
        one for one in MESSAGE_ID.findall(f"{heads} {text}") if one.lower().endswith(f"@{domain}>")
    ]
    if not ours:
        return None
    code = CODE.search(text)
    if code and code[1].startswith("4"):
        return Ignored(NAME, "an interim report")
    return Receipt(
        NAME, ours[-1], Status.FAILED, explained("Mail", code[1] if code else UNKNOWN_CODE)
    )


def _fields(part: Message) -> dict[str, str]:
    blocks = parts_of(part)
    if not blocks:  # Python reads only delivery-status into blocks
        blocks = [_block(str(part.get_payload()))]
    if part.get_content_type() != STATUS[0]:  # of another name, the second is the first one's text
        texts = [text for one in blocks if isinstance(text := one.get_payload(), str)]
        blocks = [*blocks, *map(_block, texts)]
    return {key.lower(): str(value) for block in blocks for key, value in block.items()}


def _block(words: str) -> Message:
    return message_from_string(words.lstrip(), policy=policy.compat32)


def parts_of(part: Message) -> list[Message]:
    """The mails or blocks inside a part."""
    content: Any = part.get_payload()
    return content if isinstance(content, list) else []


def message_id(mail: Message, name: str) -> str | None:
    """The last id of a header: References ends with the mail that is answered."""
    found = MESSAGE_ID.findall(str(mail.get(name) or ""))
    return found[-1] if found else None


def _original(part: Message) -> str | None:
    """The Message-ID of the mail that a report carries, whole or as its headers only."""
    inner = parts_of(part)
    if inner and part.get_content_type() in (*WHOLE, *HEADS):
        return message_id(inner[0], "Message-ID")
    if part.get_content_type() in HEADS:
        held = message_from_string(str(part.get_payload()), policy=policy.compat32)
        return message_id(held, "Message-ID")
    return None
