"""Finds phrases of other languages, and tells which language a message is in (py3langid)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from assistant.nlu.spelling import english_words
from clinic.languages import Language, load_languages

ENGLISH = "en"
GAP, WIDEST = " .. ", 40  # the second half of a phrase follows within so many characters
CHINESE = "\u2e80"  # from here on words are not parted by spaces
SHORT = 3  # letters of a last word that must end there ("acid pe" is not "acid peel")
SURE = 0.9
CLEAR = 0.97  # to answer in it; English in short forms ("Vacancies? RGN, 9 yrs derm") reaches 0.94
MOST_ENGLISH = 2  # of so many words one may be English
START = 3  # letters of a phrase by which it is looked up
LEAST_WORDS = 3  # fewer words of Latin letters could be any language
WITHOUT_MARKS = str.maketrans("łıøđ’‘`´", "liod''''")


@dataclass(frozen=True)
class Spoken:
    """A phrase that was found: its language, and the event or the wish that it stands for."""

    language: str
    means: str
    phrase: str

    @cached_property
    def begins(self) -> str:
        """What must stand somewhere in a text before it is worth a closer look."""
        return self.phrase.partition(GAP)[0]


class _Known:
    """Phrases by their first letters, so that of thousands few are looked for in a text."""

    def __init__(self, phrases: Iterable[Spoken]) -> None:
        self._by_start: dict[str, list[Spoken]] = {}
        for spoken in phrases:
            self._by_start.setdefault(spoken.begins[:START], []).append(spoken)
        self._lengths = sorted({len(start) for start in self._by_start})

    def standing_in(self, folded: str) -> list[Spoken]:
        """Those that a text holds, as they stand."""
        starts = {folded[at : at + size] for size in self._lengths for at in range(len(folded))}
        return [
            spoken
            for start in sorted(starts & self._by_start.keys())  # the same in every process
            for spoken in self._by_start[start]
            if spoken.begins in folded and _stands_in(spoken.phrase, folded)
        ]


class Languages:
    """The phrases of every language, folded."""

    def __init__(self, languages: Mapping[str, Language]) -> None:
        self._danger = _Known(_phrases((one.code, one.danger) for one in languages.values()))
        self._wishes = _Known(
            _phrases(
                (one.code, {"ask_for_human": one.person, "request_callback": one.call_back})
                for one in languages.values()
            )
        )
        self._identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
        self._identifier.set_languages([ENGLISH, *languages])

    def language(self, text: str) -> str | None:
        """The language of a text when that is clear and not English."""
        words = text.split()
        if not any(map(str.isalpha, text)) or (text.isascii() and len(words) < LEAST_WORDS):
            return None
        known = sum(word.strip(".,!?").casefold() in english_words() for word in words)
        if known > len(words) / MOST_ENGLISH:
            return None
        code, sure = self._identifier.classify(text)
        return str(code) if code != ENGLISH and sure >= CLEAR else None

    def likeliest(self, text: str) -> str:
        """The language that a text is in, of all that are known, sure or not."""
        return str(self._identifier.classify(text)[0])

    def danger(self, text: str) -> Spoken | None:
        """The longest phrase of danger."""
        return self._longest(text, self._danger)

    def wish(self, text: str) -> Spoken | None:
        """A wish for a person or for a call."""
        return self._longest(text, self._wishes)

    def _longest(self, text: str, known: _Known) -> Spoken | None:
        found = known.standing_in(fold(text))
        if not found:
            return None
        told, sure = self._identifier.classify(text)
        told = told if sure >= SURE else ENGLISH
        # a single word of plain letters may be an English one ("infection"): the language decides
        found = [
            one
            for one in found
            if one.language == told or " " in one.phrase or not one.phrase.isascii()
        ]
        return max(found, key=lambda one: (one.language == told, len(one.phrase)), default=None)


def fold(text: str) -> str:
    """Small letters without marks, so that "Respirar", "réspirar" and "respirar" are the same."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(WITHOUT_MARKS)
    return "".join(sign for sign in plain if unicodedata.category(sign) != "Mn")


def _stands_in(phrase: str, text: str) -> bool:
    """Does it, whose beginning is there, stand at the start of a word where spaces part words?"""
    first, _, later = phrase.partition(GAP)
    at = text.index(first)
    if later:
        rest = text[at + len(first) :]
        return _starts_word(text, at, first) and 0 <= rest.find(later) <= WIDEST
    if not _starts_word(text, at, phrase):
        return False
    if phrase[0] > CHINESE:
        return True
    return len(phrase.split()[-1]) > SHORT or not text[at + len(phrase) :][:1].isalnum()


def _starts_word(text: str, at: int, phrase: str) -> bool:
    return phrase[0] > CHINESE or at == 0 or not text[at - 1].isalnum()


def _phrases(rows: Iterable[tuple[str, Mapping[str, Iterable[str]]]]) -> Iterator[Spoken]:
    for code, meanings in rows:
        for means, phrases in meanings.items():
            for phrase in phrases:
                yield Spoken(code, means, fold(phrase))


@lru_cache(maxsize=1)
def languages() -> Languages:
    """Read once in a process."""
    return Languages(load_languages())
