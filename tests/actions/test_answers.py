from __future__ import annotations

from pathlib import Path

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions import faq
from actions.answers import ActionAnswerQuestion, ActionDefaultFallback, ActionTellMore
from tests.actions.conftest import buttons, message, payloads, said, tracker

ENTRIES = """
responses:
  utter_faq/pain_feel:
  - text: "A little."
    metadata: {question: "Does it hurt?", more: "Ask us on {phone}.", related: [numbing, gap]}
  - {channel: sms, text: "A little."}
  utter_faq/numbing:
  - text: "Sometimes."
    metadata: {question: "Is there a numbing cream?", related: [pain_feel]}
  utter_faq/gap:
  - text: "A month."
    metadata: {question: "How far apart?", related: [pain_feel]}
  utter_faq/bill:
  - text: "Staff know."
    metadata: {question: "What is on my bill?", related: [gap], staff_answer: true}
"""


@pytest.fixture(autouse=True)
def _small_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.yml").write_text(ENTRIES, encoding="utf-8")
    monkeypatch.setattr(faq, "FAQ_FILES", tmp_path)
    faq._entries.cache_clear()
    yield
    faq._entries.cache_clear()


def selected(topic: str) -> dict[str, object]:
    key = {"intent_response_key": f"faq/{topic}", "confidence": 0.8}
    return {"faq": {"response": key, "ranking": [key]}}


def answer(
    dispatcher: CollectingDispatcher, *messages: dict[str, object]
) -> list[dict[str, object]]:
    return ActionAnswerQuestion().run(dispatcher, tracker(*messages), {})


def test_one_question_gets_its_answer_and_what_may_follow(dispatcher: CollectingDispatcher) -> None:
    events = answer(dispatcher, message("hurts?", response_selector=selected("pain_feel")))
    assert said(dispatcher) == ["utter_faq/pain_feel"]
    assert buttons(dispatcher) == ["Tell me more", "Is there a numbing cream?", "How far apart?"]
    assert events[0]["value"] == "pain_feel"


def test_several_questions_are_answered_in_order_and_once_each(
    dispatcher: CollectingDispatcher,
) -> None:
    parts = [{"topic": topic} for topic in ("gap", "pain_feel", "gap")]
    answer(dispatcher, message("both", questions=parts))
    assert said(dispatcher) == ["utter_faq/gap", "utter_faq/pain_feel"]
    assert buttons(dispatcher) == ["Is there a numbing cream?"]


def test_a_faq_button_answers_that_faq_whatever_was_understood(
    dispatcher: CollectingDispatcher,
) -> None:
    pressed = message(
        '/ask_topic{"topic": "gap"}',
        "ask_topic",
        entities=[{"entity": "topic", "value": "gap"}],
        response_selector=selected("pain_feel"),
    )
    answer(dispatcher, pressed)
    assert said(dispatcher) == ["utter_faq/gap"]


def test_a_question_that_staff_answer_is_handed_over_too(dispatcher: CollectingDispatcher) -> None:
    answer(dispatcher, message("bill?", response_selector=selected("bill")))
    assert said(dispatcher) == ["utter_faq/bill"]
    assert payloads(dispatcher)[0]["reason"] == "staff_answer"


def test_tell_me_more_gives_the_long_form_with_the_clinics_facts(
    dispatcher: CollectingDispatcher,
) -> None:
    ActionTellMore().run(dispatcher, tracker(message(), slots={"topic": "pain_feel"}), {})
    assert dispatcher.messages[0]["text"] == "Ask us on +44 20 7946 0123."


@pytest.mark.parametrize(("topic", "words"), [("gap", "utter_more_known"), (None, "utter_why")])
def test_tell_me_more_without_more_says_so(
    dispatcher: CollectingDispatcher, topic: str | None, words: str
) -> None:
    ActionTellMore().run(dispatcher, tracker(message(), slots={"topic": topic}), {})
    assert said(dispatcher) == [words]


def test_what_was_not_understood_gets_the_nearest_questions_and_a_person(
    dispatcher: CollectingDispatcher,
) -> None:
    unclear = message("zap?", "nlu_fallback", response_selector=selected("gap"))
    ActionDefaultFallback().run(dispatcher, tracker(unclear), {})
    assert said(dispatcher) == ["utter_ask_nearest"]
    assert buttons(dispatcher) == ["How far apart?", "Talk to a person"]


def test_the_second_failure_in_a_row_brings_a_person(dispatcher: CollectingDispatcher) -> None:
    unclear = message("zap?", "nlu_fallback")
    ActionDefaultFallback().run(dispatcher, tracker(unclear, unclear), {})
    assert payloads(dispatcher)[0]["reason"] == "not_understood"


def test_a_failure_after_a_success_is_the_first_again(dispatcher: CollectingDispatcher) -> None:
    unclear = message("zap?", "nlu_fallback")
    ActionDefaultFallback().run(dispatcher, tracker(unclear, message("hurts?"), unclear), {})
    assert said(dispatcher) == ["utter_not_understood"]
