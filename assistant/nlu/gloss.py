"""A gloss: another language's words in English, one after the other, for the machine's eyes only.

The encoder, the clinical reader, the danger check and the patterns of data/ know English. They read a
gloss; what is answered was written by people in the visitor's language. data/languages/<code>/ holds
the words (lexicon.txt) and how they are cut and turned (reading.yml).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from nltk.stem.snowball import SnowballStemmer  # type: ignore[import-untyped]  # nltk 3.10

from assistant.nlu.danger.languages import fold
from clinic.spoken import FOLDER

LONGEST = 6  # words of a phrase of the lexicon
LEAST_STEM = 3
NOTHING = "- "  # the English of a word that English does without
TOKEN = re.compile(r"\d+(?:[.,]\d+)+|\w+(?:[:'-]\w+)*|[^\w\s]")
OPENING = str.maketrans("¿¡", "  ")


@dataclass(frozen=True)
class Turned:
    """A pattern on folded words, and what takes its place."""

    words: re.Pattern[str]
    instead: str


class Gloss:
    """Reads one language as English."""

    def __init__(self, lexicon: Iterable[str], reading: Mapping[str, Any]) -> None:
        self._stemmer = SnowballStemmer(reading["stems"])
        self._hanging = tuple(reading["hanging"])
        self._endings: Mapping[str, str] = reading["endings"]
        self._accented = [
            Turned(re.compile(rf"\b{word}\b", re.I), to) for word, to in reading["accented"].items()
        ]
        self.letters = frozenset(reading["letters"])
        self.connector = re.compile(reading["connector"])
        self._turned = [Turned(re.compile(words), to) for words, to in reading["turned"]]
        self._stem = lru_cache(maxsize=20_000)(self._stemmer.stem)
        self._known: dict[str, str] = {}
        self._stems: dict[str, str] = {}
        for english, words in _lines(lexicon):
            self._known.setdefault(words, english)
            self._stems.setdefault(self._stemmed(words), english)

    def read(self, text: str) -> str:
        """The text in English words; what is not known stands as it is, without accents."""
        folded = self.plain(text)
        for turned in self._turned:
            folded = turned.words.sub(turned.instead, folded)
        words = TOKEN.findall(folded)
        english = " ".join(word for word in self._glossed(words) if word)
        return re.sub(r" (?=[.,;:!?])", "", english).strip()

    def plain(self, text: str) -> str:
        """The text in small letters without accents; what only an accent tells apart is told."""
        for accented in self._accented:
            text = accented.words.sub(accented.instead, text)
        return fold(text.translate(OPENING))

    def phrases(self) -> Iterable[str]:
        """Every word and phrase of the lexicon."""
        return self._known

    def words(self) -> Iterator[str]:
        """Every single word of the lexicon."""
        return (words for words in self._known if " " not in words)

    def knows(self, word: str) -> bool:
        """Is this a word of the language, in any of its forms?"""
        return self._word(fold(word)) is not None

    def _glossed(self, words: list[str]) -> Iterator[str]:
        at = 0
        while at < len(words):
            found, length = self._longest(words, at)
            yield found
            at += length

    def _longest(self, words: list[str], at: int) -> tuple[str, int]:
        for length in range(min(LONGEST, len(words) - at), 1, -1):
            phrase = " ".join(words[at : at + length])
            english = self._known.get(phrase)
            if english is None and words[at].isalpha():
                english = self._stems.get(self._stemmed(phrase))
            if english is not None:
                return english, length
        english = self._word(words[at])
        return words[at] if english is None else english, 1

    def _word(self, word: str) -> str | None:
        """One word: as it is, by its stem, without what hangs on it, without its ending."""
        found = self._known.get(word)
        if found is None and len(word) > LEAST_STEM:
            found = self._stems.get(self._stem(word))
        if found is None and len(word) > LEAST_STEM + 2:
            ends = next((end for end in self._hanging if word.endswith(end)), None)
            bare = word.removesuffix(ends) if ends else word
            found = self._known.get(bare) or self._stems.get(self._stem(bare)) if ends else None
            for end, instead in self._endings.items() if found is None else ():
                if word.endswith(end):
                    bare = word.removesuffix(end) + instead
                    found = self._known.get(bare) or self._stems.get(self._stem(bare))
        return found

    def _stemmed(self, words: str) -> str:
        return " ".join(self._stem(word) for word in words.split())


def _lines(lexicon: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lexicon:
        english, _, words = line.partition(" = ")
        if words and not line.startswith("#"):
            for one in words.split(","):
                yield english.strip(NOTHING), fold(one.strip())


@lru_cache(maxsize=4)
def gloss(language: str) -> Gloss:
    """The gloss of a language of data/languages/, read once."""
    folder: Path = FOLDER / language
    lexicon = (folder / "lexicon.txt").read_text(encoding="utf-8").splitlines()
    reading = yaml.load((folder / "reading.yml").read_text(encoding="utf-8"), yaml.CSafeLoader)
    return Gloss(lexicon, reading)
