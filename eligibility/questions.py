"""Which question comes next, what its buttons are, and what an answer fills in. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eligibility.model import NOT_SURE, PRIVATE, QuestionList, Row, Table

ASK = "ask"
NONE = "none_of_these"
REST = "that_is_all"


@dataclass(frozen=True)
class Option:
    """One button: it answers ``row`` with ``answer``, or asks that row when the answer is "ask".

    gloss: the title's medical words in everyday ones, where there are any.
    """

    row: str
    answer: str
    title: str
    gloss: str = ""


@dataclass(frozen=True)
class Question:
    """One message of the pre-screen: a row by itself, or a list of rows. ``id`` is that one's id.

    by_date: the label of a date field, where a day answers it as well.
    """

    id: str
    text: str
    repeat: str
    why: str
    options: tuple[Option, ...]
    rows: tuple[str, ...]
    is_list: bool
    by_date: str | None = None


def is_asked(row: Row, answers: Mapping[str, str]) -> bool:
    """Does this row still matter, after these answers?"""
    return not row.spoken and all(
        answers.get(other) in allowed for other, allowed in row.ask_when.items()
    )


def ended_by(table: Table, answers: Mapping[str, str]) -> Row | None:
    """The row whose answer ends the pre-screen early, if one does."""
    for row in table.rows.values():
        choice = row.choices.get(answers.get(row.id, ""))
        if choice and choice.ends:
            return row
    return None


def next_question(
    table: Table, answers: Mapping[str, str], focus: str | None = None
) -> Question | None:
    """The question to ask now, or None when nothing is left to ask.

    ``focus`` is a row to ask by itself first: a list's button was pressed, or it was mentioned.
    """
    if ended_by(table, answers):
        return None
    if focus is not None and focus in table.rows and focus not in answers:
        return _row_question(table.rows[focus])
    for item in table.order:
        if _open_rows(table, item, answers):
            return question(table, item, answers)
    return None


def question(table: Table, item: str, answers: Mapping[str, str]) -> Question:
    """One item of the order as a question."""
    if item in table.lists:
        return _list_question(table, table.lists[item], answers)
    return _row_question(table.rows[item])


def remaining(table: Table, answers: Mapping[str, str]) -> int:
    """How many questions are left, as far as can be told now."""
    if ended_by(table, answers):
        return 0
    return sum(bool(_open_rows(table, item, answers)) for item in table.order)


def record(table: Table, answers: Mapping[str, str], asked: str, answer: str) -> dict[str, str]:
    """The answers after a row or a list has been answered. What is unknown changes nothing.

    A list takes none_of_these (or that_is_all, after some of its rows), not_sure or private: they
    fill every row of it that is still open.
    """
    known = dict(answers)
    if asked in table.rows:
        if answer in table.rows[asked].choices:
            known[asked] = answer
        return known
    for row in _open_rows(table, asked, answers) if asked in table.lists else ():
        if answer in (NONE, REST):
            known[row.id] = row.none
        elif answer in (NOT_SURE, PRIVATE):
            known[row.id] = answer
    return known


def _open_rows(table: Table, item: str, answers: Mapping[str, str]) -> list[Row]:
    members = table.lists[item].rows if item in table.lists else (item,)
    rows = (table.rows[name] for name in members)
    return [row for row in rows if is_asked(row, answers) and row.id not in answers]


def _row_question(row: Row) -> Question:
    options = tuple(Option(row.id, choice.id, choice.title, choice.gloss) for choice in row.shown())
    common = _common(row.id, row.choices[NOT_SURE].title, row.choices[PRIVATE].title)
    return Question(
        row.id,
        row.question,
        row.repeat,
        row.why,
        options + common,
        (row.id,),
        False,
        row.by_date,
    )


def _list_question(table: Table, asked: QuestionList, answers: Mapping[str, str]) -> Question:
    rows = _open_rows(table, asked.id, answers)
    members = (table.rows[name] for name in asked.rows)
    some_true = any(row.id in answers and answers[row.id] != row.none for row in members)
    options = [_list_option(row) for row in rows]
    options.append(Option(asked.id, NONE, asked.none_title))
    any_row = table.rows[asked.rows[0]].choices
    options += _common(asked.id, any_row[NOT_SURE].title, any_row[PRIVATE].title)
    text = asked.more if some_true else asked.question
    ids = tuple(row.id for row in rows)
    return Question(asked.id, text, asked.repeat, asked.why, tuple(options), ids, True)


def _list_option(row: Row) -> Option:
    real = row.real()
    return Option(row.id, real[0].id if len(real) == 1 else ASK, row.label, row.gloss)


def _common(asked: str, not_sure: str, private: str) -> tuple[Option, ...]:
    return Option(asked, NOT_SURE, not_sure), Option(asked, PRIVATE, private)
