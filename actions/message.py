"""What an action may ask about the visitor's latest message."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker

LEVEL_OF_INTENT = {"report_emergency": "U1", "report_reaction": "U2"}
SURE = 0.5
UNCLEAR = "unclear"


def intent_of(tracker: Tracker) -> str:
    """The name of the intent; rasa_sdk's own method reads the ranking, which may differ."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


def metadata_of(tracker: Tracker) -> dict[str, Any]:
    """What the front desk sent along with the message (docs/contracts.md section 1)."""
    event = tracker.get_last_event_for("user") or {}
    return event.get("metadata") or {}


def safety_of(tracker: Tracker) -> dict[str, str]:
    """The finding as ``level`` and ``sign``: the safety check's, else what the classifier is sure of.

    Empty when there is none.
    """
    found: dict[str, str] | None = tracker.latest_message.get("safety")
    intent = tracker.latest_message.get("intent") or {}
    level = LEVEL_OF_INTENT.get(str(intent.get("name")))
    if not found and level and float(intent.get("confidence") or 0) >= SURE:
        return {"level": level, "sign": UNCLEAR}
    return found or {}
