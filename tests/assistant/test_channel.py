"""What crosses the private door: buttons by their ids, and which turns are private."""

from __future__ import annotations

import json

from assistant.channel import _privacy
from assistant.reply import EXPIRED_BUTTON, button_id, pressed, with_ids
from assistant.tracker_store import Turn

ONE = '/answer_prescreen{"row": "5c", "answer": "yes"}'
TWO = '/answer_prescreen{"row": "medicines", "answer": "that_is_all"}'
OTHER = "/ask_for_human"
OFFERED = [ONE, TWO, OTHER, '/ask_topic{"topic": "pain_feel"}']


def ids(*payloads: str) -> list[str]:
    return [button_id(one) for one in payloads]


def test_several_buttons_are_one_message_with_the_values_in_order() -> None:
    text = pressed(ids(ONE, TWO), OFFERED)
    head, _, carried = text.partition("{")
    assert head == "/answer_prescreen"
    assert json.loads("{" + carried) == {
        "row": ["5c", "medicines"],
        "answer": ["yes", "that_is_all"],
    }


def test_one_button_carries_what_it_carries() -> None:
    assert pressed(ids(OTHER), OFFERED) == OTHER


def test_buttons_that_were_not_offered_or_do_not_belong_together_have_expired() -> None:
    for one in (["b_none"], ids(ONE, OTHER), ids(OTHER, OTHER), [*ids(ONE), "b_none"], []):
        assert pressed(one, OFFERED) == EXPIRED_BUTTON
    assert pressed(ids(ONE, OFFERED[3]), OFFERED) == EXPIRED_BUTTON


def test_a_payload_shows_ids_in_place_of_what_buttons_carry() -> None:
    card = {"type": "question", "choices": [{"title": "A", "payload": ONE}], "none": None}
    assert with_ids(card) == {
        "type": "question", "choices": [{"title": "A", "id": button_id(ONE)}], "none": None,
    }  # fmt: skip


def turn(*payloads: dict[str, str], form: bool = True) -> Turn:
    bot = tuple({"data": {"custom": one}} for one in payloads)
    return Turn({}, bot, frozenset({"prescreen_form"} if form else set()))


def test_a_turn_of_the_health_questions_is_private_and_says_of_which() -> None:
    card = {"type": "question", "pre_screen": "p_1"}
    assert _privacy(turn(card)) == {"private": True, "pre_screen": "p_1"}
    assert _privacy(turn()) == {"private": True, "pre_screen": None}
    assert _privacy(turn(card, form=False)) == {"private": False, "pre_screen": None}


def test_a_turn_with_an_urgent_sign_is_never_private() -> None:
    urgent, forget = {"type": "urgent"}, {"type": "forget", "pre_screen": "p_1"}
    assert _privacy(turn(urgent, forget)) == {"private": False, "pre_screen": None}
