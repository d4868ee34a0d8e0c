"""Answers to start from, and every answer that the table knows."""

from __future__ import annotations

from datetime import date

from eligibility import NONE, Table, load_default, next_question, record

TODAY = date(2026, 11, 23)
BEST = {
    "2": "yes",
    "11": "always_burns",
    "12a": "face",
    "12b": "slight",
    "13": "fresher",
}


def table() -> Table:
    return load_default()


def best_answers() -> dict[str, str]:
    """The answers of a visitor about whom there is nothing to flag."""
    answers: dict[str, str] = {}
    while question := next_question(table(), answers):
        answer = NONE if question.is_list else BEST.get(question.id, "no")
        answers = record(table(), answers, question.id, answer)
    return answers


EVERY_ANSWER = [(row.id, choice) for row in table().rows.values() for choice in row.choices]
