"""What a visitor told about a health, and the answers that speak of it: data/subjects.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk import Tracker

from actions.faq import given
from actions.message import mentions

FILE = Path(__file__).resolve().parent.parent / "data" / "subjects.yml"
HEALTH = ("medicine", "condition", "sun")
TREATMENT = "treatment"  # asked about as often as had: only one that is past was had
OF_A_PERSON = ("asserted", "past", "family")
PAST = "past"
OWN = ("asserted", "unsure")


@dataclass(frozen=True)
class Subject:
    """The answers that speak of one medicine, condition or treatment."""

    topic: str
    over: str
    topics: frozenset[str]
    is_first: bool = False

    def answer(self, role: str) -> str:
        """The one for somebody who tells of it, and asks nothing."""
        return self.over if role == PAST else self.topic


def told_subjects(tracker: Tracker, health_only: bool = False) -> dict[str, frozenset[str]]:
    """The answer for each subject that the latest message tells of, with all that speak of it.

    ``health_only``: without treatments of before.
    """
    found: dict[str, frozenset[str]] = {}
    for one in mentions(tracker.latest_message):
        subject = subjects().get(one.value)
        was_had = one.entity == TREATMENT and one.role == PAST and not health_only
        is_told = one.entity in HEALTH or was_had
        if subject and is_told and one.role in OF_A_PERSON and given(subject.answer(one.role)):
            found.setdefault(subject.answer(one.role), subject.topics)
    return found


def told_first(tracker: Tracker) -> dict[str, frozenset[str]]:
    """Of these, what comes before any answer: that somebody is pregnant, or may be."""
    told = (one for one in mentions(tracker.latest_message) if one.role in OWN)
    known = (subjects().get(one.value) for one in told if one.entity in HEALTH)
    return {one.topic: one.topics for one in known if one and one.is_first and given(one.topic)}


@lru_cache(maxsize=1)
def subjects() -> Mapping[str, Subject]:
    """By each value that names one."""
    content: dict[str, Any] = yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {
        value: Subject(
            one["topics"][0],
            one.get("over", one["topics"][0]),
            frozenset(one["topics"]),
            one.get("first", False),
        )
        for one in content["subjects"].values()
        for value in one["values"]
    }
