"""Who asks for no more messages, asks for them again, or asks for help, whatever way it is written.

The words are opt_out.yml; what follows from them, and where it is kept, is the reception's.
"""

from __future__ import annotations

import re
import unicodedata
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
SHORTEST_WITH_SLIP = 4
SLIPS = EditDistance(DistanceAlgorithm.DAMERAU_OSA)
KEYBOARD = ("234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
LETTERS = str.maketrans("ıłøđ", "ilod")
"""Letters of which Unicode takes no accent away."""
TWICE = re.compile(r"(\w{3,}?)(?: ?\1)+")
FEWEST_SPACED = 3


class Wish(str, Enum):
    """What somebody asks of a messaging channel; the value is the line of copy.yml that answers."""

    STOP = "opted_out"
    START = "opted_in"
    HELP = "sms_help"


def wish(text: str, channel: str, is_stopped: bool) -> Wish | None:
    """What the whole of ``text`` asks for. ``is_stopped``: has the sender asked to stop before?"""
    said = folded(SIGNATURE.sub("", text))
    if not said:
        return None
    bare = _bare(said)
    if _is_one_of(said, channel) or _is_one_of(bare, "") or _asks_in_a_sentence(said):
        return Wish.STOP
    again = _list("start", "everywhere")
    if said in again or is_stopped and (bare in again or said in _list("start", "when_stopped")):
        return Wish.START
    if channel == "sms" and said in _list("help", "sms"):
        return Wish.HELP
    return None


@lru_cache(maxsize=512)
def folded(text: str) -> str:
    """Text as it is compared: letters and digits only, small, without accents, width or emoji."""
    wide = unicodedata.normalize("NFKD", text.casefold()).translate(LETTERS)
    letters = "".join(
        sign
        if unicodedata.category(sign)[0] in "LN"
        else " "
        if sign.isspace() or _parts(sign)
        else ""
        for sign in wide
        if unicodedata.category(sign) not in ("Mn", "Cf")
    )
    return " ".join(letters.split())


def _parts(sign: str) -> bool:
    """Does this sign stand between words? An apostrophe does not ("don't")."""
    return sign not in "'’`´.*_~" and unicodedata.category(sign)[0] in "PSZ"


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


def _is_one_of(said: str, channel: str) -> bool:
    known = _list("stop", "everywhere")
    known |= _list("stop", "sms") if channel == "sms" else frozenset()
    if said in known:
        return True
    near = (word for word in known if abs(len(said) - len(word)) < 2)
    if len(said) < SHORTEST_WITH_SLIP and not channel:
        return False
    return said not in _list("not_slips") and any(_is_slip(said, word) for word in near)


def _is_slip(said: str, word: str) -> bool:
    """Is it the word with two letters swapped, one doubled, left out, or hit on the key beside it?"""
    if not word.isascii() or len(word) < SHORTEST_WITH_SLIP or SLIPS.compare(said, word, 1) != 1:
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


def _asks_in_a_sentence(said: str) -> bool:
    longest, asking, unless = _sentences()
    spaced = f" {said} "
    is_short = len(said.split()) <= longest
    return is_short and bool(asking.search(spaced)) and not unless.search(spaced)


@lru_cache(maxsize=1)
def _sentences() -> tuple[int, re.Pattern[str], re.Pattern[str]]:
    """How many words a sentence that asks to stop has at most, how it goes, and what it never has."""

    def any_of(phrases: list[str]) -> str:
        return f"(?:{'|'.join(re.escape(folded(one)) for one in phrases)})"

    raw = _raw()
    rows = (
        rf" {any_of(row['ask'])}(?: \S+){{0,{row['between']}}} {any_of(row['of'])} "
        for row in raw["sentences"]
    )
    unless = re.compile(f" {any_of(raw['unless'])} ")
    return int(raw["longest_sentence"]), re.compile("|".join(rows)), unless


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
