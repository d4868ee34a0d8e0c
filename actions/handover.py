"""Hands a conversation to staff, or notes a callback when nobody is there.

Nothing here talks to the front desk: a payload in the bot's words is the whole hand-over
(docs/contracts.md section 2). The front desk then tells the visitor what happens next.
"""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.message import in_their_language, intent_of, metadata_of
from actions.situation import say_worry

WORRY = "aftercare_worry"
REASONS = {
    "ask_for_human": ("asked", "normal"),
    "express_distress": ("distress", "soon"),
    "express_anger": ("distress", "soon"),
    "aftercare_worry": ("urgent", "soon"),
}
WORDS_BEFORE = {
    "express_distress": "utter_distress",
    "express_anger": "utter_anger",
    "aftercare_worry": "utter_aftercare_worry",
}


def staff_available(tracker: Tracker) -> bool:
    """Did the front desk say, with this message, that it promises a person now?"""
    return bool(metadata_of(tracker).get("staff_available"))


def hand_over(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    reason: str,
    urgency: str,
    topic: str | None = None,
    summary: dict[str, object] | None = None,
) -> list[EventType]:
    """Ask the front desk for a person; when nobody is there and it can wait, take a callback.

    ``reason`` and ``urgency`` are the words of docs/contracts.md; ``summary`` only what the visitor
    agreed to share.
    """
    if staff_available(tracker) or urgency == "urgent":
        payload = {
            "type": "handoff",
            "reason": reason,
            "urgency": urgency,
            "topic": topic or tracker.get_slot("topic"),
            "summary": summary,
        }
        dispatcher.utter_message(json_message=payload)
        return []
    dispatcher.utter_message(response="utter_clinic_closed")
    return [FollowupAction("callback_form")]


class ActionHandOver(Action):
    """Brings a person in, for whatever the visitor's message gave as the reason."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_hand_over"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Say what fits the reason, then hand over."""
        intent = intent_of(tracker)
        reason, urgency = REASONS.get(intent, ("asked", "normal"))
        topic = say_worry(dispatcher, tracker) if intent == WORRY else None
        if intent in WORDS_BEFORE:
            dispatcher.utter_message(response=WORDS_BEFORE[intent])
        return hand_over(dispatcher, tracker, reason, urgency, topic)
