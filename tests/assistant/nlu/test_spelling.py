from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.nlu.spelling import Spelling, english_words

WORDS = {
    "hurt": 9,
    "sessions": 5,
    "roaccutane": 2,
    "wrinkles": 3,
    "wot": 1,
    "skin": 20,
    "sink": 1,
    "done": 9,
}


@pytest.mark.parametrize(
    ("written", "corrected"),
    [
        ("does it hutr", "does it hurt"),
        ("how many sesions", "how many sessions"),
        ("on roacutane", "on roaccutane"),
        ("my WRINKELS!", "my wrinkles!"),
    ],
)
def test_a_slip_is_put_right(written: str, corrected: str) -> None:
    assert Spelling(WORDS).correct(written) == corrected


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("morfius 8", "morpheus 8"),
        ("is thermeg ok", "is thermage ok"),
        ("proffilo?", "profhilo?"),
        ("BOTOCKS", "botox"),
        ("fracksal", "fraxel"),
        ("my morphine dose", "my morphine dose"),  # an English word
        ("mr fuzz", "mr fuzz"),
        ("Karen Emsley here", "Karen Emsley here"),
        ("the Murphys", "the Murphys"),
        ("titen me", "titen me"),  # too few consonants to be sure
    ],
)
def test_a_device_is_known_by_the_sound_of_its_name(written: str, name: str) -> None:
    names = ("morpheus", "thermage", "profhilo", "botox", "fraxel", "titan", "emsella")
    assert Spelling(WORDS, names=names).correct(written) == name


@pytest.mark.parametrize(
    "text",
    [
        "does it hurt",  # nothing to correct
        "my hut is old",  # an English word, however near to another
        "i dont know if it doesn't or couldn’t",
        "wot about me",  # misspelt, but the training texts know it
        "a hrt",  # too short to tell
        "jessions",  # another first letter: hardly a slip
        "sjkdfhk",  # nothing is near
        "¿cuánto cuesta la sesión? skín",  # another language
        "",
    ],
)
def test_anything_else_stays_as_it_is(text: str) -> None:
    assert Spelling(WORDS).correct(text) == text


@given(st.text(max_size=200))
def test_any_text_keeps_its_number_of_words(text: str) -> None:
    assert len(Spelling(WORDS).correct(text).split()) == len(text.split())


@pytest.mark.parametrize(
    ("written", "corrected"),
    [
        ("on warfrin", "on warfarin"),
        ("a warfarine day", "a warfarine day"),  # nearly as often as the other: a word of its own
        ("the jowly bit", "the jowly bit"),  # too short to tell
        ("savage", "savage"),  # English
    ],
)
def test_a_slip_that_stands_in_a_few_training_texts_is_put_right(
    written: str, corrected: str
) -> None:
    words = {"warfarin": 40, "warfrin": 1, "warfarine": 9, "jowls": 90, "jowly": 1, "savage": 1}
    assert Spelling({**words, "salvage": 50}).correct(written) == corrected


def test_where_others_say_what_is_known_a_word_of_theirs_stays() -> None:
    words = {"quieren": 90, "quierem": 1}
    assert Spelling(words, lambda word: word in words).correct("quierem") == "quierem"


def test_the_dictionary_is_there_without_a_download() -> None:
    assert len(english_words()) > 80_000 and "laser" in english_words()
