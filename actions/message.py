"""What an action may ask about the visitor's latest message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from clinic import load_default as clinic
from clinic.spoken import say_in
from clinic.urgency import load_default as urgency
from eligibility import Mention

LEVEL_OF_INTENT = {"report_emergency": "U1", "report_reaction": "U2"}
SURE = 0.5
UNCLEAR = "unclear"

Run = Callable[[Any, CollectingDispatcher, Tracker, dict[str, Any]], list[EventType]]


def in_their_language(run: Run) -> Run:
    """An action's ``run``, whose words are those of the conversation's language (slot ``language``)."""

    @wraps(run)
    def spoken(
        action: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        language = tracker.get_slot("language")
        with say_in(language if language in clinic().spoken else None):
            return run(action, dispatcher, tracker, domain)

    return spoken


def intent_of(tracker: Tracker) -> str:
    """The name of the intent; rasa_sdk's own method reads the ranking, which may differ."""
    return str((tracker.latest_message.get("intent") or {}).get("name") or "")


def text_of(message: Mapping[str, object]) -> str:
    """What a message says, for patterns that know English: another language's words in a gloss."""
    return str(message.get("gloss") or message.get("text") or "")


def last_words(tracker: Tracker) -> Mapping[str, Any]:
    """The visitor's latest message in words of their own; a button's is the name of its intent."""
    for event in reversed(tracker.events):
        text, parsed = str(event.get("text") or ""), event.get("parse_data") or {}
        button = str((parsed.get("intent") or {}).get("name"))
        if event.get("event") == "user" and text and not text.lstrip("/").startswith(button):
            return {**parsed, "text": text}
    return {}


def metadata_of(tracker: Tracker) -> dict[str, object]:
    """What the front desk sent along with the message (docs/contracts.md section 1)."""
    event = tracker.get_last_event_for("user") or {}
    return event.get("metadata") or {}


@dataclass(frozen=True)
class Safety:
    """What the safety check found: ``decision`` is act or ask, ``level`` U1 or U2."""

    decision: str
    level: str
    sign: str
    language: str | None = None
    by_rule: bool = True

    @property
    def is_certain(self) -> bool:
        """Is it to be acted upon, without asking first?"""
        return self.decision == "act"


def safety_of(tracker: Tracker) -> Safety | None:
    """The safety check's finding, else what the classifier is sure of; None when there is none.

    A short answer to a question of ours ("weekdays after six") says little: there the model alone is
    not enough to ask about danger, unless it is about dying, poison or violence.
    """
    in_form = bool((tracker.active_loop or {}).get("name"))
    found: dict[str, Any] | None = tracker.latest_message.get("safety")
    if found:
        safety = Safety(
            found.get("decision", "act"),
            found["level"],
            found["sign"],
            found.get("language"),
            bool(found.get("by_rule", True)),
        )
        is_grave = urgency().event(safety.sign, safety.level).is_grave
        if in_form and not (safety.by_rule or safety.is_certain or is_grave):
            return None
        return safety
    intent = tracker.latest_message.get("intent") or {}
    level = LEVEL_OF_INTENT.get(str(intent.get("name")))
    if level and float(intent.get("confidence") or 0) >= SURE:
        return Safety("act", level, UNCLEAR)
    return None


def mentions(message: Mapping[str, Any]) -> tuple[Mention, ...]:
    """What was heard in a message, each with whether it was said to be so."""
    entities = message.get("entities") or []
    assert isinstance(entities, list)  # noqa: S101
    return tuple(
        Mention(
            str(entity.get("entity")),
            str(entity.get("value")),
            entity.get("role") or "asserted",
            int(entity.get("start") or 0),
            int(entity.get("end") or 0),
        )
        for entity in entities
    )
