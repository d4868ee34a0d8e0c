"""What a visitor tells about a health is never dropped: it is answered, offered, or read back."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import ActionAnswerQuestion, ActionDefaultFallback
from actions.faq import faq_entry
from actions.prescreen import ActionHearDetails, ValidatePrescreenForm
from actions.subjects import subjects
from clinic.saying import title
from tests.actions.conftest import buttons, message, said, tracker

CHECK = title("Check my health first")
STEROIDS = {"entity": "medicine", "value": "prednisolone", "role": "asserted"}
PACEMAKER = {"entity": "condition", "value": "pacemaker", "role": "asserted"}


def told(text: str, intent: str, *facts: dict[str, str], **more: Any) -> dict[str, Any]:
    return message(text, intent=intent, entities=list(facts), **more)


def test_every_subject_has_an_answer_for_who_tells_of_it() -> None:
    topics = {one for s in subjects().values() for one in (s.topic, s.over, *s.topics)}
    assert not [topic for topic in sorted(topics) if faq_entry(topic) is None]


def test_what_was_not_understood_is_answered_about_what_was_told(
    dispatcher: CollectingDispatcher,
) -> None:
    said_so = told("on pred, skin like paper, am i a no-hoper", "nlu_fallback", STEROIDS)
    events = ActionDefaultFallback().run(dispatcher, tracker(said_so), {})
    assert said(dispatcher) == ["utter_about_told", "utter_faq/med_steroids"]
    assert CHECK in buttons(dispatcher)
    assert events[0]["value"] == "med_steroids"


@pytest.mark.parametrize("role", ["denied", "hypothetical"])
def test_what_was_denied_or_supposed_is_not_told(
    dispatcher: CollectingDispatcher, role: str
) -> None:
    said_so = told("no pacemaker", "nlu_fallback", {**PACEMAKER, "role": role})
    ActionDefaultFallback().run(dispatcher, tracker(said_so), {})
    assert "utter_about_told" not in said(dispatcher)


def test_whom_it_suits_depends_first_on_what_was_told(dispatcher: CollectingDispatcher) -> None:
    asked = told(
        "nan is 83 with a pacemaker, can she have it",
        "faq",
        {**PACEMAKER, "role": "family"},
        questions=[{"topic": "suits_older"}],
    )
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == ["utter_faq/circ_pacemaker", "utter_faq/suits_older"]


def test_beside_any_other_answer_it_is_offered(dispatcher: CollectingDispatcher) -> None:
    asked = told(
        "how much, i have a pacemaker", "faq", PACEMAKER, questions=[{"topic": "price_general"}]
    )
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == ["utter_faq/price_general"]
    assert CHECK in buttons(dispatcher)
    assert any("pacemaker" in one for one in buttons(dispatcher))


def test_a_question_about_it_is_answered_once(dispatcher: CollectingDispatcher) -> None:
    asked = told("pacemaker ok?", "faq", PACEMAKER, questions=[{"topic": "circ_pacemaker"}])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == ["utter_faq/circ_pacemaker"]
    assert not any("pacemaker" in one for one in buttons(dispatcher))


def test_one_detail_is_answered_and_the_health_questions_are_a_button(
    dispatcher: CollectingDispatcher,
) -> None:
    said_so = told("got a pacemaker", "give_details", PACEMAKER)
    events = ActionHearDetails().run(dispatcher, tracker(said_so), {})
    assert said(dispatcher) == ["utter_faq/circ_pacemaker"]
    assert CHECK in buttons(dispatcher)
    assert events[0]["value"] == "circ_pacemaker"


@pytest.mark.parametrize(
    "facts",
    [
        (PACEMAKER, STEROIDS),
        (PACEMAKER, {"entity": "age", "value": "52"}),
        ({"entity": "skin_tone", "value": "dark"},),
    ],
)
def test_several_details_open_the_health_questions(
    dispatcher: CollectingDispatcher, facts: tuple[dict[str, str], ...]
) -> None:
    events = ActionHearDetails().run(dispatcher, tracker(told("x", "give_details", *facts)), {})
    assert [event["name"] for event in events] == ["prescreen_form"]
    assert said(dispatcher) == []


@pytest.mark.parametrize("payload", ["/start_prescreen", "start_prescreen"])
def test_the_health_questions_know_what_was_told_before_their_button(payload: str) -> None:
    before = told("i have a pacemaker", "give_details", PACEMAKER)
    pressed = message(payload, intent="start_prescreen")
    assert noted(before, pressed) == noted(before)
    assert noted(before) and not noted(pressed)


def noted(*messages: dict[str, Any]) -> Any:
    events = ValidatePrescreenForm().run(CollectingDispatcher(), tracker(*messages), {})
    return next(event["value"] for event in events if event.get("name") == "prescreen")["noted"]


def test_before_any_answer_comes_that_somebody_is_too_young(
    dispatcher: CollectingDispatcher,
) -> None:
    age = {"entity": "age", "value": "13", "role": "asserted"}
    asked = told("my 13 yr old has a scar", "faq", age, questions=[{"topic": "acne_scars"}])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == ["utter_faq/circ_under_age", "utter_faq/acne_scars"]
    assert CHECK not in buttons(dispatcher)
