"""The long form of an answer: what "tell me more" tells, once."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import (
    MAXIMUM_NEAREST,
    NOT_GIVEN,
    ask_nearest,
    device_button,
    topic_button,
)
from actions.asked import Asked, asked_of
from actions.devices import device_table
from actions.faq import FAQ_RESPONSE, filled, given
from actions.message import in_their_language, intent_of, text_of

SHORT = 3  # words of a "why?" that leans on the answer before it
MARK = 40  # characters of a text by which it is known again


class ActionTellMore(Action):
    """Tells more about the answer given last."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_tell_more"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Give the long form once, else say that this is all we have.

        Where nothing was told yet, or the words are many ("whats emface, got it?"), they ask something.
        """
        words = text_of(tracker.latest_message).split()
        why = intent_of(tracker) == "ask_why" and len(words) > SHORT
        if why or asked_of(tracker.get_slot("topic")) is None:
            return ask_nearest(dispatcher, tracker)
        tell_more(dispatcher, tracker)
        return []


def tell_more(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """The long form of the answer given last, or that there is no more to say."""
    asked = asked_of(tracker.get_slot("topic"))
    entry = asked.about if asked else None
    if entry is None:
        dispatcher.utter_message(response="utter_why")
    elif not entry.is_given:
        dispatcher.utter_message(response=NOT_GIVEN)
    elif asked and asked.devices and not told(tracker, entry.topic):
        buttons = [device_button(asked.devices[0], a) for a in _other_aspects(asked)]
        dispatcher.utter_message(response=FAQ_RESPONSE + entry.topic, buttons=buttons)
    elif entry.more and not told(tracker, entry.more[:MARK]):
        buttons = [topic_button(r) for name in entry.related if (r := given(name))]
        dispatcher.utter_message(text=filled(entry.more), buttons=buttons)
    else:
        dispatcher.utter_message(response="utter_more_known")


def told(tracker: Tracker, mark: str) -> bool:
    """Was this answer, or a text that begins so, said since the visitor's message before the last?"""
    turns = [place for place, e in enumerate(tracker.events) if e.get("event") == "user"]
    since = turns[-2] if len(turns) > 1 else 0
    said = [event for event in tracker.events[since:] if event.get("event") == "bot"]
    return any(
        str((event.get("metadata") or {}).get("utter_action") or "") == FAQ_RESPONSE + mark
        or str(event.get("text") or "").startswith(filled(mark))
        for event in said
    )


def _other_aspects(asked: Asked) -> list[str]:
    known = device_table().titles(asked.devices[0])
    return [aspect for aspect in known if aspect != asked.aspect][:MAXIMUM_NEAREST]
