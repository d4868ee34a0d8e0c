"""Puts right what is misspelt by one slip, before it is understood.

Only a word that nobody knows is touched (no English word, none of the training texts but in a few, where
it is a slip of a word that many have), and only when a word of the training texts is near. Red flags,
medicines and the like are read from the text as it was written (assistant/nlu/safety.py, clinical.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from importlib.resources import files

from spacy.lang.en.tokenizer_exceptions import TOKENIZER_EXCEPTIONS
from symspellpy import SymSpell, Verbosity

ENGLISH = "frequency_dictionary_en_82_765.txt"
WORD = re.compile(r"\b[^\W\d_]{4,}(?:['’][^\W\d_]+)?\b")
LONG = 7  # letters from which on a word may have two slips
MOST_SLIPS = 2
OFTENER, SLIP_LETTERS = 8, 6
"""Times that a word is found as often as its slip in the training texts, and letters of such a slip."""
SOUNDS = 4  # consonants of a name that is known by its sound
HEARD = (
    ("ph", "f"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "sy"),
    ("ck", "k"),
    ("x", "ks"),
    ("qu", "k"),
)
ALSO = str.maketrans("cqz", "kks")
REAL_WORDS = (  # right by themselves, and hardly meant where they stand
    (
        re.compile(
            r"\bdose(?=\s+(?:it|this|that|the|your?|ur|laser|he|she|anyone)\b)|(?<=\bhow long )dose\b",
            re.I,
        ),
        "does",
    ),
    (
        re.compile(
            r"(\b(?:do|does|did|will)\s+(?:\w+\s+){0,3}?(?:it|this|that|one|laser|treatment)\s+)hrt(?=\W*$)",
            re.I,
        ),
        r"\1hurt",
    ),
)
VOWELS = re.compile(r"[aeiouy]+")
UNHEARD = re.compile(r"(?<!^)[aeiouyh]|(.)(?=\1)")


class Spelling:
    """Corrects towards ``vocabulary``: how often each word occurs in the training texts.

    ``known`` says which words are right as they are (by default: English ones and the vocabulary);
    ``slips`` are those that a long word may have. ``names`` are also known by their sound: people
    write the names of devices as they heard them ("morfius").
    """

    def __init__(
        self,
        vocabulary: Mapping[str, int],
        known: Callable[[str], bool] | None = None,
        slips: int = MOST_SLIPS,
        names: Iterable[str] = (),
    ) -> None:
        words = english_words() | vocabulary.keys()
        self._counts = vocabulary if known is None else {}
        self._names = frozenset(names)
        sounds = ((sound(name), name) for name in sorted(self._names))
        self._by_sound = {heard: name for heard, name in sounds if len(heard[0]) >= SOUNDS}
        self._is_known = known or words.__contains__
        self._slips = slips
        self._near = SymSpell(max_dictionary_edit_distance=2)
        for word, count in vocabulary.items():
            if WORD.fullmatch(word):
                self._near.create_dictionary_entry(word, count)

    def correct(self, text: str) -> str:
        """The text with its misspelt words put right; the same text when there are none."""
        return real_words(WORD.sub(self._corrected, text))

    def _corrected(self, found: re.Match[str]) -> str:
        word = found[0].lower()
        if not (word.isascii() and word.isalpha()):
            return found[0]
        is_slip = word not in english_words() and word not in self._names
        if is_slip and (named := self._by_sound.get(sound(word))):
            return named  # also where a training text has the same slip
        if self._is_known(word):
            return (self._slip_of(word) if is_slip else None) or found[0]
        slips = self._slips if len(word) >= LONG else 1
        near = self._near.lookup(word, Verbosity.CLOSEST, slips)
        best = next((one.term for one in near if one.term[0] == word[0]), None)
        return best or found[0]

    def _slip_of(self, word: str) -> str | None:
        """What a word is a slip of that stands in a few training texts ("warfrin" in two of them)."""
        if len(word) < SLIP_LETTERS or word not in self._counts:
            return None
        near = self._near.lookup(word, Verbosity.ALL, 1)
        often = OFTENER * self._counts[word]
        meant = [one for one in near if one.term[0] == word[0] and one.count >= often]
        return max(meant, key=lambda one: one.count).term if meant else None


def real_words(text: str) -> str:
    """The text with words put right that are words, yet not those that were meant ("dose it hurt")."""
    for slip, right in REAL_WORDS:
        text = slip.sub(right, text)
    return text


def sound(word: str) -> tuple[str, str, int]:
    """Its consonants as they are heard, its first vowel, and how many it has: "morpheus" and "morfius"
    sound alike, "Murphys" does not.
    """
    vowels = VOWELS.findall(word.rstrip("e"))
    for written, heard in HEARD:
        word = word.replace(written, heard)
    return UNHEARD.sub("", word.translate(ALSO)), "".join(vowels)[:1], len(vowels)


@lru_cache(maxsize=1)
def english_words() -> frozenset[str]:
    """The dictionary that comes with symspellpy (MIT licence), in small letters, and what it lacks:
    spaCy's short forms ("dont", "couldnt").
    """
    return frozenset([*TOKENIZER_EXCEPTIONS, *word_counts()])


@lru_cache(maxsize=1)
def word_counts() -> Mapping[str, int]:
    """How often each word of that dictionary was found in a very large number of texts."""
    lines = files("symspellpy").joinpath(ENGLISH).read_text(encoding="utf-8-sig").splitlines()
    return {word: int(count) for word, count in map(str.split, lines)}
