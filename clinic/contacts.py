"""How somebody may be reached: one check for the chat's form, the conversation and the inbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

import phonenumbers
from phonenumbers import Leniency, PhoneNumberFormat, PhoneNumberMatcher, ValidationResult

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
    r"\b(?:not|never|don['’]?t|dont|no longer|other than|except|rather than|instead of|any\w*(?: \w+)? but"
    r"|no|nunca|salvo|excepto|menos|en vez de)\b[^.,;:!?]{0,40}$",
    re.IGNORECASE,
)
NOT_AFTER = re.compile(
    r"^ ?(?:(?:is|does|do|will|can|was)(?: not|n['’]?t)|isnt|doesnt|won['’]?t|can['’]?t|cannot|no longer|no)\b",
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


def contact_in(text: str, country: str | None) -> Contact:
    """The number and the address in a text; a number without a prefix is one of ``country``."""
    text = text[:LONGEST_TEXT]
    found = EMAIL.search(text)
    email = found[0].lstrip(".'") if found else ""
    return Contact(_phone_in(EMAIL.sub(" ", text), country), email)


def _phone_in(text: str, country: str | None) -> str:
    """The first number that exists, else the first that could; a day is none, nor what lacks its area."""
    exist = PhoneNumberMatcher(text, country, Leniency.VALID)
    could = PhoneNumberMatcher(DAY.sub(" ", text), country, Leniency.POSSIBLE)
    for match in (*exist, *filter(_is_whole, could)):
        return str(phonenumbers.format_number(match.number, PhoneNumberFormat.INTERNATIONAL))
    return ""


def _is_whole(match: phonenumbers.PhoneNumberMatch) -> bool:
    possible = phonenumbers.is_possible_number_with_reason(match.number)
    digits = sum(one.isdecimal() for one in match.raw_string)
    return bool(possible == ValidationResult.IS_POSSIBLE and digits >= FEWEST_DIGITS)


def means_same_number(text: str, channel: str) -> bool:
    """Does somebody who writes from a number want to be called there?"""
    return channel in BY_NUMBER and any(
        not NOT_BEFORE.search(text[: found.start()]) and not NOT_AFTER.match(text[found.end() :])
        for found in SAME.finditer(text[:LONGEST_TEXT])
    )


def number_of(channel: str, address: str | None) -> str:
    """The number behind an address of a channel; "" where it is none (a username, a chat)."""
    digits = (address or "").removeprefix("whatsapp:").lstrip("+")
    is_number = channel in BY_NUMBER and digits.isdecimal()
    return _phone_in(f"+{digits}", None) if is_number else ""
