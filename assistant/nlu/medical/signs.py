"""Finds red flags: signs of an emergency or of a bad reaction, present now and not denied."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Span

from assistant.nlu.medical.pipeline import CONTEXT, build_pipeline
from assistant.nlu.medical.roles import ASKING, SELVES, around
from assistant.nlu.medical.rules import DATA, HARMLESS, load_red_flags
from assistant.nlu.medical.spelling import load_lexicon

NOW = "NOW"
NEVER_COUNT = frozenset({"ASKED", "OVER"})
COUNT_ONLY_NOW = frozenset({"PAST", "STORY", "GENERAL"})
FUTURE = frozenset({"will", "would"})
HERE = SELVES | {"this", "these", "its", "theres", "today", "yesterday", "pop", "treat"}
_VERBS = (
    "is are am has have getting gets keeps wont cant feels went came arent doesnt hurts started"
)
VERBS = frozenset(_VERBS.split())
BETWEEN = frozenset({"any", "a", "an", "the", "of", "real", "more", "other", "and"})


@dataclass(frozen=True)
class Alarm:
    """A red flag. ``level`` is U1 (emergency number now) or U2 (the clinic or a doctor today)."""

    level: str
    sign: str


class SafetyRules:
    """Finds the most urgent red flag of a message by the rules of red_flags.yml."""

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp

    def find(self, text: str) -> Alarm | None:
        """The most urgent sign, the first of several; None when there is none."""
        doc = self._nlp(text, disable=[CONTEXT])
        if all(named.label_ == HARMLESS for named in doc.ents):
            return None
        self._nlp.get_pipe(CONTEXT)(doc)
        signs = [named for named in doc.ents if named.label_ != HARMLESS and is_present(named)]
        alarms = [Alarm(level=sign.kb_id_, sign=sign.label_) for sign in signs]
        return min(alarms, key=lambda alarm: alarm.level, default=None)


def is_present(sign: Span) -> bool:
    """Is it told as a fact of now? In doubt, yes."""
    modifiers = around(sign)
    roles = {modifier.category for modifier in modifiers}
    if FUTURE.intersection(token.text for token in sign):
        return False
    if roles & NEVER_COUNT or any(_denies(modifier, sign) for modifier in modifiers):
        return False
    if roles & COUNT_ONLY_NOW:
        return NOW in roles
    return not _is_general_question(sign)


def _denies(modifier: Any, sign: Span) -> bool:
    """ "no fever, the pain is unbearable": a denial ends where a new clause starts."""
    if modifier.category != "DENIED":
        return False
    _, end = modifier.modifier_span
    between = {token.text for token in sign.doc[end : sign.start]}
    starts_clause = any(token.text in VERBS for token in sign)
    return not (starts_clause and between - BETWEEN)


def _is_general_question(sign: Span) -> bool:
    sentence = sign.sent
    about_somebody = any(token.text in HERE for token in sentence)
    return sentence[0].text in ASKING and not about_somebody


@lru_cache(maxsize=4)
def safety_rules(folder: Path = DATA) -> SafetyRules:
    """The rules of a folder; built once in a process."""
    return SafetyRules(build_pipeline(load_red_flags(folder), load_lexicon(folder)))
