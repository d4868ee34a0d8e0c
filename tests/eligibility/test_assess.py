"""Section 4 of the clinical sheet: how answers combine."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from eligibility import NOT_SURE, PRIVATE, Fact, Outcome, Result, assess, facts_told
from eligibility.assess import filled
from tests.eligibility.answers import EVERY_ANSWER, TODAY, best_answers, table

DEFAULTS: dict[str, int | str] = {}


def result(
    answers: dict[str, str] | None = None,
    settings: dict[str, int | str] | None = None,
    days: dict[str, int] | None = None,
) -> Result:
    """The result of the best answers with ``answers`` instead of some of them."""
    given = {**best_answers(), **(answers or {})}
    return assess(table(), given, settings or {}, TODAY, days)


def test_nothing_flagged_says_that_nothing_rules_out_a_consultation() -> None:
    found = result()
    assert found.outcome is Outcome.S
    assert found.headline == "Nothing you told me rules out a consultation."
    assert (found.reasons, found.come_back, found.ended_early) == ((), None, False)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ({"1a": "yes"}, "U1"),
        ({"1a": NOT_SURE}, "U2"),
        ({"1a": PRIVATE}, "R"),
        ({"1c": "yes"}, "U1"),
        ({"1c": NOT_SURE}, "U2"),
        ({"1d": "yes"}, "U1"),
        ({"1b": "yes"}, "U2"),
        ({"1e": "blisters"}, "U2"),
        ({"1e": "pus"}, "U2"),
        ({"1e": "redness"}, "U2"),
        ({"1e": "pain"}, "U2"),
        ({"1e": "cold_sores"}, "U2"),
        ({"1b": NOT_SURE}, "U2"),
        ({"2": "no"}, "N"),
        ({"2": PRIVATE}, "R"),
        ({"3a": "yes"}, "N"),
        ({"3a": "maybe"}, "N"),
        ({"3b": "yes"}, "R"),
        ({"3c": "yes"}, "U2"),
        ({"3d": "yes"}, "R"),
        ({"4a": "yes"}, "U2"),
        ({"4a": NOT_SURE}, "U2"),
        ({"4b": "yes"}, "N"),
        ({"4d": "yes"}, "U2"),
        ({"4e": "yes"}, "N"),
        ({"4g": "yes"}, "R"),
        ({"4c": "yes"}, "R"),
        ({"5a": "now"}, "N"),
        ({"5a": "under_wait"}, "N"),
        ({"5a": "over"}, "S"),
        ({"5f": "yes"}, "R"),
        ({"5b": "yes"}, "R"),
        ({"5b": NOT_SURE}, "R"),
        ({"5c": "yes"}, "R"),
        ({"5d": "recent"}, "R"),
        ({"5d": "past"}, "S"),
        ({"5g": "yes"}, "R"),
        ({"5h": "yes"}, "R"),
        ({"5i": "yes"}, "R"),
        ({"5e": "yes"}, "S"),
        ({"6a": "yes"}, "R"),
        ({"6b": "yes"}, "R"),
        ({"6c": "yes"}, "R"),
        ({"7a": "yes"}, "R"),
        ({"7b": "active"}, "N"),
        ({"7b": "calm"}, "R"),
        ({"7c": "yes"}, "N"),
        ({"7d": "yes"}, "S"),
        ({"7g": "yes"}, "R"),
        ({"7v": "active"}, "N"),
        ({"7v": "stable"}, "R"),
        ({"7m": "yes"}, "R"),
        ({"7f": "treatment"}, "N"),
        ({"7f": "tablets"}, "R"),
        ({"7f": "past"}, "R"),
        ({"6d": "yes"}, "R"),
        ({"6e": "yes"}, "R"),
        ({"7e": "current"}, "N"),
        ({"7e": "past"}, "R"),
        ({"8": "yes"}, "N"),
        ({"8b": "yes"}, "N"),
        ({"8c": "yes"}, "S"),
        ({"9a": "yes"}, "N"),
        ({"9b": "recent"}, "N"),
        ({"9b": "older"}, "S"),
        ({"9d": "face"}, "N"),
        ({"9d": "body"}, "R"),
        ({"9d": "longer"}, "S"),
        ({"9e": "yes"}, "N"),
        ({"9c": "strong"}, "N"),
        ({"9c": "peel"}, "N"),
        ({"9c": "light"}, "R"),
        ({"9c": "longer"}, "S"),
        ({"10a": "uncontrolled"}, "N"),
        ({"10a": "controlled"}, "R"),
        ({"10b": "yes"}, "R"),
        ({"10c": "light"}, "N"),
        ({"10c": "other"}, "R"),
        ({"10d": "yes"}, "R"),
        ({"10e": "yes"}, "R"),
        ({"10f": "yes"}, "S"),
        ({"10g": "yes"}, "R"),
        ({"10h": "yes"}, "R"),
        ({"10i": "yes"}, "R"),
        ({"10j": "yes"}, "R"),
        ({"10k": "yes"}, "S"),
        ({"10l": "yes"}, "R"),
        ({"10m": "yes"}, "N"),
        ({"12c": "yes"}, "R"),
        ({"12d": "yes"}, "R"),
        ({"11": "sometimes_burns"}, "S"),
        ({"11": "rarely_burns"}, "R"),
        ({"11": "never_burns"}, "R"),
        ({"12a": "eyelid"}, "R"),
        ({"12a": "arms"}, "S"),
        ({"12a": "neck"}, "S"),
        ({"12b": "moderate"}, "S"),
        ({"12b": "folds"}, "A"),
        ({"13": "event"}, "A"),
        ({"13": "lift"}, "A"),
        ({"13": "lasting"}, "S"),
        ({"13": "others"}, "R"),
        ({"13b": "yes"}, "R"),
    ],
)
def test_each_answer_has_the_outcome_of_the_sheet(answers: dict[str, str], outcome: str) -> None:
    assert result(answers).outcome.value == outcome


@pytest.mark.parametrize(("row", "choice"), EVERY_ANSWER)
def test_each_flag_says_why_and_where_it_comes_from(row: str, choice: str) -> None:
    flags = [
        f
        for f in assess(table(), {**best_answers(), row: choice}, DEFAULTS, TODAY).reasons
        if f.row == row
    ]
    assert all(
        flag.reason.endswith(".") and flag.source and "{" not in flag.reason for flag in flags
    )


@pytest.mark.parametrize("row", [row.id for row in table().asked_rows()])
@pytest.mark.parametrize("answer", [NOT_SURE, PRIVATE])
def test_not_sure_and_rather_not_say_are_never_the_best_outcome(row: str, answer: str) -> None:
    found = assess(table(), {**best_answers(), row: answer}, DEFAULTS, TODAY)
    assert found.outcome.rank >= Outcome.R.rank


@pytest.mark.parametrize("row", [row.id for row in table().asked_rows() if not row.ask_when])
def test_anything_unanswered_is_never_the_best_outcome(row: str) -> None:
    answers = best_answers()
    del answers[row]
    found = assess(table(), answers, DEFAULTS, TODAY)
    assert found.outcome is Outcome.R
    assert [(flag.row, flag.reason) for flag in found.reasons] == [
        ("unanswered", table().unanswered_reason)
    ]


def test_no_answers_at_all_go_to_staff() -> None:
    assert assess(table(), {}, DEFAULTS, TODAY).outcome is Outcome.R


def test_the_most_careful_outcome_wins_and_no_flag_is_dropped() -> None:
    found = result({"4a": "yes", "8": "yes", "5c": "yes", "12b": "folds"})
    assert found.outcome is Outcome.U2
    assert [(f.row, f.outcome.value) for f in found.reasons] == [
        ("4a", "U2"),
        ("8", "N"),
        ("5c", "R"),
        ("12b", "A"),
    ]


def test_of_several_waits_the_latest_date_wins_and_the_longest_is_said_first() -> None:
    found = result({"9a": "yes", "5a": "under_wait"})
    assert [f.row for f in found.reasons] == ["5a", "9a"]
    assert found.come_back == date(2027, 5, 23)
    assert found.reasons[0].come_back_words == "6 months after your last tablet"


def test_no_date_is_told_before_every_clock_has_started() -> None:
    for open_end in ({"5a": "now"}, {"4b": "yes"}, {"8": "yes"}, {"7c": "yes"}, {"8b": "yes"}):
        alone, with_botox = result(open_end), result({**open_end, "9a": "yes"})
        assert (alone.outcome, alone.come_back) == (Outcome.N, None)
        assert alone.reasons[0].come_back_words
        assert with_botox.come_back is None
        assert [f.row for f in with_botox.reasons] == [*open_end, "9a"]


def test_time_that_has_passed_already_counts() -> None:
    assert result({"5a": "under_wait"}, days={"5a": 31}).come_back == date(2027, 4, 23)
    assert result({"9a": "yes"}, days={"9a": 400}).come_back == TODAY


def test_only_a_wait_gives_a_date() -> None:
    review: dict[str, int | str] = {"isotretinoin_policy": "review"}
    assert result({"5a": "under_wait"}, settings=review).come_back is None
    assert result({"5a": "under_wait"}, settings=review).reasons[0].come_back == date(2027, 5, 23)


def test_the_clinic_s_own_numbers_and_switches_decide() -> None:
    weeks = result({"9b": "recent"}, settings={"filler_wait_weeks": 8})
    assert weeks.come_back == date(2027, 1, 18)
    review: dict[str, int | str] = {"isotretinoin_policy": "review"}
    assert result({"5a": "now"}, settings=review).outcome is Outcome.R
    assert result({"3b": "yes"}, settings={"breastfeeding_policy": "wait"}).outcome is Outcome.N
    assert "21" in result({"2": "no"}, settings={"minimum_age": 21}).reasons[0].reason


def test_wait_and_something_else_are_said_together() -> None:
    assert any("hope for" in line for line in result({"8": "yes", "12b": "folds"}).also)
    assert any("both" in line for line in result({"5c": "yes", "12b": "folds"}).also)
    assert result({"12b": "folds"}).also == ()


@pytest.mark.parametrize("row", ["5c", "5d", "5g", "10a", "10b"])
def test_three_review_points_with_immune_diabetes_or_blood_thinner_advise_a_doctor(
    row: str,
) -> None:
    flag = {"5d": "recent", "10a": "controlled"}.get(row, "yes")
    two = result({"6a": "yes", **{f"{row}": flag}})
    three = result({"6a": "yes", "7a": "yes", **{f"{row}": flag}})
    assert (two.also, two.outcome) == ((), Outcome.R)
    assert "a doctor should look at them with you" in three.also[-1]
    assert "a doctor should see them first" in three.staff_notes[-1]
    assert three.outcome is Outcome.R


def test_three_other_review_points_do_not() -> None:
    assert result({"6a": "yes", "7a": "yes", "6c": "yes"}).also == ()


@pytest.mark.parametrize("skin", ["rarely_burns", "never_burns"])
@pytest.mark.parametrize(
    ("other", "rule"),
    [({"8": "yes"}, "dark_skin_and_tan"), ({"7a": "yes"}, "dark_skin_and_raised_scars")],
)
def test_brown_or_dark_skin_with_a_tan_or_raised_scars_waits(
    skin: str, other: dict[str, str], rule: str
) -> None:
    found = result({"11": skin, **other})
    assert found.outcome is Outcome.N
    assert rule in [flag.row for flag in found.reasons]


def test_staff_are_told_about_strong_lasers_after_isotretinoin_also_where_the_clinic_reviews() -> (
    None
):
    found = result({"5a": "under_wait"}, settings={"isotretinoin_policy": "review"})
    assert any("no strong (ablative) laser" in note for note in found.staff_notes)


@pytest.mark.parametrize(
    ("row", "choice", "nothing"),
    [
        ("1a", "yes", False),
        ("1b", "yes", False),
        ("1e", "pus", False),
        ("4a", "yes", False),
        ("2", "no", True),
        ("3a", "yes", False),
        ("3a", "maybe", False),
        ("3a", NOT_SURE, False),
    ],
)
def test_emergency_age_and_pregnancy_end_it_early(row: str, choice: str, nothing: bool) -> None:
    found = assess(table(), {row: choice}, DEFAULTS, TODAY)
    assert found.ended_early
    assert [flag.row for flag in found.reasons] == [row]
    assert found.keep_nothing is nothing


def test_urgency_follows_the_outcome_and_a_treated_pregnancy_is_same_day() -> None:
    assert [
        result(a).urgency for a in ({"1a": "yes"}, {"4a": "yes"}, {"8": "yes"}, {"3c": "yes"})
    ] == ["urgent", "soon", "normal", "soon"]


def test_what_is_urgent_is_said_in_the_words_of_its_event() -> None:
    facts = {"urgency_mole_change": "see a doctor this week", "first_aid_mole_change": "Wait."}
    found = assess(table(), {"4a": "yes"}, DEFAULTS, TODAY, None, facts)
    assert (found.event, found.next) == ("mole_change", "Please see a doctor this week. Wait.")
    assert (result().event, result({"8": "yes"}).event) == ("", "")
    assert result({"1a": "yes", "4a": "yes"}).event == "breathing"


def test_staff_see_the_version_the_facts_and_notes() -> None:
    found = result({"6a": "yes", "5e": "yes"})
    assert found.version == table().version
    told = facts_told(table(), {"6a": "yes", "2": "yes", "99": "yes"}, {"minimum_age": "18"})
    no = facts_told(table(), {"9a": "no", "5c": "no", "12b": "slight"}, {"botox_wait": "2 weeks"})
    assert no == (
        Fact("How loose the skin is", "Slight lines"),
        Fact(
            "Answered no to",
            "Blood thinners, or bleeding easily; Botox in the area less than 2 weeks ago",
        ),
    )
    assert told == (
        Fact("Age", "Yes, 18 or over"),
        Fact("A pacemaker or another electric device in the body", "Yes"),
    )
    assert found.staff_notes == (
        "Radiofrequency and ultrasound: not suitable over or near the device.",
    )
    assert any("7 days" in note for note in found.notes)


def test_what_the_table_does_not_know_is_ignored() -> None:
    assert result({"99": "yes", "5c": "perhaps"}).outcome is Outcome.R
    assert result({"99": "yes"}).outcome is Outcome.S


def test_facts_of_the_clinic_fill_the_braces() -> None:
    found = assess(table(), {"2": "no"}, DEFAULTS, TODAY, None, {"phone": "999"})
    assert "on 999 can help" in found.reasons[0].come_back_words


def test_a_time_before_the_calendar_is_long_over() -> None:
    assert result({"9a": "yes"}, days={"9a": 10**9}).come_back == TODAY


@pytest.mark.parametrize("rule", table().combinations, ids=lambda rule: rule.id)
def test_a_combination_says_why_until_when_and_where_it_comes_from(rule: Any) -> None:
    together = {row: min(allowed) for row, allowed in rule.when.items()}
    found = result(together)
    [flag] = [one for one in found.reasons if one.row == rule.id]
    assert (flag.outcome, flag.source) == (rule.outcome, rule.source)
    assert flag.come_back_words == filled(rule.come_back.words, {"tan_wait": "4 weeks"})
    assert found.name == table().outcomes[found.outcome].name


def test_a_name_in_braces_that_is_not_known_stays_as_it_is() -> None:
    assert filled("Call {phone} or {nobody}.", {"phone": "123"}) == "Call 123 or {nobody}."
    assert filled("Nothing to fill.", {}) == "Nothing to fill."
