"""What is asked in a few words beside a question."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from assistant.nlu.fragments import Beside, fragments
from assistant.nlu.questions import Part

GATE = 0.3


def part(text: str, label: str, sure: float = 0.8) -> Part:
    return Part(text, label, sure, english=text)


class Model:
    """Knows a few texts; of all others it is not sure."""

    def __init__(self, **known: str) -> None:
        self._known = {text.replace("_", " "): f"faq/{label}" for text, label in known.items()}

    def __call__(self, texts: Sequence[str]) -> list[Part]:
        return [
            part(one, self._known[one]) if one in self._known else part(one, "oos_chitchat", 0.1)
            for one in texts
        ]


def labels(parts: Sequence[Part]) -> list[str]:
    return [one.label.removeprefix("faq/") for one in parts]


@pytest.mark.parametrize(
    ("sentence", "pieces"),
    [
        (
            "am i allowed gym after and a glass of wine and retinol",
            ["am i allowed gym after", "a glass of wine after", "retinol after"],
        ),
        ("price + pain + parking, go", ["price", "pain", "parking", "go"]),
        ("inner thighs: how many, numbed?", ["how many", "numbed"]),
        ("jowls how much n how sore", ["how much", "how sore"]),
        ("tell me how much it costs", []),
        ("do sun and cigarettes loosen your skin", []),
        ("does it hurt", []),
        ("what is the difference between botox and filler", []),
        ("is it normal to have pins and needles", []),
        ("can my mum and dad come", []),
        ("i have a cat and a dog, thanks", []),
        ("does it hurt and i have a dog", []),
        ("is it safe, no pacemaker", []),
        ("does it hurt, never had botox", []),
        ("is there a pay and display", []),
        ("can i swim before, sauna after", ["can i swim before", "sauna after"]),
    ],
)
def test_a_sentence_is_cut_where_something_more_is_asked(sentence: str, pieces: list[str]) -> None:
    assert fragments(sentence) == pieces


def test_a_fragment_of_another_aspect_is_one_question_more() -> None:
    text = "is gym ok and wine"
    beside = Beside(Model(is_gym_ok="exercise_after", wine="alcohol_after"), GATE)
    whole = part(text, "faq/exercise_after")
    assert labels(beside.with_fragments(whole, [whole], [text])) == [
        "exercise_after",
        "alcohol_after",
    ]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (
            "how much is it and the bill",
            {"how_much_is_it": "price_general", "the_bill": "price_general"},
        ),
        ("how much for arms and jowls", {"jowls": "area_jawline"}),
        ("can i have it on warfarin and aspirin", {"aspirin": "bruise_chance"}),
    ],
)
def test_the_same_again_an_area_or_another_side_of_what_is_told_is_none(
    text: str, known: dict[str, str]
) -> None:
    whole = part(text, "faq/med_blood_thinners" if "warfarin" in text else "faq/price_general")
    assert Beside(Model(**known), GATE).with_fragments(whole, [whole], [text]) == [whole]


def test_what_asks_itself_is_no_question_more() -> None:
    text = "does it make collagen and elastin"
    known = {"does_it_make_collagen": "new_collagen", "elastin": "elastin_role"}
    whole = part(text, "faq/elastin_role")
    assert Beside(Model(**known), GATE).with_fragments(whole, [whole], [text]) == [whole]


def test_a_list_is_read_piece_by_piece_where_the_whole_is_unsure() -> None:
    text = "price, pain, parking"
    beside = Beside(Model(price="price_general", pain="pain_feel", parking="where_to_park"), GATE)
    found = beside.with_fragments(
        part(text, "faq/where_to_park", 0.34), [part(text, "faq/where_to_park", 0.34)], [text]
    )
    assert labels(found) == ["price_general", "pain_feel", "where_to_park"]


def test_whoever_does_not_only_ask_is_not_given_more() -> None:
    text = "get me a person, price, pain"
    whole = part(text, "ask_for_human")
    beside = Beside(Model(price="price_general", pain="pain_feel"), GATE)
    assert beside.with_fragments(whole, [whole], [text]) == [whole]
