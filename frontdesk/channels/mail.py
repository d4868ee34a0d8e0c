"""Reads one mail: who wrote what and sent which files, whether a machine did, and whether the sender is
proven. Understands MIME with Python's own parser; what people quote is cut in mail_text.py, what servers
report is read in mail_report.py."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from codecs import lookup
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes, policy
from email.headerregistry import HeaderRegistry, UniqueUnstructuredHeader, UnstructuredHeader
from email.message import EmailMessage, Message, MIMEPart
from email.utils import getaddresses
from functools import lru_cache
from typing import Any
from unicodedata import category

from frontdesk.channels.automatic import is_automatic_mail
from frontdesk.channels.base import (
    Event,
    Ignored,
    Inbound,
    Malformed,
    Media,
    Reaction,
    an_object,
    text,
    together,
)
from frontdesk.channels.mail_lines import flowed
from frontdesk.channels.mail_report import ADDRESS, LONGEST_READ, message_id, parts_of, report
from frontdesk.channels.mail_text import bare, parted, plain_text
from frontdesk.conversations.mail_files import kind_of

NAME = "email"
LARGEST_LOGO = 60_000
MOST_FILES = 10
LARGEST_FILES = 8 * 1024 * 1024
"""All files of a mail together."""
TOO_LARGE = "too large to be kept here: look in the clinic's mailbox"
NO_FILES = (
    "application/pgp-signature",
    "application/pkcs7-signature",
    "application/x-pkcs7-signature",
    "application/pgp-encrypted",
)
PROVEN = re.compile(r"\s*dmarc\s*=\s*([a-z]+)", re.I)
FORGED = ("fail", "reject", "quarantine")
ASIDE = re.compile(r'"(?:[^"\\]|\\.)*"|\([^()]*\)')
"""Quoted words and remarks in a result: an address may hold any, also "; dmarc=pass"."""
SIGN = "text/vnd.google.email-reaction+json"
REACTED = re.compile(r"\s*([^\n]{1,120}?)\breacted to your message:[ \t]*(?:\n|\Z)", re.I)
"""What Outlook mails for a sign to whoever has another program; nothing else marks it
(meta.discourse.org/t/301198, github.com/nextcloud/mail/issues/10961)."""
OTHER_SIGN = "⭐"
ANSWERED = ("REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER")
SAME_LETTERS = re.compile(r"-[ie]$", re.I)
"""iso-8859-8-i and -e (RFC 1556) are written in the letters of iso-8859-8."""
WRITTEN_IN = {
    "cp1252": ("iso8859-1",),
    "cp1254": ("iso8859-9",),
    "cp874": ("tis-620", "iso8859-11"),
    "gb18030": ("gb2312", "gbk"),
    "cp949": ("euc_kr",),
    "cp932": ("shift_jis",),
    "big5hkscs": ("big5",),
}
"""Letters that programs write and call by the name of older and fewer ones (encoding.spec.whatwg.org/#names-and-labels):
so that "don’t" stays one word."""
OLDER_NAMES = {older: letters for letters, names in WRITTEN_IN.items() for older in names}
NO_LETTERS = re.compile(
    r"[\W_]*(?:idna|punycode|(?:raw[\W_]*)?unicode[\W_]*escape|undefined)[\W_]*", re.I
)
"""What Python knows as letters and nobody writes in: it takes the square of what it reads in some of them. Signs
around a name and between its words count for nothing."""
NO_LETTERS_IN_HEADERS = re.compile(
    rb"(=\?[^\w?\s]{0,9}|\*=\s?\"?[^\w'\s]{0,9})"
    rb"(?:idna|punycode|(?:raw[\W_]{0,9})?unicode[\W_]{0,9}escape|undefined)(?=[^\w?']{0,9}[?*'])",
    re.I,
)
"""The same in an encoded word (RFC 2047) or an encoded parameter (RFC 2231)."""
FALLBACKS = ("utf-8", "cp1252", "latin-1")
REGISTRY = HeaderRegistry()
TEXTS = (UnstructuredHeader, UniqueUnstructuredHeader)
"""Headers that are words and no more: where nothing in them is encoded, they are what is written there."""


def read_mail(
    mime: bytes, envelope: str | None, own: str, checked_by: str, keeps_files: bool = False
) -> Event:
    """What a mail leads to. Raise Malformed for what is none.

    envelope: the sender of SMTP, "" for a bounce. own: our address. checked_by: the mail server whose
    Authentication-Results count (RFC 8601). keeps_files: may staff open what came with it?
    """
    try:
        how = policy.default.clone(header_factory=_ReadOnce(), refold_source="none")
        mail = message_from_bytes(NO_LETTERS_IN_HEADERS.sub(rb"\1utf-8", mime), policy=how)
        assert isinstance(mail, EmailMessage)
        for part in mail.walk():
            if NO_LETTERS.fullmatch(part.get_content_charset() or ""):
                kind = part.get_content_type()
                part.replace_header("Content-Type", f"{kind}; charset=utf-8")
        found = report(mail, envelope, own) or _written(mail, envelope, own, checked_by, mime)
        if isinstance(found, Inbound) and not keeps_files:
            found = replace(
                found,
                media=_unkept(found.media) if found.media else None,
                more=tuple(_unkept(one) for one in found.more),
            )
        return found
    except (
        ValueError,
        LookupError,
        AttributeError,
        TypeError,
        IndexError,
        AssertionError,
        RecursionError,
    ) as error:
        raise Malformed(f"the mail cannot be read ({type(error).__name__})") from error


class _ReadOnce:
    """Makes headers as Python does, each once: it would read one anew whenever anybody asks for it, and
    make a class for it first."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Any] = {}

    def __call__(self, name: str, value: str) -> Any:
        """The header."""
        key = name.lower(), value
        if key not in self._made:
            is_plain = value.isascii() and "=?" not in value
            if is_plain and REGISTRY.registry.get(key[0], UnstructuredHeader) in TEXTS:
                return value
            self._made[key] = _class_of(key[0])(name, value)
        return self._made[key]


@lru_cache(maxsize=200)
def _class_of(name: str) -> Any:
    return REGISTRY[name]


def _written(
    mail: EmailMessage, envelope: str | None, own: str, checked_by: str, mime: bytes
) -> Event:
    name, address = _writer(mail, own)
    if address == own.lower():
        return Ignored(NAME, "our own message")
    answered, body = message_id(mail, "In-Reply-To") or message_id(mail, "References"), _body(mail)
    if (sign := _sign(mail)) is not None or answered and (sign := _sign_in_words(body)):
        return Reaction(NAME, address, answered or "", sign)
    known_as = message_id(mail, "Message-ID")
    subject = " ".join(_header(mail, "Subject").split())
    words, below = parted(body, f"{name} {address}")
    hops = len(mail.get_all("Received", []))
    media, more = together(_files(mail))
    return Inbound(
        NAME,
        address,
        known_as or f"<{hashlib.sha256(mime).hexdigest()[:40]}@without-an-id>",
        words or bare(subject),
        media=media,
        more=more,
        name=name or None,
        quoted=answered,
        is_automatic=envelope == ""
        or is_automatic_mail(mail, address, hops)
        or not words
        and _answers_an_invitation(mail),
        known_as=known_as,
        subject=subject[:200],
        sender_check=_sender_check(mail, address, checked_by),
        below=below,
    )


def _writer(mail: EmailMessage, own: str) -> tuple[str, str]:
    """The name and the address of whoever is to be answered. Raise Malformed.

    What stands in Reply-To may be nothing or ourselves; a comma in a name parts what belongs together.
    """
    for header in ("Reply-To", "From"):
        for name, address in getaddresses([_header(mail, header)]):
            address = address.strip().lower()
            is_one = ADDRESS.fullmatch(address) and len(address) <= 200
            if is_one and (address != own.lower() or header == "From"):
                return name, address
    raise Malformed("'From' holds no address")


def _sign(mail: EmailMessage) -> str | None:
    """The sign that somebody put on a mail of ours (developers.google.com/gmail/design/reactions)."""
    for part in mail.walk():
        if part.get_content_type() == SIGN:
            content = part.get_payload(decode=True)
            found = json.loads(content) if isinstance(content, bytes) else None
            return text(an_object(found, "a sign"), "emoji")
    return None


def _sign_in_words(body: str) -> str | None:
    """The sign of which Outlook tells in words; one that is only a picture is shown as a star."""
    found = REACTED.match(body)
    return next((one for one in found[1] if category(one) == "So"), OTHER_SIGN) if found else None


def _answers_an_invitation(mail: EmailMessage) -> bool:
    """Did a calendar write it, for somebody who accepted or declined (RFC 6047)?"""
    methods = (
        str(part.get_param("method") or "").upper()
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
    )
    return any(one in ANSWERED for one in methods)


def _unkept(media: Media) -> Media:
    return Media(media.kind)


def _body(mail: EmailMessage) -> str:
    if mail.get_content_maintype() == "multipart" and isinstance(whole := mail.get_payload(), str):
        return plain_text(whole[:LONGEST_READ])  # parts by name that are none: that is the mail
    texts = (plain_text(_flowing(part)[:LONGEST_READ]) for part in _texts(mail))
    return "\n\n".join(texts)[:LONGEST_READ]


def _texts(mail: MIMEPart) -> Iterator[MIMEPart]:
    """The parts that are the text: some programs write on below a picture, in a part of its own."""
    if not mail.is_multipart() or mail.get_content_subtype() in ("alternative", "related"):
        ways = (mail.get_body(preferencelist=(one,)) for one in ("plain", "html"))
        written = [whole for whole in ways if whole is not None]
        yield from [one for one in written if _says_something(one)][:1] or written[:1]
        return
    for part in mail.iter_parts():
        is_file = part.is_attachment() or part.get_filename()
        if not is_file and part.get_content_maintype() != "message":
            yield from _texts(part)


def _flowing(part: MIMEPart) -> str:
    """The text of a part; lines that its program broke by itself, and marked so (RFC 3676), are one again."""
    words = _text_of(part)
    form, without_space = (str(part.get_param(name)).lower() for name in ("format", "delsp"))
    if part.get_content_type() != "text/plain" or form != "flowed":
        return words
    return flowed(words, without_space == "yes")


def _says_something(part: MIMEPart) -> bool:
    """Some programs write an empty plain text beside their HTML."""
    return any(sign.isalnum() for sign in _text_of(part)[:LONGEST_READ])


def _text_of(part: MIMEPart) -> str:
    raw_bytes = part.get_payload(decode=True)
    if not isinstance(raw_bytes, bytes):
        return ""
    raw_bytes = raw_bytes[: LONGEST_READ * 4]
    named = SAME_LETTERS.sub("", part.get_content_charset() or "") or FALLBACKS[0]
    for charset in (_written_in(named), named, *FALLBACKS):
        try:
            return raw_bytes.decode(charset)
        except (LookupError, UnicodeError):  # none is named, nobody knows it, or it is another
            continue
    return ""


def _written_in(charset: str) -> str:
    """The letters that programs mean by that name."""
    try:
        return OLDER_NAMES.get(lookup(charset).name, charset)
    except LookupError:
        return charset


def _files(mail: EmailMessage) -> Iterator[Media]:
    """What came with a mail, each as what its content is; a small picture inside the text (a logo under a
    name) and a signature are none."""
    left = LARGEST_FILES
    for number, part in enumerate(_parts(mail)):
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        if part.get_content_type() in ("message/rfc822", "text/calendar"):
            content = part.as_bytes()
        kind = kind_of(content, part.get_content_type())
        if len(content) > left or number >= MOST_FILES:
            yield Media(kind, why=TOO_LARGE)
        else:
            left -= len(content)
            yield Media(kind, content=base64.b64encode(content).decode() if content else None)


def _parts(mail: EmailMessage) -> Iterator[Message]:
    """The parts that are files; what lies inside a mail that is attached belongs to it."""
    inside: set[int] = set()
    for part in mail.walk():
        if id(part) in inside:
            continue
        kind, is_attached = part.get_content_type(), part.get_content_disposition() == "attachment"
        if kind == "message/rfc822":
            inside |= {id(one) for inner in parts_of(part) for one in inner.walk()}
            yield part
        elif (
            part.is_multipart()
            or kind in NO_FILES
            or kind.startswith("multipart/")
            or kind.startswith("text/")
            and kind != "text/calendar"
            and not is_attached
        ):
            continue
        elif not (part.get("Content-ID") and kind.startswith("image/")) or is_large(part):
            yield part


def is_large(part: Message) -> bool:
    """Is a picture inside the text more than a logo?"""
    return len(str(part.get_payload())) > LARGEST_LOGO


def _sender_check(mail: EmailMessage, address: str, checked_by: str) -> str:
    """What our mail server says about the sender: pass, fail, none; "" when it says nothing.

    It speaks of the one address in From: that proves nobody who is to be answered elsewhere.
    """
    for value in mail.get_all("Authentication-Results", []) if checked_by else []:
        server, *results = ASIDE.sub(" ", str(value)).split(";")
        found = next((said for one in results if (said := PROVEN.match(one))), None)
        if server.split()[:1] == [checked_by] and found:
            check = found[1].lower()
            return check if check in FORGED or _is_only_sender(mail, address) else ""
    return ""


def _is_only_sender(mail: EmailMessage, address: str) -> bool:
    written = getaddresses([str(one) for one in mail.get_all("From", [])])
    return [one.strip().lower() for _, one in written] == [address]


def _header(mail: EmailMessage, name: str) -> str:
    return str(mail.get(name) or "")
