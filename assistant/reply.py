"""What the assistant said, as the front desk gets it (docs/contracts.md section 1)."""

from __future__ import annotations

import hashlib
from typing import Any

from clinic.sources import cited

FAQ = "faq"
FAQ_RESPONSE = f"utter_{FAQ}/"
FAINT = 0.1  # a colleague reads what is offered, so less is asked than of an answer


def with_ids(payload: Any) -> Any:
    """A payload with the public id of each button in it, in place of what the button carries."""
    if isinstance(payload, list):
        return [with_ids(one) for one in payload]
    if not isinstance(payload, dict):
        return payload
    known = {key: with_ids(one) for key, one in payload.items() if key != "payload"}
    return {**known, "id": button_id(payload["payload"])} if "payload" in payload else known


def button_id(payload: str) -> str:
    """The public id of a button: says nothing about what the button does."""
    return "b_" + hashlib.sha256(payload.encode()).hexdigest()[:12]


def nearest(parsed: dict[str, Any]) -> str | None:
    """The answer that a typed message comes nearest to, also below the gate."""
    found = parsed.get("response_selector", {}).get(FAQ, {}).get("response", {})
    label: str | None = found.get("intent_response_key")
    return label.removeprefix(f"{FAQ}/") if label else None


def nearest_answers(parsed: dict[str, Any], most: int = 3) -> list[str]:
    """The answers that a message comes nearest to, the nearest first; those with no sureness are none."""
    rows = parsed.get("response_selector", {}).get(FAQ, {}).get("ranking") or []
    near = [row["intent_response_key"] for row in rows if row["confidence"] >= FAINT]
    return [label.removeprefix(f"{FAQ}/") for label in near[:most]]


def render_message(event: dict[str, Any]) -> dict[str, Any]:
    data = event.get("data") or {}
    return {
        "text": event.get("text") or "",
        "buttons": [
            {"id": button_id(button["payload"]), "title": button["title"]}
            for button in data.get("buttons") or []
        ],
        "answer": _answer(event),
        "payload": with_ids(data.get("custom")),
    }


def _answer(event: dict[str, Any]) -> dict[str, Any] | None:
    topic = topic_of(event)
    if not topic:
        return None
    details = (event.get("metadata") or {}).get("metadata") or {}
    keys = ("question", "reviewed", "clinical_review")
    shown = {key: details.get(key) for key in keys}
    return {"topic": topic, **shown, **cited(details.get("sources") or ())}


def topic_of(event: dict[str, Any]) -> str | None:
    uttered = str((event.get("metadata") or {}).get("utter_action") or "")
    return uttered.removeprefix(FAQ_RESPONSE) if uttered.startswith(FAQ_RESPONSE) else None
