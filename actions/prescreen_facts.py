"""Facts from free text: what is new, what is read back, and what counts afterwards.

A fact that contradicts an earlier answer holds at once when it is the more careful of the two,
and is asked about either way.
"""

from __future__ import annotations

from actions.prescreen_state import Progress
from eligibility import (
    ASK,
    NONE,
    Finding,
    Question,
    Said,
    Settings,
    Table,
    care,
    facts_in,
    record,
)


def new_facts(
    table: Table, settings: Settings, said: Said, question: Question | None, state: Progress
) -> list[Finding]:
    """What the message tells that is neither answered so already nor waiting to be read back."""
    waiting = {(finding.row, finding.answer) for finding in state.noted}
    return [
        finding
        for finding in facts_in(table, settings, said, question)
        if state.answers.get(finding.row) != finding.answer
        and (finding.row, finding.answer) not in waiting
        and not (finding.answer == ASK and finding.row in state.answers)
    ]


def meant_answer(table: Table, question: Question, intent: str) -> Finding | None:
    """What a yes or no in unknown words would answer; to be read back before it counts."""
    if question.is_list:
        return Finding(question.id, NONE) if intent == "deny" else None
    row = table.rows[question.id]
    answer = {"affirm": "yes", "deny": row.none}.get(intent, "")
    return Finding(row.id, answer) if answer in row.choices else None


def note(table: Table, settings: Settings, found: list[Finding], state: Progress) -> None:
    """Keep facts for reading back; against an earlier answer the more careful one holds."""
    state.misses, state.again = 0, False
    state.note(found)
    for finding in found:
        before = state.answers.get(finding.row)
        if before is None or finding.answer == ASK:
            continue
        if care(table, settings, finding) > care(table, settings, Finding(finding.row, before)):
            state.held.setdefault(finding.row, before)
            state.answers[finding.row] = finding.answer


def confirm(table: Table, state: Progress) -> None:
    """What was read back is right: it counts now."""
    _release(state)
    new = dict(state.answers)
    focus = []
    for finding in state.noted:
        if finding.answer == ASK:
            focus.append(finding.row)
            continue
        new = record(table, new, finding.row, finding.answer)
        if finding.days_ago is not None:
            state.days_ago[finding.row] = finding.days_ago
    state.answered(new)
    state.focus = [row for row in focus if row not in new] + state.focus
    state.noted = []


def reject(table: Table, state: Progress) -> None:
    """What was read back is wrong: the earlier answers stand, and open rows are asked."""
    _release(state)
    rows = [finding.row for finding in state.noted if finding.row in table.rows]
    state.focus = [row for row in rows if row not in state.answers] + state.focus
    state.noted = []


def _release(state: Progress) -> None:
    """Put back the answers that a more careful fact had replaced for the time being."""
    state.answers.update(state.held)
    state.held = {}
