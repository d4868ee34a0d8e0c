from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.clean_text import MAXIMUM_CHARACTERS, NOTHING_LEFT, clean_text

DISGUISES = [
    "/restart",
    " /restart",
    "\n/restart",
    "//restart",
    "/ /restart",
    "\uff0frestart",
    "\u200b/restart",
    "\u200b \ufeff/\u200drestart",
    "/restart@0.9{}",
    '/answer_prescreen{"row": "2"}',
    "\u00a0/restart",
    "/\u0000restart",
]


@pytest.mark.parametrize("text", DISGUISES)
def test_no_disguise_of_a_command_keeps_its_slash(text: str) -> None:
    assert not clean_text(text).lstrip().startswith("/")


@pytest.mark.parametrize("text", ["", " ", "\u200b", "/", "///", "\x00", "\ud800"])
def test_text_with_nothing_in_it_becomes_a_question_mark(text: str) -> None:
    assert clean_text(text) == NOTHING_LEFT


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_comes_out_short_bare_and_stable(text: str) -> None:
    cleaned = clean_text(text)
    assert cleaned
    assert not cleaned.startswith(("/", " "))
    assert clean_text(cleaned) == cleaned
    cleaned.encode("utf-8")


def test_long_text_is_cut() -> None:
    assert len(clean_text("a" * 10_000)) == MAXIMUM_CHARACTERS


def test_ordinary_words_stay_as_they_are() -> None:
    assert clean_text("does it hurt? 😬 and/or sting") == "does it hurt? 😬 and/or sting"
