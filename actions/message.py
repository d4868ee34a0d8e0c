"""What an action may ask about the visitor's latest message."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker


def intent_of(tracker: Tracker) -> str:
    """The name of the intent; rasa_sdk's own method reads the ranking, which may differ."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


def metadata_of(tracker: Tracker) -> dict[str, Any]:
    """What the front desk sent along with the message (docs/contracts.md section 1)."""
    event = tracker.get_last_event_for("user") or {}
    return event.get("metadata") or {}


def safety_of(tracker: Tracker) -> dict[str, str]:
    """The safety check's finding as ``level`` and ``sign``; empty when there is none."""
    return tracker.latest_message.get("safety") or {}
