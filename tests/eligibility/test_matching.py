"""Phrases in a text, what denies them, and whom the text is about."""

from __future__ import annotations

import pytest

from eligibility.matching import contains_word, is_about_others, plain, spoken_phrases, starts_with
from eligibility.numbers import age_in, birth_year_in, days_ago_in, number_in_words

NEGATORS = frozenset({"no", "not", "never"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I smoke", ["smoke"]),
        ("I never smoke", []),
        ("I do not really ever smoke", []),
        ("not that it is any business of yours, I smoke", ["smoke"]),
        ("not a drinker but I smoke", ["smoke"]),
        ("not a drinker and I smoke", ["smoke"]),
        ("not now; I smoke", ["smoke"]),
        ("not one two three smoke", ["smoke"]),
        ("not one two smoke", []),
        ("smoked", []),
        ("well controlled", ["well controlled"]),
        ("not well controlled", ["not well controlled"]),
        ("controlled and well controlled", ["controlled", "well controlled"]),
        ("smoke and vape", ["smoke", "vape"]),
    ],
)  # fmt: skip
def test_phrases_that_are_said_and_not_denied(text: str, said: list[str]) -> None:
    phrases = ["smoke", "vape", "controlled", "well controlled", "not well controlled"]
    assert sorted(spoken_phrases(text, phrases, NEGATORS)) == sorted(said)


@pytest.mark.parametrize(
    ("inner", "outer", "text"),
    [
        ("tan", "tan lines", "tan lines"),
        ("lines", "tan lines", "tan lines"),
        ("b", "a b c", "a b c"),
    ],
)
def test_a_longer_phrase_hides_those_inside_it(inner: str, outer: str, text: str) -> None:
    assert spoken_phrases(text, [inner, outer], frozenset()) == [outer]
    assert spoken_phrases(f"{text} {inner}", [inner, outer], frozenset()) == [
        inner,
        outer,
    ] or spoken_phrases(f"{text} {inner}", [outer, inner], frozenset()) == [outer, inner]


def test_words_are_whole_words() -> None:
    assert contains_word("a tan line", "tan")
    assert not contains_word("titan", "tan")
    assert not contains_word("tan's", "tan")
    assert not contains_word("x", "tan")


def test_a_text_that_begins_with_a_word_and_goes_on() -> None:
    assert starts_with("no, thanks", ["yes", "no"])
    assert starts_with("no thanks", ["no"])
    assert not starts_with("no", ["no"])
    assert not starts_with("nothing", ["no"])


def test_others_are_found_as_whole_words() -> None:
    assert is_about_others("so my mum says", ["mum"])
    assert not is_about_others("mumble", ["mum"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Um, well, um so fine", "fine"),
        ("um. fine", "um. fine"),
        ("um", "um"),
        ("FINE...", "fine"),
        ("(fine)", "fine"),
        ("I’m   fine", "i'm fine"),
        ("I`m fine", "i'm fine"),
        ("umbrella", "umbrella"),
        (" ?", ""),
        ("fine?", "fine"),
    ],
)
def test_plain_words(text: str, words: str) -> None:
    assert plain(text, ("um", "well", "so")) == words


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("0", 0),
        ("45", 45),
        ("-3", -3),
        ("12345", 12345),
        ("123456", None),
        ("zero", 0),
        ("nineteen", 19),
        ("twenty", 20),
        ("ninety", 90),
        ("forty five", 45),
        ("forty-five", 45),
        ("twenty one", 21),
        ("ninety nine", 99),
        ("forty ten", None),
        ("forty zero", None),
        ("forty cats", None),
        ("cats five", None),
        ("five forty", None),
        ("", None),
    ],
)
def test_numbers_in_words(words: str, number: int | None) -> None:
    assert number_in_words(words) == number


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("45", 45),
        ("i'm 45 years old", 45),
        ("i am just turned 18", 18),
        ("aged 30", 30),
        ("45 yrs", 45),
        ("45yo", None),
        ("17 and a half", 17),
        ("17.9", 17),
        ("17 1/2", 17),
        ("seventeen and a half years", 17),
        ("-3", -3),
        ("999", 999),
        ("old enough", None),
        ("45 or 46", None),
        ("", None),
    ],
)
def test_ages(text: str, age: int | None) -> None:
    assert age_in(text) == (None if age is None else (age, age))


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("over 18", 18, 115),
        ("i'm over 18", 18, 115),
        ("older than 21 years", 21, 115),
        ("at least eighteen", 18, 115),
        ("over the age of 40", 40, 115),
        ("18+", 18, 115),
        ("18 plus", 18, 115),
        ("i am 21 or older", 21, 115),
        ("under 18", 1, 17),
        ("below the age of 16", 1, 15),
        ("not yet 18", 1, 17),
        ("i'm not 18 yet", 1, 17),
        ("nearly 18", 17, 17),
        ("i am almost twenty one", 20, 20),
    ],
)
def test_ages_told_by_a_bound(text: str, least: int, most: int) -> None:
    assert age_in(text) == (least, most)


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("1980", 1980),
        ("born in 1980", 1980),
        ("i was born in 2008", 2008),
        ("in 1999", 1999),
        ("2026", 2026),
        ("2027", None),
        ("1911", 1911),
        ("1910", None),
        ("198", None),
        ("1980s", None),
        ("year 1980", None),
    ],
)
def test_years_of_birth(text: str, year: int | None) -> None:
    assert birth_year_in(text, 2026) == year


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2 weeks ago", 14),
        ("two years ago", 730),
        ("a month ago", 30),
        ("an year ago", 365),
        ("a couple of days ago", 2),
        ("couple of weeks ago", 14),
        ("a few months ago", 90),
        ("few days ago", 3),
        ("couple days ago", 2),
        ("twenty one days ago", 21),
        ("about ten yrs ago", 3650),
        ("it was three days ago", 3),
        ("some cats ago", None),
        ("many years ago", None),
        ("last week", 7),
        ("until last month", 30),
        ("last year", 365),
        ("at last", None),
        ("2 weeks", None),
        ("", None),
    ],
)
def test_how_long_ago_in_words(text: str, days: int | None) -> None:
    assert days_ago_in(text) == days
