"""A visitor's message as an action sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from assistant.clean_text import clean_text
from scripts.train import MODEL, train


def message(text: str = "", intent: str = "faq", **parsed: Any) -> dict[str, Any]:
    """What NLU makes of a message (docs/contracts.md section 3)."""
    return {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "entities": [],
        **parsed,
    }


def tracker(
    *messages: dict[str, Any], slots: dict[str, Any] | None = None, staff_available: bool = True
) -> Tracker:
    """A tracker whose latest message is the last of ``messages``."""
    events = [
        {
            "event": "user",
            "text": one["text"],
            "parse_data": one,
            "metadata": {"staff_available": staff_available},
        }
        for one in messages
    ]
    return Tracker(
        "c_test", slots or {}, dict(messages[-1]), events, False, None, {}, "action_listen"
    )


@pytest.fixture(scope="session")
def understand() -> Callable[[str], dict[str, Any]]:
    """The trained model's reading of a text, as an action sees it."""
    from rasa.core.agent import Agent

    train()
    agent = Agent.load(str(MODEL))

    def parse(text: str) -> dict[str, Any]:
        parsed: dict[str, Any] = asyncio.run(agent.parse_message(clean_text(text)))
        return parsed

    return parse


@pytest.fixture()
def dispatcher() -> CollectingDispatcher:
    return CollectingDispatcher()


def said(dispatcher: CollectingDispatcher) -> list[str]:
    """The names of the responses uttered, in order."""
    return [one["response"] for one in dispatcher.messages if one.get("response")]


def payloads(dispatcher: CollectingDispatcher) -> list[dict[str, Any]]:
    """The custom payloads uttered, in order."""
    return [one["custom"] for one in dispatcher.messages if one.get("custom")]


def buttons(dispatcher: CollectingDispatcher) -> list[str]:
    """The titles of all buttons offered, in order."""
    return [button["title"] for one in dispatcher.messages for button in one.get("buttons") or []]
