"""Numbers and times as people write them: "forty five", "17 and a half", "last month"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from dateutil import parser

TEENS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
ROUND = "twenty thirty forty fifty sixty seventy eighty ninety"
UNITS = {word: number for number, word in enumerate(TEENS.split())}
TENS = {word: 10 * place for place, word in enumerate(ROUND.split(), 2)}
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365, "yr": 365}
VAGUE = {"a": 1, "an": 1, "a couple of": 2, "couple of": 2, "couple": 2, "a few": 3, "few": 3}
COUNT = r"\d{1,3}|a couple of|couple of|couple|a few|few|an|a|[a-z]+(?:[ -][a-z]+)?"
AGO = re.compile(rf"\b({COUNT}) (day|week|month|year|yr)s? ago\b")
LAST = re.compile(r"\blast (week|month|year)\b")
MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
NTH = r"\d{1,2}(?:st|nd|rd|th)?"
DAY = re.compile(
    rf"\b(?:\d{{4}}-\d\d-\d\d|\d{{1,2}}[./-]\d{{1,2}}[./-](?:\d{{4}}|\d\d)"
    rf"|{NTH} (?:of )?{MONTHS}(?:,? \d{{4}})?|{MONTHS} {NTH}(?:,? \d{{4}})?|{MONTHS} \d{{4}}"
    rf"|(?:in|since|until|till|last) {MONTHS})\b"
)
WORDS_BEFORE_MONTH = re.compile(r"^(?:in|since|until|till|last) | of\b")
YEARS = r"(?:years?|yrs?)?(?: old)?(?: of age)?"
HALF = r"(?:(?:\.\d+| and a half| 1/2)(?= |$))?"
I_AM = r"(?:(?:i'm|im|i am|my age is|age|aged|it's) )*"
NUMBER = r"(-?\d{1,5}|[a-z]+(?:[ -][a-z]+)?)"
OLDEST = 115
MORE = r"over|above|older than|more than|at least|past"
LESS = r"under|below|younger than|less than|not yet|not even"
BOUNDS: dict[re.Pattern[str], Callable[[int], tuple[int, int]]] = {
    re.compile(rf"{I_AM}(?:{MORE}) (?:the age of )?{NUMBER} ?{YEARS}"): lambda n: (n, OLDEST),
    re.compile(rf"{I_AM}{NUMBER} ?(?:\+|plus|or over|or older|and over)"): lambda n: (n, OLDEST),
    re.compile(rf"{I_AM}(?:{LESS}) (?:the age of )?{NUMBER} ?{YEARS}"): lambda n: (1, n - 1),
    re.compile(rf"(?:i'm |im |i am )?not {NUMBER} yet"): lambda n: (1, n - 1),
    re.compile(rf"{I_AM}(?:nearly|almost|not quite) {NUMBER} ?{YEARS}"): lambda n: (n - 1, n - 1),
    re.compile(
        rf"{I_AM}(?:(?:about|just|only|turned|just turned) )*{NUMBER}{HALF} ?{YEARS}"
    ): lambda n: (n, n),
}
BORN = re.compile(r"(?:i was |i'm |im )?(?:born )?(?:in )?(\d{4})")


def number_in_words(words: str) -> int | None:
    """Read "forty five" or "45"; None when it is no number."""
    if re.fullmatch(r"-?\d{1,5}", words):
        return int(words)
    if words in UNITS or words in TENS:
        return UNITS.get(words, TENS.get(words))
    tens, _, unit = words.replace("-", " ").partition(" ")
    if tens in TENS and 1 <= UNITS.get(unit, 0) <= 9:
        return TENS[tens] + UNITS[unit]
    return None


def age_in(text: str) -> tuple[int, int] | None:
    """The age that the whole message gives: at least and at most, in full years.

    "45" is (45, 45), "over 18" (18, OLDEST), "under 18" (1, 17), "nearly 18" (17, 17).
    """
    for pattern, bounds in BOUNDS.items():
        found = pattern.fullmatch(text)
        number = number_in_words(found[1]) if found else None
        if number is not None:
            return bounds(number)
    return None


def birth_year_in(text: str, this_year: int) -> int | None:
    """The year of birth that the whole message gives, when it is one of the last 115 years."""
    found = BORN.fullmatch(text)
    year = int(found[1]) if found else 0
    return year if this_year - 115 <= year <= this_year else None


def days_ago_in(text: str) -> int | None:
    """How long ago, when the text says so in words: "two years ago", "until last month"."""
    found = AGO.search(text)
    if found:
        count = VAGUE.get(found[1]) or number_in_words(found[1])
        if count is None:
            count = number_in_words(found[1].split()[-1])
        return None if count is None else count * DAYS[found[2]]
    if re.search(r"\byesterday\b", text):
        return 1
    last = LAST.search(text)
    return DAYS[last[1]] if last else None


def day_in(text: str, today: date) -> date | None:
    """The first day that the text names: "3 June", "03/06/2026", "in March"; never a future one.

    A day without a year is the latest such day; a month without a day is its first.
    """
    found = DAY.search(text.lower())
    if not found:
        return None
    words = WORDS_BEFORE_MONTH.sub("", found[0])
    first = datetime(today.year, today.month, 1)
    try:
        is_iso = words[:4].isdecimal()
        day = parser.parse(words, default=first, dayfirst=not is_iso, yearfirst=is_iso).date()
        if day > today and not re.search(r"\d{4}|[./-]", words):
            day = day.replace(year=day.year - 1)
    except (ValueError, OverflowError):
        return None
    return day if day <= today else None
