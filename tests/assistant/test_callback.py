"""A callback, from the wish to the note for staff, by the trained assistant with the real actions."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.tracker_store import Turn
from tests.assistant.loaded import Ours

NAME, CONTACT, TIME = "What name", "Which phone number", "When is a good time"
PHONE = "+44 7700 900123"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Ours:
    return Ours(f"sqlite:///{tmp_path_factory.mktemp('callbacks')}/events.db")


def asked(turn: Turn) -> list[str]:
    """Which of the form's three questions a turn asks."""
    words = " ".join(event["text"] or "" for event in turn.bot)
    return [one for one in (NAME, CONTACT, TIME) if one in words]


def noted(turn: Turn) -> list[dict[str, Any]]:
    found = [(event["data"] or {}).get("custom") or {} for event in turn.bot]
    return [one for one in found if one.get("type") == "callback"]


@pytest.mark.parametrize(
    ("wish", "then"),
    [
        ("can somebody call me back", [(NAME, "Ana"), (CONTACT, "07700 900123")]),
        ("can somebody call me back", [(NAME, "Ana, 07700 900123")]),
        ("can somebody call me back", [(NAME, "07700 900123"), (NAME, "Ana")]),
        ("can somebody call me back on 07700 900123", [(NAME, "Ana")]),
        ("can somebody call me back, my name is Ana", [(CONTACT, "07700 900123")]),
        ("can somebody call me back on 07700 900123, my name is Ana", []),
    ],
)
async def test_the_form_asks_for_all_that_was_not_told_and_for_nothing_else(
    ours: Ours, wish: str, then: list[tuple[str, str]]
) -> None:
    ours.conversation_id, ours.count = f"callback-{wish}-{then}", 0
    turn = await ours.say(wish)
    for question, answer in [*then, (TIME, "after six")]:
        assert asked(turn) == [question] and not noted(turn)
        turn = await ours.say(answer)
    assert asked(turn) == []
    (note,) = noted(turn)
    assert (note["name"], note["contact"], note["good_time"]) == ("Ana", PHONE, "after six")


async def test_a_second_wish_begins_with_nothing_of_the_first(ours: Ours) -> None:
    ours.conversation_id, ours.count = "callback-twice", 0
    for text in ("can somebody call me back on 07700 900123", "Ana", "after six"):
        turn = await ours.say(text)
    assert noted(turn)
    assert asked(await ours.say("can somebody call me back")) == [NAME]
