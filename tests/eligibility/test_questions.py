"""Which question comes next, its buttons, and what an answer fills in."""

from __future__ import annotations

from eligibility import (
    ASK,
    NONE,
    NOT_SURE,
    PRIVATE,
    Option,
    ended_by,
    next_question,
    question,
    record,
    remaining,
)
from tests.eligibility.answers import best_answers, table


def test_safety_comes_first_then_age_then_pregnancy() -> None:
    answers: dict[str, str] = {}
    asked = []
    while found := next_question(table(), answers):
        asked.append(found.id)
        answers = {**answers, **{row: best_answers()[row] for row in found.rows}}
    assert asked == [
        "now",
        "2",
        "pregnancy",
        "skin_now",
        "medicines",
        "health",
        "skin",
        "recent",
        "11",
        "12a",
        "12b",
        "13",
    ]


def test_a_list_offers_each_open_row_then_none_not_sure_and_rather_not_say() -> None:
    found = question(table(), "medicines", {})
    assert [(o.row, o.answer) for o in found.options] == [
        ("5a", ASK), ("5b", "yes"), ("5c", "yes"), ("5d", ASK), ("5e", "yes"), ("10f", "yes"),
        ("medicines", NONE), ("medicines", NOT_SURE), ("medicines", PRIVATE),
    ]  # fmt: skip
    assert found.options[2].title == "Blood thinners or a bleeding problem"
    assert [o.title for o in found.options[-3:]] == ["None of these", "Not sure", "Rather not say"]
    assert (found.is_list, found.rows) == (True, ("5a", "5b", "5c", "5d", "5e", "10f"))


def test_a_list_that_was_answered_in_part_asks_for_the_rest() -> None:
    asked = table().lists["medicines"]
    found = question(table(), "medicines", {"5c": "yes"})
    assert (found.text, found.repeat, found.why) == (asked.more, asked.repeat, asked.why)
    assert "5c" not in found.rows
    assert question(table(), "medicines", {"5c": "no"}).text == asked.question


def test_a_row_offers_its_answers_then_not_sure_and_rather_not_say() -> None:
    found = question(table(), "6a", {})
    assert found.options == (
        Option("6a", "yes", "Yes"), Option("6a", "no", "No"),
        Option("6a", NOT_SURE, "Not sure"), Option("6a", PRIVATE, "Rather not say"),
    )  # fmt: skip
    assert (found.is_list, found.rows) == (False, ("6a",))
    row = table().rows["6a"]
    assert (found.text, found.repeat, found.why) == (row.question, row.repeat, row.why)


def test_none_of_these_fills_every_open_row_and_keeps_the_others() -> None:
    assert record(table(), {"5c": "yes"}, "medicines", NONE) == {
        "5a": "no", "5b": "no", "5c": "yes", "5d": "no", "5e": "no", "10f": "no",
    }  # fmt: skip
    assert record(table(), {}, "skin_now", NONE) == {"4a": "no", "4b": "no", "4c": "never"}
    assert record(table(), {"3a": "no"}, "pregnancy", PRIVATE) == {"3a": "no", "3b": PRIVATE}


def test_an_unknown_answer_changes_nothing() -> None:
    assert record(table(), {"2": "yes"}, "2", "perhaps") == {"2": "yes"}
    assert record(table(), {"2": "yes"}, "medicines", "yes") == {"2": "yes"}
    assert record(table(), {}, "nowhere", NONE) == {}


def test_a_row_that_no_longer_matters_is_skipped() -> None:
    best = best_answers()
    assert next_question(table(), best) is None
    after = next_question(table(), {**best, "5a": "to_12_months"})
    assert after is not None
    assert after.id == "5a2"
    assert remaining(table(), {**best, "5a": "to_12_months"}) == 1


def test_a_row_in_focus_is_asked_by_itself_first() -> None:
    found = next_question(table(), {}, "7b")
    assert found is not None
    assert found.id == "7b"
    for focus in ("nowhere", None):
        first = next_question(table(), {}, focus)
        assert first is not None
        assert first.id == "now"
    answered = next_question(table(), {"7b": "calm"}, "7b")
    assert answered is not None
    assert answered.id == "now"


def test_an_early_end_leaves_nothing_to_ask() -> None:
    ending = ended_by(table(), {"2": "no"})
    assert ending is not None
    assert ending.id == "2"
    assert next_question(table(), {"2": "no"}, "7b") is None
    assert remaining(table(), {"2": "no"}) == 0
    assert ended_by(table(), {"2": "yes", "1a": "no"}) is None
