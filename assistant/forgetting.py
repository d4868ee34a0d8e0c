"""Takes the words and the answers out of the events of one pre-screen, and leaves what Rasa needs.

A visitor who is told "I have forgotten your answers" must be able to believe it. Rows stay, so that a
conversation can still be replayed; what was said in them, and what was understood, is gone.
"""

from __future__ import annotations

import json
from typing import Any

Event = dict[str, Any]
SLOT = "prescreen"


def without(pre_screen: str, events: list[Event]) -> list[Event]:
    """The events with the turns of one pre-screen blanked, from the message that opened it on.

    The bot's words of the last turn stay: they are the reply that is on its way to the visitor.
    """
    held = [place for place, event in enumerate(events) if pre_screen in json.dumps(event)]
    said = [place for place, event in enumerate(events) if event["event"] == "user"]
    if not held or not said:
        return events
    first = max([place for place in said if place <= held[0]], default=0)
    return [
        _blank(event, pre_screen, place > said[-1]) if place >= first else event
        for place, event in enumerate(events)
    ]


def _blank(event: Event, pre_screen: str, is_reply: bool) -> Event:
    if event["event"] == "user":
        intent = (event.get("parse_data") or {}).get("intent")
        return {**event, "text": "", "parse_data": {"intent": intent, "entities": [], "text": ""}}
    if event["event"] == "bot" and not is_reply:
        return {**event, "text": "", "data": {}, "metadata": {}}
    if event["event"] == "slot" and event["name"] == SLOT and pre_screen in json.dumps(event):
        return {**event, "value": None}
    if event["event"] == "entities":
        return {**event, "entities": []}
    return event
