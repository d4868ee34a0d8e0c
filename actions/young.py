"""What an age that somebody tells means: who is too young, and which answers are for people of another age."""

from __future__ import annotations

import re
from datetime import datetime, timezone

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
    if rule is None:
        return topic
    told = [e for e in tracker.latest_message.get("entities") or [] if e["entity"] == "age"]
    ages = [int(one["value"]) for one in told if str(one["value"]).isdigit()]
    if not ages:
        words = rule.get("words")
        said = text_of(tracker.latest_message).lower()
        return topic if words is None or re.search(rf"\b(?:{words})", said) else None
    fits = any(rule.get("from", 0) <= age <= rule.get("to", OLDEST) for age in ages)
    instead: str | None = rule.get("instead")
    return topic if fits else instead


def ending(table: Table) -> set[tuple[str, str]]:
    """Rows and answers after which nothing may be asked or kept."""
    rows = table.rows.values()
    return {(row.id, one.id) for row in rows for one in row.choices.values() if one.keep_nothing}


def _now() -> datetime:
    return datetime.now(timezone.utc)
