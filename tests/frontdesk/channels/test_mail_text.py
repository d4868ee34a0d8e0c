from __future__ import annotations

import time

import pytest

from frontdesk.channels.mail_text import own_words, plain_text


def test_html_is_read_as_a_person_reads_it() -> None:
    html = "<html><body><p>Hi,</p><p>does it <b>hurt</b>?<br>Ana</p></body></html>"
    assert plain_text(html).split() == ["Hi,", "does", "it", "hurt?", "Ana"]


def test_words_that_only_look_like_markup_stay() -> None:
    assert plain_text("is 3 < 5 & > 2?") == "is 3 < 5 & > 2?"


def test_quoted_mail_and_signature_are_cut() -> None:
    mail = (
        "My cheek is blistered, what now?\n\n"
        "On Mon, 23 Nov 2026 at 12:00, Harbour Skin Clinic <hello@harbour.example> wrote:\n"
        "> Thank you for your visit.\n> Call us if anything is wrong.\n"
    )
    assert own_words(mail) == "My cheek is blistered, what now?"
    assert own_words("Yes please\n\n--\nAna Silva\nSent from my iPhone") == "Yes please"


def test_a_mail_that_only_quotes_is_kept_whole() -> None:
    assert own_words("> all of it quoted") != ""


HOSTILE = (
    "\n",
    " \n",
    "On ",
    "On Mon, ",
    "<div ",
    "<a style=",
    ">",
    "a:\n",
    "On a <b@c.d> ",
    "From: a\n",
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_mail_made_to_be_slow_holds_up_nobody(piece: str) -> None:
    """100,000 letters; 8,000 line ends alone took ten seconds, in which nothing else went on."""
    began = time.process_time()
    own_words(piece * (100_000 // len(piece)))
    assert time.process_time() - began < 1


def test_a_long_mail_keeps_its_words_and_loses_its_quote() -> None:
    said = "It hurts a little. " * 200
    assert own_words(f"{said}\n\n> does it hurt?\n> and now?") == said.strip()
