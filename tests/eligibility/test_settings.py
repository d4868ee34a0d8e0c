"""The clinic's numbers and switches."""

from __future__ import annotations

import re
from datetime import date

import pytest

from clinic import load_default as clinic
from eligibility import SettingsError, check_settings, filled, settings_for
from eligibility.span import Span, days_of_iso, read_span
from tests.eligibility.answers import table


def test_the_sample_clinic_s_settings_are_allowed() -> None:
    check_settings(table(), clinic().settings())


def test_any_unit_of_a_wait_is_understood() -> None:
    assert settings_for(table(), {"tan_wait_days": 30}).words()["tan_wait"] == "30 days"
    assert settings_for(table(), {"tan_wait_months": 1}).words()["tan_wait"] == "1 month"
    assert settings_for(table(), {}).words()["tan_wait"] == "4 weeks"


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        (
            {"tan_wait_weeks": 1},
            "clinic setting 'tan_wait_weeks' has value 1; allowed: 2 weeks to 12 weeks",
        ),
        (
            {"tan_wait_weeks": 13},
            "clinic setting 'tan_wait_weeks' has value 13; allowed: 2 weeks to 12 weeks",
        ),
        (
            {"tan_wait_weeks": "4"},
            "clinic setting 'tan_wait_weeks' has value '4'; allowed: 2 weeks to 12 weeks",
        ),
        (
            {"tan_wait_weeks": -4},
            "clinic setting 'tan_wait_weeks' has value -4; allowed: 2 weeks to 12 weeks",
        ),
        ({"minimum_age": 15}, "clinic setting 'minimum_age' has value 15; allowed: 16 to 21"),
        ({"minimum_age": "old"}, "clinic setting 'minimum_age' has value 'old'; allowed: 16 to 21"),
        (
            {"breastfeeding_policy": "later"},
            "clinic setting 'breastfeeding_policy' has value 'later'; allowed: wait, review",
        ),
        (
            {"isotretinoin_wait_months": 25},
            "clinic setting 'isotretinoin_wait_months' has value 25; allowed: 1 month to 24 months",
        ),
        (
            {"breastfeeding_wait_months": 0},
            "clinic setting 'breastfeeding_wait_months' has value 0; allowed: 1 month to 12 months",
        ),
        (
            {"smoking_pause_weeks": 0},
            "clinic setting 'smoking_pause_weeks' has value 0; allowed: 1 week to 12 weeks",
        ),
    ],
)
def test_what_is_not_allowed_is_named_at_the_start_and_never_used(
    chosen: dict[str, int | str], said: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        check_settings(table(), chosen)
    assert str(caught.value) == said
    assert settings_for(table(), chosen) == settings_for(table(), {})


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"tan_wait_weeks": 2}, "2 weeks"),
        ({"tan_wait_weeks": 12}, "12 weeks"),
        ({"tan_wait_days": 84}, "84 days"),
    ],
)
def test_the_limits_themselves_are_allowed(chosen: dict[str, int | str], words: str) -> None:
    check_settings(table(), chosen)
    assert settings_for(table(), chosen).words()["tan_wait"] == words


def test_two_mistakes_are_two_lines() -> None:
    with pytest.raises(SettingsError) as caught:
        check_settings(table(), {"minimum_age": 3, "tan_wait_days": 1})
    assert [line.split("'")[1] for line in str(caught.value).split("\n")] == [
        "minimum_age",
        "tan_wait_days",
    ]


@pytest.mark.parametrize(
    ("count", "unit", "start", "end"),
    [
        (2, "week", date(2026, 11, 23), date(2026, 12, 7)),
        (3, "day", date(2026, 2, 27), date(2026, 3, 2)),
        (6, "month", date(2026, 11, 23), date(2027, 5, 23)),
        (1, "month", date(2026, 1, 31), date(2026, 2, 28)),
        (3, "month", date(2027, 11, 30), date(2028, 2, 29)),
        (12, "month", date(2026, 12, 31), date(2027, 12, 31)),
        (1, "year", date(2028, 2, 29), date(2029, 2, 28)),
        (4, "year", date(2028, 2, 29), date(2032, 2, 29)),
        (48, "hour", date(2026, 1, 1), date(2026, 1, 1)),
        (9999, "year", date(2026, 1, 1), date.max),
        (9999, "week", date(9999, 1, 1), date.max),
    ],
)
def test_a_date_after_a_span(count: int, unit: str, start: date, end: date) -> None:
    assert Span(count, unit).after(start) == end


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("6 months", Span(6, "month")),
        ("1 week", Span(1, "week")),
        (" 2 years ", Span(2, "year")),
        ("6", None),
        ("six months", None),
        (6, None),
        (None, None),
        ("6 months or so", None),
    ],
)
def test_spans_as_the_table_writes_them(words: object, span: Span | None) -> None:
    assert read_span(words) == span


@pytest.mark.parametrize(
    ("span", "words", "days"),
    [
        (Span(1, "month"), "1 month", 30),
        (Span(2, "week"), "2 weeks", 14),
        (Span(1, "year"), "1 year", 365),
        (Span(3, "day"), "3 days", 3),
        (Span(9, "hour"), "9 hours", 0),
    ],
)
def test_spans_in_words_and_days(span: Span, words: str, days: int) -> None:
    assert (str(span), span.days) == (words, days)


@pytest.mark.parametrize(
    ("iso", "days"),
    [
        ("P3M", 90),
        ("P2Y", 730),
        ("P1W", 7),
        ("P10D", 10),
        ("P1Y6M2W3D", 562),
        ("P", None),
        ("PT3H", None),
        ("3M", None),
        (3, None),
        ("P3M!", None),
    ],
)
def test_durations_as_understanding_gives_them(iso: object, days: int | None) -> None:
    assert days_of_iso(iso) == days


def sentences() -> list[str]:
    """Everything of the table that a visitor reads."""
    t = table()
    found = [t.told, t.result_words.come_back, t.result_words.safety_net]
    for outcome in t.outcomes.values():
        found += [outcome.headline, outcome.next]
    for asked in t.lists.values():
        found += [asked.question, asked.repeat, asked.more, asked.why, asked.none_title]
    backs = [rule.come_back for rule in t.combinations]
    for row in t.rows.values():
        found += [row.label, row.gloss, row.question, row.repeat, row.why]
        for choice in row.choices.values():
            found += [choice.title, choice.gloss, choice.reason, choice.note]
            backs.append(choice.come_back)
    found += [back.words for back in backs if back]
    return [*found, *(rule.reason for rule in t.combinations)]


@pytest.mark.parametrize("name", table().settings)
@pytest.mark.parametrize("end", ["least", "default", "most"])
def test_every_sentence_bears_every_allowed_value(name: str, end: str) -> None:
    value = str(getattr(table().settings[name], end))
    assert value[0] != "0"
    for sentence in sentences():
        said = filled(sentence, {name: value})
        assert "{" + name + "}" not in said
        assert not re.search(r"\b(last|next|every) 1 ", said), said
        assert not re.search(r"\b1 (days|weeks|months|years)\b", said), said
        if name in sentence:
            assert "12 months" not in sentence, "a number beside a setting"
