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
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


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
    if _is_one_of(said, "stop", channel) or _asks_in_a_sentence(said):
        return Wish.STOP
    if (
        said in _list("start", "everywhere")
        or is_stopped
        and said in _list("start", "when_stopped")
    ):
        return Wish.START
    if channel == "sms" and said in _list("help", "sms"):
        return Wish.HELP
    return None


@lru_cache(maxsize=512)
def folded(text: str) -> str:
    """Text as it is compared: letters and digits only, small, without accents, width or emoji."""
    wide = unicodedata.normalize("NFKD", text.casefold())
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


def _is_one_of(said: str, what: str, channel: str) -> bool:
    known = _list(what, "everywhere") | (_list(what, "sms") if channel == "sms" else frozenset())
    if said in known:
        return True
    near = (word for word in known if abs(len(said) - len(word)) < 2)
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
    longest, asking = _sentences()
    return len(said.split()) <= longest and bool(asking.search(said))


@lru_cache(maxsize=1)
def _sentences() -> tuple[int, re.Pattern[str]]:
    """How many words a sentence that asks to stop has at most, and how it goes."""
    raw = _raw()
    first, then = (f"(?:{'|'.join(map(re.escape, words))})" for words in raw["sentences"])
    removal = "|".join(map(re.escape, raw["removals"]))
    asking = rf"\b{first} (?:\w+ )?{then}\b|\b(?:{removal})\b"
    return int(raw["longest_sentence"]), re.compile(asking)


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
