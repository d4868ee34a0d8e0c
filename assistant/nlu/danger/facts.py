"""What the danger model is told about a text besides its words: phrases, signs of parts, cues."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from assistant.nlu.danger.parts import Parts, Told, load_parts
from assistant.nlu.medical.signs import Alarm, SafetyRules, safety_rules
from clinic.urgency import Urgency
from clinic.urgency import load_default as urgency

Row = NDArray[np.float32]
PIECE, PROCESSES = 2_000, 2
"""Texts that one process reads at a time, of fewer it is not worth starting another; and how many read
at once, as each holds the rules (0.3 GB) beside whoever is answering meanwhile."""


@dataclass(frozen=True)
class Evidence:
    """One text (a message, or a sentence of it) as the rules see it."""

    text: str  # in plain words, put right
    said: str  # what is encoded: as it was written when no word had to be put right
    alarm: Alarm | None  # what the phrase rules found
    signs: frozenset[str]
    cues: frozenset[str]


class Facts:
    """Turns evidence into a row of numbers; the names of its columns are ``names``."""

    def __init__(self, parts: Parts, rules: SafetyRules, urgency: Urgency) -> None:
        self._parts, self._rules = parts, rules
        self._level = {name: event.level for name, event in urgency.events.items()}

    @cached_property
    def names(self) -> list[str]:
        """What each column says."""
        cues, groups = self._parts.cues, ("any", "U1", "U2", "phrase")
        return [
            *(f"sign {sign}" for sign in self._parts.signs),
            *("U1", "U2", "several", "phrase U1", "phrase U2"),
            *(f"{group} and {cue}" for group in groups for cue in cues),
        ]

    @cached_property
    def _column(self) -> dict[str, int]:
        return {name: column for column, name in enumerate(self.names)}

    def read(self, text: str) -> tuple[Evidence, list[Evidence]]:
        """Evidence of a text as one, and of each of its sentences when it has several."""
        told = self._parts.read(text)
        plain = " ".join(word for one in told for word in one.words)
        whole = Evidence(
            plain,
            text if _letters(text) == _letters(plain) else plain,
            self._rules.find(text),
            frozenset[str]().union(*(one.signs for one in told)),
            frozenset[str]().union(*(one.cues for one in told)),
        )
        return whole, [self._evidence(one) for one in told] if len(told) > 1 else []

    def _evidence(self, told: Told) -> Evidence:
        text = " ".join(told.words)
        return Evidence(text, text, self._rules.find(text), told.signs, told.cues)

    def rows(self, evidence: Sequence[Evidence]) -> Row:
        """One row a text, of zeros and ones."""
        rows = np.zeros((len(evidence), len(self.names)), np.float32)
        for row, one in zip(rows, evidence, strict=True):
            row[[self._column[name] for name in self._true(one)]] = 1
        return rows

    def _true(self, one: Evidence) -> list[str]:
        levels = {self._level[sign] for sign in one.signs}
        groups = ["any", *levels, *(["phrase"] if one.alarm else [])]
        return [
            *(f"sign {sign}" for sign in one.signs),
            *levels,
            *(["several"] if len(one.signs) > 1 else []),
            *([f"phrase {one.alarm.level}"] if one.alarm else []),
            *(f"{group} and {cue}" for group in groups for cue in one.cues),
        ]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


@lru_cache(maxsize=1)
def load_facts() -> Facts:
    """By the rules of the project; made once in a process."""
    return Facts(load_parts(), safety_rules(), urgency())


def read_all(texts: Sequence[str]) -> Iterator[tuple[Evidence, list[Evidence]]]:
    """What ``load_facts().read`` says of each text, in order; many texts are read by two processes."""
    pieces = [texts[start : start + PIECE] for start in range(0, len(texts), PIECE)]
    count = min(PROCESSES, len(os.sched_getaffinity(0)), len(pieces))
    if count < 2:
        return iter(_read(texts))
    own = multiprocessing.get_context("spawn")  # of a process that runs threads no copy may be made
    with ProcessPoolExecutor(count, own, initializer=_end_with_parent) as pool:
        return chain.from_iterable(list(pool.map(_read, pieces)))


def _end_with_parent() -> None:
    """Whoever is killed while it reads leaves nobody behind."""

    def wait() -> None:
        parent = multiprocessing.parent_process()
        if parent:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _read(texts: Sequence[str]) -> list[tuple[Evidence, list[Evidence]]]:
    return [load_facts().read(text) for text in texts]
