"""A question of the pre-screen that a day answers: the field is offered, the day is understood."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Stack
from tests.e2e.conversation import Conversation

HARMLESS = re.compile(
    r"^(None of these|Neither|No|Burns a bit.*|Face|Some sag.*|Fresher.*|Yes, that is right|Yes, 18.*)$"
)


def ask_about_tablets(visitor: Conversation) -> None:
    """Go through the pre-screen up to the question about acne tablets."""
    visitor.say("would it work for me?")
    visitor.press("Yes, begin")
    for _ in range(20):
        tablets = next((t for t in visitor.buttons if "Acne tablets" in t), None)
        if tablets:
            visitor.press(tablets)
            return
        visitor.press(next(t for t in visitor.buttons if HARMLESS.match(t)))
    raise AssertionError(visitor.words)


def finish(visitor: Conversation) -> str:
    """Answer the rest without harm. Return the result."""
    for _ in range(20):
        if not visitor.payloads or visitor.payloads[-1].get("type") != "question":
            title = next((t for t in visitor.buttons if t.startswith("Yes, that is right")), None)
            if title is None:
                return visitor.words
            visitor.press(title)
        else:
            visitor.press(next(t for t in visitor.buttons if HARMLESS.match(t)))
    raise AssertionError(visitor.words)


@pytest.mark.parametrize(
    ("days_ago", "said"),
    [(30, "less than 6 months ago"), (300, "6 months or more"), (800, "Nothing you told me rules")],
)
def test_the_day_of_the_last_tablet(
    say: Callable[[], Conversation], days_ago: int, said: str
) -> None:
    visitor = say()
    ask_about_tablets(visitor)
    card = next(p for p in visitor.payloads if p["type"] == "question")
    assert card["input"]["kind"] == "date"
    day = date.today() - timedelta(days=days_ago)
    visitor.say(f"{day.day} {day:%B} {day.year}")
    result = finish(visitor)
    assert said.lower() in result.lower(), result


def test_after_people_have_spoken_a_pre_screen_does_not_go_on(
    say: Callable[[], Conversation],
) -> None:
    visitor = say()
    ask_about_tablets(visitor)
    left_behind = next(iter(visitor.buttons.values()))
    visitor.after_staff = True
    words = visitor.say("does it hurt?")
    assert visitor.topics == ["pain_feel"], words
    assert not [p for p in visitor.payloads if p["type"] == "question"]
    visitor.after_staff = False
    assert visitor.send(button_id=left_behind).json()["messages"], "an old button gets an answer"
    words = visitor.say("would it work for me?")
    assert "Yes, begin" in visitor.buttons, words


def card_of(visitor: Conversation) -> dict[str, Any]:
    return next(p for p in visitor.payloads if p["type"] == "question")


def up_to(visitor: Conversation, words: str) -> dict[str, Any]:
    """Go through the pre-screen up to the card that offers these words."""
    visitor.say("would it work for me?")
    visitor.press("Yes, begin")
    for _ in range(20):
        if any(words in title for title in visitor.buttons):
            return card_of(visitor)
        visitor.press(next(t for t in visitor.buttons if HARMLESS.match(t)))
    raise AssertionError(visitor.words)


def tick(visitor: Conversation, *words: str) -> None:
    card = card_of(visitor)
    ids = [c["id"] for c in card["choices"] if any(word in c["title"] for word in words)]
    assert len(ids) == len(words), card
    visitor.press_all([*ids, card["done"]["id"]])


def test_a_card_of_checkboxes_is_answered_at_once(say: Callable[[], Conversation]) -> None:
    visitor = say()
    card = up_to(visitor, "Blood thinners")
    assert {one["id"] for one in card["choices"]} <= set(visitor.buttons.values())
    tick(visitor, "Blood thinners", "Smoke")
    assert "Diabetes" in visitor.buttons, visitor.words
    result = finish(visitor)
    assert "bruise more" in result
    assert "A pause of 2 weeks" in result
    shown = next(p for p in visitor.payloads if p["type"] == "result")
    assert shown["outcome"] == "R"
    assert visitor.last["understood"]["pre_screen"] == shown["pre_screen"]


def test_what_was_stopped_leaves_no_word_in_the_assistant(
    say: Callable[[], Conversation], open_clinic: Stack
) -> None:
    visitor = say()
    up_to(visitor, "Blood thinners")
    visitor.say("I took roaccutane till last month and I have lupus")
    name = visitor.last["understood"]["pre_screen"]
    assert name
    visitor.say("stop")
    assert {"type": "forget", "pre_screen": name} in visitor.payloads
    kept = open_clinic.events_of(visitor.id)
    assert kept
    assert "roaccutane" not in kept
    assert "lupus" not in kept
    assert visitor.say("does it hurt?")
    assert visitor.topics == ["pain_feel"]


def test_somebody_under_age_is_asked_nothing_about_health(say: Callable[[], Conversation]) -> None:
    visitor = say()
    visitor.say("would it work for me?")
    visitor.press("Yes, begin")
    visitor.say("i'm 15")
    assert "parent" in visitor.words
    assert visitor.payloads[-1]["type"] == "forget"
    assert not [p for p in visitor.payloads if p["type"] in ("question", "share")]


def test_by_buttons_it_takes_little_of_ninety_seconds(say: Callable[[], Conversation]) -> None:
    visitor = say()
    begun = time.monotonic()
    up_to(visitor, "Fresher")
    result = finish(visitor)
    assert "Nothing you told me rules out" in result
    # 14 presses at 4 seconds of reading each leave 34 for the answers
    assert time.monotonic() - begun < 34
