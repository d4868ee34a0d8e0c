"""Knows every word that the rules use, and reads misspelt ones as those words.

Only a word that is no everyday word itself is corrected: data/lookalikes.txt lists the everyday
words that are a letter or two away from one of ours ("coma" is not "comma").
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

ONE_SLIP = 5
TWO_SLIPS = 9
SHORTEST = 3
LIKELY = 0
CLEARLY = 5
"""So many times as often a word is written as any other that a short slip may stand for."""
VOWEL = re.compile(r"[aeiou]")
LONGEST = 24
REPEATED = re.compile(r"(.)\1{2,}")
DOUBLED = re.compile(r"(.)\1+")
DIGIT_LETTERS = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s"}
)


class Lexicon:
    """The words of the rules; ``read`` gives the known word that a written one stands for.

    ``english``: every English word. With it short words are put right too ("thsi"), where they are no
    word at all and it is clear which one is meant. Of two that are as near the likelier slip counts, then
    the beginning, then which is written more ``often`` by people who write to us. ``never_cut``: words
    that are not several of ours written together ("Manchester" holds a chest).
    """

    def __init__(
        self,
        words: Iterable[str],
        everyday: Iterable[str],
        english: Collection[str] = (),
        often: Mapping[str, int] | None = None,
        never_cut: Collection[str] = (),
    ) -> None:
        self.words = frozenset(words)
        self.everyday = frozenset(everyday) - self.words
        self._english, self._often = english, Counter(often)
        self._never_cut = never_cut
        self._shortened: dict[str, list[str]] = {}
        for word in sorted(self.words):
            for short in _shortened(word, self._slips_to(word)) if word.isalpha() else ():
                self._shortened.setdefault(short, []).append(word)
        self.read = lru_cache(maxsize=8192)(self._read)

    def _read(self, word: str) -> str:
        """The known word that ``word`` stands for; ``word`` itself when there is none."""
        if self.knows(word) or len(word) > LONGEST:
            return word
        for attempt in _simpler(word):
            if self.knows(attempt):
                return attempt
        return self._nearest(word) or word

    def knows(self, word: str) -> bool:
        """Is it a word of the rules, or an everyday word that must be left alone?"""
        return word in self.words or word in self.everyday

    def split(self, word: str) -> list[str]:
        """Cut words that were written together; the word alone when that is not clear."""
        if len(word) < 7 or len(word) > 2 * LONGEST or self.knows(word) or not word.isalpha():
            return [word]
        if word in self._never_cut:
            return [word]
        best: list[list[str] | None] = [[]] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - LONGEST), end):
                before, piece = best[start], word[start:end]
                if (
                    before is None
                    or piece not in self.words
                    or (len(piece) == 1 and piece not in "ia")
                ):
                    continue
                held = best[end]
                if held is None or len(before) + 1 < len(held):
                    best[end] = [*before, piece]
        found = best[-1]
        if not found or len(found) > 5 or max(map(len, found)) < 3:
            return [word]
        if len(found) == 2 and min(map(len, found)) < 2:
            return [word]
        return found

    def _nearest(self, word: str) -> str | None:
        allowed = self._slips_in(word) if len(word) >= SHORTEST else 0
        if not allowed or not word.isalpha():
            return None
        found = {
            candidate
            for short in _shortened(word, allowed)
            for candidate in self._shortened.get(short, ())
        }
        often = self._often
        ranked = sorted(
            (distance(word, one), _kind_of_slip(word, one), one[0] != word[0], -often[one], one)
            for one in found
            if one[0] in word[:2]
        )
        within = [one for far, *_, one in ranked if far <= min(allowed, self._slips_to(one, word))]
        best = next((one for one in within if _may_stand_for(word, one)), None)
        return best if best and self._is_clear(word, best, within) else None

    def _is_clear(self, word: str, best: str, others: Iterable[str]) -> bool:
        """Is no other word meant by a short one? "hert" may be "heart" or "hurt"."""
        if len(word) >= ONE_SLIP:
            return True
        rivals = (one for one in others if one != best and _is_rival(word, one))
        return all(CLEARLY * self._often[one] < self._often[best] for one in rivals)

    def _slips_in(self, word: str) -> int:
        return slips(word) or int(self._english_knows_no(word))

    def _slips_to(self, one: str, word: str = "") -> int:
        return slips(one) or int(len(one) >= SHORTEST and self._english_knows_no(word))

    def _english_knows_no(self, word: str) -> bool:
        return bool(self._english) and word not in self._english


def _may_stand_for(word: str, one: str) -> bool:
    """In a short word only the likeliest slips are put right."""
    return min(len(word), len(one)) >= ONE_SLIP or _kind_of_slip(word, one) == LIKELY


def _is_rival(word: str, one: str) -> bool:
    """By a likely slip, or by another vowel, as people write what they hear."""
    return _kind_of_slip(word, one) == LIKELY or VOWEL.sub("a", word) == VOWEL.sub("a", one)


def _kind_of_slip(word: str, one: str) -> int:
    """Two swapped, one doubled or (of four or more) left out: LIKELY, and the only ones in a short word."""
    if sorted(word) == sorted(one) or DOUBLED.sub(r"\1", word) == DOUBLED.sub(r"\1", one):
        return LIKELY
    if len(one) > max(len(word), SHORTEST):
        return LIKELY
    return LIKELY + 1 if len(one) < len(word) else LIKELY + 2


def slips(word: str) -> int:
    """How many wrong letters a word of this length may hold."""
    return (len(word) >= ONE_SLIP) + (len(word) >= TWO_SLIPS)


def _simpler(word: str) -> Iterator[str]:
    if any(c in "0134579@$" for c in word) and any(c.isalpha() for c in word):
        letters = word.translate(DIGIT_LETTERS)
        yield letters
        yield word.replace("1", "l").translate(DIGIT_LETTERS)
        word = letters
    if REPEATED.search(word):
        yield REPEATED.sub(r"\1\1", word)
        yield REPEATED.sub(r"\1", word)
        yield DOUBLED.sub(r"\1", word)


def _shortened(word: str, times: int) -> set[str]:
    """The word with up to ``times`` letters left out."""
    found = {word}
    for _ in range(times):
        found |= {w[:i] + w[i + 1 :] for w in found for i in range(len(w))}
    return found


def distance(a: str, b: str) -> int:
    """Slips between two words: a letter too many, too few, wrong, or two swapped."""
    before, last = list(range(len(b) + 1)), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]
