"""Faster, and nothing else: every dialogue goes as with Rasa's own classes, event by event."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.core.agent import Agent
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity

from assistant.graph_runner import InOrderGraphRunner
from assistant.tracker_store import ConversationTracker, Turn
from tests.assistant.loaded import Ours, Stock

STORIES = yaml.safe_load(Path("tests/test_stories.yml").read_text(encoding="utf-8"))["stories"]
DIALOGUES = {
    story["story"]: [step["user"].strip() for step in story["steps"] if "user" in step]
    for story in STORIES
} | {"nonsense": ["qwzx", "blah zork", "does it hurt?", "ok"]}
ANSWERS = 9
# of a pre-screen: its id, made by chance, and when it was last touched
PRE_SCREEN = re.compile(r'\bp_[0-9a-f]{16}\b|(?<="touched": )[0-9.]+')


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    return Stock(f"sqlite:///{tmp_path_factory.mktemp('stock')}/events.db")


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Ours:
    return Ours(f"sqlite:///{tmp_path_factory.mktemp('ours')}/events.db")


def told(turn: Turn) -> Any:
    """All of a turn that does not depend on when it happened."""

    def timeless(event: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in event.items() if key != "timestamp"}
        return json.loads(PRE_SCREEN.sub("0", json.dumps(kept)))

    return timeless(turn.user), [timeless(event) for event in turn.bot], turn.actions


def state(tracker: DialogueStateTracker | None) -> Any:
    """What decides how a conversation goes on."""
    assert tracker is not None
    found = tracker.current_state(EventVerbosity.ALL)
    found.pop("latest_event_time")
    for event in found["events"]:
        event.pop("timestamp")
    return json.loads(PRE_SCREEN.sub("0", json.dumps(found, default=str)))


@pytest.mark.parametrize("name", sorted(DIALOGUES))
async def test_every_dialogue_goes_the_same(stock: Stock, ours: Ours, name: str) -> None:
    for assistant in (stock, ours):
        assistant.conversation_id, assistant.count = f"dialogue-{abs(hash(name))}", 0
    for text in DIALOGUES[name]:
        wanted, got = await stock.say(text), await ours.say(text)
        assert told(got) == told(wanted), text
    theirs = await stock.agent.tracker_store.retrieve(stock.conversation_id)
    assert state(await ours.store.retrieve(ours.conversation_id)) == state(theirs)


async def test_the_pre_screen_goes_the_same_button_by_button(stock: Stock, ours: Ours) -> None:
    for assistant in (stock, ours):
        assistant.conversation_id, assistant.count = "pre-screen", 0
    said = [await one.say("am i suitable for laser?") for one in (stock, ours)]
    pressed = 0
    for _ in range(ANSWERS):
        wanted, got = (told(turn) for turn in said)
        assert got == wanted
        buttons = [b for event in said[0].bot for b in event["data"].get("buttons") or []]
        pressed += bool(buttons)
        payload = buttons[0]["payload"] if buttons else None
        said = [await one.say(None if payload else "no", payload) for one in (stock, ours)]
    assert pressed > 1


async def test_a_tracker_in_memory_is_what_the_database_would_give(ours: Ours) -> None:
    ours.conversation_id, ours.count = "long-conversation", 0
    for number in range(24):
        await ours.say(("does it hurt?", "am i suitable for laser?", "qwzx", "yes")[number % 4])
        in_memory = state(await ours.store.retrieve(ours.conversation_id))
        ours.store._kept.clear()
        read = await ours.store.retrieve(ours.conversation_id)
        assert in_memory == state(read)
        assert len(in_memory["events"]) < 90


def test_a_copy_is_what_replaying_would_give() -> None:
    tracker = ConversationTracker("one", [])
    replayed = DialogueStateTracker.copy(tracker)
    assert vars(tracker.copy()).keys() == vars(replayed).keys()
    assert isinstance(tracker.copy(), ConversationTracker)


def test_what_we_use_of_rasas_inside_is_still_there(ours: Ours) -> None:
    """Names of rasa 3.6.21 that are not promised: our classes are put in their place."""
    import rasa.core.processor

    assert rasa.core.processor.DaskGraphRunner is DaskGraphRunner
    assert isinstance(ours.agent, Agent) and isinstance(ours.agent.processor, MessageProcessor)
    assert isinstance(ours.agent.processor.graph_runner, InOrderGraphRunner)
    assert isinstance(ours.agent.tracker_store, FailSafeTrackerStore)
    assert ours.agent.tracker_store._tracker_store is ours.store


async def test_a_first_message_in_another_language_begins_a_session_too(
    ours: Ours, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.channel.language_after", lambda *_: "es")
    ours.conversation_id, ours.count = "otra", 0
    await ours.say("hola")
    tracker = await ours.store.retrieve("otra")
    assert tracker is not None
    begun = [event.type_name for event in tracker.events][:4]
    assert begun == ["session_started", "action", "slot", "user"]
    assert tracker.get_slot("language") == "es"
