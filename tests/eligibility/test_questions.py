"""Which question comes next, its buttons, and what an answer fills in."""

from __future__ import annotations

from dataclasses import replace

from eligibility import (
    ASK,
    NONE,
    NOT_SURE,
    PRIVATE,
    REST,
    Option,
    ended_by,
    next_question,
    question,
    record,
    remaining,
)
from tests.eligibility.answers import best_answers, table


def test_age_comes_first_then_safety_then_the_area() -> None:
    answers: dict[str, str] = {}
    asked = []
    while found := next_question(table(), answers):
        asked.append(found.id)
        answers = {**answers, **{row: best_answers()[row] for row in found.rows}}
    assert asked == [
        "2",
        "now",
        "12a",
        "pregnancy",
        "area",
        "skin_history",
        "medicines",
        "health",
        "recent",
        "11",
        "12b",
        "13",
    ]


def test_a_list_offers_each_open_row_then_none_not_sure_and_rather_not_say() -> None:
    found = question(table(), "medicines", {})
    assert [(o.row, o.answer) for o in found.options] == [
        ("5a", ASK), ("5f", "yes"), ("5b", "yes"), ("5c", "yes"), ("5d", ASK), ("5g", "yes"),
        ("5h", "yes"), ("5i", "yes"), ("5e", "yes"), ("10f", "yes"),
        ("medicines", NONE), ("medicines", NOT_SURE), ("medicines", PRIVATE),
    ]  # fmt: skip
    assert found.options[3].title == "Blood thinners, or bleeding easily"
    assert found.options[3].gloss.startswith("such as warfarin")
    assert [o.title for o in found.options[-3:]] == ["None of these", "Not sure", "Rather not say"]
    assert (found.is_list, found.rows) == (True, table().lists["medicines"].rows)


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
        row: "yes" if row == "5c" else "no" for row in table().lists["medicines"].rows
    }  # fmt: skip
    assert record(table(), {"5c": "yes"}, "medicines", REST) == record(
        table(), {"5c": "yes"}, "medicines", NONE
    )
    assert record(table(), {"12a": "neck"}, "skin_history", NONE)["4c"] == "never"
    assert record(table(), {"3a": "no"}, "pregnancy", PRIVATE) == {"3a": "no", "3b": PRIVATE}


def test_an_unknown_answer_changes_nothing() -> None:
    assert record(table(), {"2": "yes"}, "2", "perhaps") == {"2": "yes"}
    assert record(table(), {"2": "yes"}, "medicines", "yes") == {"2": "yes"}
    assert record(table(), {}, "nowhere", NONE) == {}


def test_a_row_that_no_longer_matters_is_skipped() -> None:
    best = best_answers()
    assert next_question(table(), best) is None
    after = next_question(table(), {**best, "12a": "legs"})
    assert after is not None
    assert (after.id, after.rows) == ("pregnancy", ("3d",))
    assert remaining(table(), {**best, "12a": "legs"}) == 2
    asked = {area: question(table(), "area", {"12a": area}).rows for area in ("face", "legs")}
    assert "10j" not in asked["face"]
    assert "10j" in asked["legs"]
    assert {"10j", "6d", "12c"} <= set(question(table(), "area", {"12a": NOT_SURE}).rows)


def test_a_row_in_focus_is_asked_by_itself_first() -> None:
    found = next_question(table(), {}, "7b")
    assert found is not None
    assert found.id == "7b"
    for focus in ("nowhere", None):
        first = next_question(table(), {}, focus)
        assert first is not None
        assert first.id == "2"
    answered = next_question(table(), {"7b": "calm"}, "7b")
    assert answered is not None
    assert answered.id == "2"


def test_an_early_end_leaves_nothing_to_ask() -> None:
    ending = ended_by(table(), {"2": "no"})
    assert ending is not None
    assert ending.id == "2"
    assert next_question(table(), {"2": "no"}, "7b") is None
    assert remaining(table(), {"2": "no"}) == 0
    assert ended_by(table(), {"2": "yes", "1a": "no"}) is None


def test_a_row_by_itself_shows_its_glosses_and_whether_a_date_may_be_given() -> None:
    known = table()
    asked = [question(known, name, {}).by_date for name in known.rows]
    assert asked == [row.by_date for row in known.rows.values()]
    assert any(asked)
    row = known.rows["5a"]
    first = replace(row.shown()[0], gloss="in everyday words")
    glossed = replace(row, choices={**row.choices, first.id: first})
    found = question(replace(known, rows={**known.rows, "5a": glossed}), "5a", {})
    assert found.options[0].gloss == "in everyday words"
