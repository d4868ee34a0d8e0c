"""Answers in, one outcome out: the pure heart of the pre-screen (section 4 of the clinical sheet).

Total: any answers and any settings give a result. Nothing here knows a row by name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from eligibility.model import Advice, Choice, ComeBack, Outcome, Table
from eligibility.questions import ended_by, is_asked
from eligibility.settings import Settings, settings_for

BRACES = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class Flag:
    """One reason: the row (or combination) it comes from and what it asks for."""

    row: str
    outcome: Outcome
    reason: str
    come_back: date | None = None
    come_back_words: str = ""
    source: str = ""
    event: str = ""


@dataclass(frozen=True)
class Fact:
    """What was asked and what was answered, in the table's words."""

    question: str
    answer: str


@dataclass(frozen=True)
class Result:
    """Everything that the answers amount to."""

    outcome: Outcome
    name: str
    headline: str
    next: str
    urgency: str
    reasons: tuple[Flag, ...]
    come_back: date | None
    notes: tuple[str, ...]
    also: tuple[str, ...]
    staff_notes: tuple[str, ...]
    event: str
    ended_early: bool
    keep_nothing: bool
    version: str


@dataclass(frozen=True)
class _Case:
    """What stays the same while one visitor's answers are worked through."""

    settings: Settings
    today: date
    days_ago: Mapping[str, int]
    words: Mapping[str, str]


def assess(
    table: Table,
    answers: Mapping[str, str],
    settings: Settings | Mapping[str, int | str],
    today: date,
    days_ago: Mapping[str, int] | None = None,
    facts: Mapping[str, str] | None = None,
) -> Result:
    """Work out the result. Never raises.

    ``answers``: row id to answer id (what the table does not know is ignored). ``days_ago``: row id
    to how many days ago it was. ``facts``: clinic facts for braces such as {phone}.
    """
    chosen = settings if isinstance(settings, Settings) else settings_for(table, settings)
    case = _Case(chosen, today, days_ago or {}, {**(facts or {}), **chosen.words()})
    given = known_answers(table, answers)
    ended = ended_by(table, answers) is not None
    reasons = _reasons(table, given, case)
    if not ended:
        reasons += _unanswered(table, answers)
    reasons.sort(key=_first_said)
    text = table.outcomes[reasons[0].outcome if reasons else Outcome.S]
    event = reasons[0].event if reasons else ""
    said = {**case.words, **_urgent_words(event, case.words)}
    advised = _advised(table, reasons)
    also = [*_together(table, reasons), *(rule.say for rule in advised)]
    notes = dict.fromkeys(filled(c.note, case.words) for c in given.values() if c.note)
    staff_notes = [choice.staff_note for choice in given.values()] + [a.staff for a in advised]
    return Result(
        outcome=reasons[0].outcome if reasons else Outcome.S,
        name=text.name,
        headline=filled(text.headline, said),
        next=filled(text.next, said),
        urgency=text.urgency,
        reasons=tuple(reasons),
        come_back=_earliest(reasons),
        notes=tuple(notes),
        also=tuple(filled(line, case.words) for line in also),
        staff_notes=tuple(dict.fromkeys(filter(None, staff_notes))),
        event=event,
        ended_early=ended,
        keep_nothing=any(choice.keep_nothing for choice in given.values()),
        version=table.version,
    )


def known_answers(table: Table, answers: Mapping[str, str]) -> dict[str, Choice]:
    """The answers that the table knows, in its order."""
    return {
        row.id: row.choices[answers[row.id]]
        for row in table.rows.values()
        if row.id in answers and answers[row.id] in row.choices
    }


def facts_told(
    table: Table, answers: Mapping[str, str], words: Mapping[str, str]
) -> tuple[Fact, ...]:
    """Every answer in the table's words, in its order; what staff read when it is shared.

    The boxes of cards that were not ticked come last, in one line.
    """
    boxes = {row for asked in table.lists.values() for row in asked.rows}
    told, denied = [], []
    for name, choice in known_answers(table, answers).items():
        row = table.rows[name]
        label = filled(row.label, words)
        if name in boxes and choice.id == row.none:
            denied.append(label)
        else:
            told.append(Fact(label, filled(choice.title, words)))
    return (*told, Fact(table.told_no, "; ".join(denied))) if denied else tuple(told)


def filled(sentence: str, words: Mapping[str, str]) -> str:
    """A sentence of the table with its braces filled; a name that is not known stays as it is."""
    if "{" not in sentence:
        return sentence
    return BRACES.sub(lambda found: words.get(found[1], found[0]), sentence)


def _reasons(table: Table, given: Mapping[str, Choice], case: _Case) -> list[Flag]:
    """A flag for every answer and every combination that asks for something."""
    flags = []
    for row, choice in given.items():
        outcome = case.settings.outcome(choice)
        if outcome is not Outcome.S:
            source = table.rows[row].source
            flag = _flag(row, outcome, choice.reason, choice.come_back, source, case)
            flags.append(replace(flag, event=choice.event))
    for rule in table.combinations:
        if all(row in given and given[row].id in allowed for row, allowed in rule.when.items()):
            flags.append(
                _flag(rule.id, rule.outcome, rule.reason, rule.come_back, rule.source, case)
            )
    return flags


def _flag(
    name: str, outcome: Outcome, reason: str, back: ComeBack | None, source: str, case: _Case
) -> Flag:
    reason = filled(reason, case.words)
    if back is None:
        return Flag(name, outcome, reason, source=source)
    words = filled(back.words, case.words)
    return Flag(name, outcome, reason, _come_back(name, back, case), words, source)


def _come_back(name: str, back: ComeBack, case: _Case) -> date | None:
    if back.after is None:
        return None
    start = _days_before(case.today, case.days_ago.get(back.row or name, 0))
    return max(case.settings.spans[back.after].after(start), case.today)


def _days_before(today: date, days: int) -> date:
    try:
        return today - timedelta(days=max(days, 0))
    except OverflowError:
        return date.min


def _unanswered(table: Table, answers: Mapping[str, str]) -> list[Flag]:
    for row in table.asked_rows():
        if answers.get(row.id) not in row.choices and is_asked(row, answers):
            return [Flag("unanswered", table.unanswered_outcome, table.unanswered_reason)]
    return []


def _first_said(flag: Flag) -> tuple[int, int]:
    """Most careful first; among waits the longest first, one without a date before all."""
    back = flag.come_back.toordinal() if flag.come_back else date.max.toordinal()
    return -flag.outcome.rank, -back


def _together(table: Table, flags: list[Flag]) -> list[str]:
    present = {flag.outcome for flag in flags}
    return [rule.say for rule in table.together if rule.outcomes <= present]


def _advised(table: Table, flags: list[Flag]) -> list[Advice]:
    return [
        rule
        for rule in table.advice
        if sum(f.outcome is rule.outcome for f in flags) >= rule.at_least
        and any(f.outcome is rule.outcome and f.row in rule.including for f in flags)
    ]


def _earliest(flags: list[Flag]) -> date | None:
    """The last of the dates to wait for; none while a wait without a date is among them."""
    waits = [flag.come_back for flag in flags if flag.outcome is Outcome.N]
    known = [day for day in waits if day]
    return max(known) if known and len(known) == len(waits) else None


def _urgent_words(event: str, words: Mapping[str, str]) -> dict[str, str]:
    """The event's own words as {urgency} and {first_aid}, where the clinic's facts hold them."""
    names = ("urgency", "first_aid")
    return {name: words[f"{name}_{event}"] for name in names if f"{name}_{event}" in words}
