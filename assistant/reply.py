"""What the assistant said, as the front desk gets it (docs/contracts.md section 1)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from rasa.shared.core.domain import Domain

from assistant.responses import ClinicResponses
from clinic import load_default
from clinic.answers import PENDING
from clinic.languages import load_languages
from clinic.sources import cited
from clinic.spoken import ENGLISH, say_in
from clinic.urgency import load_default as urgency

FAQ = "faq"
PLAIN = "website"
"""The channel whose words are used where no conversation is known."""
FAQ_RESPONSE = f"utter_{FAQ}/"
SIGNED = re.compile(r"(\S.*) (\d{4}-\d\d-\d\d) [0-9a-f]{8}")
EXPIRED_BUTTON = "/press_expired_button"
FAINT = 0.1  # a colleague reads what is offered, so less is asked than of an answer


def with_ids(payload: object) -> Any:
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


def pressed(ids: list[str], offered: Iterable[str]) -> str:
    """What the buttons carry together: ``/answer{"row": ["a", "b"]}`` for the ticks of a card."""
    by_id = {button_id(payload): payload for payload in offered}
    payloads = [by_id.get(one, EXPIRED_BUTTON) for one in ids]
    if len(payloads) == 1:
        return payloads[0]
    heads = {payload.partition("{")[0] for payload in payloads}
    if len(heads) != 1 or not all("{" in payload for payload in payloads):
        return EXPIRED_BUTTON
    carried = [json.loads(payload[payload.find("{") :]) for payload in payloads]
    together = {key: [one.get(key, "") for one in carried] for key in carried[0]}
    return f"{heads.pop()}{json.dumps(together)}"


def nearest(parsed: dict[str, Any]) -> str | None:
    """The answer that a typed message comes nearest to, also below the gate."""
    found = parsed.get("response_selector", {}).get(FAQ, {}).get("response", {})
    label: str | None = found.get("intent_response_key")
    return label.removeprefix(f"{FAQ}/") if label else None


def sureness(parsed: dict[str, Any]) -> float:
    """How sure the model is of the nearest answer, from 0 to 1."""
    rows = parsed.get("response_selector", {}).get(FAQ, {}).get("ranking") or [{}]
    return round(float(rows[0].get("confidence") or 0.0), 4)


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
    shown = {key: details.get(key) for key in ("question", "reviewed")}
    shown["clinical_review"] = signed_by(str(details.get("clinical_review") or PENDING))
    return {"topic": topic, **shown, **cited(details.get("sources") or ())}


def signed_by(clinical_review: str) -> str:
    """Who signed and when, without the fingerprint of the words; or that it is pending."""
    found = SIGNED.fullmatch(clinical_review)
    return f"{found[1]}, {found[2]}" if found else PENDING


def topic_of(event: dict[str, Any]) -> str | None:
    uttered = str((event.get("metadata") or {}).get("utter_action") or "")
    return uttered.removeprefix(FAQ_RESPONSE) if uttered.startswith(FAQ_RESPONSE) else None


def danger_told(
    safety: dict[str, Any] | None, domain: Domain, spoken: str = ENGLISH
) -> dict[str, object] | None:
    """A finding of the safety check with the words to show, in a language that is spoken here."""
    if not safety:
        return None
    with say_in(spoken):
        facts = load_default().facts()
    event = urgency().event(safety["sign"], safety["level"])
    act = safety["decision"] == "act"
    language = safety.get("language")
    if language and language not in load_default().spoken:
        words = load_languages()[language].urgent(safety["level"]).format_map(facts)
    else:
        found = ClinicResponses(None, domain).generate_from_slots(
            event.response if act else event.question,
            {"language": spoken},
            PLAIN,
            **event.values(facts),
        )
        words = str((found or {})["text"])
    return {**safety, "sign_words": event.sign, "messages": [words]}
