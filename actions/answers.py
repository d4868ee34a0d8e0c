"""Answers questions from data/faq/: one or several, more on request, and the nearest when unsure."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.faq import FAQ_RESPONSE, FaqEntry, faq_entry, filled
from actions.follow_ups import follow_ups
from actions.handover import hand_over

MAXIMUM_ANSWERS = 3
MAXIMUM_NEAREST = 3
PERSON_BUTTON = {"title": "Talk to a person", "payload": "/ask_for_human"}


def asked_entries(tracker: Tracker) -> list[FaqEntry]:
    """The FAQ entries that the latest message asks for, in the order asked, at most three."""
    message = tracker.latest_message
    last = tracker.get_slot("topic")
    intent = (message.get("intent") or {}).get("name")
    if intent == "ask_topic":
        names = [next(tracker.get_latest_entity_values("topic"), None)]
    elif intent == "ask_how_long":
        names = [follow_ups().how_long_that(last)]
    else:
        asked = [part.get("topic") for part in message.get("questions") or []]
        asked = asked or [_selected_topic(message)]
        text = message.get("text") or ""
        names = [name and follow_ups().meant(text, name, last) for name in asked]
    entries = [faq_entry(name) for name in dict.fromkeys(names) if name]
    return [entry for entry in entries if entry][:MAXIMUM_ANSWERS]


def answer_questions(
    dispatcher: CollectingDispatcher, tracker: Tracker, follow_ups: bool = False
) -> bool:
    """Answer what the latest message asks. Return False when no answer is known.

    ``follow_ups`` offers more questions as buttons; inside a form its own buttons come next.
    """
    entries = asked_entries(tracker)
    for entry in entries:
        last = entry is entries[-1]
        buttons = _follow_up_buttons(entries) if last and follow_ups else []
        dispatcher.utter_message(response=FAQ_RESPONSE + entry.topic, buttons=buttons)
    return bool(entries)


def _selected_topic(message: dict[str, Any]) -> str | None:
    selected = ((message.get("response_selector") or {}).get("faq") or {}).get("response") or {}
    key = selected.get("intent_response_key") or ""
    return key.partition("/")[2] or None


def _follow_up_buttons(entries: list[FaqEntry]) -> list[dict[str, str]]:
    shown = {entry.topic for entry in entries}
    buttons = []
    if len(entries) == 1 and entries[0].more:
        buttons.append({"title": "Tell me more", "payload": "/tell_more"})
    wanted = dict.fromkeys(topic for entry in entries for topic in entry.related)
    for topic in wanted:
        related = faq_entry(topic)
        if related and topic not in shown:
            buttons.append(topic_button(related))
    return buttons[:MAXIMUM_NEAREST]


def topic_button(entry: FaqEntry) -> dict[str, str]:
    """A button that asks one FAQ, whatever words are on it."""
    return {"title": entry.question, "payload": f'/ask_topic{{"topic": "{entry.topic}"}}'}


class ActionAnswerQuestion(Action):
    """Answers the FAQ or FAQs that a message asks."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_answer_question"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Answer, and hand over where the clinic marked the question "staff answer this"."""
        entries = asked_entries(tracker)
        if not answer_questions(dispatcher, tracker, follow_ups=True):
            return ask_nearest(dispatcher, tracker)
        events: list[EventType] = [SlotSet("topic", entries[-1].topic)]
        if any(entry.staff_answer for entry in entries):
            events += hand_over(dispatcher, tracker, "staff_answer", "normal", entries[-1].topic)
        return events


class ActionTellMore(Action):
    """Tells more about the answer given last."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_tell_more"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Give the long form once, else say that this is all we have."""
        tell_more(dispatcher, tracker)
        return []


def tell_more(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """The long form of the answer given last, or that there is no more to say."""
    entry = faq_entry(tracker.get_slot("topic") or "")
    if entry is None:
        dispatcher.utter_message(response="utter_why")
    elif entry.more:
        buttons = [topic_button(r) for name in entry.related if (r := faq_entry(name))]
        dispatcher.utter_message(text=filled(entry.more), buttons=buttons)
    else:
        dispatcher.utter_message(response="utter_more_known")


class ActionDefaultFallback(Action):
    """Offers the nearest questions; the second time in a row, a person."""

    def name(self) -> str:
        """The name of rasa's own fallback action, which this replaces."""
        return "action_default_fallback"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Ask back, or hand over."""
        return ask_nearest(dispatcher, tracker)


def ask_nearest(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """Ask which question was meant; after a second failure in a row, hand over."""
    if missed_before(tracker):
        dispatcher.utter_message(response="utter_still_not_understood")
        return hand_over(dispatcher, tracker, "not_understood", "normal")
    selector = (tracker.latest_message.get("response_selector") or {}).get("faq") or {}
    names = [row["intent_response_key"].partition("/")[2] for row in selector.get("ranking") or []]
    nearest = [entry for name in names[:MAXIMUM_NEAREST] if (entry := faq_entry(name))]
    if nearest:
        buttons = [topic_button(entry) for entry in nearest] + [PERSON_BUTTON]
        dispatcher.utter_message(response="utter_ask_nearest", buttons=buttons)
    else:
        dispatcher.utter_message(response="utter_not_understood")
    return []


def missed_before(tracker: Tracker) -> bool:
    """Was the visitor's message before this one not understood either?"""
    turns = [event for event in tracker.events if event.get("event") == "user"]
    if len(turns) < 2:
        return False
    before = (turns[-2].get("parse_data") or {}).get("intent") or {}
    return before.get("name") == "nlu_fallback"
