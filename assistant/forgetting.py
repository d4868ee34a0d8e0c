"""Takes words and answers out of a conversation's events, and leaves what Rasa needs.

A visitor who is told "I have forgotten your answers" must be able to believe it. Rows stay, so that a
conversation can still be replayed; what was said in them, and what was understood, is gone. It is
done for one pre-screen, for one message, and for what is older than the clinic keeps it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

Event = dict[str, Any]
SLOT = "prescreen"


Change = Callable[[list[Event]], list[Event]]


def to_forget(body: object) -> Change:
    """What a request of the front desk wants blanked. Raise ValueError that says what is allowed."""
    given = dict(body) if isinstance(body, dict) else {}
    key, value = given.popitem() if len(given) == 1 else ("", None)
    if key == "message_id" and isinstance(value, str):
        return partial(without_message, value)
    if key == "pre_screen" and isinstance(value, str) and value:
        return partial(abandoned, value)
    if key == "before" and isinstance(value, int | float) and not isinstance(value, bool):
        return partial(without_older, float(value))
    raise ValueError("exactly one of 'message_id', 'pre_screen' and 'before' must be set")


def without(pre_screen: str, events: list[Event]) -> list[Event]:
    """The events with the turns of one pre-screen blanked, from the message that opened it on.

    The bot's words of the last turn stay: they are the reply that is on its way to the visitor.
    """
    said = [place for place, event in enumerate(events) if event["event"] == "user"]
    first = _beginning(pre_screen, events)
    if first is None or not said:
        return events
    return [
        _blank(event, pre_screen, place > said[-1]) if place >= first else event
        for place, event in enumerate(events)
    ]


def abandoned(pre_screen: str, events: list[Event]) -> list[Event]:
    """The events with one blanked that the visitor left in the middle; its form runs no more."""
    first = _beginning(pre_screen, events)
    if first is None:
        return events
    return [
        _ended(_blank(event, pre_screen, False)) if place >= first else event
        for place, event in enumerate(events)
    ]


def without_message(message_id: str, events: list[Event]) -> list[Event]:
    """The events with one message of the visitor blanked, and what was understood of it."""
    is_in_it, after = False, []
    for event in events:
        if event["event"] == "user":
            is_in_it = event.get("message_id") == message_id
        said = event["event"] in ("user", "entities")
        after.append(_blank(event, "", False) if is_in_it and said else event)
    return after


def without_older(moment: float, events: list[Event]) -> list[Event]:
    """The events with everything that was said and noted before a moment blanked."""
    return [
        _ended(_blank(event, "", False)) if float(event.get("timestamp") or 0) < moment else event
        for event in events
    ]


def _beginning(pre_screen: str, events: list[Event]) -> int | None:
    """The place of the message that opened a pre-screen; None when nothing is held of it."""
    held = [place for place, event in enumerate(events) if pre_screen in json.dumps(event)]
    before = [
        p for p, event in enumerate(events) if event["event"] == "user" and held and p <= held[0]
    ]
    return max(before, default=0) if held else None


def _ended(event: Event) -> Event:
    """No form runs any more, and no slot holds anything."""
    if event["event"] == "active_loop":
        return {**event, "name": None}
    return {**event, "value": None} if event["event"] == "slot" else event


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
