"""Takes a callback: a name, a way to reach the visitor, a good time. Three questions, no more."""

from __future__ import annotations

import re

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import answer_questions
from actions.handover import REASONS, WORDS_BEFORE, hand_over, staff_available
from actions.message import in_their_language, intent_of, safety_of
from actions.urgent import ask_urgent, tell_urgent
from clinic import load_default
from clinic.contacts import THIS_NUMBER, contact_in, means_same_number

SLOTS = ("callback_name", "callback_contact", "callback_time")
STOPPING = ("stop", "deny", "start_over", "go_back")
LONGEST_ANSWER = 120
NAME_LEAD = re.compile(
    r"^\s*(?:(?:hi|hello)\b[ ,!]*)?(?:my name is|i am|i'm|im|it's|its|this is|call me)?\b[ ,:]*",
    re.IGNORECASE,
)


def read_contact(text: str, channel: str) -> str | None:
    """The number, the address or both in a text; or that they mean the number they write from."""
    found = contact_in(text, load_default().country)
    if not found and means_same_number(text, channel):
        return THIS_NUMBER
    return str(found) or None


def _read(slot: str, text: str, channel: str) -> str | None:
    words = " ".join(text.split())[:LONGEST_ANSWER]
    if slot == "callback_contact":
        return read_contact(text, channel)
    if slot == "callback_name":
        return NAME_LEAD.sub("", words).strip(" .!,") or None
    return words or None


class ValidateCallbackForm(Action):
    """Handles every message while a callback is being taken."""

    def name(self) -> str:
        """The name that rasa calls for callback_form."""
        return "validate_callback_form"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Fill the slot that was asked for, answer a question in between, or end the form."""
        slot = tracker.get_slot("requested_slot")
        intent = intent_of(tracker)
        if slot not in SLOTS:
            return []
        safety = safety_of(tracker)
        if safety and not safety.is_certain:
            ask_urgent(dispatcher, safety)
            return [SlotSet(slot, None)]
        if safety:
            told = tell_urgent(dispatcher, tracker, safety)
            reached = safety.level == "U1" or staff_available(tracker)
            return [*told, *_ended()] if reached else [SlotSet(slot, None)]
        if intent in STOPPING and not _is_time(slot, intent):
            dispatcher.utter_message(response="utter_callback_cancelled")
            return _ended()
        text = tracker.latest_message.get("text") or ""
        if intent in REASONS and slot != "callback_time":
            return self._person(dispatcher, tracker, intent, slot)
        if intent == "faq" and "?" in text and answer_questions(dispatcher, tracker):
            return [SlotSet(slot, None)]
        if text.startswith("/"):
            return [SlotSet(slot, None)]
        value = _read(slot, text, tracker.get_latest_input_channel() or "website")
        if value is None and slot == "callback_contact":
            dispatcher.utter_message(response="utter_callback_contact_unclear")
        return [SlotSet(slot, value)]

    def _person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, intent: str, slot: str
    ) -> list[EventType]:
        """Hand over at once where somebody is there; otherwise the callback goes on."""
        if intent in WORDS_BEFORE:
            dispatcher.utter_message(response=WORDS_BEFORE[intent])
        events = hand_over(dispatcher, tracker, *REASONS[intent])
        return [*events, *_ended()] if staff_available(tracker) else [SlotSet(slot, None)]


def _is_time(slot: str, intent: str) -> bool:
    return slot == "callback_time" and intent not in ("stop", "start_over")


def _ended() -> list[EventType]:
    cleared: list[EventType] = [SlotSet(slot, None) for slot in SLOTS]
    return [*cleared, SlotSet("requested_slot", None), ActiveLoop(None)]


class ActionAskCallbackName(Action):
    """Asks for the next thing, but not in a turn that asks whether somebody is in danger."""

    slot = "callback_name"

    def name(self) -> str:
        """The name that rasa calls to ask for the slot."""
        return f"action_ask_{self.slot}"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Ask."""
        safety = safety_of(tracker)
        if safety is None or safety.is_certain:
            dispatcher.utter_message(response=f"utter_ask_{self.slot}")
        return []


class ActionAskCallbackContact(ActionAskCallbackName):
    """Asks for the way to reach the visitor."""

    slot = "callback_contact"


class ActionAskCallbackTime(ActionAskCallbackName):
    """Asks for a good time."""

    slot = "callback_time"


class ActionSaveCallback(Action):
    """Passes a finished callback to the front desk and forgets it here."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_save_callback"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Utter the callback payload; say nothing when the form was left unfinished."""
        name, contact, good_time = (tracker.get_slot(slot) for slot in SLOTS)
        if not contact:
            return []
        payload = {
            "type": "callback",
            "reason": "asked",
            "name": name,
            "contact": contact,
            "good_time": good_time,
        }
        dispatcher.utter_message(json_message=payload)
        dispatcher.utter_message(response="utter_callback_saved")
        return [SlotSet(slot, None) for slot in SLOTS]
