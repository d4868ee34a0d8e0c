"""What an age that somebody tells means: who is too young, and which answers are for people of another age."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from rasa_sdk import Tracker

from actions.message import mentions, text_of
from actions.situation import situations
from clinic import load_default as clinic
from eligibility import Finding, Said, Table, facts_in, load_default, settings_for

FAMILY = "family"
OLDEST = 120
YOUNGEST = 10
"""Nobody asks for a smaller child: those are told of for other reasons ("breastfeeding my 1 year old")."""
THEIRS = re.compile(
    r"\b(?:can|could|would|will|may|do|should)\b.{0,30}\b(?:she|he|they|her|him|them"
    r"|my (?:daughter|son|niece|nephew|sister|brother|girl|boy|lad))\b",
    re.I,
)
ANOTHER = re.compile(
    r"\b(?:can|could|would|will|may|do|does|should|is|are)\b.{0,30}\b(?:she|he|her|him"
    r"|my (?:\w+ )?(?:daughter|son|niece|nephew|sister|brother|girl|boy|lad|mum|mam|mom|mother|ma|dad"
    r"|father|nan|nana|gran|granny|grandma|wife|husband|partner|friend|mate|aunt|auntie|aunty))\b"
)
ONESELF = re.compile(
    r"\b(?:am i|can i|could i|should i|would i|do i|will i|may i|i too|for me|on me|suit me|see me|my age)\b"
)
YEARS = re.compile(r"(?:years?|yrs?)\W*$", re.I)
AGED = re.compile(
    r"(?:\b(?:i ?a?m|is|was|are|aged?|at|turned|turning|of)|['’](?:m|s))\s+"
    r"(?:(?:just|only|now|nearly|almost|over|about|already|currently)\s+)?$",
    re.I,
)


def young_facts(tracker: Tracker) -> list[Finding]:
    """What the visitor told last about a row after which nothing may be asked or kept, if it ends so.

    Somebody who puts it right later ("sorry, 61, not 16") is taken at the later word.
    """
    table = load_default()
    settings, today = settings_for(table, clinic().settings()), clinic().today(_now())
    last = ending(table)
    rows = {row for row, _ in last}
    for event in reversed(tracker.events):
        parsed = event.get("parse_data") or {}
        if event.get("event") != "user" or not parsed.get("entities"):
            continue
        said = Said(text_of(parsed) or event.get("text") or "", mentions(parsed), today)
        told = [found for found in facts_in(table, settings, said, None) if found.row in rows]
        if told:
            return [found for found in told if (found.row, found.answer) in last]
    return []


def says_too_young(tracker: Tracker) -> bool:
    """Is it the latest message that tells it?"""
    entities = tracker.latest_message.get("entities") or []
    return any(entity["entity"] == "age" for entity in entities) and bool(young_facts(tracker))


def asks_for_the_young(tracker: Tracker) -> bool:
    """Does the latest message ask for a young relative ("my daughter is 16, would you see her")?"""
    entities = tracker.latest_message.get("entities") or []
    ages = [int(e["value"]) for e in entities if e["entity"] == "age" and e.get("role") == FAMILY]
    young = any(YOUNGEST <= age < clinic().prescreen.minimum_age for age in ages)
    return young and bool(THEIRS.search(text_of(tracker.latest_message)))


def of_their_age(topic: str, tracker: Tracker) -> str | None:
    """The answer, or the one for people of the age that is told; None where it is for nobody here."""
    rule = situations()["of_an_age"].get(topic)
    said = text_of(tracker.latest_message).lower()
    if rule is None or _speaks(said, rule.get("words")):
        return topic
    told = _ages_told(tracker)
    if not told:
        return topic if "hints" not in rule or _speaks(said, rule["hints"]) else None
    instead: str | None = rule.get("instead")
    is_clear = instead is None or _is_about_whose_age(said, {role for role, _ in told})
    fits = any(rule.get("from", 0) <= age <= rule.get("to", OLDEST) for _, age in told)
    return topic if fits or not is_clear else instead


def _speaks(said: str, words: str | None) -> bool:
    return words is not None and bool(re.search(rf"\b(?:{words})", said))


def _ages_told(tracker: Tracker) -> list[tuple[str, int]]:
    """Whose ages the latest message tells; "married 30 years" is none."""
    message = tracker.latest_message
    text = str(message.get("text") or "")
    return [
        (str(one.get("role")), int(one["value"]))
        for one in message.get("entities") or []
        if one["entity"] == "age" and str(one["value"]).isdigit() and not _is_length(one, text)
    ]


def _is_length(entity: Mapping[str, Any], text: str) -> bool:
    start, end = entity.get("start", 0), entity.get("end", 0)
    return bool(YEARS.search(text[start:end])) and not AGED.search(text[:start])


def _is_about_whose_age(said: str, roles: set[str]) -> bool:
    """Is the question about whoever has the age that is told, the visitor or a relative?"""
    if FAMILY in roles and len(roles) == 1:
        return bool(ANOTHER.search(said)) and not ONESELF.search(said)
    return FAMILY in roles or not ANOTHER.search(said)


def ending(table: Table) -> set[tuple[str, str]]:
    """Rows and answers after which nothing may be asked or kept."""
    rows = table.rows.values()
    return {(row.id, one.id) for row in rows for one in row.choices.values() if one.keep_nothing}


def _now() -> datetime:
    return datetime.now(timezone.utc)
