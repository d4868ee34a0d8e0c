"""A text sends people where the table does, says the whole of it, and never that there is time."""

from __future__ import annotations

import pytest

from clinic.urgency import load_default as load_urgency
from content.checks import load_rules
from content.entries import Entry
from content.urgency import contradictions, half_said, left_out
from scripts.train import ROOT

RULES = load_rules(ROOT)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("For a fever: call {emergency_number}.", "sends fever_after to emergency"),
        ("For blisters see your doctor next week.", "sends blisters to doctor"),
        ("Call us tomorrow if there is pus.", "types by hand what to do about pus"),
        ("A fever can wait until Monday.", "types by hand what to do about fever_after"),
        ("With blisters, go to hospital at once.", "types by hand what to do about blisters"),
        ("If your sight changes, book a visit.", "types by hand what to do about sight"),
        ("Redness that spreads is harmless.", "by hand what to do about spreading_redness"),
        ("If pus comes, wait two days.", "types by hand what to do about pus"),
        ("If pain rises, call us the same day on {phone}.", "about rising_pain"),
        ("If skin is burnt, please {urgency_dents}.", "draws {urgency_dents} for burn"),
    ],
)
def test_what_to_do_about_an_event_is_drawn_from_the_table(text: str, wanted: str) -> None:
    found = list(contradictions(text, load_urgency(), RULES["events"]))
    assert [what for what in found if wanted in what], found


@pytest.mark.parametrize(
    "text",
    [
        "For a fever: {urgency_fever_after}.",
        "If skin is burnt or you see a new dent, please {urgency_dents}.",
        "A fever after a treatment can mean an infection.",
        "We leave pools until the skin is calm; ring us on {phone}.",
    ],
)
def test_a_drawn_event_and_a_plain_fact_are_fine(text: str) -> None:
    assert list(contradictions(text, load_urgency(), RULES["events"])) == []


def test_a_text_says_the_whole_of_an_event() -> None:
    whole = RULES["whole"]
    deep = "If it is white or charred, a blister on the face, or bigger than your hand"
    assert list(half_said(f"{deep}: 20 minutes of water, {{urgency_burn_deep}}.", whole)) == []
    [found] = half_said(
        "If it is white or charred or bigger than your hand, {urgency_burn_deep}.", whole
    )
    assert found == "draws {urgency_burn_deep} and does not say 'blister'"
    [found] = half_said("For a burn, {urgency_burn}.", whole)
    assert "'20 minutes'" in found


@pytest.mark.parametrize(
    ("text", "sms", "wanted"),
    [
        ("{urgency_blisters}. {urgency_sight}.", "{urgency_sight}. {urgency_blisters}.", []),
        ("{urgency_blisters}.", "Call us.", [("sms", "blisters")]),
        ("It passes.", "If speech is slurred, {urgency_stroke}.", [("text", "stroke")]),
    ],
)
def test_neither_text_of_an_answer_leaves_out_an_event_of_the_other(
    text: str, sms: str, wanted: list[tuple[str, str]]
) -> None:
    entry = Entry("f.yml", "t", (), text, sms, "Q?", "", ("clinic",), "2026-11-26", "pending", ())
    found = [(field, what.split("}")[0].split("_", 1)[1]) for field, what in left_out(entry)]
    assert found == wanted
