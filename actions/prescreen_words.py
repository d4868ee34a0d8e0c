"""What the pre-screen says: questions with their buttons, and facts read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.prescreen_state import CONSENT, READ_BACK, SHARE, Progress
from clinic import load_default as clinic
from eligibility import (
    ASK,
    Finding,
    Option,
    Question,
    Table,
    filled,
    next_question,
    remaining,
    settings_for,
)

Button = dict[str, str]


def words(table: Table) -> dict[str, str]:
    """Clinic facts and the pre-screen's numbers, for the braces of the table."""
    return {**clinic().facts(), **settings_for(table, clinic().settings()).words()}


def button(row: str, answer: str, title: str) -> Button:
    """A button that answers a question of the pre-screen; nobody can type what it carries."""
    carried = json.dumps({"row": row, "answer": answer})
    return {"title": title, "payload": f"/answer_prescreen{carried}"}


def current_question(table: Table, state: Progress) -> Question | None:
    """The question that the visitor is looking at, with every number filled in."""
    found = next_question(table, state.answers, state.focus[0] if state.focus else None)
    return _filled(found, words(table)) if found else None


def _filled(question: Question, facts: Mapping[str, str]) -> Question:
    options = tuple(
        Option(option.row, option.answer, filled(option.title, facts))
        for option in question.options
    )
    text, repeat, why = (filled(t, facts) for t in (question.text, question.repeat, question.why))
    return replace(question, text=text, repeat=repeat, why=why, options=options)


def ask(dispatcher: CollectingDispatcher, table: Table, state: Progress) -> None:
    """Say what the pre-screen is waiting for, in other words when it was said before."""
    again = "_again" if state.again else ""
    if state.stage == CONSENT:
        count = str(remaining(table, state.answers))
        dispatcher.utter_message(response=f"utter_prescreen_consent{again}", count=count)
    elif state.stage == READ_BACK:
        changed = any(finding.row in state.answers for finding in state.noted)
        changed = changed or bool(state.held)
        response = "utter_prescreen_read_back" + ("_changed" if changed else "")
        dispatcher.utter_message(
            response=response, facts="; ".join(in_words(table, f) for f in state.noted)
        )
    elif state.stage == SHARE:
        dispatcher.utter_message(response=f"utter_prescreen_share{again}")
    else:
        _ask_question(dispatcher, table, state)


def _ask_question(dispatcher: CollectingDispatcher, table: Table, state: Progress) -> None:
    question = current_question(table, state)
    if question is None:
        return
    buttons = [button(o.row, o.answer, o.title) for o in question.options]
    buttons.append(button(question.id, "why", table.why_title))
    left = max(remaining(table, state.answers), 1)
    progress: dict[str, Any] = {
        "type": "progress",
        "step": state.asked + 1,
        "of": state.asked + left,
    }
    if question.by_date:
        progress["input"] = {"kind": "date", "label": question.by_date}
    text = question.repeat if state.again else question.text
    dispatcher.utter_message(text=text, buttons=buttons, json_message=progress)


def in_words(table: Table, finding: Finding) -> str:
    """A fact as the visitor reads it back, for example "Age: Yes, 18 or over"."""
    facts = words(table)
    if finding.row in table.lists:
        return filled(table.lists[finding.row].none_title, facts)
    row = table.rows[finding.row]
    label = filled(row.label, facts)
    if finding.answer == ASK:
        return label
    return f"{label}: {filled(row.choices[finding.answer].title, facts)}"
