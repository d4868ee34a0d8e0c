"""Urgent signs: the same words everywhere, and staff at once."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.handover import hand_over
from actions.message import LEVEL_OF_INTENT, UNCLEAR, intent_of, safety_of

WORDS_BY_SIGN = {"self_harm": "utter_urgent_self_harm", "mole_change": "utter_see_doctor_mole"}
WORDS_BY_LEVEL = {"U1": "utter_urgent_now", "U2": "utter_urgent_soon"}


def tell_urgent(
    dispatcher: CollectingDispatcher, tracker: Tracker, level: str, sign: str
) -> list[EventType]:
    """Tell the visitor where to turn, and tell staff. ``level`` is U1 (now) or U2 (soon)."""
    dispatcher.utter_message(json_message={"type": "urgent", "level": level, "sign": sign})
    dispatcher.utter_message(response=WORDS_BY_SIGN.get(sign, WORDS_BY_LEVEL[level]))
    return hand_over(dispatcher, tracker, "urgent", "urgent" if level == "U1" else "soon")


class ActionTellUrgent(Action):
    """Answers what the safety check found."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_tell_urgent"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Read the safety finding of the latest message; without one, be careful."""
        found = safety_of(tracker)
        level = found.get("level") or LEVEL_OF_INTENT.get(intent_of(tracker), "U1")
        return tell_urgent(dispatcher, tracker, level, found.get("sign") or UNCLEAR)
