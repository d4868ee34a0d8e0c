"""Every event of data/urgency.yml, walked through table, answers, lines, alarms and the pre-screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.message import Safety
from actions.urgent import tell_urgent
from clinic import load_default as clinic
from clinic.urgency import load_default as urgency
from content.checks import load_rules
from content.entries import load_entries, load_lines
from content.urgency import PART, contradictions, named
from eligibility.load import DEFAULT_PATH
from scripts.train import ROOT

EVENTS = tuple(urgency().events)
SAID = load_rules(ROOT)["events"]
MUST_DRAW = {
    "numbing_cream": ["numbing_cream"],
    "worry_burns": ["burn", "burn_deep"],
    "blisters_not_normal": ["blisters"],
    "call_us_when": ["blisters", "fever_after", "face_swelling"],
    "worry_eye_harm": ["sight"],
    "circ_pressure": ["unsafe"],
    "circ_found_pregnant": ["pregnancy"],
    "cond_mole": ["mole_change"],
    "worry_nerves": ["numb_skin"],
}


def texts() -> Iterator[tuple[str, str]]:
    """Every answer, line and sentence of the pre-screen, with where it stands."""
    for entry in load_entries(ROOT)[0]:
        for name, text in (("text", entry.text), ("more", entry.more), ("sms", entry.sms)):
            yield f"{entry.topic}.{name}", text
    yield from load_lines(ROOT)
    yield from strings(yaml.safe_load(Path(DEFAULT_PATH).read_text(encoding="utf-8")))


def strings(node: Any, key: str = "rules") -> Iterator[tuple[str, str]]:
    if isinstance(node, str):
        yield key, node
    elif isinstance(node, (dict, list)):
        children = node.items() if isinstance(node, dict) else enumerate(node)
        for name, child in children:
            yield from strings(child, f"{key}.{name}")


TEXTS = tuple(texts())


@pytest.mark.parametrize("event", EVENTS)
def test_no_text_contradicts_the_table(event: str) -> None:
    words = {event: SAID[event]} if event in SAID else {}
    wrong = [
        (where, found) for where, text in TEXTS for found in contradictions(text, urgency(), words)
    ]
    assert wrong == []


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_that_a_text_draws_has_its_words_and_number(event: str) -> None:
    facts, row = clinic().facts(), urgency().events[event]
    words = facts[f"urgency_{event}"]
    assert (clinic().emergency_number in words) or row.level == "U2"
    assert facts[f"first_aid_{event}"]


@pytest.mark.parametrize("event", EVENTS)
def test_the_pre_screen_gives_an_event_the_level_of_the_table(event: str) -> None:
    rows = yaml.safe_load(Path(DEFAULT_PATH).read_text(encoding="utf-8"))
    for choice in choices(rows):
        if choice.get("event") == event and choice.get("outcome") in ("U1", "U2"):
            assert choice["outcome"] == urgency().events[event].level, choice


def test_an_alarm_by_phrase_is_an_event_of_the_table_at_its_level() -> None:
    phrases = yaml.safe_load((ROOT / "assistant/nlu/data/red_flags.yml").read_text("utf-8"))
    alarms = {sign: level for level in ("U1", "U2") for sign in phrases[level]}
    assert len(alarms) > 20
    assert {sign: urgency().events[sign].level for sign in alarms} == alarms


DANGER = ROOT / "assistant" / "nlu" / "data" / "danger"


def test_an_alarm_can_be_raised_for_every_event_at_its_level() -> None:
    """By a sign built from parts, and by what our own sentences say of it (now.yml, soon.yml)."""
    signs = yaml.safe_load((DANGER / "parts.yml").read_text("utf-8"))["signs"]
    assert set(EVENTS) - {"confusion", "unclear_soon"} <= set(signs) <= set(EVENTS)
    for level, name in (("U1", "now.yml"), ("U2", "soon.yml")):
        sentences = yaml.safe_load((DANGER / name).read_text("utf-8"))
        at_level = {event for event in EVENTS if urgency().events[event].level == level}
        assert sentences.keys() == at_level
        assert all(len(said) >= 3 for said in sentences.values())


@pytest.mark.parametrize("event", EVENTS)
def test_the_reply_to_an_alarm_says_what_the_table_says(event: str) -> None:
    row, facts = urgency().events[event], clinic().facts()
    said = CollectingDispatcher()
    heard = {"event": "user", "metadata": {"staff_available": True}, "parse_data": {}}
    tracker = Tracker("c", {}, {}, [heard], False, None, {}, "action_listen")
    tell_urgent(said, tracker, Safety("act", row.level, event))
    for_staff = said.messages[0]["custom"]
    assert (for_staff["level"], for_staff["sign_words"]) == (row.level, row.sign)
    reply = said.messages[1]
    text = dict(load_lines(ROOT))[reply["response"]].format_map({**facts, **reply})
    assert facts[f"urgency_{event}"] in text.replace("Please", "please")
    assert row.first_aid.format_map(facts) in text
    parts = [message.get("custom") or {} for message in said.messages]
    handed = next(part for part in parts if part.get("type") == "handoff")
    assert handed["urgency"] == {"U1": "urgent", "U2": "soon"}[row.level]


def choices(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "outcome" in node:
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from choices(child)


@pytest.mark.parametrize("event", sorted(SAID))
def test_the_words_for_an_event_are_found_in_an_answer(event: str) -> None:
    """A pattern that no text matches would let every contradiction through."""
    assert event in EVENTS
    assert [
        where for where, text in TEXTS for part in PART.split(text) if event in named(part, SAID)
    ]


@pytest.mark.parametrize(("topic", "events"), MUST_DRAW.items())
def test_the_answers_that_matter_most_draw_their_event(topic: str, events: list[str]) -> None:
    entry = next(one for one in load_entries(ROOT)[0] if one.topic == topic)
    assert set(events) <= set(re.findall(r"{urgency_(\w+)}", entry.text))
