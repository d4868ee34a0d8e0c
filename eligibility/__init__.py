"""The pre-screen: a clinical table as data (rules.yml) and a pure engine. Imports nothing of ours.

table = eligibility.load_default()          -> Table, or TableError naming row, field, value, allowed
eligibility.next_question(table, answers)   -> Question, or None when nothing is left to ask
eligibility.record(table, answers, "5c", "yes")
eligibility.assess(table, answers, settings, today) -> Result
"""

from eligibility.assess import Fact, Flag, Result, assess, facts_told, filled, known_answers
from eligibility.hearing import (
    care,
    command_in,
    exact_answer,
    facts_in,
    row_to_change,
    settled,
    yes_or_no,
)
from eligibility.load import DEFAULT_PATH, TableError, load, load_default
from eligibility.model import NOT_SURE, PRIVATE, Choice, Outcome, Row, Table
from eligibility.questions import (
    ASK,
    NONE,
    REST,
    Option,
    Question,
    ended_by,
    next_question,
    question,
    record,
    remaining,
)
from eligibility.said import Finding, Mention, Said
from eligibility.settings import Settings, SettingsError, check_settings, settings_for

__all__ = [
    "ASK",
    "DEFAULT_PATH",
    "NONE",
    "NOT_SURE",
    "PRIVATE",
    "REST",
    "Choice",
    "Fact",
    "Finding",
    "Flag",
    "Mention",
    "Option",
    "Outcome",
    "Question",
    "Result",
    "Row",
    "Said",
    "Settings",
    "SettingsError",
    "Table",
    "TableError",
    "assess",
    "care",
    "check_settings",
    "command_in",
    "ended_by",
    "exact_answer",
    "facts_in",
    "facts_told",
    "filled",
    "known_answers",
    "load",
    "load_default",
    "next_question",
    "question",
    "record",
    "remaining",
    "row_to_change",
    "settled",
    "settings_for",
    "yes_or_no",
]
