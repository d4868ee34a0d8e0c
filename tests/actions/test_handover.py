from __future__ import annotations

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.handover import ActionHandOver
from actions.urgent import ActionTellUrgent
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
        ("U1", "breathing", "utter_urgent_now", "urgent"),
        ("U1", "self_harm", "utter_urgent_self_harm", "urgent"),
        ("U2", "blisters", "utter_urgent_soon", "soon"),
        ("U2", "mole_change", "utter_see_doctor_mole", "soon"),
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
    assert payloads(dispatcher)[0] == {"type": "urgent", "level": level, "sign": sign}
    if staff_available or urgency == "urgent":
        assert payloads(dispatcher)[1]["urgency"] == urgency


@pytest.mark.parametrize(
    ("intent", "words"),
    [("report_emergency", "utter_urgent_now"), ("report_reaction", "utter_urgent_soon")],
)
def test_an_urgent_intent_without_a_finding_is_taken_at_its_word(
    dispatcher: CollectingDispatcher, intent: str, words: str
) -> None:
    ActionTellUrgent().run(dispatcher, tracker(message("…", intent)), {})
    assert said(dispatcher)[0] == words
