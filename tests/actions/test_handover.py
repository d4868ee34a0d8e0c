from __future__ import annotations

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.faq import faq_names
from actions.handover import ActionHandOver
from actions.situation import situations
from actions.urgent import ActionAskUrgent, ActionTellUrgent
from clinic.urgency import load_default as urgency_table
from tests.actions.conftest import message, payloads, said, tracker


@pytest.mark.parametrize(
    ("intent", "reason", "urgency", "words"),
    [
        ("ask_for_human", "asked", "normal", []),
        ("express_distress", "distress", "soon", ["utter_distress"]),
        ("express_anger", "distress", "soon", ["utter_anger"]),
        ("aftercare_worry", "urgent", "soon", ["utter_aftercare_worry"]),
    ],
)
def test_a_person_is_asked_for_with_reason_urgency_and_topic(
    dispatcher: CollectingDispatcher, intent: str, reason: str, urgency: str, words: list[str]
) -> None:
    ActionHandOver().run(dispatcher, tracker(message("…", intent), slots={"topic": "gap"}), {})
    assert said(dispatcher) == words
    assert payloads(dispatcher) == [
        {"type": "handoff", "reason": reason, "urgency": urgency, "topic": "gap", "summary": None}
    ]


def test_when_nobody_is_there_a_callback_is_offered_and_no_person_promised(
    dispatcher: CollectingDispatcher,
) -> None:
    asking = tracker(message("human", "ask_for_human"), staff_available=False)
    events = ActionHandOver().run(dispatcher, asking, {})
    assert said(dispatcher) == ["utter_clinic_closed"]
    assert payloads(dispatcher) == []
    assert events == [{"event": "followup", "timestamp": None, "name": "callback_form"}]


@pytest.mark.parametrize("staff_available", [True, False])
@pytest.mark.parametrize(
    ("level", "sign", "words", "urgency"),
    [
        ("U1", "breathing", "utter_urgent_emergency", "urgent"),
        ("U1", "overdose", "utter_urgent_emergency", "urgent"),
        ("U1", "poisoning", "utter_urgent_poisons", "urgent"),
        ("U1", "unsafe", "utter_urgent_safety", "urgent"),
        ("U1", "suicidal", "utter_urgent_crisis", "urgent"),
        ("U2", "blisters", "utter_urgent_clinic", "soon"),
        ("U2", "fever_after", "utter_urgent_urgent", "soon"),
        ("U2", "mole_change", "utter_urgent_doctor", "soon"),
    ],
)
def test_an_urgent_sign_is_answered_first_and_the_same_everywhere(
    dispatcher: CollectingDispatcher,
    level: str,
    sign: str,
    words: str,
    urgency: str,
    staff_available: bool,
) -> None:
    report = message("…", "report_emergency", safety={"level": level, "sign": sign})
    ActionTellUrgent().run(dispatcher, tracker(report, staff_available=staff_available), {})
    assert said(dispatcher)[0] == words
    told = {"type": "urgent", "level": level, "sign": sign}
    assert payloads(dispatcher)[0] == {**told, "sign_words": urgency_table().events[sign].sign}
    if staff_available or urgency == "urgent":
        assert payloads(dispatcher)[1]["urgency"] == urgency


@pytest.mark.parametrize(
    ("level", "sign", "near", "usual"),
    [
        ("U2", "unclear_soon", ("spots_afterwards", 0.5), ["utter_faq/spots_afterwards"]),
        ("U2", "skin_colour", ("marks_fading", 0.5), ["utter_faq/marks_fading"]),
        ("U2", "skin_colour", ("marks_fading", 0.05), []),
        ("U2", "skin_colour", ("price_general", 0.5), []),
        ("U2", "pus", ("spots_afterwards", 0.5), []),
        ("U2", "mole_change", ("marks_fading", 0.5), []),
        ("U1", "burn_deep", ("redness_time", 0.5), []),
        ("U1", "unclear_now", ("redness_time", 0.5), []),
    ],
)
def test_what_is_usual_follows_the_way_to_people_only_where_no_harm_can_come_of_it(
    dispatcher: CollectingDispatcher,
    level: str,
    sign: str,
    near: tuple[str, float],
    usual: list[str],
) -> None:
    ranking = [{"intent_response_key": f"faq/{near[0]}", "confidence": near[1]}]
    report = message(
        "…",
        "report_reaction",
        safety={"level": level, "sign": sign},
        response_selector={"faq": {"ranking": ranking}},
    )
    ActionTellUrgent().run(dispatcher, tracker(report), {})
    assert said(dispatcher)[0].startswith("utter_urgent_")
    assert said(dispatcher)[1:] == usual


def test_the_usual_is_told_of_signs_and_answers_that_there_are() -> None:
    signs, answers = situations()["usual_after"], situations()["usual"]
    assert {urgency_table().events[sign].level for sign in signs} == {"U2"}
    assert set(answers) <= faq_names()


@pytest.mark.parametrize(
    ("intent", "words"),
    [("report_emergency", "utter_urgent_emergency"), ("report_reaction", "utter_urgent_clinic")],
)
def test_an_urgent_intent_without_a_finding_is_taken_at_its_word(
    dispatcher: CollectingDispatcher, intent: str, words: str
) -> None:
    ActionTellUrgent().run(dispatcher, tracker(message("…", intent)), {})
    assert said(dispatcher)[0] == words


@pytest.mark.parametrize(
    ("level", "sign", "words"),
    [
        ("U1", "breathing", "utter_ask_urgent_u1"),
        ("U1", "poisoning", "utter_ask_urgent_poisons"),
        ("U1", "suicidal", "utter_ask_urgent_crisis"),
        ("U1", "unsafe", "utter_ask_urgent_safety"),
        ("U2", "blisters", "utter_ask_urgent_u2"),
    ],
)
def test_what_may_be_an_emergency_gets_one_question_and_nothing_else(
    dispatcher: CollectingDispatcher, level: str, sign: str, words: str
) -> None:
    safety = {"decision": "ask", "level": level, "sign": sign}
    ActionAskUrgent().run(dispatcher, tracker(message("…", "suspect_danger", safety=safety)), {})
    assert said(dispatcher) == [words]
    assert payloads(dispatcher) == []


def test_care_that_is_asked_about_beside_a_worry_is_answered_too(
    dispatcher: CollectingDispatcher,
) -> None:
    asked = [
        {"topic": "exercise_after", "devices": []},
        {"topic": "price_general", "devices": []},
        {"topic": "itch_after", "devices": []},
    ]
    told = message(
        "day 3, it itches. gym ok?", "aftercare_worry", worry="itch_after", questions=asked
    )
    ActionHandOver().run(dispatcher, tracker(told), {})
    assert said(dispatcher) == [
        "utter_faq/itch_after",
        "utter_faq/exercise_after",
        "utter_aftercare_worry",
    ]
