"""What must hold for every combination of answers, tried on very many of them."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from eligibility import (
    NOT_SURE,
    PRIVATE,
    Outcome,
    assess,
    ended_by,
    next_question,
    record,
    remaining,
    settings_for,
)
from tests.eligibility.answers import EVERY_ANSWER, TODAY, best_answers, table

CHOICES = {row.id: [None, *row.choices] for row in table().rows.values()}
COMBINATIONS = 100_000
answers = some.fixed_dictionaries({row: some.sampled_from(c) for row, c in CHOICES.items()}).map(
    lambda given: {row: choice for row, choice in given.items() if choice}
)
anything = some.dictionaries(some.text(max_size=8), some.text(max_size=8))
clinic_settings = some.dictionaries(
    some.sampled_from(
        [
            "tan_wait_weeks",
            "minimum_age",
            "isotretinoin_wait_months",
            "isotretinoin_policy",
            "peel_wait_days",
        ]
    ),
    some.one_of(some.integers(), some.text(max_size=5)),
)
days = some.dictionaries(some.sampled_from(list(CHOICES)), some.integers())


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(some.one_of(answers, anything), clinic_settings, some.dates(), days)
def test_no_input_raises(
    given: dict[str, str], numbers: dict[str, int | str], today: date, since: dict[str, int]
) -> None:
    result = assess(table(), given, numbers, today, since)
    assert isinstance(result.outcome, Outcome)
    question = next_question(table(), given)
    assert (question is None) == (remaining(table(), given) == 0)
    assert record(table(), given, "nonsense", "yes") == given


@settings(max_examples=150, deadline=None)
@given(answers, some.randoms())
def test_order_does_not_matter(given: dict[str, str], chance: random.Random) -> None:
    pairs = list(given.items())
    chance.shuffle(pairs)
    assert assess(table(), dict(pairs), {}, TODAY) == assess(table(), given, {}, TODAY)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(answers, some.data())
def test_a_worse_answer_never_improves_the_outcome(
    given: dict[str, str], data: some.DataObject
) -> None:
    chosen = settings_for(table(), {})
    row = table().rows[data.draw(some.sampled_from(list(CHOICES)))]
    better, worse = sorted(
        data.draw(some.tuples(*[some.sampled_from(list(row.choices.values()))] * 2)),
        key=lambda choice: chosen.outcome(choice).rank,
    )
    outcomes = [
        assess(table(), {**given, row.id: c.id}, {}, TODAY).outcome.rank for c in (better, worse)
    ]
    if chosen.outcome(better) is not chosen.outcome(worse):
        assert outcomes[0] <= outcomes[1]


def test_every_single_step_to_a_worse_answer_from_the_best_is_never_better() -> None:
    best = best_answers()
    for row, choice in EVERY_ANSWER:
        own = settings_for(table(), {}).outcome(table().rows[row].choices[choice])
        assert assess(table(), {**best, row: choice}, {}, TODAY).outcome.rank >= own.rank


@pytest.mark.slow
def test_a_hundred_thousand_random_visitors() -> None:
    chance = random.Random(23112026)
    chosen = settings_for(table(), {})
    rank = {
        (r.id, c.id): chosen.outcome(c).rank
        for r in table().rows.values()
        for c in r.choices.values()
    }
    safety = [row.id for row in table().rows.values() if row.safety]
    rows = list(CHOICES)
    seen: set[tuple[str, str]] = set()
    met: set[Outcome] = set()
    best = best_answers()
    for _ in range(COMBINATIONS):
        given: dict[str, str] = dict(best)
        for row in chance.sample(rows, chance.randint(0, 5)):
            choice = chance.choice(CHOICES[row])
            given.pop(row, None)
            if choice:
                given[row] = choice
        result = assess(table(), given, chosen, TODAY)
        met.add(result.outcome)
        seen.update(given.items())
        worst = max((rank[pair] for pair in given.items()), default=0)
        assert result.outcome.rank >= worst
        assert {f.row for f in result.reasons} >= {
            row for row, choice in given.items() if rank[row, choice]
        }
        if any(choice in (NOT_SURE, PRIVATE) for choice in given.values()) or set(safety) - set(
            given
        ):
            assert result.outcome is not Outcome.S
    assert met == set(Outcome)
    assert seen == set(EVERY_ANSWER)


@settings(max_examples=200, deadline=None)
@given(some.data())
def test_every_conversation_ends_and_asks_no_row_twice(data: some.DataObject) -> None:
    given: dict[str, str] = {}
    asked: list[frozenset[str]] = []
    while question := next_question(table(), given):
        option = data.draw(some.sampled_from(question.options))
        answer = (
            option.answer
            if option.answer != "ask"
            else next(iter(table().rows[option.row].choices))
        )
        new = record(table(), given, option.row, answer)
        assert new != given
        asked.append(frozenset(new) - frozenset(given))
        given = new
    assert len(asked) <= len(table().rows)
    assert ended_by(table(), given) or remaining(table(), given) == 0
