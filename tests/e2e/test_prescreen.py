"""A question of the pre-screen that a day answers: the field is offered, the day is understood."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tests.e2e.conversation import Conversation

HARMLESS = re.compile(
    r"^(None of these|Neither|No|Burns a bit.*|Face|Some sag.*|Fresher.*|Yes, that is right|Yes, 18.*|A gentle one.*)$"
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
    [(30, "in the last"), (300, "in the last year"), (800, "Nothing you told me rules out")],
)
def test_the_day_of_the_last_tablet(
    say: Callable[[], Conversation], days_ago: int, said: str
) -> None:
    visitor = say()
    ask_about_tablets(visitor)
    progress = next(p for p in visitor.payloads if p["type"] == "question")
    assert progress["input"]["kind"] == "date"
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
