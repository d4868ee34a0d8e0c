"""What a visitor's words answer."""

from __future__ import annotations

from datetime import date

import pytest

from eligibility import (
    ASK,
    NONE,
    NOT_SURE,
    PRIVATE,
    Finding,
    Mention,
    Question,
    Said,
    command_in,
    exact_answer,
    facts_in,
    question,
    row_to_change,
    settings_for,
    settled,
    yes_or_no,
)
from eligibility.matching import own_sentences, plain
from eligibility.numbers import day_in
from tests.eligibility.answers import table

SETTINGS = settings_for(table(), {})


def asked(item: str) -> Question:
    return question(table(), item, {})


def exactly(item: str, text: str) -> tuple[str, str] | None:
    found = exact_answer(table(), asked(item), Said(text))
    if found is None:
        return None
    found = settled(table(), SETTINGS, found)
    return (found.row, found.answer) if found else None


def facts(
    text: str, *mentions: Mention, item: str | None = None
) -> set[tuple[str, str, int | None]]:
    found = facts_in(
        table(), SETTINGS, Said(text, mentions, date(2026, 11, 23)), asked(item) if item else None
    )
    return {(f.row, f.answer, f.days_ago) for f in found}


@pytest.mark.parametrize(
    ("item", "text", "answer"),
    [
        ("2", "45", ("2", "yes")),
        ("2", "Forty-five!", ("2", "yes")),
        ("2", "im 18", ("2", "yes")),
        ("2", "seventeen", ("2", "no")),
        ("2", "17 and a half", ("2", "no")),
        ("2", "17.5", ("2", "no")),
        ("2", "over 18", ("2", "yes")),
        ("2", "18+", ("2", "yes")),
        ("2", "18 or over", ("2", "yes")),
        ("2", "over eighteen", ("2", "yes")),
        ("2", "over 50", ("2", "yes")),
        ("2", "under 18", ("2", "no")),
        ("2", "not 18 yet", ("2", "no")),
        ("2", "nearly 18", ("2", "no")),
        ("2", "almost 19", ("2", "yes")),
        ("2", "over 16", None),
        ("2", "under 21", None),
        ("2", "over 200", None),
        ("2", "just turned 18", ("2", "yes")),
        ("2", "1", ("2", "no")),
        ("2", "115", ("2", "yes")),
        ("2", "116", None),
        ("2", "0", None),
        ("2", "-3", None),
        ("2", "999", None),
        ("2", "1980", None),
        ("2", "old enough", None),
        ("2", "yes", ("2", "yes")),
        ("2", "Nope.", ("2", "no")),
        ("2", "", None),
        ("2", "not sure", ("2", NOT_SURE)),
        ("2", "skip", ("2", PRIVATE)),
        ("3a", "maybe", ("3a", "maybe")),
        ("3a", "I’m not pregnant", ("3a", "no")),
        ("5a", "yes", None),
        ("5a", "never", ("5a", "no")),
        ("12b", "no", None),
        ("4c", "nah", ("4c", "never")),
        ("10a", "no", ("10a", NOT_SURE)),
        ("10a", "yes", ("10a", NOT_SURE)),
        ("7b", "none", ("7b", "no")),
        ("9c", "a gentle laser", None),
        ("11", "um, olive", ("11", "rarely_burns")),
        ("12b", "Slight lines", ("12b", "slight")),
        ("medicines", "none of these", ("medicines", NONE)),
        ("medicines", "no meds", ("medicines", NONE)),
        ("medicines", "Smoke or vape", ("10f", "yes")),
        ("medicines", "acne tablets (isotretinoin)", ("5a", ASK)),
        ("medicines", "idk", ("medicines", NOT_SURE)),
        ("medicines", "prefer not to say", ("medicines", PRIVATE)),
        ("medicines", "yes", None),
        ("medicines", "a pint of milk", None),
    ],
)
def test_a_whole_message_answers_the_question_it_fits(
    item: str, text: str, answer: tuple[str, str] | None
) -> None:
    assert exactly(item, text) == answer


def test_the_clinic_s_own_age_limit_counts() -> None:
    found = exact_answer(table(), asked("2"), Said("20"))
    assert found is not None
    assert settled(table(), settings_for(table(), {"minimum_age": 21}), found) == Finding("2", "no")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Why?", "why"),
        ("go back", "back"),
        ("STOP!", "stop"),
        ("please stop", "stop"),
        ("start over", "restart"),
        ("a human", "person"),
        ("something else", "other"),
        ("stop smoking", None),
        ("", None),
    ],
)
def test_steering_words_are_whole_messages(text: str, command: str | None) -> None:
    assert command_in(table(), Said(text)) == command


ISOTRETINOIN = ("medicine", "isotretinoin")


@pytest.mark.parametrize(
    ("text", "mentions", "found"),
    [
        ("roaccutane", [Mention(*ISOTRETINOIN, "asserted")], {("5a", "now", None)}),
        ("roaccutane in the past", [Mention(*ISOTRETINOIN, "past")], {("5a", ASK, None)}),
        ("never had roaccutane", [Mention(*ISOTRETINOIN, "denied")], {("5a", "no", None)}),
        ("my son takes roaccutane", [Mention(*ISOTRETINOIN, "family")], set()),
        ("if I took roaccutane", [Mention(*ISOTRETINOIN, "hypothetical")], set()),
        (
            "roaccutane till last month",
            [Mention(*ISOTRETINOIN, "past")],
            {("5a", "under_wait", 30)},
        ),
        (
            "roaccutane until 5 months ago",
            [Mention(*ISOTRETINOIN, "asserted"), Mention("duration", "P5M", "asserted", 17, 29)],
            {("5a", "under_wait", 150)},
        ),
        (
            "roaccutane 6 months ago",
            [Mention(*ISOTRETINOIN, "past"), Mention("duration", "P6M", "asserted", 11, 23)],
            {("5a", "over", 180)},
        ),
        (
            "roaccutane a year ago",
            [Mention(*ISOTRETINOIN, "past"), Mention("duration", "P1Y", "asserted", 11, 21)],
            {("5a", "over", 365)},
        ),
        (
            "roaccutane for 2 years",
            [Mention(*ISOTRETINOIN, "asserted"), Mention("duration", "P2Y", "asserted", 15, 22)],
            {("5a", "now", None)},
        ),
        (
            "roaccutane, past, for 2 years",
            [Mention(*ISOTRETINOIN, "past"), Mention("duration", "P2Y", "asserted", 22, 29)],
            {("5a", ASK, None)},
        ),
        (
            "roaccutane nonsense ago",
            [Mention(*ISOTRETINOIN, "past"), Mention("duration", "soon", "asserted", 11, 19)],
            {("5a", ASK, None)},
        ),
        (
            "botox 1 week ago",
            [
                Mention("treatment", "botox", "past", 0, 5),
                Mention("duration", "P1W", "asserted", 6, 16),
            ],
            {("9a", "yes", 7)},
        ),
        (
            "botox 3 weeks ago",
            [
                Mention("treatment", "botox", "past", 0, 5),
                Mention("duration", "P3W", "asserted", 6, 17),
            ],
            {("9a", "no", 21)},
        ),
        ("a laser in the past", [Mention("treatment", "laser", "past")], {("9c", ASK, None)}),
        ("I'm 17", [Mention("age", "17", "asserted")], {("2", "no", None)}),
        ("I'm 45", [Mention("age", "45", "asserted")], {("2", "yes", None)}),
        ("nearly 18", [Mention("age", "17.9", "asserted")], {("2", "no", None)}),
        ("my mum is 70", [Mention("age", "70", "family")], set()),
        ("I'm 999", [Mention("age", "999", "asserted")], set()),
        ("I'm old", [Mention("age", "old", "asserted")], set()),
        ("18", [Mention("age", "18", "asserted")], {("2", "yes", None)}),
        ("1", [Mention("age", "1", "asserted")], {("2", "no", None)}),
        ("115", [Mention("age", "115", "unsure")], {("2", "yes", None)}),
        ("116", [Mention("age", "116", "asserted")], set()),
        ("0", [Mention("age", "0", "asserted")], set()),
        (
            "skin cancer ten years ago",
            [Mention("condition", "skin_cancer", "past")],
            {("7e", "past", 3650)},
        ),
        ("diabetes two years ago", [Mention("condition", "diabetes", "past")], {("10a", ASK, 730)}),
        (
            "neck and face",
            [Mention("body_area", "neck", "asserted"), Mention("body_area", "face", "asserted")],
            {("12a", "neck", None)},
        ),
        (
            "eczema, had and has",
            [Mention("condition", "eczema", "asserted"), Mention("condition", "eczema", "past")],
            {("7b", "calm", None)},
        ),
        ("tiny and lupus", [Mention("condition", "lupus", "asserted")], {("10b", "yes", None)}),
        (
            "not pregnant, pregnant",
            [
                Mention("condition", "pregnancy", "denied"),
                Mention("condition", "pregnancy", "asserted"),
            ],
            {("3a", "yes", None)},
        ),
        ("maybe pregnant", [Mention("condition", "pregnancy", "unsure")], {("3a", "maybe", None)}),
        ("then found out i was pregnant", [], {("3c", "yes", None)}),
        ("nothing of note", [Mention("person_name", "Ana", "asserted")], set()),
    ],
)
def test_facts_in_free_text(
    text: str, mentions: list[Mention], found: set[tuple[str, str, int | None]]
) -> None:
    assert facts(text, *mentions) == found


@pytest.mark.parametrize(
    ("item", "text", "found"),
    [
        ("medicines", "I take warfarin daily", {("5c", "yes", None)}),
        ("medicines", "accutane I think", {("5a", ASK, None)}),
        ("medicines", "accutane, still taking it", {("5a", "now", None)}),
        ("medicines", "no accutane for me", {("medicines", NONE, None)}),
        ("medicines", "I never took warfarin", set()),
        ("medicines", "my dad takes warfarin", set()),
        ("medicines", "no, but I smoke", {("10f", "yes", None)}),
        ("medicines", "no, nothing like that", {("medicines", NONE, None)}),
        ("medicines", "no, I smoke", {("10f", "yes", None)}),
        ("medicines", "my weight is under control", set()),
        ("health", "diabetes, well controlled", {("10a", "controlled", None)}),
        ("health", "diabetes, not well controlled", {("10a", "uncontrolled", None)}),
        ("health", "type 2 diabetic", {("10a", ASK, None)}),
        ("5a", "it was last month I think", {("5a", "under_wait", 30)}),
        ("7f", "chemo now, then check-ups", {("7f", "treatment", None)}),
        ("6a", "yes, a pacemaker", {("6a", "yes", None)}),
        ("6a", "no, I do not", {("6a", "no", None)}),
        ("6a", "no, but a pacemaker", {("6a", "yes", None)}),
        ("2", "1980", {("2", "yes", None)}),
        ("2", "born in 2008", {("2", "no", None)}),
        ("2", "born in 2007", {("2", "yes", None)}),
        ("2", "2050", set()),
        ("2", "1850", set()),
        ("health", "1980", set()),
        ("6a", "yes indeed I do", {("6a", "yes", None)}),
        ("10c", "yes, sometimes", set()),
        ("9c", "yes, some time", set()),
    ],
)
def test_the_question_s_own_words_anywhere_in_the_message(
    item: str, text: str, found: set[tuple[str, str, int | None]]
) -> None:
    assert facts(text, item=item) == found


@pytest.mark.parametrize(
    ("item", "text", "found"),
    [
        (None, "i had a c section 6 weeks ago", {("9d", "body", 42)}),
        ("recent", "I had a c-section 6 weeks ago.", {("9d", "body", 42)}),
        ("medicines", "I had a facelift 2 months ago", {("9d", "face", 60)}),
        (None, "I had an operation 2 years ago", {("9d", "longer", 730)}),
        (None, "I had an operation 6 weeks ago", {("9d", ASK, None)}),
        (None, "I had a c section 8 months ago", {("9d", ASK, None)}),
        (None, "I had a c section", {("9d", "body", None)}),
        (None, "I have Ehlers-Danlos", {("10g", "yes", None)}),
        (None, "my skin: porphyria", {("10m", "yes", None)}),
        (None, "I gave birth 3 weeks ago", {("3d", "yes", 21)}),
        (None, "I gave birth 3 years ago", {("3d", "no", 1095)}),
        (None, "I had my baby", {("3d", ASK, None)}),
        (None, "I waxed yesterday", {("9e", "yes", 1)}),
        (None, "I have vitiligo", {("7v", ASK, None)}),
        (None, "I have vitiligo and it is spreading", {("7v", "active", None)}),
        (None, "I never had a hernia", set()),
        (None, "my sister has ehlers-danlos", set()),
        (None, "does it hurt if I have Ehlers-Danlos", set()),
        (None, "I wonder about porphyria?", set()),
        (None, "I am fine. I have Ehlers-Danlos! Can I have it?", {("10g", "yes", None)}),
        (None, "ehlers-danlos", set()),
        ("health", "ehlers-danlos", {("10g", ASK, None)}),
    ],
)
def test_what_is_told_of_oneself_is_heard_by_the_table_s_own_names(
    item: str | None, text: str, found: set[tuple[str, str, int | None]]
) -> None:
    assert facts(text, item=item) == found


@pytest.mark.parametrize(
    ("item", "text", "answer"),
    [
        ("9b", "2 weeks ago", "recent"),
        ("9b", "last year", "older"),
        ("5d", "a month ago", "recent"),
        ("5d", "two years ago", "past"),
        ("9d", "a month ago", None),
        ("6a", "a month ago", None),
    ],
)
def test_a_time_answers_every_question_that_asks_when(
    item: str, text: str, answer: str | None
) -> None:
    assert {found for _, found, _ in facts(text, item=item)} == ({answer} if answer else set())


def test_what_understanding_denied_is_not_found_again_by_its_words() -> None:
    denied = Mention("medicine", "warfarin", "denied", 7, 15)
    assert facts("I take warfarin", denied, item="medicines") == set()


def test_a_duration_far_away_belongs_to_something_else() -> None:
    text = "roaccutane once, and then a long story about my holiday in Spain which was 2 weeks ago"
    mentions = [
        Mention(*ISOTRETINOIN, "past", 0, 10),
        Mention("duration", "P2W", "asserted", 75, 86),
    ]
    assert facts(text, *mentions) == {("5a", ASK, None)}


def test_the_nearest_duration_counts() -> None:
    text = "botox 1 week ago, roaccutane 2 years ago"
    mentions = [
        Mention("treatment", "botox", "past", 0, 5),
        Mention("duration", "P1W", "asserted", 6, 16),
        Mention(*ISOTRETINOIN, "past", 18, 28),
        Mention("duration", "P2Y", "asserted", 29, 40),
    ]
    assert facts(text, *mentions) == {("9a", "yes", 7), ("5a", "over", 730)}


def test_fillers_and_marks_do_not_count() -> None:
    assert plain("  Um,  well… I’m FINE!! ", ("um", "well…")) == "i'm fine"
    assert plain("?", ()) == ""


@pytest.mark.parametrize(
    ("item", "text", "answer"),
    [
        ("12a", "my neck", ("12a", "neck")),
        ("10a", "it's fine", ("10a", "controlled")),
        ("12b", "i have fine lines", ("12b", "slight")),
        ("health", "i have none", ("health", NONE)),
    ],
)
def test_small_words_in_front_do_not_hide_an_answer(
    item: str, text: str, answer: tuple[str, str]
) -> None:
    assert exactly(item, text) == answer


def test_a_fact_and_the_question_s_own_words_are_both_found() -> None:
    lupus = Mention("condition", "lupus", "asserted", 10, 15)
    assert facts("I smoke, lupus too", lupus, item="medicines") == {
        ("10b", "yes", None),
        ("10f", "yes", None),
    }


def test_only_what_was_mentioned_is_left_to_understanding() -> None:
    other = Mention("condition", "keloid", "denied", 0, 6)
    assert facts("keloid no; pacemaker", other, item="health") == {
        ("7a", "no", None),
        ("6a", "yes", None),
    }


@pytest.mark.parametrize(
    ("text", "word", "duration", "days"),
    [
        ("it was about a year ago, that is 13 months ago, accutane", "accutane", "13 months", 395),
        ("accutane" + " " * 53 + "13 months ago", "accutane", "13 months", None),
        ("accutane" + " " * 52 + "13 months ago", "accutane", "13 months", 390),
        ("13 months since the accutane", "accutane", "13 months", 390),
        ("taking accutane since 13 months", "accutane", "13 months", None),
        ("stopped accutane since 13 months", "accutane", "13 months", 390),
        ("stopped some 13 months now accutane", "accutane", "13 months", None),
        ("13 months ag accutane", "accutane", "13 months", None),
    ],
)
def test_which_durations_look_back(text: str, word: str, duration: str, days: int | None) -> None:
    found = [
        Mention(*ISOTRETINOIN, "asserted", text.index(word), text.index(word) + len(word)),
        Mention(
            "duration",
            "P13M",
            "asserted",
            text.index(duration),
            text.index(duration) + len(duration),
        ),
    ]
    assert facts(text, *found) == {("5a", "over" if days else "now", days and 390)}


def test_a_duration_of_the_wrong_kind_is_passed_over_for_the_next() -> None:
    text = "for 2 years on accutane, stopped 13 months ago"
    found = [
        Mention("duration", "PT5M", "asserted", 14, 16),
        Mention("duration", "P2Y", "asserted", 4, 11),
        Mention(*ISOTRETINOIN, "past", 15, 23),
        Mention("duration", "P13M", "asserted", 33, 46),
    ]
    assert facts(text, *found) == {("5a", "over", 390)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", True),
        ("Yes, go on", True),
        ("ok then", True),
        ("nope", False),
        ("no, it was my sister", False),
        ("well, no", False),
        ("nothing", False),
        ("why", None),
        ("", None),
    ],
)
def test_a_yes_or_no_at_the_start_counts(text: str, said: bool | None) -> None:
    assert yes_or_no(table(), Said(text)) is said


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("can I change my age?", "2"),
        ("I was wrong about the roaccutane", "5a"),
        ("correct the diabetes", "10a"),
        ("change the botox", None),
        ("my age", None),
        ("I changed my teenager", None),
    ],
)
def test_which_answer_a_visitor_wants_to_change(text: str, row: str | None) -> None:
    assert row_to_change(table(), Said(text), {"2": "yes", "5a": "no", "10a": "none"}) == row


TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-10-01", date(2026, 10, 1)),
        ("03/06/2026", date(2026, 6, 3)),
        ("3.6.26", date(2026, 6, 3)),
        ("the last one was on 3rd of June 2026, i think", date(2026, 6, 3)),
        ("June 3, 2026", date(2026, 6, 3)),
        ("3 june", date(2026, 6, 3)),
        ("25 december", date(2025, 12, 25)),
        ("29 february", None),
        ("until march", date(2026, 3, 1)),
        ("since december", date(2025, 12, 1)),
        ("may 2025", date(2025, 5, 1)),
        ("i may have stopped", None),
        ("1 january 2027", None),
        ("2027-01-01", None),
        ("45/13/2026", None),
        ("99999-99-99", None),
        ("", None),
    ],
)
def test_the_day_in_a_text(text: str, day: date | None) -> None:
    assert day_in(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("3 november 2026", "under_wait"),
        ("on 23/05/2026", "over"),
        ("2 january 2025", "over"),
        ("two months ago", "under_wait"),
        ("about 8 months ago", "over"),
        ("three years ago i think", "over"),
    ],
)
def test_a_day_or_a_time_ago_answers_when_the_last_tablet_was(text: str, answer: str) -> None:
    assert {(row, found) for row, found, _ in facts(text, item="5a")} == {("5a", answer)}


def test_a_day_answers_no_question_that_does_not_ask_when() -> None:
    assert facts("3 november 2026", item="5b") == set()
    assert facts("1 january 2030", item="5a") == set()


def test_how_long_it_was_taken_is_not_how_long_ago_it_was() -> None:
    taken_for = Mention("duration", "P3M", "asserted", 4, 12)
    assert facts("for 3 months", taken_for, item="5a") == set()


def duration(text: str, words: str, value: str) -> Mention:
    start = text.index(words)
    return Mention("duration", value, "asserted", start, start + len(words))


def test_a_time_ago_in_any_words_answers_when_it_was() -> None:
    text = "the end came a quarter year back"
    ago = duration(text, "quarter year", "P3M")
    assert facts(text, ago, item="5a") == {("5a", "under_wait", 90)}
    assert facts(text, ago, item="9b") == {("9b", "older", 90)}
    assert facts(text, item="9b") == set()
    assert facts("it was 3 june", item="5a") == {("5a", "under_wait", 173)}


def test_a_number_that_may_be_the_limit_settles_nothing() -> None:
    def means(number: str) -> Finding | None:
        return settled(table(), SETTINGS, Finding("2", f"number:{number}"))

    assert means("17:18") is None
    assert means("18:19") == Finding("2", "yes")
    assert means("16:17") == Finding("2", "no")


def test_today_is_a_day_that_has_come() -> None:
    today = date(2026, 11, 23)
    assert day_in("23 november", today) == today
    assert day_in("24 november", today) == date(2025, 11, 24)


def test_a_question_says_nothing_about_oneself_whatever_follows_it() -> None:
    assert own_sentences("i have lupus. ", ()) == ["i have lupus"]
    assert own_sentences("i wonder if my lupus matters ? ", ()) == []
