from __future__ import annotations

import pytest

from assistant.nlu.questions import (
    MAXIMUM_PARTS,
    Limits,
    Part,
    asks,
    choose,
    clauses,
    distinct,
    is_story,
    main_part,
    says_something,
    sentences,
)

LIMITS = Limits(0.3, "faq/", frozenset({"greet", "thank"}), frozenset({"ask_for_human"}))
PAIN, PRICE = Part("does it hurt", "faq/pain", 0.8), Part("how much", "faq/price", 0.7)
HELLO, PERSON = Part("hi", "greet", 0.9), Part("get me a person", "ask_for_human", 0.6)
VAGUE = Part("the thing", "faq/other", 0.1)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("does it hurt? how much is it", ["does it hurt?", "how much is it"]),
        ("does it hurt?how much is it", ["does it hurt?", "how much is it"]),
        ("hello.\nhow long does it take", ["hello.", "how long does it take"]),
        ("it costs 1.50 right", ["it costs 1.50 right"]),
        ("does it hurt", ["does it hurt"]),
        ("that is right for my skin, true?", ["that is right for my skin, true?"]),
        ("it is safe for me. right?", ["it is safe for me. right?"]),
        ("?!", []),
        ("", []),
    ],
)
def test_sentences(message: str, expected: list[str]) -> None:
    assert sentences(message) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("does it hurt and how much is it", ["does it hurt", "how much is it"]),
        ("does it hurt, how much is it", ["does it hurt", "how much is it"]),
        ("does it hurt & also is it safe", ["does it hurt", "is it safe"]),
        ("is it safe for face and neck", ["is it safe for face and neck"]),
        ("brand and model names", ["brand and model names"]),
        ("45, olive skin, loose neck", ["45, olive skin, loose neck"]),
        ("hiya, how much is it & does it hurt?", ["hiya, how much is it", "does it hurt?"]),
        ("Botox, is it ok", ["Botox, is it ok"]),
        ("open in April and May this year", ["open in April and May this year"]),
        ("can I pay, may my mum come", ["can I pay", "may my mum come"]),
        ("can I swim and wear my wig", ["can I swim", "can I wear my wig"]),
        ("can I come and have you any seats", ["can I come", "have you any seats"]),
        ("can I get there by bus and train?", ["can I get there by bus and train?"]),
        ("can I go by bus and wear a hat", ["can I go by bus", "can I wear a hat"]),
        ("can I have it if I smoke and drink", ["can I have it if I smoke and drink"]),
    ],
)
def test_clauses_stand_alone_or_are_not_cut(sentence: str, expected: list[str]) -> None:
    assert clauses(sentence) == expected


def test_a_long_message_is_not_cut_into_endless_parts() -> None:
    assert len(sentences("does it hurt? " * 500)) == MAXIMUM_PARTS
    assert len(clauses("does it hurt and " * 500 + "how much is it")) <= MAXIMUM_PARTS


def test_two_clear_questions_beat_the_whole() -> None:
    assert choose(Part("both", "faq/pain", 0.9), [PAIN, PRICE], LIMITS) == [PAIN, PRICE]


def test_one_question_in_other_words_does_not() -> None:
    whole = Part("both", "faq/pain", 0.9)
    assert choose(whole, [PAIN, VAGUE], LIMITS) == [whole]


def test_pieces_help_when_the_whole_is_not_understood() -> None:
    assert choose(Part("both", "faq/pain", 0.2), [PAIN, VAGUE], LIMITS) == [PAIN]


def test_a_greeting_gives_way() -> None:
    assert choose(Part("both", "greet", 0.9), [HELLO, PAIN], LIMITS) == [HELLO, PAIN]
    assert main_part([HELLO, PAIN], LIMITS) == PAIN


def test_a_whole_that_must_not_be_missed_is_kept_beside_two_questions() -> None:
    whole = Part("how much, does it hurt, get me a person", "ask_for_human", 0.6)
    assert choose(whole, [PAIN, PRICE], LIMITS) == [PAIN, PRICE, whole]
    unclear = Part("how much, does it hurt", "ask_for_human", 0.2)
    assert choose(unclear, [PAIN, PRICE], LIMITS) == [PAIN, PRICE]


@pytest.mark.parametrize(
    ("clause", "says"),
    [
        ("can i sing", True),
        ("do dogs mind", True),
        ("is that ok", False),
        ("why so", False),
        ("can i ask", False),
    ],
)
def test_three_words_are_a_question_where_one_says_what_is_asked(clause: str, says: bool) -> None:
    assert says_something(clause) is says


def test_a_wish_is_cut_off_behind_please() -> None:
    assert clauses("does it hurt, and please can I talk to a person") == [
        "does it hurt",
        "can I talk to a person",
    ]


def test_a_cry_for_a_person_comes_first() -> None:
    assert choose(Part("both", "faq/pain", 0.9), [PAIN, PERSON], LIMITS) == [PAIN, PERSON]
    assert main_part([PAIN, PERSON], LIMITS) == PERSON


def test_the_same_question_twice_counts_once_and_three_are_enough() -> None:
    many = [Part(str(i), f"faq/{i}", 0.9) for i in range(5)]
    assert distinct([PAIN, PAIN, PRICE, VAGUE, HELLO], LIMITS) == [PAIN, PRICE]
    assert distinct(many, LIMITS) == many[:3]


def test_a_story_tells_and_asks() -> None:
    told = Part("my sister had it last year.", "faq/other", 0.9)
    asked = Part("does it hurt?", "faq/pain", 0.6)
    assert is_story([told, asked], LIMITS)
    assert not is_story([asked, asked], LIMITS)
    assert not is_story([told, told], LIMITS)
    assert not is_story([HELLO, asked], LIMITS), "a greeting tells nothing"
    assert not is_story([Part("x", "oos", 0.9), asked], LIMITS), "nor does a kiss"


@pytest.mark.parametrize(
    "text", ["hiya, how much is it", "good morning, is it sore", "my question is what it costs"]
)
def test_a_question_may_begin_with_a_greeting(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            "when can i 1) wash my hair 2) put makeup on. having the gentle one tues",
            [
                "when can i wash my hair",
                "when can i put makeup on.",
                "having the gentle one tues",
            ],
        ),
        (
            "Hi. Questions: 1. does it hurt 2. how much",
            ["Hi.", "Questions", "does it hurt", "how much"],
        ),
        ("a) price? b) pain?", ["price?", "pain?"]),
        ("(1) is it safe, (2) how long", ["is it safe", "how long"]),
        ("I come at 2. how much is it", ["I come at 2.", "how much is it"]),
        ("had 3) sessions and 1) peel", ["had 3) sessions and 1) peel"]),
        ("on a 1 to 10 scale does it hurt", ["on a 1 to 10 scale does it hurt"]),
    ],
)
def test_a_list_with_marks_is_read_as_sentences(message: str, said: list[str]) -> None:
    assert sentences(message) == said
