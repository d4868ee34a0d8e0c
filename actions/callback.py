"""Takes a callback: a name, a way to reach the visitor, a good time. Three questions, no more."""

from __future__ import annotations

import re

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import answer_questions
from actions.handover import REASONS, WORDS_BEFORE, hand_over, staff_available
from actions.message import in_their_language, intent_of, metadata_of, safety_of
from actions.urgent import ask_urgent, tell_urgent
from clinic import load_default
from clinic.contacts import (
    EMAIL,
    SAME,
    THIS_NUMBER,
    Contact,
    contact_in,
    means_same_number,
    number_to_call,
)

SLOTS = ("callback_name", "callback_contact", "callback_time")
STOPPING = ("stop", "deny", "start_over", "go_back")
LONGEST_ANSWER = 120
NAME_LEAD = re.compile(
    r"^\s*(?:(?:hi|hello|hola)\b[ ,!]*)?"
    r"(?:my name is|i am|i'm|im|it's|its|this is|call me|me llamo|mi nombre es|soy)?\b[ ,:]*",
    re.IGNORECASE,
)
NAMED = re.compile(r"\bname\b\W*(?:is|s)?\W*$", re.I)
POLITE = re.compile(
    r"^\W*(?:ok(?:ay)?|yes|yeah|yep|sure|hi|hello|hey|thanks|thank you|please|hola|s[ií]|vale)?\W*$",
    re.I,
)
CAPITAL = re.compile(r"\b[^\W\d_a-z]\w")
CONTACT = re.compile(rf"{EMAIL.pattern}|[+(]?\d[\d\s().-]{{5,}}\d|{SAME.pattern}", re.IGNORECASE)
CONTACT_LEAD = re.compile(
    r"[\s,;:(-]*(?:\b(?:and|or|on|at|my|the|mobile|phone|tel|telephone|cell|number|no|email|e-mail|contact|is"
    r"|y|o|mi|el|al|en|m[oó]vil|tel[eé]fono|n[uú]mero|correo|es)\b[\s,;:.(-]*)*$",
    re.IGNORECASE,
)
"""What leads from a name to the number that is told with it."""


def read_contact(text: str, channel: str, has_number: bool = True) -> str | None:
    """The number, the address or both in a text; or that they mean the number they write from.

    The clinic's own number, where somebody says that they rang it, is nobody's to be called on.
    """
    found = contact_in(text, load_default().country, _clinic())
    if not found and has_number and means_same_number(text, channel):
        return THIS_NUMBER
    return str(found) or None


def _clinic() -> Contact:
    clinic = load_default()
    return Contact(contact_in(clinic.phone, clinic.country).phone, clinic.facts()["email"])


def _from(tracker: Tracker) -> tuple[str, bool]:
    """The channel that they write on, and whether the front desk may know their number there."""
    channel = tracker.get_latest_input_channel() or "website"
    return channel, metadata_of(tracker).get("has_number") is not False


def _contact_beside(tracker: Tracker, text: str) -> str | None:
    """A number in words that were no answer to "Which number?": only one that surely is to be called."""
    if number := number_to_call(text, load_default().country, _clinic()):
        return number
    channel, has_number = _from(tracker)
    return THIS_NUMBER if has_number and means_same_number(text, channel) else None


def _name_told(tracker: Tracker, text: str) -> str | None:
    """The name that a message holds beside other things, where it says that it is one: "my name is
    ana"; "I'm Polish" and "call me soon" are none."""
    for one in tracker.latest_message.get("entities") or []:
        named = NAMED.search(text[: int(one.get("start") or 0)])
        if one.get("entity") == "person_name" and named:
            return str(one["value"])[:LONGEST_ANSWER]
    return None


def _name(tracker: Tracker, text: str, contact: str | None) -> str | None:
    """The name in an answer to "What name?", which may hold a number too."""
    found = CONTACT.search(text) if contact else None
    if found:
        if told := _name_told(tracker, text):
            return told
        head, tail = CONTACT_LEAD.sub("", text[: found.start()]), text[found.end() :]
        text = head if head.strip() and not POLITE.match(head) else tail
        text = text if text is head or CAPITAL.search(text) else ""
    words = " ".join(text.split())[:LONGEST_ANSWER]
    return NAME_LEAD.sub("", words).strip(" .!,;:-") or None


def _told(tracker: Tracker, slot: str, text: str) -> dict[str, str | None]:
    """What an answer fills: the slot that was asked for, and a number that came with a name, the later
    one of two."""
    if slot == "callback_contact":
        return {slot: read_contact(text, *_from(tracker))}
    if slot == "callback_time":
        return {slot: " ".join(text.split())[:LONGEST_ANSWER] or None}
    beside = _contact_beside(tracker, text)
    return {
        slot: _name(tracker, text, beside),
        **({"callback_contact": beside} if beside else {}),
    }


def _told_at_first(tracker: Tracker, text: str) -> list[EventType]:
    """Who to call and where, as the message says that asks for it; the time is always asked for."""
    if text.startswith("/"):
        return []
    told = {
        "callback_name": _name_told(tracker, text),
        "callback_contact": _contact_beside(tracker, text),
    }
    return [SlotSet(slot, value) for slot, value in told.items() if value]


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
        text = tracker.latest_message.get("text") or ""
        if slot not in SLOTS:
            return _told_at_first(tracker, text)
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
        if intent in REASONS and slot != "callback_time":
            return self._person(dispatcher, tracker, intent, slot)
        if intent == "faq" and "?" in text and answer_questions(dispatcher, tracker):
            return [SlotSet(slot, None)]
        if text.startswith("/"):
            return [SlotSet(slot, None)]
        filled = _told(tracker, slot, text)
        if slot == "callback_contact" and filled[slot] is None:
            dispatcher.utter_message(response="utter_callback_contact_unclear")
        return [SlotSet(one, value) for one, value in filled.items()]

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
