"""The pre-screen's actions: they open it, hear each message while it runs, and ask what is next.

While prescreen_form is active rasa calls validate_prescreen_form with every message, whatever its
intent; the conversation itself is in prescreen_turn.py, the medicine in eligibility/rules.yml.
"""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import answer_questions
from actions.message import in_their_language, mentions, safety_of
from actions.prescreen_result import ended, forget
from actions.prescreen_state import Progress
from actions.prescreen_turn import Turn
from actions.prescreen_words import ask
from actions.subjects import HEALTH, TREATMENT, told_subjects
from actions.young import young_facts
from clinic import load_default as clinic
from clinic.spoken import ENGLISH, language, spoken
from clinic.urgency import load_default as urgency
from eligibility import (
    DEFAULT_PATH,
    Table,
    TableError,
    check_settings,
    load,
    load_default,
    settings_for,
)

SLOT = "prescreen"
FORM = "prescreen_form"
ASIDE = {
    *HEALTH,
    TREATMENT,
    "body_area",
    "duration",
    "time",
}  # told beside a medicine or a condition


def table() -> Table:
    """The table in the language spoken now, checked against this clinic's own numbers."""
    found = _table(language())
    check_settings(found, clinic().settings())
    check_urgency(found)
    return found


@lru_cache(maxsize=8)
def _table(code: str) -> Table:
    return load_default() if code == ENGLISH else load(DEFAULT_PATH, spoken(code).prescreen)


def check_urgency(found: Table) -> None:
    """Raise TableError, a line for each answer that is urgent otherwise than its event is."""
    events = urgency().events
    mistakes = [
        f"rules.yml: row '{row.id}', answer '{choice.id}': field 'event' has value "
        f"'{choice.event}' with outcome '{outcome}'; allowed: an event of data/urgency.yml "
        "whose level is that outcome"
        for row in found.rows.values()
        for choice in row.choices.values()
        if choice.event
        for outcome in [settings_for(found, {}).outcome(choice).value]
        if choice.event not in events or events[choice.event].level != outcome
    ]
    if mistakes:
        raise TableError("\n".join(mistakes))


def open_prescreen(dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
    """Begin with the consent line; facts of the opening message are kept to be read back."""
    channel = tracker.get_latest_input_channel() or "website"
    if channel not in clinic().prescreen.channels:
        link = {"type": "elsewhere"}
        dispatcher.utter_message(response="utter_prescreen_elsewhere", json_message=link)
        return ended()
    return Turn(dispatcher, tracker, table(), Progress()).open()


class ValidatePrescreenForm(Action):
    """Handles every message while the pre-screen runs, and its opening."""

    def name(self) -> str:
        """The name that rasa calls for prescreen_form."""
        return "validate_prescreen_form"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Take the message and move on; open the pre-screen when it is not running yet."""
        state = Progress.from_slot(tracker.get_slot(SLOT))
        if state is None or tracker.get_slot("requested_slot") is None:
            return open_prescreen(dispatcher, tracker)
        if state.is_abandoned(datetime.now(timezone.utc)) and not safety_of(tracker):
            dispatcher.utter_message(response="utter_prescreen_abandoned")
            return forget(dispatcher, state)
        return Turn(dispatcher, tracker, table(), state).run()


class ActionAskPrescreenOutcome(Action):
    """Asks whatever the pre-screen is waiting for."""

    def name(self) -> str:
        """The name that rasa calls to ask for the form's one slot."""
        return "action_ask_prescreen_outcome"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Ask."""
        state = Progress.from_slot(tracker.get_slot(SLOT))
        safety = safety_of(tracker)
        if state is not None and (safety is None or safety.is_certain):
            ask(dispatcher, table(), state)
        return []


class ActionStartPrescreen(Action):
    """Opens the pre-screen outside the form: the consent line, or the way to the website."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_start_prescreen"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Open."""
        return open_prescreen(dispatcher, tracker)


class ActionHearDetails(Action):
    """Details without a question: the answer about the one that counts, or the pre-screen opens."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_hear_details"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """One medicine or condition is answered, with the health questions as a button."""
        told = list(told_subjects(tracker))
        others = {one.entity for one in mentions(tracker.latest_message)} - ASIDE
        if len(told) != 1 or others or young_facts(tracker):
            return [FollowupAction(FORM)]
        answer_questions(dispatcher, tracker, follow_ups=True)
        return [SlotSet("topic", told[0])]


class ActionSharePrescreen(Action):
    """Meets a pre-screen button after the pre-screen has ended: nothing is shared any more."""

    def name(self) -> str:
        """The action's name in the domain."""
        return "action_share_prescreen"

    @in_their_language
    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, object]
    ) -> list[EventType]:
        """Answer "something else" kindly; any other button has expired."""
        row = next(tracker.get_latest_entity_values("row"), None)
        dispatcher.utter_message(
            response="utter_prescreen_anything_else" if row == "menu" else "utter_button_expired"
        )
        return []
