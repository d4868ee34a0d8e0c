"""Ages in full years, read carefully: "17 and a half" is 17, "nearly 18" is 17, "in my 50s" is 50."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from assistant.nlu.medical.durations import MONTH_OF, Measure
from assistant.nlu.medical.numbers import DECADES, NUMBER, number

OLDEST = 115
NOT_YEARS = (
    r"(?! ?(?:minutes?|mins?|hours?|hrs?|days?|weeks?|wks?|months?|cm|kgs?|st|stone|lbs?|pounds?"
    r"|miles?|km|mg|ml|percent|%|sessions?|times?|units?|treatments?|kids|children|am|pm|th|/|to"
    r"|-|or|x|k|grams?|inches|foot|ft|size|grand|hundred|thousand|million|quid|euros?|dollars?|people|of)\b)"
)
PEOPLE = (
    r"i|im|shes|hes|she|he|(?:daughter|son|mum|mom|mother|dad|father|sister|brother|wife|husband"
    r"|girlfriend|boyfriend|partner|friend|niece|nephew)s?"
)
OLD = r"years? old|yrs? old|y / o|yo|y o|yrs of age|years of age|years young"
NOT_LENGTH = r"(?! (?:ago|back|since|later|now|on|of|post|after|and counting|older|younger|more))"
YEARS_OLD = rf"(?:and a half |1 / 2 )?(?:{OLD}){NOT_LENGTH}"
YEARS = rf"(?:yrs?|years){NOT_LENGTH}"
GROWN = r"(?:1[89]|[2-9]\d|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?: \w+)?)"
"""Fewer years, without "old", are a length of time: "clear 4 yrs", "stable for about six years"."""
NOT_LONG = "".join(rf"(?<!\b{word} )" for word in ("for", "last", "past", "every", "in", "within"))
SEX = r"(?:f|m|female|male|woman|man|lady|guy|gal|years? old (?:woman|man|female|male))"
NOT_YET = r"(?:nearly|almost|turning|about to turn|about to be|going to be|soon to be|not yet|under|will be|turn)"
LEAD = r"(?:just |about |only |now |already |currently |a |turned |around |roughly |over |like )*"
AGES = [
    (re.compile(rf"(?<![^ ]){NOT_YET} (?P<n>{NUMBER}) {NOT_YEARS}"), -1),
    (re.compile(rf"(?<![^ ]){NOT_LONG}(?P<n>{NUMBER}) (?:- )?{YEARS_OLD} "), 0),
    (re.compile(rf"(?<![^ ]){NOT_LONG}(?P<n>{GROWN}) (?:- )?{YEARS} "), 0),
    (re.compile(rf"^(?P<n>{NUMBER}) {YEARS} $"), 0),
    (re.compile(rf"(?<![^ ])(?:{PEOPLE}) (?:am |m |is |s )?{LEAD}(?P<n>{NUMBER}) {YEARS} "), 0),
    (
        re.compile(
            rf"(?<![^ ])(?<!when )(?<!since )(?<!until )(?:{PEOPLE}) (?!\d \) )(?:am |m |is |s |was )?{LEAD}"
            rf"(?P<n>{NUMBER}) (?:and a half )?{NOT_YEARS}"
        ),
        0,
    ),
    (
        re.compile(
            rf"(?<![^ ])(?:aged?|my age is|age is|age :|turned) {LEAD}(?P<n>{NUMBER}) {NOT_YEARS}"
        ),
        0,
    ),
    (re.compile(rf"(?<![^ ])(?P<n>\d\d) {SEX} "), 0),
    (re.compile(rf"(?<![^ ]){SEX} (?:, )?(?P<n>\d\d) {NOT_YEARS}"), 0),
    (re.compile(r"(?:^|(?<=[,.;] ))(?P<n>[1-9]\d) (?=[,.;] |$)"), 0),
    (re.compile(r"^(?P<n>[1-9]\d) (?=(?:next|this|in|on) )"), -1),
    (
        re.compile(
            rf"^(?P<n>1[0-9]|[2-8]\d) (?:and|but|with|here|now) (?!(?:a half|{NUMBER}) )(?=[a-z])"
        ),
        0,
    ),
    (re.compile(rf"^(?P<n>{NUMBER}) and a half $"), 0),
]
DECADE = re.compile(
    r"(?<![^ ])(?:(?:in )?(?:my|his|her|their|the) )?(?:early |mid |late |middle |- )*"
    rf"(?:(?P<n>[1-9]0) (?:s|ish|something) |(?P<word>{'|'.join(DECADES)}) )"
)
BORN = re.compile(
    r"(?<![^ ])(?:born|dob|date of birth|birthday)(?: :| is| was)?(?: in| on)? (?:the )?"
    rf"(?:(?P<day>\d\d?)(?: ?[/.-] ?|st |nd |rd |th | )(?P<month>\d\d?|{'|'.join(MONTH_OF)})"
    rf"(?: ?[/.-] ?| )|(?:{'|'.join(MONTH_OF)}) )?(?P<year>(?:19|20)\d\d) "
)


def find_ages(plain: str, today: date) -> Iterator[Measure]:
    """Every age in ``plain``, in which each word is followed by one space."""
    for pattern, add in AGES:
        for found in pattern.finditer(plain):
            value = number(found["n"])
            if 0 < value <= OLDEST:
                yield _measure(int(value) + add, found)
    for found in DECADE.finditer(plain):
        yield _measure(int(found["n"]) if found["n"] else DECADES[found["word"]], found)
    for found in BORN.finditer(plain):
        age = _age(found, today)
        if 0 <= age <= OLDEST:
            yield _measure(age, found)


def _age(born: re.Match[str], today: date) -> int:
    """Full years; without a birthday, or with one that may be to come, one year less."""
    years = today.year - int(born["year"])
    if not born["day"]:
        return years - 1
    month = MONTH_OF.get(born["month"]) or int(born["month"])
    return years - ((today.month, today.day) < (month, int(born["day"])))


def _measure(age: int, found: re.Match[str]) -> Measure:
    """The age stands at its number: whose it is (`my daughter is 16`) are words around it."""
    start = found.start("n") if found.groupdict().get("n") else found.start()
    return Measure("age", str(age), start, found.start() + len(found.group().rstrip()))
