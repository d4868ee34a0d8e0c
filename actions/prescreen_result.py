"""How a pre-screen ends: the result in words, and what staff are sent when the visitor agrees."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.handover import hand_over
from actions.prescreen_state import Progress
from actions.prescreen_words import words
from actions.urgent import tell_urgent
from clinic import load_default as clinic
from eligibility import Flag, Outcome, Result, Table, assess, facts_told

SIGN = "prescreen"


def result_of(table: Table, state: Progress) -> Result:
    """What the answers so far amount to, today, at this clinic."""
    today = clinic().today(datetime.now(timezone.utc))
    settings = clinic().settings()
    return assess(table, state.answers, settings, today, state.days_ago, words(table))


def ended() -> list[EventType]:
    """The events that end the pre-screen and forget every answer."""
    return [
        SlotSet("prescreen", None),
        SlotSet("prescreen_outcome", None),
        SlotSet("requested_slot", None),
        ActiveLoop(None),
    ]


def tell_result(
    dispatcher: CollectingDispatcher, tracker: Tracker, result: Result
) -> list[EventType] | None:
    """Say the result. Return the events that end the pre-screen, or None when sharing comes next."""
    if result.outcome is Outcome.U1:
        return [*tell_urgent(dispatcher, tracker, "U1", SIGN), *ended()]
    dispatcher.utter_message(
        response="utter_prescreen_result", headline=result.headline, next=result.next
    )
    waits = [flag for flag in result.reasons if flag.outcome is not Outcome.R]
    looks = [flag for flag in result.reasons if flag.outcome is Outcome.R]
    _say_lines(dispatcher, "utter_prescreen_reasons", [_reason(flag) for flag in waits])
    _say_lines(dispatcher, "utter_prescreen_staff_look", [_reason(flag) for flag in looks])
    if result.come_back:
        dispatcher.utter_message(
            response="utter_prescreen_come_back", date=in_date_words(result.come_back)
        )
    _say_lines(dispatcher, "utter_prescreen_notes", [*result.also, *result.notes])
    dispatcher.utter_message(response="utter_prescreen_safety_net")
    return ended() if result.keep_nothing else None


def _say_lines(dispatcher: CollectingDispatcher, response: str, lines: list[str]) -> None:
    if lines:
        dispatcher.utter_message(response=response, lines="\n".join(f"• {line}" for line in lines))


def _reason(flag: Flag) -> str:
    """One reason in one line, with when to come back."""
    back = f" ({flag.come_back_words})" if flag.come_back_words else ""
    return flag.reason.rstrip(".") + back + "."


def in_date_words(day: date) -> str:
    """A date as people say it: 1 March 2027."""
    return f"{day.day} {day:%B %Y}"


def payload(table: Table, state: Progress, result: Result) -> dict[str, Any]:
    """The ``eligibility_result`` of docs/contracts.md section 2; made only after a yes."""
    return {
        "type": "eligibility_result",
        "outcome": result.outcome.value,
        "headline": result.headline,
        "version": result.version,
        "flags": [
            {"row": flag.row, "outcome": flag.outcome.value, "reason": flag.reason}
            for flag in result.reasons
        ],
        "come_back": result.come_back.isoformat() if result.come_back else None,
        "facts": [
            {"question": f.question, "answer": f.answer}
            for f in facts_told(table, state.answers, words(table))
        ],
        "staff_notes": list(result.staff_notes),
        "shared": True,
    }


def share(
    dispatcher: CollectingDispatcher, tracker: Tracker, table: Table, state: Progress
) -> list[EventType]:
    """The visitor said yes: send summary and facts to staff, bring a person in, forget here."""
    result = result_of(table, state)
    summary = payload(table, state, result)
    dispatcher.utter_message(json_message=summary)
    dispatcher.utter_message(response="utter_prescreen_shared")
    events = hand_over(dispatcher, tracker, SIGN, result.urgency, None, summary)
    return [*events, *ended()]


def keep_private(
    dispatcher: CollectingDispatcher, tracker: Tracker, table: Table, state: Progress
) -> list[EventType]:
    """The visitor said no: nothing of the answers is sent. Something urgent still gets a person."""
    dispatcher.utter_message(response="utter_prescreen_not_shared")
    result = result_of(table, state)
    events: list[EventType] = []
    if result.outcome is Outcome.U2:
        events = hand_over(dispatcher, tracker, "urgent", result.urgency)
    return [*events, *ended()]
