from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from clinic import load_default
from clinic.hours import DAYS, OpeningHours, Span, moment_in_words, read_day

LONDON = ZoneInfo("Europe/London")
HOURS = OpeningHours(
    {
        "monday": (Span.parse("09:00-12:00"), Span.parse("13:00-18:00")),
        "tuesday": (Span.parse("09:00-12:00"), Span.parse("13:00-18:00")),
        "saturday": (Span.parse("10:00-14:00"),),
    },
    LONDON,
)


def london(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (london(2026, 11, 23, 8, 59), False),
        (london(2026, 11, 23, 9, 0), True),
        (london(2026, 11, 23, 12, 0), False),
        (london(2026, 11, 23, 17, 59), True),
        (london(2026, 11, 23, 18, 0), False),
        (london(2026, 11, 25, 10, 0), False),
        (datetime(2026, 7, 6, 8, 30, tzinfo=timezone.utc), True),
    ],
)
def test_open_from_the_first_minute_and_closed_at_the_last(at: datetime, is_open: bool) -> None:
    assert HOURS.is_open(at) is is_open


def test_a_holiday_closes_the_whole_day() -> None:
    monday = london(2026, 11, 23, 10, 0)
    holiday: dict[date, tuple[Span, ...]] = {date(2026, 11, 23): ()}
    assert HOURS.is_open(monday)
    assert not HOURS.is_open(monday, holiday)
    assert HOURS.next_opening(london(2026, 11, 22, 12, 0), holiday) == london(2026, 11, 24, 9, 0)


def test_the_next_opening_skips_closed_days() -> None:
    assert HOURS.next_opening(london(2026, 11, 24, 18, 0)) == london(2026, 11, 28, 10, 0)
    assert HOURS.next_opening(london(2026, 11, 23, 12, 30)) == london(2026, 11, 23, 13, 0)


def test_a_clinic_that_never_opens_has_no_next_opening() -> None:
    assert OpeningHours({}, LONDON).next_opening(london(2026, 11, 23, 12, 0)) is None


def test_opening_keeps_its_hour_over_the_end_of_summer_time() -> None:
    opening = HOURS.next_opening(london(2026, 10, 24, 15, 0))
    assert opening == london(2026, 10, 26, 9, 0)
    assert opening is not None and opening.utcoffset() == timedelta(0)


def test_equal_days_are_joined_in_words() -> None:
    assert HOURS.in_words() == (
        "Monday and Tuesday 09:00 to 12:00 and 13:00 to 18:00; Saturday 10:00 to 14:00; "
        "closed Wednesday to Friday; closed Sunday"
    )


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (london(2026, 11, 23, 14, 0), "today at 14:00"),
        (london(2026, 11, 24, 9, 0), "tomorrow at 09:00"),
        (london(2026, 11, 28, 10, 0), "Saturday at 10:00"),
        (london(2026, 12, 5, 10, 0), "Saturday 5 December at 10:00"),
    ],
)
def test_a_moment_is_said_as_a_person_would(moment: datetime, words: str) -> None:
    assert moment_in_words(moment, london(2026, 11, 23, 12, 0)) == words


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        (["14:00-18:00", "09:00-12:00"], ["09:00 to 12:00", "14:00 to 18:00"]),
        (["09:00-12:00", "11:00-13:00"], ["09:00 to 13:00"]),
        (["09:00-12:00", "12:00-13:00"], ["09:00 to 13:00"]),
        (["09-12", "14-18:30"], ["09:00 to 12:00", "14:00 to 18:30"]),
        (["9.00–17:30", " 18:00 to 19:00 "], ["09:00 to 17:30", "18:00 to 19:00"]),
        (["00:00-24:00"], ["00:00 to 24:00"]),
        (["9-12", "18-00:00"], ["09:00 to 12:00", "18:00 to 24:00"]),
    ],
)
def test_a_day_is_read_as_the_clock_passes_it(spans: list[str], told: list[str]) -> None:
    assert list(map(str, read_day(spans))) == told


@pytest.mark.parametrize(
    "words",
    [
        *("9-5", "", "18:00-09:00", "09:00-09:00", "closed", "24:00-25:00", "22:00-02:00"),
        *("09:00+01:00-18:00+01:00", "09:00+01:00-18:00", "09:00:30-10:00", "٠٩:00-18:00"),
    ],
)
def test_a_span_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(ValueError):
        Span.parse(words)


def test_a_clinic_that_never_closes_is_open_in_the_last_moment_of_a_day() -> None:
    always = OpeningHours(dict.fromkeys(DAYS, read_day(["00:00-24:00"])), LONDON)
    last = datetime(2026, 9, 7, 23, 59, 59, 999_999, tzinfo=LONDON)
    assert always.is_open(last)
    assert always.closing(last) == datetime(2026, 9, 8, tzinfo=LONDON)


def test_doors_that_stay_open_past_midnight_do_not_open_then() -> None:
    noon = datetime(2026, 9, 7, 12, tzinfo=LONDON)
    always = OpeningHours(dict.fromkeys(DAYS, read_day(["00:00-24:00"])), LONDON)
    assert always.next_opening(noon) is None
    late = OpeningHours(
        {"monday": read_day(["18:00-24:00"]), "tuesday": read_day(["00:00-02:00", "20:00-24:00"])},
        LONDON,
    )
    assert late.next_opening(datetime(2026, 9, 7, 19, tzinfo=LONDON)) == datetime(
        2026, 9, 8, 20, tzinfo=LONDON
    )
    holiday = {
        date(2026, 9, 7): ()
    }  # the night before is closed, so that the doors open at midnight
    assert late.next_opening(noon, holiday) == datetime(2026, 9, 8, tzinfo=LONDON)


def test_doors_that_stay_open_past_midnight_do_not_shut_then() -> None:
    week = {
        "monday": read_day(["09:00-24:00"]),
        "tuesday": read_day(["00:00-02:00", "18:00-24:00"]),
    }
    clinic = replace(load_default(), hours=OpeningHours(week, LONDON))
    monday, tuesday = (datetime(2026, 9, day, 19, tzinfo=LONDON) for day in (7, 8))
    assert clinic.shuts_at(monday) is None
    assert clinic.shuts_at(datetime(2026, 9, 8, 1, tzinfo=LONDON)) == datetime(
        2026, 9, 8, 2, tzinfo=LONDON
    )
    assert clinic.shuts_at(tuesday) == datetime(2026, 9, 9, tzinfo=LONDON)
    assert clinic.shuts_at(datetime(2026, 9, 8, 3, tzinfo=LONDON)) is None
