"""Takes a callback: a name, a way to reach the visitor, a good time. Three questions, no more."""

from __future__ import annotations

import re

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import answer_questions, nearest_sharing_a_word, topic_button
from actions.callback_name import (
    LONGEST_ANSWER,
    asks,
    is_none,
    is_there_somebody,
    name_in,
    name_told,
)
from actions.handover import REASONS, WORDS_BEFORE, hand_over, staff_available
from actions.long_form import tell_more
from actions.message import in_their_language, intent_of, metadata_of, safety_of
from actions.prescreen_words import ASIDES
from actions.urgent import ask_urgent, tell_urgent
from clinic import load_default
from clinic.contacts import (
    THIS_NUMBER,
    Contact,
    contact_in,
    means_same_number,
    number_to_call,
)

SLOTS = ("callback_name", "callback_contact", "callback_time")
STOPPING = ("stop", "deny", "start_over", "go_back")
ERASING = {
    "erase_conversation": "utter_erase_ask",
    "confirm_erase": "utter_erase_confirmed",
    "keep_conversation": "utter_erase_not",
}
SAID_INSTEAD = ("oos_abuse", "suspect_danger", "report_reaction", "report_emergency")
PRESSED = ("ask_topic", "ask_how_long")
NO_NAME = ""
"""Of who would rather not say it: it is asked for no more."""
STRICT = 0.7
TIME = re.compile(
    r"\d|\b(?:am|pm|noon|midday|lunch\w*|morning|afternoon|evening|night|today|tomorrow|tonight|now|soon|asap|possible|urgent\w*|immediately|away|whenever|later|week\w*"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day|any\s?time|after|before|until|between|hoy|ma[ñn]ana|tarde|noche)\b",
    re.IGNORECASE,
)


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


def _told(tracker: Tracker, slot: str, text: str) -> dict[str, str | None]:
    """What an answer fills: the slot that was asked for, and a number that came with a name, the later
    one of two."""
    if slot == "callback_contact":
        return {slot: read_contact(text, *_from(tracker))}
    if slot == "callback_time":
        words = "" if _is_no_time(tracker, text) else " ".join(text.split())[:LONGEST_ANSWER]
        return {slot: words or None}
    beside = _contact_beside(tracker, text)
    return {
        slot: None if _is_said_instead(tracker, text) else name_in(tracker, text, beside),
        **({"callback_contact": beside} if beside else {}),
    }


def _told_beside_a_question(tracker: Tracker, slot: str, text: str) -> dict[str, str | None]:
    """The same of a message that asks something, too: only what surely is told."""
    if slot == "callback_contact":
        return _told(tracker, slot, text)
    if slot == "callback_time":
        return {slot: None}
    beside = _contact_beside(tracker, text)
    return {slot: name_told(tracker, text), **({"callback_contact": beside} if beside else {})}


def _told_at_first(tracker: Tracker, text: str) -> list[EventType]:
    """Who to call and where, as the message says that asks for it; the time is always asked for."""
    if text.startswith("/"):
        return []
    told = {
        "callback_name": name_told(tracker, text),
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
        if intent in REASONS and (slot != "callback_time" or _is_no_time(tracker, text)):
            return self._person(dispatcher, tracker, intent, slot)
        if slot == "callback_name" and _is_said_again(tracker, text):
            return [SlotSet(slot, " ".join(text.split())[:LONGEST_ANSWER])]
        if (aside := _aside(dispatcher, tracker, slot, text)) is not None:
            return aside
        filled = _told(tracker, slot, text)
        if filled[slot] is None:
            _meet(dispatcher, tracker, slot, text)
        return [SlotSet(one, value) for one, value in filled.items()]

    def _person(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, intent: str, slot: str
    ) -> list[EventType]:
        """Hand over at once where somebody is there; otherwise the callback goes on."""
        if intent in WORDS_BEFORE:
            dispatcher.utter_message(response=WORDS_BEFORE[intent])
        events = hand_over(dispatcher, tracker, *REASONS[intent])
        return [*events, *_ended()] if staff_available(tracker) else [SlotSet(slot, None)]


def _is_said_again(tracker: Tracker, text: str) -> bool:
    """Whoever says once more what looked like no name ("Can", "Hay Smith") is called so."""
    turns = [str(one.get("text")) for one in tracker.events if one.get("event") == "user"]
    is_name = text[:1].isalpha() and "?" not in text and not is_there_somebody(text)
    return is_name and [one.casefold() for one in turns[-2:]] == [text.casefold()] * 2


def _aside(
    dispatcher: CollectingDispatcher, tracker: Tracker, slot: str, text: str
) -> list[EventType] | None:
    """What is no answer to the form: to be erased ends it, a question gets its answer and it goes on."""
    intent = intent_of(tracker)
    if intent in ERASING and (text.startswith("/") or _is_sure(tracker)):
        dispatcher.utter_message(response=ERASING[intent])
        return [SlotSet(slot, None)] if intent == "keep_conversation" else _ended()
    is_asked = "?" in text or (slot != "callback_time" and asks(text))
    is_question = intent in PRESSED or (intent == "faq" and is_asked)
    if is_question and answer_questions(dispatcher, tracker):
        if text.startswith("/"):
            return [SlotSet(slot, None)]
        return [SlotSet(*one) for one in _told_beside_a_question(tracker, slot, text).items()]
    if intent == "tell_more" and _is_sure(tracker):
        tell_more(dispatcher, tracker)
        return [SlotSet(slot, None)]
    if text.startswith("/"):
        return [SlotSet(slot, None)]
    if slot == "callback_name" and intent == "prefer_not_to_say" and _is_sure(tracker):
        return [SlotSet(slot, NO_NAME)]
    return None


def _meet(dispatcher: CollectingDispatcher, tracker: Tracker, slot: str, text: str) -> None:
    """A word to what was no answer; the question comes again after it."""
    aside = ASIDES.get(intent_of(tracker)) if _is_sure(tracker) else None
    if slot == "callback_contact" and not (aside and asks(text)):
        dispatcher.utter_message(response="utter_callback_contact_unclear")
    elif is_there_somebody(text):
        dispatcher.utter_message(response=ASIDES["greet"])
    elif aside and (is_none(text) or _is_said_instead(tracker, text)):
        dispatcher.utter_message(response=aside)
    elif (asks(text) and len(text.split()) > 1) or _is_said_instead(tracker, text):
        nearest = nearest_sharing_a_word(tracker.latest_message)
        buttons = [topic_button(entry) for entry in nearest]
        line = "utter_ask_nearest" if nearest else "utter_oos_gibberish"
        dispatcher.utter_message(response=line, buttons=buttons)


def _is_said_instead(tracker: Tracker, text: str) -> bool:
    """Several words of anger, or that sound like danger, are nobody's name, however they are written."""
    return intent_of(tracker) in SAID_INSTEAD and _is_sure(tracker) and len(text.split()) > 1


def _is_sure(tracker: Tracker) -> bool:
    return float((tracker.latest_message.get("intent") or {}).get("confidence") or 0) >= STRICT


def _is_no_time(tracker: Tracker, text: str) -> bool:
    """ "hello??", "what?", "I want a person": whoever says so has named no time; "can you call after six?" has."""
    if TIME.search(text):
        return False
    wants_else = intent_of(tracker) in (*REASONS, "request_callback") and _is_sure(tracker)
    says_nothing = not any(one.isalnum() for one in text)
    return says_nothing or wants_else or asks(text) or is_there_somebody(text)


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
            "name": name or None,
            "contact": contact,
            "good_time": good_time,
        }
        dispatcher.utter_message(json_message=payload)
        dispatcher.utter_message(response="utter_callback_saved")
        return [SlotSet(slot, None) for slot in SLOTS]
