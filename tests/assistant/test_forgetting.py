"""Forgotten is forgotten: no word and no answer of a pre-screen is left in Rasa's events."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.forgetting import abandoned, to_forget, without, without_message, without_older
from assistant.tracker_store import ConversationTrackerStore

CANARY = "roaccutane"
NAME = "p_0123456789abcdef"


def said(text: str, message_id: str) -> dict[str, Any]:
    parsed = {"intent": {"name": "faq"}, "entities": [{"value": text}], "questions": [text]}
    return {"event": "user", "text": text, "message_id": message_id, "parse_data": parsed}


def bot(text: str, **data: Any) -> dict[str, Any]:
    return {"event": "bot", "text": text, "data": data, "metadata": {"facts": text}}


def slot(name: str, value: Any) -> dict[str, Any]:
    return {"event": "slot", "name": name, "value": value}


BEFORE = [said("hello", "m_1"), bot("Hello!")]
INSIDE = [
    said(f"I took {CANARY}, could it be for me?", "m_2"),
    {"event": "entities", "entities": [{"value": CANARY}]},
    slot("prescreen", {"id": NAME, "answers": {"5a": CANARY}}),
    bot(f"I noted: {CANARY}", custom={"pre_screen": NAME}, buttons=[{"title": CANARY}]),
    said(f"{CANARY} till May", "m_3"),
    slot("topic", "pain_feel"),
    slot("prescreen", {"id": NAME, "answers": {"5a": CANARY}}),
    bot(f"Noted: {CANARY}"),
]
END = [
    said(f"stop, no {CANARY}", "m_4"),
    slot("prescreen", None),
    bot("", custom={"type": "forget", "pre_screen": NAME}),
    bot("I have stopped."),
]


def test_nothing_of_it_is_left_and_everything_else_stays() -> None:
    events = [*BEFORE, *INSIDE, *END]
    after = without(NAME, events)
    assert CANARY not in json.dumps(after)
    assert after[:2] == BEFORE
    assert after[-3:] == END[1:]
    assert [event["event"] for event in after] == [event["event"] for event in events]
    assert [e["message_id"] for e in after if e["event"] == "user"] == ["m_1", "m_2", "m_3", "m_4"]
    assert after[2]["parse_data"]["intent"] == {"name": "faq"}
    assert slot("topic", "pain_feel") in after


def test_again_changes_nothing_and_another_pre_screen_stays() -> None:
    events = [*BEFORE, *INSIDE, *END]
    after = without(NAME, events)
    assert without(NAME, after) == after
    assert without("p_other", events) == events
    assert without(NAME, [slot("prescreen", {"id": NAME})]) == [slot("prescreen", {"id": NAME})]
    second = slot("prescreen", {"id": "p_second"})
    assert without(NAME, [*events, second])[-1] == second


def test_no_byte_of_it_is_left_in_the_events_of_the_database(tmp_path: Path) -> None:
    path = tmp_path / "assistant.db"
    store = ConversationTrackerStore(Domain.empty(), f"sqlite:///{path}")
    tracker = DialogueStateTracker.from_events(
        "c_12345678",
        [
            ActionExecuted("action_session_start"),
            SessionStarted(),
            UserUttered(CANARY, {"name": "faq"}, [{"entity": "medicine", "value": CANARY}]),
            SlotSet("prescreen", {"id": NAME, "noted": CANARY}),
            BotUttered(CANARY),
            UserUttered(f"stop {CANARY}", {"name": "stop"}),
            SlotSet("prescreen", None),
            BotUttered("", {"custom": {"type": "forget", "pre_screen": NAME}}),
        ],
    )
    asyncio.run(store.save(tracker))
    store.forget("c_12345678", partial(without, NAME))
    with sqlite3.connect(path) as database:
        rows = database.execute("SELECT data FROM events").fetchall()
    assert rows
    assert CANARY not in json.dumps(rows)
    kept = asyncio.run(store.retrieve("c_12345678"))
    assert kept is not None
    assert kept.latest_message is not None
    assert kept.latest_message.intent_name == "stop"


def test_one_that_was_left_in_the_middle_is_blanked_and_its_form_runs_no_more() -> None:
    running = {"event": "active_loop", "name": "prescreen_form"}
    events = [*BEFORE, INSIDE[0], running, slot("requested_slot", "x"), *INSIDE[1:]]
    after = abandoned(NAME, events)
    assert CANARY not in json.dumps(after)
    assert {"event": "active_loop", "name": None} in after
    assert slot("requested_slot", None) in after
    assert after[:2] == BEFORE


def test_one_message_is_blanked_and_no_other() -> None:
    after = without_message("m_2", [*BEFORE, *INSIDE])
    assert [e["text"] for e in after if e["event"] == "user"] == ["hello", "", f"{CANARY} till May"]
    assert after[3] == {"event": "entities", "entities": []}
    assert after[4:] == INSIDE[2:]


def test_what_is_older_than_a_moment_is_blanked_and_what_is_newer_stays() -> None:
    old = [{**event, "timestamp": 10.0} for event in [*BEFORE, *INSIDE]]
    new = [{**said("and now?", "m_9"), "timestamp": 30.0}]
    after = without_older(20.0, [*old, *new])
    assert CANARY not in json.dumps(after) and "hello" not in json.dumps(after)
    assert after[-1] == new[0]


@pytest.mark.parametrize(
    "body", [None, [], {}, {"before": "x"}, {"before": True}, {"a": 1, "b": 2}]
)
def test_what_cannot_be_forgotten_is_refused_with_what_is_allowed(body: Any) -> None:
    with pytest.raises(ValueError, match="'message_id', 'pre_screen' and 'before'"):
        to_forget(body)


def test_no_byte_of_an_erased_conversation_is_left_in_the_files(tmp_path: Path) -> None:
    path = tmp_path / "assistant.db"
    store = ConversationTrackerStore(Domain.empty(), f"sqlite:///{path}")
    for name in ("c_12345678", "c_87654321"):
        said_it = [
            ActionExecuted("action_session_start"),
            SessionStarted(),
            UserUttered(CANARY * 99),
        ]
        asyncio.run(store.save(DialogueStateTracker.from_events(name, said_it)))
    store.erase("c_12345678")
    store.forget("c_87654321", to_forget({"before": 4e9}))
    files = list(tmp_path.iterdir())
    assert path in files
    assert [one.name for one in files if CANARY.encode() in one.read_bytes()] == []
