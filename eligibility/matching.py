"""Matching words: plain text, phrases in it that are not denied, and who it is about."""

from __future__ import annotations

import re
from collections.abc import Iterable

APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'"})
CLAUSE = re.compile(r"[.,;:!?]| but | and ")
REACH = 3
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
OWN = re.compile(r"\b(i|i'm|im|i've|ive|my)\b")
ASKS = re.compile(
    r"\W*(is|are|can|could|will|would|do|does|did|should|how|what|when|where|why|which|who|if)\b"
)


def plain(text: str, fillers: Iterable[str]) -> str:
    """Lower case, straight apostrophes, single spaces, no closing marks, no fillers in front."""
    words = " ".join(text.lower().translate(APOSTROPHES).split())
    words = words.strip(' .!,;:?"“”()')
    found = True
    while found:
        found = False
        for filler in fillers:
            if words.startswith((f"{filler} ", f"{filler}, ")):
                words = words[len(filler) :].lstrip(" ,.")
                found = True
    return words


def own_sentences(text: str, fillers: Iterable[str]) -> list[str]:
    """The sentences in which somebody tells something of themselves; questions are left out."""
    parts = SENTENCE.split(text.translate(APOSTROPHES).lower())
    return [
        plain(part, fillers)
        for part in parts
        if OWN.search(part) and not ASKS.match(part) and not part.rstrip().endswith("?")
    ]


def contains_word(text: str, word: str) -> bool:
    """Does ``word`` (or a phrase) stand in the text as whole words?"""
    return re.search(rf"(?<![\w']){re.escape(word)}(?![\w'])", text) is not None


def starts_with(text: str, words: Iterable[str]) -> bool:
    """Does the text begin with one of these words, and go on?"""
    return any(text.startswith((f"{word} ", f"{word}, ")) for word in words)


def is_about_others(text: str, others: Iterable[str]) -> bool:
    """Does the text speak of somebody else, or of an "if"?"""
    return any(contains_word(text, word) for word in others)


def spoken_phrases(text: str, phrases: Iterable[str], negators: frozenset[str]) -> list[str]:
    """The phrases that the text says and does not deny; a longer phrase hides those inside it."""
    spans: list[tuple[int, int, str]] = []
    for phrase in phrases:
        for found in re.finditer(rf"(?<![\w']){re.escape(phrase)}(?![\w'])", text):
            spans.append((found.start(), found.end(), phrase))
    outer = [
        span
        for span in spans
        if not any(o != span and o[0] <= span[0] and span[1] <= o[1] for o in spans)
    ]
    return [phrase for start, _, phrase in outer if not _denied(text[:start], negators)]


def _denied(before: str, negators: frozenset[str]) -> bool:
    clause = CLAUSE.split(f"{before} ")[-1]
    return any(word in negators for word in clause.split()[-REACH:])
