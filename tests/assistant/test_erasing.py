"""Erasing is asked of the front desk only after the visitor has confirmed it."""

from __future__ import annotations

import asyncio
from typing import Any

import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.responses import ClinicResponses
from scripts.train import ROOT

RULES = yaml.safe_load((ROOT / "data" / "stories.yml").read_text(encoding="utf-8"))["rules"]


def said(response: str) -> dict[str, Any]:
    domain = Domain.load(str(ROOT / "domain.yml"))
    tracker = DialogueStateTracker.from_events("c_12345678", [], domain.slots)
    found = asyncio.run(ClinicResponses(None, domain).generate(response, tracker, "sms"))
    assert found
    return dict(found)


def steps_with(action: str) -> list[list[dict[str, Any]]]:
    return [rule["steps"] for rule in RULES if {"action": action} in rule["steps"]]


def test_who_asks_is_asked_whether_they_are_sure() -> None:
    assert steps_with("utter_erase_ask") == [
        [{"intent": "erase_conversation"}, {"action": "utter_erase_ask"}]
    ]
    asked = said("utter_erase_ask")
    assert [one["payload"] for one in asked["buttons"]] == ["/confirm_erase", "/keep_conversation"]


def test_only_the_button_erases() -> None:
    assert steps_with("utter_erase_confirmed") == [
        [{"intent": "confirm_erase"}, {"action": "utter_erase_confirmed"}]
    ]
    assert said("utter_erase_confirmed") == {"custom": {"type": "erase"}}
    nlu = yaml.safe_load((ROOT / "data" / "nlu.yml").read_text(encoding="utf-8"))["nlu"]
    taught = {one.get("intent") for one in nlu}
    assert not {"confirm_erase", "keep_conversation"} & taught
