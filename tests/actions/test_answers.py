from __future__ import annotations

import re
from pathlib import Path

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions import faq, follow_ups
from actions.answers import ActionAnswerQuestion, ActionDefaultFallback
from actions.booking import ActionOfferBooking
from actions.long_form import ActionTellMore
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

FOLLOW_UPS = """
how_long: [{after: pain_feel, means: gap}, {means: numbing}]
leads: [and]
words: 4
leaning: [{after: pain_feel, asked: bill, means: gap}]
"""


@pytest.fixture(autouse=True)
def _small_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "small.yml").write_text(ENTRIES, encoding="utf-8")
    (tmp_path / "follow_ups").write_text(FOLLOW_UPS, encoding="utf-8")
    monkeypatch.setattr(faq, "FAQ_FILES", tmp_path)
    monkeypatch.setattr(follow_ups, "FILE", tmp_path / "follow_ups")
    for cached in (faq._of_files, faq._with, faq.common_stems, follow_ups.follow_ups):
        cached.cache_clear()
    yield
    for cached in (faq._of_files, faq._with, faq.common_stems, follow_ups.follow_ups):
        cached.cache_clear()


def selected(topic: str, *besides: tuple[str, float]) -> dict[str, object]:
    first, *_ = ranking = [
        {"intent_response_key": f"faq/{name}", "confidence": sure}
        for name, sure in ((topic, 0.8), *besides)
    ]
    return {"faq": {"response": first, "ranking": ranking}}


def answer(
    dispatcher: CollectingDispatcher, *messages: dict[str, object]
) -> list[dict[str, object]]:
    return ActionAnswerQuestion().run(dispatcher, tracker(*messages), {})


def test_one_question_gets_its_answer_and_what_may_follow(dispatcher: CollectingDispatcher) -> None:
    events = answer(dispatcher, message("hurts?", response_selector=selected("pain_feel")))
    assert said(dispatcher) == ["utter_faq/pain_feel"]
    assert buttons(dispatcher) == ["Tell me more", "Is there a numbing cream?", "How far apart?"]
    assert events[0]["value"] == "pain_feel"


def test_what_else_was_likely_asked_is_the_first_button(dispatcher: CollectingDispatcher) -> None:
    near = selected("pain_feel", ("numbing", 0.4), ("bill", 0.3), ("gap", 0.02))
    answer(dispatcher, message("hurts, and the bill", response_selector=near))
    assert said(dispatcher) == ["utter_faq/pain_feel"]
    assert buttons(dispatcher) == [
        "Tell me more",
        "What is on my bill?",
        "Is there a numbing cream?",
    ]


@pytest.mark.parametrize(
    ("text", "near", "words", "offered"),
    [
        ("book me in", ("gap", 0.05), ["utter_booking"], []),
        ("book, and the bill", ("bill", 0.2), ["utter_booking"], ["What is on my bill?"]),
        ("book, and the bill", ("bill", 0.4), ["utter_faq/bill", "utter_booking"], []),
        ("book sunday", ("bill", 0.05), ["utter_day_closed", "utter_booking"], []),
    ],
)
def test_what_is_asked_of_a_visit_along_with_a_booking_is_not_lost(
    dispatcher: CollectingDispatcher,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    near: tuple[str, float],
    words: list[str],
    offered: list[str],
) -> None:
    monkeypatch.setattr("actions.booking.of_a_visit", lambda entry: True)
    key = {"intent_response_key": f"faq/{near[0]}", "confidence": near[1]}
    selector = {"faq": {"ranking": [key]}}
    asked = message(text, "book_appointment", response_selector=selector)
    ActionOfferBooking().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == words
    assert buttons(dispatcher) == offered


def test_how_to_book_is_said_once_by_the_ways_to_book(
    dispatcher: CollectingDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.booking.of_a_visit", lambda entry: True)
    monkeypatch.setattr("actions.booking.HOW", "bill")
    key = {"intent_response_key": "faq/bill", "confidence": 0.4}
    asked = message("book me in", "book_appointment", response_selector={"faq": {"ranking": [key]}})
    ActionOfferBooking().run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == ["utter_booking"]
    assert buttons(dispatcher) == []


def test_an_answer_with_another_one_beside_it_is_given_once(
    dispatcher: CollectingDispatcher,
) -> None:
    parts = [{"topic": "pain_feel", "beside": "bill"}, {"topic": "pain_feel"}]
    answer(dispatcher, message("hurts there, does it hurt", questions=parts))
    assert said(dispatcher) == ["utter_faq/pain_feel"]
    assert "What is on my bill?" in buttons(dispatcher)


def test_several_questions_are_answered_in_order_and_once_each(
    dispatcher: CollectingDispatcher,
) -> None:
    parts = [{"topic": topic} for topic in ("gap", "pain_feel", "gap")]
    answer(dispatcher, message("both", questions=parts))
    assert said(dispatcher) == ["utter_faq/gap", "utter_faq/pain_feel"]
    assert buttons(dispatcher) == ["Is there a numbing cream?"]


def test_a_question_that_was_missed_beside_one_that_is_answered_is_asked_for(
    dispatcher: CollectingDispatcher,
) -> None:
    answer(dispatcher, message("both", questions=[{"topic": "gap"}], missed=True))
    assert said(dispatcher) == ["utter_one_part", "utter_faq/gap"]


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


def test_where_only_signed_answers_are_given_what_is_not_signed_is_said_to_be_so(
    dispatcher: CollectingDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.faq.answers.may_be_said", lambda review, sources: False)
    answer(dispatcher, message("hurts?", response_selector=selected("pain_feel")))
    assert said(dispatcher) == ["utter_answer_not_given"]
    assert buttons(dispatcher) == []


def test_a_device_is_not_told_of_either_where_its_table_is_not_signed(
    dispatcher: CollectingDispatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("actions.answers.may_be_said", lambda review, sources: False)
    device = {"kind": "gentle_laser", "name": "Clearlift"}
    part = {"topic": None, "aspect": "pain", "devices": [device]}
    answer(dispatcher, message("does clearlift hurt", questions=[part]))
    assert said(dispatcher) == ["utter_answer_not_given"]


def test_tell_me_more_gives_the_long_form_with_the_clinics_facts(
    dispatcher: CollectingDispatcher,
) -> None:
    ActionTellMore().run(dispatcher, tracker(message(), slots={"topic": "pain_feel"}), {})
    assert dispatcher.messages[0]["text"] == "Ask us on +44 20 7946 0123."


@pytest.mark.parametrize(
    ("topic", "words"), [("gap", "utter_more_known"), (None, "utter_open_question")]
)
def test_tell_me_more_without_more_says_so(
    dispatcher: CollectingDispatcher, topic: str | None, words: str
) -> None:
    ActionTellMore().run(dispatcher, tracker(message(), slots={"topic": topic}), {})
    assert said(dispatcher) == [words]


def test_what_was_not_understood_gets_the_nearest_questions_and_a_person(
    dispatcher: CollectingDispatcher,
) -> None:
    unclear = message("apart, zap?", "nlu_fallback", response_selector=selected("gap"))
    ActionDefaultFallback().run(dispatcher, tracker(unclear), {})
    assert said(dispatcher) == ["utter_ask_nearest"]
    assert buttons(dispatcher) == ["How far apart?", "Talk to a person"]


def test_a_choice_that_shares_no_word_is_not_offered(dispatcher: CollectingDispatcher) -> None:
    unclear = message("zap?", "nlu_fallback", response_selector=selected("gap"))
    ActionDefaultFallback().run(dispatcher, tracker(unclear), {})
    assert said(dispatcher) == ["utter_open_question"]
    assert buttons(dispatcher) == ["Check my health first", "Talk to a person"]


def test_an_unclear_question_about_a_device_is_asked_about_that_device(
    dispatcher: CollectingDispatcher,
) -> None:
    hifu = {"kind": "ultrasound", "name": "HIFU"}
    ActionDefaultFallback().run(
        dispatcher, tracker(message("hifu, hm?", "nlu_fallback", devices=[hifu])), {}
    )
    assert said(dispatcher) == ["utter_ask_about_device"]
    assert buttons(dispatcher)[0] == "Does HIFU hurt?"


def test_the_second_failure_in_a_row_brings_a_person(dispatcher: CollectingDispatcher) -> None:
    unclear = message("zap?", "nlu_fallback")
    ActionDefaultFallback().run(dispatcher, tracker(unclear, unclear), {})
    assert payloads(dispatcher)[0]["reason"] == "not_understood"


def test_a_failure_after_a_success_is_the_first_again(dispatcher: CollectingDispatcher) -> None:
    unclear = message("zap?", "nlu_fallback")
    ActionDefaultFallback().run(dispatcher, tracker(unclear, message("hurts?"), unclear), {})
    assert said(dispatcher) == ["utter_open_question"]


def test_how_long_that_lasts_depends_on_the_answer_before(
    dispatcher: CollectingDispatcher,
) -> None:
    asked = message("how long does that last", intent="ask_how_long")
    action = ActionAnswerQuestion()
    action.run(dispatcher, tracker(asked, slots={"topic": "pain_feel"}), {})
    action.run(dispatcher, tracker(asked, slots={"topic": "bill"}), {})
    action.run(dispatcher, tracker(asked), {})
    assert said(dispatcher) == ["utter_faq/gap", "utter_faq/numbing", "utter_faq/numbing"]


@pytest.mark.parametrize(
    ("text", "last", "wanted"),
    [
        ("and the bill?", "pain_feel", "gap"),
        ("and the bill?", "numbing", "bill"),
        ("what is on the bill?", "pain_feel", "bill"),
        ("and what is on the bill that you sent?", "pain_feel", "bill"),
    ],
)
def test_only_a_few_words_that_lean_on_the_last_answer_mean_something_else(
    dispatcher: CollectingDispatcher, text: str, last: str, wanted: str
) -> None:
    asked = message(text, response_selector=selected("bill"))
    ActionAnswerQuestion().run(dispatcher, tracker(asked, slots={"topic": last}), {})
    assert said(dispatcher)[0] == f"utter_faq/{wanted}"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"means": "nothing"}, "how_long, line 1: ['nothing'] is no answer"),
        ({"before": "pain_feel", "means": "gap"}, "['before']; allowed: ['after'"),
        ({"after": "pain_feel", "means": "gap"}, "the last line must fit after every answer"),
        ({"means": "small"}, "means: small is no answer"),
    ],
)
def test_a_wrong_rule_is_named(line: dict[str, str], words: str) -> None:
    content = {"how_long": [line], "leaning": [], "leads": ["and"], "words": 4}
    with pytest.raises(follow_ups.FollowUpError, match=re.escape(words)):
        follow_ups.read_follow_ups(content)


def test_whoever_is_too_young_is_not_offered_the_health_questions(
    dispatcher: CollectingDispatcher,
) -> None:
    age = {"entity": "age", "value": 15, "role": "asserted", "start": 5, "end": 7}
    young, lost = message("i am 15", entities=[age]), message("mumble", "nlu_fallback")
    ActionDefaultFallback().run(dispatcher, tracker(lost), {})
    assert "Check my health first" in buttons(dispatcher)
    again = CollectingDispatcher()
    ActionDefaultFallback().run(again, tracker(young, lost), {})
    assert "Talk to a person" in buttons(again)
    assert "Check my health first" not in buttons(again)


def test_whoever_says_that_they_are_too_young_is_told_so_where_nothing_else_was_understood(
    dispatcher: CollectingDispatcher,
) -> None:
    age = {"entity": "age", "value": 17, "role": "asserted", "start": 3, "end": 5}
    words = message("im 17 and want my chin done", "nlu_fallback", entities=[age])
    ActionDefaultFallback().run(dispatcher, tracker(words), {})
    assert said(dispatcher) == ["utter_faq/circ_under_age"]
