"""What the pre-screen says: questions with their buttons, and facts read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions.prescreen_state import CONSENT, READ_BACK, SHARE, Progress
from clinic import load_default as clinic
from clinic.spoken import ENGLISH, language
from eligibility import (
    ASK,
    NONE,
    NOT_SURE,
    PRIVATE,
    REST,
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
MOST_CHIPS = 6
COMMAND_OF_INTENT = {
    "stop": "stop",
    "start_over": "restart",
    "go_back": "back",
    "ask_why": "why",
    "ask_for_human": "person",
}
ANSWER_OF_INTENT = {"not_sure": NOT_SURE, "prefer_not_to_say": "private"}
ASIDES = {
    "greet": "utter_prescreen_greet",
    "goodbye": "utter_prescreen_goodbye",
    "thank": "utter_prescreen_thank",
    "book_appointment": "utter_booking",
    **{
        intent: f"utter_{intent}"
        for intent in (
            "oos_other_treatment",
            "oos_medical_advice",
            "oos_chitchat",
            "oos_abuse",
            "oos_jailbreak",
            "oos_language",
        )
    },
}


def words(table: Table) -> dict[str, str]:
    """Clinic facts and the pre-screen's numbers, for the braces of the table."""
    own, facts = settings_for(table, clinic().settings()).words(), clinic().facts()
    return {**facts, **own} if language() == ENGLISH else {**own, **facts}


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
        Option(o.row, o.answer, filled(o.title, facts), filled(o.gloss, facts))
        for o in question.options
    )
    text, repeat, why = (filled(t, facts) for t in (question.text, question.repeat, question.why))
    return replace(question, text=text, repeat=repeat, why=why, options=options)


def ask(dispatcher: CollectingDispatcher, table: Table, state: Progress) -> None:
    """Say what the pre-screen is waiting for, in other words when it was said before."""
    again = "_again" if state.again else ""
    if state.stage == CONSENT:
        noted = "; ".join(in_words(table, finding) for finding in state.noted)
        if noted and not again:
            dispatcher.utter_message(text=filled(table.told, {"facts": noted}))
        dispatcher.utter_message(
            response=f"utter_prescreen_consent{again}",
            count=str(remaining(table, state.answers)),
            json_message={"type": "consent", "pre_screen": state.id},
        )
    elif state.stage == READ_BACK:
        _read_back(dispatcher, table, state)
    elif state.stage == SHARE:
        dispatcher.utter_message(
            response=f"utter_prescreen_share{again}",
            json_message={"type": "share", "pre_screen": state.id},
        )
    else:
        _ask_question(dispatcher, table, state)


def _read_back(dispatcher: CollectingDispatcher, table: Table, state: Progress) -> None:
    """Say what was noted, each fact with a chip that changes it alone."""
    facts = [(finding.row, in_words(table, finding)) for finding in state.noted]
    changed = bool(state.held) or any(row in state.answers for row, _ in facts)
    chips = [
        button("change", row, f"{table.change_title}: {words}")
        for row, words in facts[:MOST_CHIPS]
        if row in table.rows and len(facts) > 1
    ]
    dispatcher.utter_message(
        response="utter_prescreen_read_back" + ("_changed" if changed else ""),
        facts="; ".join(words for _, words in facts),
        buttons=chips,
        json_message={
            "type": "noted",
            "pre_screen": state.id,
            "facts": [words for _, words in facts],
            "change": chips,
        },
    )


def _ask_question(dispatcher: CollectingDispatcher, table: Table, state: Progress) -> None:
    question = current_question(table, state)
    if question is None:
        return
    card = question_card(table, question, state)
    buttons = [_plain(one) for one in [*card["choices"], card["none"], *card["skip"]] if one]
    buttons += [{"title": table.why_title, "payload": card["why"]["payload"]}, *card["steer"]]
    if card["done"]:
        buttons.append(card["done"])
    dispatcher.utter_message(
        text=_question_text(table, question, state), buttons=buttons, json_message=card
    )


def _question_text(table: Table, question: Question, state: Progress) -> str:
    """The question; in other words, and with what can be said, when it was asked before."""
    if not state.again:
        return question.text
    titles = "; ".join(option.title for option in question.options)
    return f"{question.repeat} {filled(table.options, {'options': titles})}"


def question_card(table: Table, question: Question, state: Progress) -> dict[str, Any]:
    """The ``question`` of docs/contracts.md section 2; every button in it is offered as one too."""
    made = [
        {**button(o.row, o.answer, o.title), "gloss": o.gloss, "answer": o.answer}
        for o in question.options
    ]
    skip = [_plain(one) for one in made if one["answer"] in (NOT_SURE, PRIVATE)]
    none = [_plain(one) for one in made if one["answer"] == NONE]
    choices = [
        {key: one[key] for key in ("title", "payload", "gloss")}
        for one in made
        if one["answer"] not in (NOT_SURE, PRIVATE, NONE)
    ]
    back = [button("menu", "back", table.back_title)] if state.trail else []
    left = max(remaining(table, state.answers), 1)
    why = {"title": table.why_title, "text": question.why}
    card: dict[str, object] = {
        "type": "question",
        "pre_screen": state.id,
        "kind": "many" if question.is_list else "one",
        "step": state.asked + 1,
        "of": state.asked + left,
        "choices": choices,
        "none": none[0] if none else None,
        "done": button(question.id, REST, table.done_title) if question.is_list else None,
        "skip": skip,
        "why": {**why, "payload": button(question.id, "why", "")["payload"]},
        "steer": [*back, button("menu", "stop", table.stop_title)],
    }
    if question.by_date:
        card["input"] = {"kind": "date", "label": question.by_date}
    return card


def _plain(made: Mapping[str, str]) -> Button:
    return {"title": made["title"], "payload": made["payload"]}


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
