"""Whoever said in this conversation that they are too young is not offered the health questions."""

from __future__ import annotations

from datetime import datetime, timezone

from rasa_sdk import Tracker

from actions.message import mentions
from clinic import load_default as clinic
from eligibility import Finding, Said, facts_in, load_default, settings_for


def young_facts(tracker: Tracker) -> list[Finding]:
    """What the visitor told last about a row after which nothing may be asked or kept, if it ends so.

    Somebody who puts it right later ("sorry, 61, not 16") is taken at the later word.
    """
    table = load_default()
    settings, today = settings_for(table, clinic().settings()), clinic().today(_now())
    ending = {
        (row.id, choice.id)
        for row in table.rows.values()
        for choice in row.choices.values()
        if choice.keep_nothing
    }
    rows = {row for row, _ in ending}
    for event in reversed(tracker.events):
        parsed = event.get("parse_data") or {}
        if event.get("event") != "user" or not parsed.get("entities"):
            continue
        said = Said(event.get("text") or "", mentions(parsed), today)
        told = [found for found in facts_in(table, settings, said, None) if found.row in rows]
        if told:
            return [found for found in told if (found.row, found.answer) in ending]
    return []


def _now() -> datetime:
    return datetime.now(timezone.utc)
