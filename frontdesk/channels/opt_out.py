"""Who asks for no more messages, asks for them again, or asks for help, whatever way it is written.

The words are opt_out.yml; what follows from them, and where it is kept, is the reception's.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml
from symspellpy.editdistance import DistanceAlgorithm, EditDistance

WORDS = Path(__file__).with_name("opt_out.yml")
SIGNATURE = re.compile(
    r"\n\s*(?:-- ?\n.*|(?:sent from|get outlook for|von meinem|enviado desde)\b.*)\Z", re.I | re.S
)
"""What a phone or a mail program writes under one's words."""
CLAUSE = re.compile(r"[,;:.!?…()\n—–،؛؟。、，；：！？।]|\s-|-\s")
"""Where a clause ends: what is denied or asked before it is not what comes behind."""
MOST_BETWEEN = 5
SLIPS = EditDistance(DistanceAlgorithm.DAMERAU_OSA)
KEYBOARD = ("234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
NOT_NAMED = re.compile(r"(?:[Ii](?:['’]?m| am) not|[Nn]o soy)(?! Ok\b)(?: [A-ZÀ-Þ][a-zß-ÿ]+){1,3}")
"""Somebody whom we took for another."""
LETTERS = str.maketrans("ıłøđ", "ilod")
"""Letters of which Unicode takes no accent away."""
SKIN = re.compile("[\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]")
"""How a sign looks: its colour, and whether it is drawn."""
LETTER_SIGNS = {
    first + number: chr(ord("a") + number)
    for first in (0x1F150, 0x1F170, 0x1F1E6)
    for number in range(26)
}
"""Letters as signs ("🇸🇹🇴🇵"), which Unicode takes for no letters: circled, squared, and those of flags."""
TWICE = re.compile(r"(\w{3,}?)(?: ?\1)+")
FEWEST_SPACED = 3
STOP = "stop"


class Wish(str, Enum):
    """What somebody asks of a messaging channel; the value is the line of copy.yml that answers."""

    STOP = "opted_out"
    START = "opted_in"
    HELP = "sms_help"


def wish(text: str, channel: str, is_stopped: bool) -> Wish | None:
    """What the whole of ``text`` asks for. ``is_stopped``: has the sender asked to stop before?"""
    text = SIGNATURE.sub("", text)
    asked = _wish_in_words(text, channel, is_stopped)
    if asked or text.isascii():
        return asked
    in_words = _signs_in_words(text)
    return None if in_words == text else _wish_in_words(in_words, channel, is_stopped)


def _signs_in_words(text: str) -> str:
    """Text with the word for each sign that asks to stop; of signs alone, with the letters that they show."""
    signs = _raw()["stop_signs"]
    if not folded(text):
        text, signs = SKIN.sub("", text).translate(LETTER_SIGNS), [*signs, *_raw()["hands"]]
    for sign in signs:
        text = text.replace(sign, f" {STOP} ")
    for sign in _raw()["polite_signs"]:
        text = text.replace(sign, " ")
    return text


def _wish_in_words(text: str, channel: str, is_stopped: bool) -> Wish | None:
    said = folded(text)
    if not said:
        return None
    bare = _bare(said)
    known = _list("stop", "everywhere")
    if bare in known or said in known or channel == "sms" and said in _list("stop", "sms"):
        return Wish.STOP
    if _is_slip(said) or _is_slip(bare) or _says_why(text) or _asks_in_a_sentence(text, said):
        return Wish.STOP
    again = _list("start", "everywhere")
    once_more = again | _list("start", "when_stopped")
    if said in again or is_stopped and (bare in once_more or said in once_more):
        return Wish.START
    if channel == "sms" and said in _list("help", "sms"):
        return Wish.HELP
    return None


@lru_cache(maxsize=512)
def folded(text: str) -> str:
    """Text as it is compared: letters and digits only, small, without accents, width or emoji."""
    wide = unicodedata.normalize("NFKD", text.casefold()).translate(LETTERS)
    return " ".join("".join(map(_as_compared, wide)).split())


@lru_cache(maxsize=4096)
def _as_compared(sign: str) -> str:
    """A sign as it is, a space for what stands between words, or nothing. An apostrophe parts no words ("don't")."""
    kind = unicodedata.category(sign)
    if kind[0] in "LN":
        return sign
    return " " if sign.isspace() or kind[0] in "PSZ" and sign not in "'’`´.*_~" else ""


def _bare(said: str) -> str:
    """What is left without courtesy, spaces between the letters, a number, and saying it twice."""
    words = said.split()
    if len(words) >= FEWEST_SPACED and all(len(word) == 1 for word in words):
        return "".join(words)
    left = f" {' '.join(word for word in words if not word.isdecimal())} "
    for phrase in sorted(_list("courtesy"), key=len, reverse=True):
        while f" {phrase} " in left:
            left = left.replace(f" {phrase} ", " ")
    left = left.strip()
    again = TWICE.fullmatch(left)
    return again[1] if again else left


def _is_slip(said: str) -> bool:
    """Is it a word in which one slip is forgiven, and nothing else that people say?"""
    if said in _list("slips", "never"):
        return False
    return any(_is_slip_of(word, said) for word in _list("slips", "of"))


def _is_slip_of(word: str, said: str) -> bool:
    """Is it the word with two letters swapped, one doubled, left out, or hit on the key beside it?"""
    if abs(len(said) - len(word)) > 1 or SLIPS.compare(said, word, 1) != 1:
        return False
    if len(said) != len(word):
        return said[:1] == word[:1]
    differ = [(one, other) for one, other in zip(said, word, strict=True) if one != other]
    return len(differ) == 2 or any(_neighbours(*pair) for pair in differ)


def _neighbours(one: str, other: str) -> bool:
    places = {sign: (row, at) for row, keys in enumerate(KEYBOARD) for at, sign in enumerate(keys)}
    if one not in places or other not in places:
        return False
    (row, at), (other_row, other_at) = places[one], places[other]
    return abs(row - other_row) + abs(at - other_at) == 1


def _says_why(text: str) -> bool:
    """Is one clause a word that asks to stop, perhaps with why behind it, and each other one that, too, or why?"""
    clauses = [clause for clause in CLAUSE.split(text.replace("/", ".")) if folded(clause)]
    known = _list("stop", "everywhere")

    def asks(clause: str) -> bool:
        said, (word, *behind) = folded(clause), clause.split(maxsplit=1)
        rest = " ".join(behind)
        is_first = folded(word) in known and (folded(rest) in known or _is_why(rest))
        return said in known or _bare(said) in known or is_first

    asking = [asks(clause) for clause in clauses]
    return any(asking) and all(
        is_asking or not _bare(folded(clause)) or _is_why(clause)
        for clause, is_asking in zip(clauses, asking, strict=True)
    )


def _is_why(clause: str) -> bool:
    """Does a clause say why somebody wants no messages, and nothing else?"""
    said = folded(clause)
    if said in _list("whole_reasons") or NOT_NAMED.fullmatch(clause.strip()):
        return True
    return any(
        f"{one} ".startswith(f"{reason} ")
        and _list("more_than_reasons").isdisjoint(one[len(reason) :].split())
        for one in (said, _bare(said))
        for reason in _list("reasons")
    )


def _asks_in_a_sentence(text: str, said: str) -> bool:
    sentences = _sentences()
    if len(said.split()) > sentences.longest:
        return False
    clauses = [f" {folded(clause)} " for clause in CLAUSE.split(text)]
    if any(sentences.instead.match(clause) for clause in clauses):
        return False
    return any(
        not sentences.before.search(clause[: asked.start() + 1])
        and not sentences.behind.match(clause[asked.end() - 1 :])
        for clause in clauses
        for asked in sentences.asking.finditer(clause)
    )


@dataclass(frozen=True)
class Sentences:
    """How a clause asks to stop, what stands right before or behind where it does not, and in which
    clause beside it somebody wishes to be reached all the same. ``longest``: words of the message."""

    longest: int
    asking: re.Pattern[str]
    before: re.Pattern[str]
    behind: re.Pattern[str]
    instead: re.Pattern[str]


@lru_cache(maxsize=1)
def _sentences() -> Sentences:
    raw = _raw()
    courtesy, between = raw["courtesy"], _any_of(raw["between"])
    leads, around = _any_of([*courtesy, *raw["leads"]]), _any_of([*courtesy, *raw["between"]])
    rows = (
        (rf"^(?: {leads})*" if "at" in row and "start" in row["at"] else "")
        + rf" {_any_of(row['ask'])}(?: {between}){{0,{MOST_BETWEEN}}} {_any_of(row['of'])} "
        + (rf"(?=(?:{around} )*$)" if "at" in row and "end" in row["at"] else "")
        for row in raw["sentences"]
    )
    return Sentences(
        int(raw["longest_sentence"]),
        re.compile("|".join(rows)),
        re.compile(rf" {_any_of(raw['unless_before'])} $"),
        re.compile(rf"(?: {around})* {_any_of([*raw['unless_behind'], *raw['instead']])} "),
        re.compile(rf"(?: {leads})* {_any_of(raw['instead'])} "),
    )


def _any_of(phrases: list[str]) -> str:
    longest_first = sorted({folded(one) for one in phrases}, key=len, reverse=True)
    return f"(?:{'|'.join(re.escape(one) for one in longest_first)})"


@cache
def _list(*path: str) -> frozenset[str]:
    found: Any = _raw()
    for key in path:
        found = found.get(key, ()) if isinstance(found, dict) else ()
    return frozenset(folded(word) for word in found)


@lru_cache(maxsize=1)
def _raw() -> dict[str, Any]:
    # texts only: "yes" and "no" are words here
    found: dict[str, Any] = yaml.load(
        WORDS.read_text(encoding="utf-8"),
        Loader=yaml.BaseLoader,  # noqa: S506
    )
    return found
