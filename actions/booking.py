"""A wish to book: the ways to book, after what was asked about the clinic along with it."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import topic_button
from actions.faq import FAQ_RESPONSE, given
from actions.message import in_their_language, text_of
from actions.nearest import asked_besides, ranked
from actions.situation import of_a_visit, say_day

HOURS = "opening_hours"
HOW = "booking_how"  # the ways to book, which are said anyway
ASKED = 0.25  # how sure a guess about a visit is to be answered along with a booking


class ActionOfferBooking(Action):
    """The ways to book, after the hours of a day that was named and what else was asked of a visit."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_offer_booking"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Nothing is remembered."""
        message = tracker.latest_message
        told_hours = say_day(dispatcher, text_of(message))
        sure = ranked(message)
        near = (given(topic) for topic in asked_besides(message))
        asked = [one for one in near if one and of_a_visit(one) and one.topic != HOW]
        told = next((entry for entry in asked if sure[entry.topic] >= ASKED), None)
        if told and not (told_hours and told.topic == HOURS):
            dispatcher.utter_message(response=FAQ_RESPONSE + told.topic)
        others = [topic_button(entry) for entry in asked if entry != told]
        dispatcher.utter_message(response="utter_booking", buttons=others[:1])
        return []
