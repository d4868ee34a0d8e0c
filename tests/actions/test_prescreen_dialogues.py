"""Written conversations (data/prescreen_dialogues.yml), played against the real actions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.actions.prescreen_visit import Visit
from tests.actions.test_prescreen_rows import answer_current

DIALOGUES = yaml.safe_load(
    (Path(__file__).parent / "data" / "prescreen_dialogues.yml").read_text(encoding="utf-8")
)
FAQ = {"questions": [{"text": "does it hurt", "topic": "pain_feel", "confidence": 0.9}]}


def test_there_are_at_least_sixty_of_them() -> None:
    assert len(DIALOGUES) >= 60
    assert len({dialogue["name"] for dialogue in DIALOGUES}) == len(DIALOGUES)


@pytest.mark.parametrize("dialogue", DIALOGUES, ids=[d["name"] for d in DIALOGUES])
def test_dialogue(dialogue: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actions.prescreen_turn.answer_questions", answer)
    play_dialogue(Visit(dialogue.get("channel", "website"), dialogue.get("staff", True)), dialogue)


REAL = [dialogue for dialogue in DIALOGUES if not dialogue.get("scripted")]


@pytest.mark.parametrize("dialogue", REAL, ids=[d["name"] for d in REAL])
def test_dialogue_on_the_real_model(
    dialogue: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    understand: Callable[[str], dict[str, Any]],
) -> None:
    monkeypatch.setattr("actions.prescreen_turn.answer_questions", answer)
    channel, staff = dialogue.get("channel", "website"), dialogue.get("staff", True)
    play_dialogue(Visit(channel, staff, understand), dialogue)


def play_dialogue(visit: Visit, dialogue: dict[str, Any]) -> None:
    if "go" in dialogue:
        visit.opens()
        visit.presses("consent", "yes")
        while visit.asking != dialogue["go"]:
            answer_current(visit, dialogue.get("with", {}))
    for turn in dialogue["turns"]:
        play(visit, turn)
        check(visit, turn)


def answer(dispatcher: Any, tracker: Any) -> bool:
    """Stands in for the FAQ answers, which are not this test's business."""
    for part in tracker.latest_message.get("questions") or []:
        dispatcher.utter_message(response=f"utter_faq/{part['topic']}")
    return bool(tracker.latest_message.get("questions"))


def play(visit: Visit, turn: dict[str, Any]) -> None:
    entities = [
        dict(zip(("entity", "value", "role", "text"), e, strict=True)) for e in turn.get("e", [])
    ]
    if "press" in turn:
        visit.presses(*turn["press"])
    elif "opens" in turn:
        visit.opens(turn["opens"], entities)
    else:
        parsed: dict[str, Any] = dict(FAQ) if turn.get("faq") else {}
        if "safety" in turn:
            level, sign = turn["safety"]
            parsed["safety"] = {"level": level, "sign": sign}
        visit.says(turn["says"], turn.get("intent", "nlu_fallback"), entities=entities, **parsed)


def check(visit: Visit, turn: dict[str, Any]) -> None:
    assert visit.asking == turn["asking"] if "asking" in turn else True, visit.words
    for row, choice in turn.get("answers", {}).items():
        assert visit.answers.get(row) == choice, visit.state
    assert not set(turn.get("open", [])) & set(visit.answers)
    assert set(turn.get("heard", [])) <= set(visit.responses)
    assert bool(visit.payloads("result")) == turn.get("result", bool(visit.payloads("result")))
    assert turn.get("words", "") in visit.words
    assert visit.followed_by == turn.get("followed_by")
    if visit.asking == "":
        assert visit.state == {}
    handoffs = visit.payloads("handoff")
    if "handoff" in turn:
        assert [h["reason"] for h in handoffs] == [turn["handoff"]]
        assert handoffs[0]["urgency"] == turn.get("urgency", "normal")
    if "shared" in turn:
        (shared,) = visit.payloads("eligibility_result")
        assert shared["outcome"] == turn["shared"]
        assert shared["shared"] is True
        assert handoffs[0]["summary"] == shared
    if turn.get("nothing_sent") or turn.get("nothing_shared"):
        assert visit.payloads("eligibility_result") == []
        assert [h["summary"] for h in handoffs] == ([] if turn.get("nothing_sent") else [None])
