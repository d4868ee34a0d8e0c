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


LATELY = {"entity": "duration", "role": "asserted"}


@pytest.mark.parametrize(
    ("text", "told_when", "value", "topic", "sum_of_it"),
    [
        ("I stopped roaccutane 2 months ago, will you treat me?", "2 months ago", "P2M", "med_isotretinoin_gap", ["utter_wait_short"]),
        ("been off accutane for 8 months", "8 months", "P8M", "med_isotretinoin_gap", ["utter_wait_past"]),
        ("I was on accutane for 8 months, when can I come", "8 months", "P8M", "med_isotretinoin_gap", []),
        ("I take isotretinoin since 8 months, may I come", "8 months", "P8M", "med_isotretinoin_now", []),
        ("I stopped isotretinoin since 8 months", "8 months", "P8M", "med_isotretinoin_gap", ["utter_wait_past"]),
        ("married in September and I am tanned", "in September", "P2M", "prepare_sun", []),
        ("spent over £2,000 since last year", "last year", "P1Y", "circ_filler", []),
        ("had filler 5 days ago, before my wedding", "5 days ago", "P5D", "circ_filler", ["utter_wait_short"]),
        ("had my lids done in November, when can I come", "in November", "P0M", "circ_recent_surgery", []),
    ],
)  # fmt: skip
def test_a_time_is_weighed_only_where_the_words_say_that_it_has_passed(
    dispatcher: CollectingDispatcher,
    text: str,
    told_when: str,
    value: str,
    topic: str,
    sum_of_it: list[str],
) -> None:
    start = text.index(told_when)
    when = {**LATELY, "value": value, "text": told_when}
    entity: dict[str, Any] = {**when, "start": start, "end": start + len(told_when)}
    asked = message(text, intent="faq", entities=[entity], questions=[{"topic": topic}])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == [*sum_of_it, f"utter_faq/{topic}"]


@pytest.mark.parametrize(
    ("text", "age", "is_too_young"),
    [
        ("My daughter is 16 with acne scars, would you see her?", "16", True),
        ("Could my daughter (15) have it if I sign?", "15", True),
        ("I have acne. My son is 14 and he laughs at my neck. Can I come?", "14", False),
        ("I have acne and a 2 year old, can you treat him and me", "2", False),
        ("can you see my daughter, she is 24", "24", False),
    ],
)
def test_a_teenager_is_asked_for_by_who_may_not_be_treated(
    dispatcher: CollectingDispatcher, text: str, age: str, is_too_young: bool
) -> None:
    entity = {"entity": "age", "role": "family", "value": age}
    asked = told(text, "faq", entity, questions=[{"topic": "cond_acne"}])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    first = ["utter_faq/circ_under_age"] if is_too_young else []
    assert said(dispatcher) == [*first, "utter_faq/cond_acne"]


@pytest.mark.parametrize(
    ("text", "age", "topics", "given"),
    [
        ("do you see women my age, 69?", "69", ["suits_younger"], ["suits_older"]),
        ("am i too old at 24", "24", ["suits_older"], ["suits_younger"]),
        ("is 42 an age for it", "42", ["suits_older"], ["suits_older"]),
        (
            "needles? can my mum come",
            None,
            ["circ_under_age", "session_privacy"],
            ["session_privacy"],
        ),
        (
            "do you treat teens",
            None,
            ["circ_under_age", "session_privacy"],
            ["circ_under_age", "session_privacy"],
        ),
        ("can my mum come", None, ["circ_under_age"], ["circ_under_age"]),  # nothing else is known
    ],
)
def test_an_answer_for_people_of_another_age_gives_way(
    dispatcher: CollectingDispatcher,
    text: str,
    age: str | None,
    topics: list[str],
    given: list[str],
) -> None:
    facts = [{"entity": "age", "role": "asserted", "value": age}] if age else []
    asked = told(text, "faq", *facts, questions=[{"topic": topic} for topic in topics])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == [f"utter_faq/{topic}" for topic in given]


@pytest.mark.parametrize(
    ("text", "ages", "topics", "given"),
    [
        ("my mum is 74 and I am 22, am i too young", [("family", "74"), ("asserted", "22")], ["suits_younger"], ["suits_younger"]),
        ("my mum is 74 and looks great, am i too young", [("family", "74")], ["suits_younger"], ["suits_younger"]),
        ("would you see my mum, 74?", [("family", "74")], ["suits_younger"], ["suits_older"]),
        ("i am 55, is my daughter too young", [("asserted", "55")], ["suits_younger"], ["suits_younger"]),
        ("i was married 30 years, am i too old", [("asserted", "30")], ["suits_older"], ["suits_older"]),
        ("im 30 years, am i too old", [("asserted", "30")], ["suits_older"], ["suits_younger"]),
        ("i'm 40, do you treat teens and who is there", [("asserted", "40")], ["circ_under_age", "session_privacy"], ["circ_under_age", "session_privacy"]),
        ("i'm 18 in march, who is there", [("asserted", "18")], ["circ_under_age", "session_privacy"], ["circ_under_age", "session_privacy"]),
        ("tratan a menores y quién está", [], ["circ_under_age", "session_privacy"], ["circ_under_age", "session_privacy"]),
    ],
)  # fmt: skip
def test_it_matters_whose_age_it_is(
    dispatcher: CollectingDispatcher,
    text: str,
    ages: list[tuple[str, str]],
    topics: list[str],
    given: list[str],
) -> None:
    facts = []
    for role, value in ages:
        start = text.index(value)
        end = start + len(value) + len(" years") * (f"{value} years" in text)
        facts.append({"entity": "age", "role": role, "value": value, "start": start, "end": end})
    asked = message(text, intent="faq", entities=facts, questions=[{"topic": t} for t in topics])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert [one for one in said(dispatcher) if one.startswith("utter_faq/")] == [
        f"utter_faq/{topic}" for topic in given
    ]


def test_no_answer_is_given_twice(dispatcher: CollectingDispatcher) -> None:
    devices = [{"kind": "strong_laser", "name": "CO2"}]
    parts = [{"topic": "gentle_or_strong"}, {"topic": "gentle_or_strong", "devices": devices}]
    asked = told("which laser, and co2 or not", "faq", questions=parts)
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert said(dispatcher).count("utter_faq/gentle_or_strong") == 1


def test_a_treatment_of_before_is_told_first_only_where_it_is_asked_whether_it_suits(
    dispatcher: CollectingDispatcher,
) -> None:
    filler = {"entity": "treatment", "value": "filler", "role": "past"}
    unsure = {"topic": "facelift_or_laser", "sure": False}
    asked = told("had filler, would laser add anything", "faq", filler, questions=[unsure])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == ["utter_faq/facelift_or_laser"]


@pytest.mark.parametrize(
    ("value", "role", "first"),
    [
        ("pregnancy", "asserted", ["utter_faq/circ_pregnant"]),
        ("pregnancy", "unsure", ["utter_faq/circ_pregnant"]),
        ("trying_for_baby", "asserted", ["utter_faq/circ_trying_baby"]),
        ("pregnancy", "past", []),
        ("pregnancy", "denied", []),
        ("pregnancy", "family", []),
        ("pregnancy", "hypothetical", []),
    ],
)
def test_a_pregnancy_comes_before_any_answer_about_laser(
    dispatcher: CollectingDispatcher, value: str, role: str, first: list[str]
) -> None:
    fact = {"entity": "condition", "value": value, "role": role}
    topic = "prepare_strong_creams"
    asked = told("and my retinol?", "faq", fact, questions=[{"topic": topic}])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == [*first, f"utter_faq/{topic}"]


@pytest.mark.parametrize("topic", ["opening_hours", "circ_breastfeeding", "suits_after_baby"])
def test_a_pregnancy_is_not_told_beside_a_visit_or_twice(
    dispatcher: CollectingDispatcher, topic: str
) -> None:
    fact = {"entity": "condition", "value": "pregnancy", "role": "asserted"}
    asked = told("I am pregnant", "faq", fact, questions=[{"topic": topic}])
    ActionAnswerQuestion().run(dispatcher, tracker(asked), {})
    assert "utter_faq/circ_pregnant" not in said(dispatcher)
