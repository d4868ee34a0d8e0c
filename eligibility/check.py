"""What must hold between the parts of a table: names that exist, promises that cannot be broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from eligibility.model import (
    NOT_SURE,
    PRIVATE,
    ByPolicy,
    Choice,
    Combination,
    ComeBack,
    Heard,
    Outcome,
    Row,
    Table,
)
from eligibility.settings import settings_for
from eligibility.span import Span, read_span

Mistake = tuple[str, str]
COMMANDS = ("why", "back", "stop", "restart", "person", "other")


def mistakes_in(table: Table) -> Iterator[Mistake]:
    """Every mistake as (where, sentence)."""
    yield from _order(table)
    for name in COMMANDS:
        if name not in table.commands:
            yield "commands", f"field '{name}' is missing; needed: {', '.join(COMMANDS)}"
    if table.unanswered_outcome.rank < Outcome.R.rank:
        yield "defaults, field 'unanswered'", f"{_given(table.unanswered_outcome)} R, N, U2, U1"
    for row in table.rows.values():
        for where, sentence in _row(table, row):
            yield f"row '{row.id}'{where}", sentence
    for combination in table.combinations:
        for sentence in _combination(table, combination):
            yield f"combination '{combination.id}'", sentence
    for advice in table.advice:
        for name in advice.including - set(table.rows):
            yield f"advice '{advice.id}'", _unknown_row("including", name, table)


def _given(outcome: Outcome) -> str:
    return f"field 'outcome' has value '{outcome.value}'; allowed:"


def _unknown_row(key: str, name: str, table: Table) -> str:
    return f"field '{key}' has value {name!r}; allowed: {', '.join(table.rows)}"


def _order(table: Table) -> Iterator[Mistake]:
    known = [*table.lists, *table.rows]
    for item in table.order:
        if item not in known:
            yield "order", f"has value {item!r}; allowed: {', '.join(known)}"
    for asked in table.lists.values():
        for name in asked.rows:
            if name not in table.rows:
                yield f"list '{asked.id}'", _unknown_row("rows", name, table)
            elif table.rows[name].none not in table.rows[name].choices:
                row = table.rows[name]
                allowed = ", ".join(row.choices)
                yield f"row '{name}'", f"field 'none' has value {row.none!r}; allowed: {allowed}"
    places: Counter[str] = Counter()
    for item in table.order:
        places.update(table.lists[item].rows if item in table.lists else [item])
    for row in table.rows.values():
        needed = 0 if row.spoken else 1
        if places[row.id] != needed:
            times = f"stands {places[row.id]} times; allowed: {needed}"
            yield "order", f"row '{row.id}' {times} (in 'order' or in one list)"


def _row(table: Table, row: Row) -> Iterator[Mistake]:
    for choice in row.choices.values():
        for sentence in _choice(table, row, choice):
            yield f", answer '{choice.id}'", sentence
    for heard in row.mentioned:
        yield from (("", sentence) for sentence in _heard(table, heard))
    for sentence in _conditions(table, row.ask_when, "ask_when"):
        yield "", sentence
    rule = row.number
    if rule is None:
        return
    if not isinstance(_default(table, rule.limit), int):
        yield "", f"field 'number' has limit {rule.limit!r}; allowed: a setting that is a number"
    for name in (rule.below, rule.otherwise):
        if name not in row.choices:
            yield "", f"field 'number' has answer {name!r}; allowed: {', '.join(row.choices)}"


def _default(table: Table, setting: str) -> Span | int | None:
    return table.settings[setting].default if setting in table.settings else None


def _choice(table: Table, row: Row, choice: Choice) -> Iterator[str]:
    if isinstance(choice.outcome, ByPolicy):
        policy = table.policies.get(choice.outcome.policy)
        if policy is None or set(policy.allowed) != set(choice.outcome.outcomes):
            known = "; ".join(f"{k}: {', '.join(v.allowed)}" for k, v in table.policies.items())
            yield f"field 'outcome' names policy {choice.outcome.policy!r}; allowed: {known}"
            return
    outcome = settings_for(table, {}).outcome(choice)
    if choice.id in (NOT_SURE, PRIVATE) and outcome.rank < Outcome.R.rank:
        yield f"{_given(outcome)} R, N, U2, U1 (never the best one)"
    if choice.ends and outcome.rank < Outcome.N.rank:
        yield f"field 'ends' is true but the outcome is '{outcome.value}'; allowed with: N, U2, U1"
    if outcome is not Outcome.S and not choice.reason:
        yield "field 'reason' is missing"
    if choice.come_back:
        yield from _come_back(table, choice.come_back)
    yield from _bounds(table, choice.under, choice.at_least, "under or at_least")
    yield from _urgent(table, choice, outcome)
    for heard in choice.heard:
        yield from _heard(table, heard)
    if choice.id == row.none and outcome is not Outcome.S and _in_a_list(table, row):
        yield f"{_given(outcome)} S (it is what 'none of these' stands for)"


def _urgent(table: Table, choice: Choice, outcome: Outcome) -> Iterator[str]:
    """What is urgent is told at once, in the words of its event; nothing else names one."""
    if outcome in (Outcome.U1, Outcome.U2):
        if not choice.event:
            yield "field 'event' is missing; needed with: U1, U2 (an event of data/urgency.yml)"
        if not choice.ends:
            yield f"field 'ends' is missing; with '{outcome.value}' it must be true (told at once)"
    elif choice.event:
        yield f"field 'event' has value '{choice.event}'; allowed only with: U1, U2"


def _come_back(table: Table, come_back: ComeBack) -> Iterator[str]:
    if come_back.after and not come_back.over:
        yield "field 'come_back' has after without 'over: true': no date before the clock has started"
    if come_back.after and not isinstance(_default(table, come_back.after), Span):
        spans = ", ".join(n for n, s in table.settings.items() if isinstance(s.default, Span))
        yield f"field 'come_back' has after {come_back.after!r}; allowed: {spans}"
    if come_back.row and come_back.row not in table.rows:
        yield _unknown_row("come_back", come_back.row, table)


def _heard(table: Table, heard: Heard) -> Iterator[str]:
    yield from _bounds(table, heard.under, heard.at_least, "heard")


def _bounds(table: Table, under: str | None, at_least: str | None, key: str) -> Iterator[str]:
    for bound in (under, at_least):
        if bound and not read_span(bound) and not isinstance(_default(table, bound), Span):
            yield f"field '{key}' has span {bound!r}; allowed: a setting, or a span: '12 months'"


def _conditions(table: Table, conditions: Mapping[str, frozenset[str]], key: str) -> Iterator[str]:
    for name, answers in conditions.items():
        if name not in table.rows:
            yield _unknown_row(key, name, table)
            continue
        known = table.rows[name].choices
        for answer in sorted(answers - set(known)):
            yield f"field '{key}' has answer {answer!r} of row '{name}'; allowed: {', '.join(known)}"


def _combination(table: Table, combination: Combination) -> Iterator[str]:
    yield from _conditions(table, combination.when, "when")
    if combination.come_back:
        yield from _come_back(table, combination.come_back)


def _in_a_list(table: Table, row: Row) -> bool:
    return any(row.id in asked.rows for asked in table.lists.values())
