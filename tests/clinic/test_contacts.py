"""One check of how somebody may be reached, for the chat's form, the conversation and the inbox."""

from __future__ import annotations

import pytest

from clinic.contacts import contact_in, means_same_number, number_of


@pytest.mark.parametrize(
    ("text", "phone", "email"),
    [
        ("(07700) 900-123", "+44 7700 900123", ""),
        ("0044 7700 900123 after six", "+44 7700 900123", ""),
        ("+34 600000000", "+34 600 00 00 00", ""),
        ("٠٧٧٠٠٩٠٠١٢٣", "+44 7700 900123", ""),
        ("ring 07700 900123, or write to Ana.Gil@mail.example.", "+44 7700 900123", "Ana.Gil@mail.example"),
        ("ana07700900123@mail.example", "", "ana07700900123@mail.example"),
        ("+1 212-555-0123 ext. 5", "+1 212-555-0123 ext. 5", ""),
    ],
)  # fmt: skip
def test_numbers_and_addresses_are_read_however_they_are_typed(
    text: str, phone: str, email: str
) -> None:
    found = contact_in(text, "GB")
    assert (found.phone, found.email) == (phone, email)
    assert contact_in(str(found), "GB") == found, "what is kept is read the same again"


@pytest.mark.parametrize(
    "text", ["", "12", "call me", "24.11.2026", "at 17:30", "a@c", "x" * 5_000 + "@"]
)
def test_what_is_neither_is_nothing(text: str) -> None:
    for country in ("GB", "DE", "ES", "US"):
        assert not contact_in(text, country)


def test_a_press_dials_or_writes() -> None:
    found = contact_in("+1 212-555-0123 ext. 5, a.b+c@mail.example", None)
    assert [link for _, link in found.links()] == [
        "tel:+1-212-555-0123;ext=5",
        "mailto:a.b%2Bc@mail.example",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "not on this number please",
        "please don't call this number",
        "any number but this one",
        "never on here",
        "this number is not mine",
        "this phone can't take calls",
        "no me llamen a este número",
        "this is important",
        "ya lo sé",
    ],
)
def test_who_says_not_this_number_does_not_mean_it(text: str) -> None:
    assert not means_same_number(text, "sms")


def test_who_writes_from_a_number_may_mean_it() -> None:
    said = ("on this number please", "the one I'm texting from", "you have my number")
    said += (
        "I can't talk now, this number after six",
        "a este número",
        "ya lo tienen",
        "al mismo teléfono",
    )
    said += ("al número desde el que le escribo",)
    for text in said:
        assert means_same_number(text, "sms") and not means_same_number(text, "website")
    for address in ("447700900123", "whatsapp:+447700900123"):
        assert number_of("whatsapp", address) == "+44 7700 900123"
    assert number_of("whatsapp", "whatsapp:GB.447700900123") == ""
    for channel, address in (("sms", "CLINIC"), ("telegram", "447700900123"), ("sms", None)):
        assert number_of(channel, address) == ""
