"""How a pre-screen ends: the result in words, and what staff are sent when the visitor agrees."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.handover import hand_over
from actions.message import Safety
from actions.prescreen_state import Progress
from actions.prescreen_words import words
from actions.urgent import tell_urgent
from clinic import load_default as clinic
from clinic.saying import date_in_words
from clinic.spoken import ENGLISH, say_in
from eligibility import Flag, Outcome, Result, Table, assess, facts_told, filled, load_default

SIGN = "prescreen"
MOST_REASONS = 3


def result_of(table: Table, state: Progress) -> Result:
    """What the answers so far amount to, today, at this clinic."""
    today = clinic().today(datetime.now(timezone.utc))
    settings = clinic().settings()
    return assess(table, state.answers, settings, today, state.days_ago, words(table))


def forget(dispatcher: CollectingDispatcher, state: Progress) -> list[EventType]:
    """End the pre-screen and have every word of it blanked, here and at the front desk."""
    dispatcher.utter_message(json_message={"type": "forget", "pre_screen": state.id})
    return ended()


def ended() -> list[EventType]:
    """The events that end the pre-screen."""
    return [
        SlotSet("prescreen", None),
        SlotSet("prescreen_outcome", None),
        SlotSet("requested_slot", None),
        ActiveLoop(None),
    ]


def tell_result(
    dispatcher: CollectingDispatcher,
    tracker: Tracker,
    table: Table,
    state: Progress,
    result: Result,
) -> list[EventType] | None:
    """Say the result. Return the events that end the pre-screen, or None when sharing comes next."""
    if result.outcome is Outcome.U1:
        return [
            *tell_urgent(dispatcher, tracker, Safety("act", "U1", result.event)),
            *forget(dispatcher, state),
        ]
    card = result_card(table, state, result)
    dispatcher.utter_message(text=_in_words(table, card), json_message=card)
    return forget(dispatcher, state) if result.keep_nothing else None


def result_card(table: Table, state: Progress, result: Result) -> dict[str, object]:
    """The ``result`` of docs/contracts.md section 2: three reasons, and the rest to unfold."""
    reasons = [_reason(flag) for flag in result.reasons]
    said, facts = table.result_words, words(table)
    day = result.come_back
    date_words = {"date": date_in_words(day)} if day else {}
    return {
        "type": "result",
        "pre_screen": state.id,
        "outcome": result.outcome.value,
        "headline": result.headline,
        "next": result.next,
        "reasons": reasons[:MOST_REASONS],
        "more": [*reasons[MOST_REASONS:], *result.also, *result.notes],
        "come_back": day.isoformat() if day else None,
        "come_back_words": filled(said.come_back, date_words) if day else None,
        "safety_net": filled(said.safety_net, facts),
    }


def _in_words(table: Table, card: dict[str, Any]) -> str:
    """The card as one text, for channels without cards."""
    parts = [f"{card['headline']} {card['next']}"]
    for title, lines in (
        (table.result_words.reasons, card["reasons"]),
        (table.result_words.more, card["more"]),
    ):
        if lines:
            parts.append("\n".join([title, *(f"• {line}" for line in lines)]))
    parts += [card["come_back_words"]] if card["come_back"] else []
    return "\n\n".join([*parts, card["safety_net"]])


def _reason(flag: Flag) -> str:
    """One reason in one line, with when to come back."""
    back = f" ({flag.come_back_words})" if flag.come_back_words else ""
    return flag.reason.rstrip(".") + back + "."


def payload(table: Table, state: Progress, result: Result) -> dict[str, object]:
    """The ``eligibility_result`` of docs/contracts.md section 2; made only after a yes."""
    return {
        "type": "eligibility_result",
        "pre_screen": state.id,
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


def for_staff(state: Progress) -> dict[str, object]:
    """The ``eligibility_result`` in the staff's language, whatever the visitor's is."""
    with say_in(ENGLISH):
        table = load_default()
        return payload(table, state, result_of(table, state))


def share(
    dispatcher: CollectingDispatcher, tracker: Tracker, table: Table, state: Progress
) -> list[EventType]:
    """The visitor said yes: send summary and facts to staff, bring a person in, forget here."""
    result = result_of(table, state)
    summary = for_staff(state)
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
    return [*events, *forget(dispatcher, state)]
