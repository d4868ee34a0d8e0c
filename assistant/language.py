"""Which language a conversation is in: chosen, heard from the words, or told by the page.

Words are counted that only one language knows. A language that is not spoken here (Portuguese is no
Spanish) is left to the kind line that says so; what could be anything stays in the language before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from assistant.nlu.component import UNSURE
from assistant.nlu.danger.languages import fold, languages
from assistant.nlu.gloss import gloss
from assistant.nlu.spelling import english_words
from clinic import load_default as clinic
from clinic.languages import load_languages
from clinic.spoken import ENGLISH, spoken

WORD = re.compile(r"[^\W\d_]+")
LEAST_LETTERS = 3  # of a word that tells a language ("ok", "vs" and "rf" are everybody's)
YES = ("si",)
CLEAR = 2  # words by which one language must be ahead to leave the one spoken before
FOREIGN = 0.5  # share of words that no spoken language knows, from which on it may be a third one
FEW = 3  # words of a message that may be in any language
CHOOSE = re.compile(r'/choose_language\{"language": "(\w+)"\}')
CHOICE = re.compile(
    r"\b(?:in|en|speak|hable|habla|hablas|hablan|hablais|do you speak|please|por favor)\b"
)


@dataclass(frozen=True)
class Heard:
    """The language of a message; None where it may be any.

    ``is_unsure``: words of several languages stand in it, and none is ahead.
    """

    language: str | None
    is_unsure: bool = False


def hear(text: str, before: str | None) -> Heard:
    """The language that the words of a message are in, of those that the clinic speaks."""
    here = clinic().spoken
    if len(here) < 2:
        return Heard(ENGLISH)
    words = WORD.findall(fold(text))
    chosen = _chosen(words, here)
    if chosen:
        return Heard(chosen)
    if not words or text.startswith("/"):
        return Heard(None)
    known = {code: [word for word in words if _knows(code)(word)] for code in here}
    if _is_foreign(text, words, here):
        return Heard(ENGLISH)
    alone = {code: _only(code, known) for code in here}
    best = max(here, key=lambda code: (alone[code], code == before))
    rest = max((alone[code] for code in here if code != best), default=0)
    leaves = before != best and len(words) >= FEW and (before or rest)
    needed = CLEAR if leaves else 1
    if alone[best] - rest >= needed:
        return Heard(best)
    return Heard(None, is_unsure=rest > 0)


def chosen_language(text: str) -> str | None:
    """The language of a button that chooses one."""
    found = CHOOSE.match(text)
    return found[1] if found else None


def is_another(before: str | None, language: str | None) -> bool:
    """Does the conversation change its language? It begins in English."""
    return (before or ENGLISH) != (language or ENGLISH)


def language_after(text: str, before: str | None, context: Mapping[str, object]) -> str:
    """The language after a message: what is heard, else the one before, else that of the page.

    UNSURE where nothing tells, and the words are of several.
    """
    here, page = clinic().spoken, context.get("language")
    known = next((code for code in (before, page) if code in here), None)
    heard = hear(text, known)
    if heard.is_unsure and not known:
        return UNSURE
    return heard.language or known or ENGLISH


def _only(code: str, known: dict[str, list[str]]) -> int:
    """How many words of a message this language alone knows."""
    others = {word for other, words in known.items() if other != code for word in words}
    telling = (word for word in known[code] if len(word) >= LEAST_LETTERS or word in YES)
    return sum(word not in others for word in telling)


def _is_foreign(text: str, words: list[str], here: Iterable[str]) -> bool:
    """Is it a language that is not spoken here? Then English says so (clinic/languages.py)."""
    letters = frozenset().union(*(_letters(code) for code in here))
    if any(sign.isalpha() and not sign.isascii() and sign not in letters for sign in text.lower()):
        return True
    strange = [word for word in words if not any(word in _forms(code) for code in here)]
    if len(words) < 2 or len(strange) < FOREIGN * len(words):
        return False
    return languages().likeliest(text) not in here


def _chosen(words: list[str], here: Iterable[str]) -> str | None:
    """A language that is asked for by its name ("in english please", "¿hablan español?")."""
    named = [code for code in here if _names(code).intersection(words)]
    short = len(words) <= 2 or CHOICE.search(" ".join(words))
    return named[0] if len(named) == 1 and short and len(words) <= 6 else None


@lru_cache(maxsize=8)
def _names(code: str) -> frozenset[str]:
    own = {ENGLISH: ("english", "ingles"), "es": ("spanish", "espanol", "castellano")}
    listed = load_languages()
    return frozenset(own.get(code, (fold(listed[code].name),) if code in listed else ()))


@lru_cache(maxsize=8)
def _letters(code: str) -> frozenset[str]:
    """Letters that are no plain ones and stand in the language."""
    return frozenset() if code == ENGLISH else gloss(code).letters


@lru_cache(maxsize=8)
def _forms(code: str) -> frozenset[str]:
    """Words of a language as they are written somewhere in our own texts of it."""
    if code == ENGLISH:
        return english_words()
    asked = (text for texts in spoken(code).asks.values() for text in texts)
    return frozenset(word for text in asked for word in WORD.findall(fold(text))).union(
        word for words in gloss(code).phrases() for word in words.split()
    )


@lru_cache(maxsize=8)
def _knows(code: str) -> Callable[[str], bool]:
    """Whether a word is one of a language in any of its forms."""
    if code == ENGLISH:
        return english_words().__contains__
    own, lexicon = _forms(code), gloss(code)
    return lru_cache(maxsize=20_000)(lambda word: word in own or lexicon.knows(word))
