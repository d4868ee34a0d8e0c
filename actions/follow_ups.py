"""What a short message means after the answer before it; the rules are data/follow_ups.yml."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from actions.faq import faq_entry, faq_names

FILE = Path(__file__).resolve().parent.parent / "data" / "follow_ups.yml"
THAT = re.compile(r"\b(?:it|that|this|that one|this one|them|those|one)\b", re.I)
BARE = re.compile(r"^\W*(?:how|when)(?:\W+\w+){0,2}\W*$", re.I)  # "how long after?" names nothing
OURS = re.compile(r"\b(?:you|your|ours?|laser)\b", re.I)
ALLOWED = {"after", "asked", "means"}


class FollowUpError(ValueError):
    """data/follow_ups.yml is wrong; the message names the place and what is allowed."""


@dataclass(frozen=True)
class FollowUp:
    """After ``after``, what alone would ask ``asked`` means ``means``. None fits everything."""

    means: str
    after: str | None = None
    asked: str | None = None

    def fits(self, last: str | None, asked: str | None) -> bool:
        """Does it hold after the answer ``last``?"""
        return _is(last, self.after) and _is(asked, self.asked)


@dataclass(frozen=True)
class FollowUps:
    """All rules of the file."""

    how_long: tuple[FollowUp, ...]
    leaning: tuple[FollowUp, ...]
    lead: re.Pattern[str]
    words: int

    def how_long_that(self, last: str | None) -> str:
        """The answer to "how long does that last?"."""
        return next(rule.means for rule in self.how_long if rule.fits(last, None))

    def leans(self, text: str) -> bool:
        """Is it a few words that lean on the answer before ("and for ultherapy?")?"""
        return bool(self.lead.match(text)) and len(text.split()) <= self.words

    def means_that(self, text: str) -> bool:
        """Does a short text point at what was spoken of ("does that one hurt?", "how long after?")?"""
        return (
            len(text.split()) <= self.words + 2
            and (self.leans(text) or bool(THAT.search(text)) or bool(BARE.match(text)))
            and not OURS.search(text)
        )

    def meant(self, text: str, asked: str, last: str | None) -> str:
        """The answer that ``text`` asks for; ``asked`` where it does not lean on the last one."""
        if last and self.leans(text):
            return next((rule.means for rule in self.leaning if rule.fits(last, asked)), asked)
        return asked

    def leaning_on(self, last: str, text: str, near: Sequence[str]) -> str | None:
        """What ``text`` means if it leans on the answer ``last``, ``near`` being what it may mean alone."""
        if not near or not self.leans(text):
            return None
        meant = [self.meant(text, name, last) for name in near]
        changed = (name for name, alone in zip(meant, near, strict=True) if name != alone)
        return next(changed, meant[0])


def _is(topic: str | None, name: str | None) -> bool:
    if name is None or topic == name:
        return True
    entry = faq_entry(topic) if topic else None
    return entry is not None and entry.file == name


@lru_cache(maxsize=1)
def follow_ups() -> FollowUps:
    """Load and check the file. Raise FollowUpError naming key, line and value."""
    return read_follow_ups(yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader))


def read_follow_ups(content: dict[str, Any]) -> FollowUps:
    """Check the content of the file against the answers of data/faq/."""
    how_long, leaning = (_rules(key, content[key]) for key in ("how_long", "leaning"))
    if how_long[-1].after is not None:
        raise FollowUpError("follow_ups.yml: how_long: the last line must fit after every answer")
    leads = "|".join(re.escape(lead) for lead in content["leads"])
    return FollowUps(how_long, leaning, re.compile(rf"\W*(?:{leads})\b", re.I), content["words"])


def _rules(key: str, lines: list[dict[str, str]]) -> tuple[FollowUp, ...]:
    for place, line in enumerate(lines, 1):
        if unknown := set(line) - ALLOWED:
            raise FollowUpError(
                f"follow_ups.yml: {key}, line {place}: {sorted(unknown)}; allowed: {sorted(ALLOWED)}"
            )
        if wrong := [name for name in line.values() if name not in faq_names()]:
            raise FollowUpError(
                f"follow_ups.yml: {key}, line {place}: {wrong} is no answer and no file of data/faq/"
            )
        if not faq_entry(line["means"]):
            raise FollowUpError(
                f"follow_ups.yml: {key}, line {place}: means: {line['means']} is no answer"
            )
    return tuple(FollowUp(**line) for line in lines)
