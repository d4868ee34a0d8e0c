"""Finds signs that are built from parts: what happens, to what, how badly (data/danger/parts.yml).

Words are put right towards the words of the parts before they are looked up. A sign is there when
all parts of one of its ways stand close together in one sentence.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from spacy.vocab import Vocab

from assistant.nlu.medical.lexicon import Lexicon
from assistant.nlu.medical.phrasing import expression, is_plain, words_of
from assistant.nlu.medical.rules import (
    DATA,
    HARMLESS,
    Rules,
    RulesError,
    load_red_flags,
    read_yaml,
)
from assistant.nlu.medical.tokens import PlainTokenizer

FILE = "parts.yml"
SENTENCES = ("now.yml", "soon.yml", "calm.yml")
"""Their words are known too: misspelt ones are put right towards them, and they are left alone."""
CLOSE = 14  # words from the first part of a sign to the last
SENTENCE_ENDS = frozenset(".?!;…\n")
START = "^"
DENIED_HERE = "denied here"
"""The cue that a word of a sign stands right behind one of these."""
DENIALS = frozenset(
    [
        "no",
        "not",
        "never",
        "without",
        "isnt",
        "arent",
        "dont",
        "doesnt",
        "havent",
        "hasnt",
        "wasnt",
        "didnt",
        "nobody",
        "none",
        "nothing",
    ]
)
NEAR = 3  # words from a denial to the sign that it denies
COMMON = 4_000_000  # an English word this frequent is never put right; counts of symspellpy's list
WHOLE_LIST = re.compile(r"\{(\w+)\}")

Places = list[tuple[int, int]]


@dataclass(frozen=True)
class Told:
    """What one sentence holds: the signs it tells of, and the cues around them."""

    words: tuple[str, ...]
    signs: frozenset[str]
    cues: frozenset[str]


class Phrases:
    """Named lists of phrases, looked up in a row of words at once."""

    def __init__(
        self, named: Mapping[str, Sequence[str]], lists: Mapping[str, Sequence[str]]
    ) -> None:
        self._plain: dict[tuple[str, ...], list[str]] = {}
        self._flexible: list[tuple[str, re.Pattern[str]]] = []
        for name, phrases in named.items():
            plain, flexible = _sorted_out(phrases, lists)
            for phrase in plain:
                self._plain.setdefault(tuple(phrase.split()), []).append(name)
            if flexible:
                self._flexible.append((name, expression(flexible, lists)))
        self._lengths = sorted({len(phrase) for phrase in self._plain})

    def find(self, words: Sequence[str]) -> dict[str, Places]:
        """Where each name stands, as first and last word."""
        found: dict[str, Places] = {}
        for count in self._lengths:
            for i in range(len(words) - count + 1):
                for name in self._plain.get(tuple(words[i : i + count]), ()):
                    found.setdefault(name, []).append((i, i + count - 1))
        text = "".join(f"{word} " for word in words)
        for name, pattern in self._flexible:
            for match in pattern.finditer(text):
                first = text.count(" ", 0, match.start())
                last = text.count(" ", 0, match.end()) - 1
                found.setdefault(name, []).append((first, last))
        return {name: sorted(places) for name, places in found.items()}


class Parts:
    """The signs and cues of one parts.yml; ``flags`` say which words look like a sign and are none."""

    def __init__(self, folder: Path, flags: Rules) -> None:
        data = read_yaml(folder / FILE)
        lists, parts, cues = data["lists"], data["parts"], data["cues"]
        self.signs: Mapping[str, list[list[str]]] = data["signs"]
        self.cues: tuple[str, ...] = (*cues, DENIED_HERE)
        for sign, ways in self.signs.items():
            for part in itertools.chain.from_iterable(ways):
                if part not in parts:
                    raise RulesError(
                        f"{FILE}: sign '{sign}' names the part '{part}', not in 'parts'"
                    )
        self._parts, self._cues = Phrases(parts, lists), Phrases(cues, lists)
        harmless = [p for one in flags.wordings if one.kind == HARMLESS for p in one.phrases]
        self._harmless = Phrases({HARMLESS: harmless}, flags.lists)
        used = {
            word
            for phrase in itertools.chain(*parts.values(), *cues.values())
            for word in words_of(str(phrase), lists)
        }
        used.update(word for phrase in harmless for word in words_of(phrase, flags.lists))
        often = Counter(_words_of_sentences(folder))
        used.update(often)
        self._texted = {way: word for word, ways in data["texted"].items() for way in ways}
        used.update(self._texted, data["texted"])
        plain = re.compile(r"[a-z0-9]+").fullmatch
        common = (word for word, count in english().items() if count >= COMMON)
        lexicon = Lexicon(filter(plain, used), common, english().keys(), often)
        self._tokens = PlainTokenizer(Vocab(), lexicon)

    def read(self, text: str) -> list[Told]:
        """Each sentence with its signs and cues."""
        written = [word.text for word in self._tokens.words(text)]
        words = [self._texted.get(word, word) for word in written]
        return [self._told(sentence) for sentence in _sentences(words)]

    def _told(self, words: list[str]) -> Told:
        harmless = self._harmless.find(words).get(HARMLESS, [])
        found = _without(harmless, self._parts.find(words))
        signs = (
            sign
            for sign, ways in self.signs.items()
            if any(
                found.keys() >= way and _is_close([found[part] for part in way])
                for way in map(frozenset, ways)
            )
        )
        cues = {*self._cues.find([START, *words]), *_denied(words, found.values())}
        return Told(tuple(words), frozenset(signs), frozenset(cues))


def _words_of_sentences(folder: Path) -> Iterator[str]:
    for name in SENTENCES:
        for text in itertools.chain.from_iterable(read_yaml(folder / name).values()):
            yield from re.findall(r"[a-z]+", str(text).lower().replace("'", ""))


def _sorted_out(
    phrases: Sequence[str], lists: Mapping[str, Sequence[str]]
) -> tuple[list[str], list[str]]:
    plain: list[str] = []
    flexible: list[str] = []
    for phrase in map(str, phrases):
        whole = WHOLE_LIST.fullmatch(phrase)
        if whole:
            more = _sorted_out(lists[whole[1]], lists)
            plain += more[0]
            flexible += more[1]
        elif is_plain(phrase):
            plain.append(phrase)
        else:
            flexible.append(phrase)
    return plain, flexible


def _sentences(words: Sequence[str]) -> Iterator[list[str]]:
    """Cut after . ? ! ; and keep the mark, which is a cue."""
    sentence: list[str] = []
    for word in words:
        sentence.append(word)
        if word in SENTENCE_ENDS and len(sentence) > 1:
            yield sentence
            sentence = []
    if sentence:
        yield sentence


def _without(harmless: Places, found: Mapping[str, Places]) -> dict[str, Places]:
    """The parts but those that a longer harmless phrase holds: "fit" of "can you fit me in"."""

    def is_held(first: int, last: int) -> bool:
        return any(a <= first and last <= b and last - first < b - a for a, b in harmless)

    kept = {part: [one for one in places if not is_held(*one)] for part, places in found.items()}
    return {part: places for part, places in kept.items() if places}


def _denied(words: Sequence[str], found: Iterable[Places]) -> Iterator[str]:
    """The cue, when a part stands right behind a denial."""
    near = (words[max(0, first - NEAR) : first] for places in found for first, _ in places)
    if any(DENIALS.intersection(before) for before in near):
        yield DENIED_HERE


def _is_close(places: Sequence[Places]) -> bool:
    """Can one place of each part be chosen so that they do not overlap and are close together?"""
    for chosen in itertools.product(*(row[:6] for row in places)):
        in_order = sorted(chosen)
        apart = all(one[1] < other[0] for one, other in itertools.pairwise(in_order))
        if apart and in_order[-1][1] - in_order[0][0] <= CLOSE:
            return True
    return False


@lru_cache(maxsize=1)
def english() -> Mapping[str, int]:
    """English words and how often they are written; a common one is never taken for another misspelt."""
    path = files("symspellpy") / "frequency_dictionary_en_82_765.txt"
    rows = (line.split() for line in path.read_text(encoding="utf-8-sig").splitlines())
    return {word: int(count) for word, count in rows}


@lru_cache(maxsize=2)
def load_parts(folder: Path = DATA / "danger") -> Parts:
    """The parts of a folder; read once in a process."""
    return Parts(folder, load_red_flags())
