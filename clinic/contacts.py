"""How somebody may be reached: one check for the chat's form, the conversation and the inbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import phonenumbers
from phonenumbers import (
    Leniency,
    PhoneNumberFormat,
    PhoneNumberMatch,
    PhoneNumberMatcher,
    ValidationResult,
)

EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
DAY = re.compile(r"\b\d{1,2}[./-]\d{1,2}[./-](?:19|20)?\d{2}\b(?![./-]?\d)")
FEWEST_DIGITS = 7
LONGEST_TEXT = 2_000
THIS_NUMBER = "this number"
"""How the assistant passes on that the visitor wants to be called where they write from."""
SAME = re.compile(
    r"\b(?:(?:this|same|current) (?:phone |mobile |whatsapp )?(?:number|one|phone|line)\b"
    r"|(?:number|phone|one) (?:that )?i(?:'m| am|’m|m)? (?:texting|writing|messaging|using|on|text|write|message|use)\b"
    r"|on here\b|you (?:already )?have (?:it|my number)\b"
    r"|(?:este|mismo) (?:mismo )?(?:n[uú]mero|tel[eé]fono|m[oó]vil|celular|whatsapp)\b"
    r"|(?:n[uú]mero|tel[eé]fono|m[oó]vil) (?:desde|del|con) (?:el )?que (?:le |te |les |os )?escribo\b"
    r"|por aqu[ií]\b|ya (?:lo )?(?:tiene[ns]?|ten[eé]is)\b)",
    re.IGNORECASE,
)
NOT_BEFORE = re.compile(
    r"\b(?:not|never|don['’]?t|dont|can['’]?t|cannot|won['’]?t|unable|no longer|other than|except|rather than|instead of|any\w*(?: \w+)? but"
    r"|no|nunca|salvo|excepto|menos|en vez de)\b[^.,;:!?]{0,40}$",
    re.IGNORECASE,
)
NOT_AFTER = re.compile(
    r"^ ?(?:(?:is|does|do|will|can|was)(?: not|n['’]?t)|isnt|doesnt|won['’]?t|can['’]?t|cannot|no longer|no|has no|has not|only|ya no)\b",
    re.IGNORECASE,
)
"""Right beside it these say the contrary; a clause further on they speak of something else."""
BY_NUMBER = ("sms", "whatsapp")
"""Channels on which one writes from a phone number."""


@dataclass(frozen=True)
class Contact:
    """A number as it is written internationally, an e-mail address, or both."""

    phone: str = ""
    email: str = ""

    def __bool__(self) -> bool:
        return bool(self.phone or self.email)

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.phone, self.email)))

    def links(self) -> Iterator[tuple[str, str]]:
        """What is shown, and what a press on it dials or writes to."""
        if self.phone:
            number = phonenumbers.parse(self.phone, None)
            yield self.phone, phonenumbers.format_number(number, PhoneNumberFormat.RFC3966)
        if self.email:
            yield self.email, f"mailto:{quote(self.email, safe='@')}"


def contact_in(text: str, country: str | None, but: Contact | None = None) -> Contact:
    """The number and the address in a text; a number without a prefix is one of ``country``.

    ``but``: whose number and address are none of the writer's.
    """
    text, but = text[:LONGEST_TEXT], but or Contact()
    emails = (found[0].lstrip(".'") for found in EMAIL.finditer(text))
    email = next((one for one in emails if one.lower() != but.email.lower()), "")
    phones = (_written(match) for match in _phones_in(EMAIL.sub(" ", text), country))
    return Contact(next((one for one in phones if one != but.phone), ""), email)


def number_to_call(text: str, country: str | None, but: Contact) -> str:
    """The number that a text surely gives to be called on, where nobody asked for one; else "".

    Other digits are told too: a health number, hours, days, the number not to be called.
    """
    plain = DAY.sub(" ", EMAIL.sub(" ", text[:LONGEST_TEXT]))
    for match in _phones_in(plain, country):
        number = _written(match)
        is_given = match.raw_string[0] in "+(0" and not _is_denied(plain, match.start, match.end)
        if is_given and number != but.phone:
            return number
    return ""


def _phones_in(text: str, country: str | None) -> Iterator[PhoneNumberMatch]:
    """Numbers that exist, then those that could; a day is none, nor what lacks its area."""
    yield from PhoneNumberMatcher(text, country, Leniency.VALID)
    yield from filter(_is_whole, PhoneNumberMatcher(DAY.sub(" ", text), country, Leniency.POSSIBLE))


def _written(match: PhoneNumberMatch) -> str:
    return str(phonenumbers.format_number(match.number, PhoneNumberFormat.INTERNATIONAL))


def _is_whole(match: PhoneNumberMatch) -> bool:
    possible = phonenumbers.is_possible_number_with_reason(match.number)
    digits = sum(one.isdecimal() for one in match.raw_string)
    return bool(possible == ValidationResult.IS_POSSIBLE and digits >= FEWEST_DIGITS)


def _is_denied(text: str, start: int, end: int) -> bool:
    return bool(NOT_BEFORE.search(text[:start]) or NOT_AFTER.match(text[end:]))


def means_same_number(text: str, channel: str) -> bool:
    """Does somebody who writes from a number want to be called there?"""
    return channel in BY_NUMBER and any(
        not _is_denied(text, *found.span()) for found in SAME.finditer(text[:LONGEST_TEXT])
    )


def number_of(channel: str, address: str | None) -> str:
    """The number behind an address of a channel; "" where it is none (a username, a chat)."""
    digits = (address or "").removeprefix("whatsapp:").lstrip("+")
    is_number = channel in BY_NUMBER and digits.isdecimal()
    return contact_in(f"+{digits}", None).phone if is_number else ""
