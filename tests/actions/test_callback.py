from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.callback import ActionSaveCallback, ValidateCallbackForm, read_contact
from clinic import load_default
from clinic.contacts import THIS_NUMBER
from tests.actions.conftest import message, payloads, said, tracker

NAME = {"entity": "person_name", "role": "asserted"}


def answer(
    dispatcher: CollectingDispatcher,
    slot: str,
    text: str,
    intent: str = "nlu_fallback",
    staff_available: bool = True,
    slots: dict[str, str] | None = None,
    **parsed: Any,
) -> dict[str, Any]:
    """What the form stores for an answer, as slot: value."""
    asked = tracker(
        message(text, intent, **parsed),
        slots={"requested_slot": slot, **(slots or {})},
        staff_available=staff_available,
    )
    events = ValidateCallbackForm().run(dispatcher, asked, {})
    return {
        event["name"]: event.get("value")
        for event in events
        if event["event"] in ("slot", "active_loop")
    }


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ana", "Ana"),
        ("my name is Ana Gil.", "Ana Gil"),
        ("hi i'm jo", "jo"),
        ("It's Immy", "Immy"),
    ],
)
def test_a_name_is_taken_out_of_its_sentence(
    dispatcher: CollectingDispatcher, text: str, name: str
) -> None:
    assert answer(dispatcher, "callback_name", text) == {"callback_name": name}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ok, Ana", "Ana"),
        ("my name's Ana", "Ana"),
        ("name: Ana Gil", "Ana Gil"),
        ("Ana please", "Ana"),
        ("you can call me Jo", "Jo"),
        ("Ana?", "Ana"),
        ("Ana, but please only call after six", "Ana"),
        ("will smith", "will smith"),
        ("Can Yilmaz", "Can Yilmaz"),
        ("My Linh", "My Linh"),
        ("María de la Cruz", "María de la Cruz"),
        ("O'Neill, Siobhán", "O'Neill, Siobhán"),
        ("王伟", "王伟"),
        ("Maria del Carmen Fernandez de la Vega Ortiz", "Maria del Carmen Fernandez de la Vega Ortiz"),
    ],
)  # fmt: skip
def test_a_name_is_one_however_it_is_told(
    dispatcher: CollectingDispatcher, text: str, name: str
) -> None:
    assert answer(dispatcher, "callback_name", text) == {"callback_name": name}
    assert said(dispatcher) == []


@pytest.mark.parametrize(
    "text",
    [
        "hello??", "are you there", "Are you there?", "what?", "what", "huh", "is it free?", "is it free", "Who is asking?",
        "why do you need it", "hola??", "¿hay alguien?", "12345", "???", "👍", "...", "how much is it", "delete my data",
        "i want a refund", "can you just call me", "please ring", "no idea", "thank you", "Hi! Anyone?", "ok", "sorry what",
        "the doctor told me to ask you for an appointment", "my number is 12345", "call me on 555", "Call me back", "call me please",
    ],
)  # fmt: skip
def test_what_surely_is_no_name_is_none_and_the_form_goes_on(
    dispatcher: CollectingDispatcher, text: str
) -> None:
    assert answer(dispatcher, "callback_name", text) == {"callback_name": None}


def test_who_looks_whether_anybody_is_there_hears_so(dispatcher: CollectingDispatcher) -> None:
    for slot in ("callback_name", "callback_time"):
        assert answer(dispatcher, slot, "hello?? are you there") == {slot: None}
    assert said(dispatcher) == ["utter_prescreen_greet"] * 2


@pytest.mark.parametrize(("text", "found"), [("is it free", None), ("Is it free? My name is Ana", "Ana")])  # fmt: skip
def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(
    dispatcher: CollectingDispatcher, text: str, found: str | None
) -> None:
    questions = [{"topic": "price_general", "confidence": 0.9, "sure": True, "text": text}]
    name = [{**NAME, "value": "Ana", "start": text.index("Ana")}] if found else []
    filled = answer(dispatcher, "callback_name", text, "faq", questions=questions, entities=name)
    assert filled == {"callback_name": found}
    assert said(dispatcher) == ["utter_faq/price_general"]


def test_a_number_beside_a_question_is_kept(dispatcher: CollectingDispatcher) -> None:
    questions = [{"topic": "price_general", "confidence": 0.9, "sure": True, "text": "is it free?"}]
    text = "07700 900123, but is it free?"
    filled = answer(dispatcher, "callback_contact", text, "faq", questions=questions)
    assert filled == {"callback_contact": "+44 7700 900123"}


def test_a_name_is_no_number(dispatcher: CollectingDispatcher) -> None:
    assert answer(dispatcher, "callback_contact", "Ana Gil") == {"callback_contact": None}
    assert said(dispatcher) == ["utter_callback_contact_unclear"]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("what?", None), ("???", None), ("hello??", None), ("why", None), ("can you call after six?", "can you call after six?"),
        ("whenever", "whenever"), ("is 5 ok?", "is 5 ok?"), ("tomorrow?", "tomorrow?"), ("any time", "any time"),
    ],
)  # fmt: skip
def test_what_names_no_time_is_none(
    dispatcher: CollectingDispatcher, text: str, time: str | None
) -> None:
    assert answer(dispatcher, "callback_time", text) == {"callback_time": time}


@pytest.mark.parametrize(
    ("text", "intent", "response"),
    [
        ("delete my data", "erase_conversation", "utter_erase_ask"),
        ("/confirm_erase", "confirm_erase", "utter_erase_confirmed"),
    ],
)
@pytest.mark.parametrize("slot", ["callback_name", "callback_contact", "callback_time"])
def test_to_be_erased_is_heard_in_the_middle(
    dispatcher: CollectingDispatcher, slot: str, text: str, intent: str, response: str
) -> None:
    ended = answer(dispatcher, slot, text, intent)
    assert said(dispatcher) == [response] and ended["requested_slot"] is None


def test_who_keeps_their_chat_goes_on_with_the_callback(dispatcher: CollectingDispatcher) -> None:
    kept = answer(dispatcher, "callback_contact", "/keep_conversation", "keep_conversation")
    assert kept == {"callback_contact": None} and said(dispatcher) == ["utter_erase_not"]


@pytest.mark.parametrize(
    ("text", "intent", "response"),
    [("fuck off", "oos_abuse", "utter_oos_abuse"), ("it hurts", "suspect_danger", "utter_oos_gibberish")],
)  # fmt: skip
def test_anger_and_pain_are_nobodys_name(
    dispatcher: CollectingDispatcher, text: str, intent: str, response: str
) -> None:
    assert answer(dispatcher, "callback_name", text, intent) == {"callback_name": None}
    assert said(dispatcher) == [response]
    assert answer(dispatcher, "callback_name", "Dick", intent) == {"callback_name": "Dick"}


def test_a_button_of_a_question_is_answered_in_the_middle(dispatcher: CollectingDispatcher) -> None:
    topic = [{"entity": "topic", "value": "price_general"}]
    pressed = '/ask_topic{"topic": "price_general"}'
    filled = answer(dispatcher, "callback_contact", pressed, "ask_topic", entities=topic)
    assert filled == {"callback_contact": None} and said(dispatcher) == ["utter_faq/price_general"]


def test_more_is_told_in_the_middle(dispatcher: CollectingDispatcher) -> None:
    filled = answer(
        dispatcher,
        "callback_name",
        "tell me more",
        "tell_more",
        slots={"topic": "price_general"},
    )
    assert filled == {"callback_name": None} and len(dispatcher.messages) == 1


def test_a_question_that_is_not_understood_is_met_with_words(
    dispatcher: CollectingDispatcher,
) -> None:
    assert answer(dispatcher, "callback_name", "is the frobnicator on?") == {"callback_name": None}
    assert said(dispatcher) == ["utter_oos_gibberish"]


def test_who_would_rather_not_say_their_name_is_called_without_it(
    dispatcher: CollectingDispatcher,
) -> None:
    filled = answer(dispatcher, "callback_name", "i'd rather not say", "prefer_not_to_say")
    assert filled == {"callback_name": ""}
    slots = {**filled, "callback_contact": "a@b.example", "callback_time": "now"}
    ActionSaveCallback().run(dispatcher, tracker(message("now"), slots=slots), {})
    assert payloads(dispatcher)[0]["name"] is None


def test_who_wants_a_person_names_no_time(dispatcher: CollectingDispatcher) -> None:
    ended = answer(dispatcher, "callback_time", "i want a person", "ask_for_human")
    assert payloads(dispatcher)[0]["type"] == "handoff" and ended["requested_slot"] is None
    kept = answer(dispatcher, "callback_time", "weekdays after six", "ask_for_human")
    assert kept == {"callback_time": "weekdays after six"}
    assert answer(dispatcher, "callback_time", "call me back", "request_callback") == {
        "callback_time": None
    }


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("020 7946 0555", "+44 20 7946 0555"),
        ("you can ring +34 612 34 56 78 ok", "+34 612 34 56 78"),
        ("ana.gil@mail.example please", "ana.gil@mail.example"),
        ("07700 900123 or ana@mail.example.", "+44 7700 900123, ana@mail.example"),
        ("on this number", None),
        ("12", None),
        ("by pigeon", None),
    ],
)
def test_a_contact_is_a_phone_number_or_an_address(text: str, contact: str | None) -> None:
    assert read_contact(text, "website") == contact
    assert read_contact(text, "sms") == (contact or (THIS_NUMBER if "this" in text else None))


def test_an_unreadable_contact_is_asked_for_again_with_the_phone_number(
    dispatcher: CollectingDispatcher,
) -> None:
    assert answer(dispatcher, "callback_contact", "by pigeon") == {"callback_contact": None}
    assert said(dispatcher) == ["utter_callback_contact_unclear"]


def told_at_first(dispatcher: CollectingDispatcher, text: str, name: str = "") -> dict[str, Any]:
    """What the form holds before it has asked anything."""
    entities = [{**NAME, "value": name, "start": text.index(name)}] if name else []
    return answer(dispatcher, "", text, "request_callback", entities=entities)


@pytest.mark.parametrize(
    ("text", "name", "filled"),
    [
        ("call me on 07700 900123", "", {"callback_contact": "+44 7700 900123"}),
        ("my name is ana, ring +34 612 34 56 78", "ana", {"callback_name": "ana", "callback_contact": "+34 612 34 56 78"}),
        ("I'm Polish, please call me", "Polish", {}),
        ("I rang 020 7946 0123, call me on 07700 900123", "", {"callback_contact": "+44 7700 900123"}),
        ("my NHS number is 943 476 5919, please call me", "", {}),
        ("quoted 1200-1500 2 weeks ago, call me", "", {}),
        ("ring me 10.00-12.00 24 November", "", {}),
        ("call me 02.03.2026 930", "", {}),
        ("call me back, but not on 07700 900123, my husband answers it", "", {}),
        ("I wrote to hello@harbourskin.example and nobody answered, call me", "", {}),
        ("can you call me", "", {}),
        ("call me soon", "soon", {}),
        ("CALL ME URGENTLY", "URGENTLY", {}),
        ("call me, I am from Leeds", "Leeds", {}),
        ("call me back on Tuesday 24.11.2026", "", {}),
        ("I rang 020 7946 0123 and nobody answered, call me", "", {}),
        ("/request_callback 07700 900123", "", {}),
    ],
)  # fmt: skip
def test_the_form_is_filled_from_the_message_that_asks_for_it(
    dispatcher: CollectingDispatcher, text: str, name: str, filled: dict[str, str]
) -> None:
    text = text.replace("020 7946 0123", load_default().phone)
    assert told_at_first(dispatcher, text, name) == filled
    assert said(dispatcher) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ana, 07700 900123", "Ana"),
        ("Ana Gil and my number is 07700 900123", "Ana Gil"),
        ("07700900123 Ana", "Ana"),
        ("it's Ana on +44 7700 900123 thanks", "Ana"),
        ("Ana (mobile: 07700 900123)", "Ana"),
        ("soy Ana, mi teléfono es el 07700 900123", "Ana"),
        ("07700 900123", None),
        ("my number is 07700 900123 thanks", None),
        ("ok 07700 900123", None),
    ],
)
def test_a_number_told_with_the_name_is_not_asked_for_again(
    dispatcher: CollectingDispatcher, text: str, name: str | None
) -> None:
    filled = answer(dispatcher, "callback_name", text)
    assert filled == {"callback_name": name, "callback_contact": "+44 7700 900123"}


def test_of_two_numbers_told_the_later_one_is_called(dispatcher: CollectingDispatcher) -> None:
    slots = {"callback_contact": "+44 7700 900123"}
    filled = answer(dispatcher, "callback_name", "Ana, sorry, 07700 900999", slots=slots)
    assert filled["callback_contact"] == "+44 7700 900999"


@pytest.mark.parametrize(
    "text", ["I can't take calls on this number, please ring me", "this number has no signal", "este número ya no funciona"]
)  # fmt: skip
def test_a_number_that_cannot_be_called_is_not_this_number(text: str) -> None:
    assert read_contact(text, "sms") is None


def test_who_wrote_to_the_clinic_is_not_reached_there() -> None:
    clinic = load_default().facts()["email"]
    assert read_contact(f"I wrote to {clinic}", "website") is None


def test_this_number_is_taken_only_where_the_front_desk_knows_it() -> None:
    assert read_contact("on this number", "whatsapp") == THIS_NUMBER
    assert read_contact("on this number", "whatsapp", has_number=False) is None


def test_no_is_a_way_out_except_as_a_time(dispatcher: CollectingDispatcher) -> None:
    ended = answer(dispatcher, "callback_name", "no thanks", "deny")
    assert ended["requested_slot"] is None
    assert said(dispatcher) == ["utter_callback_cancelled"]
    assert answer(dispatcher, "callback_time", "not before six", "deny") == {
        "callback_time": "not before six"
    }


def test_an_emergency_ends_the_callback_and_comes_first(dispatcher: CollectingDispatcher) -> None:
    safety = {"level": "U1", "sign": "breathing"}
    ended = answer(dispatcher, "callback_name", "cant breathe", "report_emergency", safety=safety)
    assert said(dispatcher)[0] == "utter_urgent_emergency"
    assert ended["requested_slot"] is None


def test_a_bad_reaction_when_nobody_is_there_keeps_the_callback(
    dispatcher: CollectingDispatcher,
) -> None:
    safety = {"level": "U2", "sign": "blisters"}
    kept = answer(
        dispatcher,
        "callback_name",
        "i have blisters",
        "report_reaction",
        safety=safety,
        staff_available=False,
    )
    assert said(dispatcher)[0] == "utter_urgent_clinic"
    assert kept["callback_name"] is None
    assert "requested_slot" not in kept


def test_a_person_asked_for_in_the_middle_is_brought_when_there(
    dispatcher: CollectingDispatcher,
) -> None:
    ended = answer(dispatcher, "callback_name", "human please", "ask_for_human")
    assert payloads(dispatcher)[0]["type"] == "handoff"
    assert ended["requested_slot"] is None


def test_a_person_asked_for_when_nobody_is_there_gets_the_number_and_the_question_again(
    dispatcher: CollectingDispatcher,
) -> None:
    kept = answer(
        dispatcher, "callback_name", "human please", "ask_for_human", staff_available=False
    )
    assert said(dispatcher) == ["utter_clinic_closed"]
    assert kept["callback_name"] is None
    assert "requested_slot" not in kept


def test_a_finished_callback_is_passed_on_and_forgotten(dispatcher: CollectingDispatcher) -> None:
    filled = {
        "callback_name": "Ana",
        "callback_contact": "a@b.example",
        "callback_time": "after six",
    }
    events = ActionSaveCallback().run(dispatcher, tracker(message("after six"), slots=filled), {})
    assert payloads(dispatcher)[0] == {
        "type": "callback",
        "reason": "asked",
        "name": "Ana",
        "contact": "a@b.example",
        "good_time": "after six",
    }
    assert {event["name"]: event["value"] for event in events} == dict.fromkeys(filled)


def test_an_unfinished_callback_is_not_passed_on(dispatcher: CollectingDispatcher) -> None:
    ActionSaveCallback().run(dispatcher, tracker(message("stop", "stop"), slots={}), {})
    assert dispatcher.messages == []


@pytest.mark.parametrize(
    ("before", "text", "name"),
    [("Can", "can", "can"), ("Hay Smith", "Hay Smith", "Hay Smith"), ("hello??", "hello??", None)],
)
def test_who_says_again_what_looked_like_no_name_is_called_so(
    dispatcher: CollectingDispatcher, before: str, text: str, name: str | None
) -> None:
    asked = tracker(
        message(before, "nlu_fallback"),
        message(text, "nlu_fallback"),
        slots={"requested_slot": "callback_name"},
    )
    (event,) = ValidateCallbackForm().run(dispatcher, asked, {})
    assert (event["name"], event.get("value")) == ("callback_name", name)
