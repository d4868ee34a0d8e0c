"""Urgent signs: the same words everywhere, and staff at once; where it is not sure, one question."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.handover import hand_over
from actions.message import (
    LEVEL_OF_INTENT,
    UNCLEAR,
    Safety,
    in_their_language,
    intent_of,
    safety_of,
)
from actions.situation import say_usual
from clinic import load_default as clinic
from clinic.languages import load_languages
from clinic.urgency import load_default as urgency


def tell_urgent(
    dispatcher: CollectingDispatcher, tracker: Tracker, safety: Safety
) -> list[EventType]:
    """Tell the visitor where to turn, and tell staff."""
    event = urgency().event(safety.sign, safety.level)
    facts = clinic().facts()
    dispatcher.utter_message(
        json_message={
            "type": "urgent",
            "level": safety.level,
            "sign": safety.sign,
            "sign_words": event.sign,
        }
    )
    if safety.language and safety.language not in clinic().spoken:
        words = load_languages()[safety.language].urgent(safety.level)
        dispatcher.utter_message(text=words.format_map(facts))
    else:
        dispatcher.utter_message(response=event.response, **event.values(facts))
        say_usual(dispatcher, tracker, event.name)
    return hand_over(dispatcher, tracker, "urgent", "urgent" if safety.level == "U1" else "soon")


def ask_urgent(dispatcher: CollectingDispatcher, safety: Safety) -> None:
    """Ask the one question that already holds the number to call."""
    dispatcher.utter_message(response=urgency().event(safety.sign, safety.level).question)


class ActionTellUrgent(Action):
    """Answers what the safety check found."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_tell_urgent"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Read the safety finding of the latest message; without one, be careful."""
        level = LEVEL_OF_INTENT.get(intent_of(tracker), "U1")
        return tell_urgent(dispatcher, tracker, safety_of(tracker) or Safety("act", level, UNCLEAR))


class ActionAskUrgent(Action):
    """Asks whether what may be an emergency is happening now."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_ask_urgent"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Ask; the channel takes the message again with the answer (docs/contracts.md section 1)."""
        ask_urgent(dispatcher, safety_of(tracker) or Safety("ask", "U1", UNCLEAR))
        return []


class ActionSayLanguage(Action):
    """Says, in the visitor's language where it is known, which languages are spoken here."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_say_language"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Say it."""
        language = tracker.latest_message.get("language")
        if language and language not in clinic().spoken:
            words = load_languages()[language].not_spoken.format_map(clinic().facts())
            dispatcher.utter_message(text=words)
        else:
            dispatcher.utter_message(response="utter_oos_language")
        return []
