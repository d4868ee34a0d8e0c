"""Undoes disguises of characters: full-width, zero-width, accents, look-alikes, apostrophes, case.

Keeps, for every character that is left, where it came from, so that findings can point at the
visitor's own words.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

APOSTROPHES = frozenset("'’‘`´ʼ＇′")
LOOK_ALIKES = dict(
    zip(
        "авекмнорстухіјѕԁһոցɡɑαβεικνορτυχѵıøłđħ",
        "abekmhopctyxijsdhnggaabeikvoptuxvioldh",
        strict=True,
    )
)


@dataclass(frozen=True)
class Folded:
    """Plain characters, and the place of each in the text that they came from."""

    text: str
    origin: tuple[int, ...]


def fold(text: str) -> Folded:
    """Return ``text`` in plain lower-case characters; what cannot be read becomes a space."""
    plain: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        for part in _plain(character):
            plain.append(part)
            origin.append(place)
    return Folded("".join(plain), tuple(origin))


@lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character.isascii():
        if character in APOSTROPHES or (ord(character) < 32 and not character.isspace()):
            return ""
        return character.lower()
    if character in APOSTROPHES:
        return ""
    kept = ""
    for part in unicodedata.normalize("NFKD", character).lower():
        part = LOOK_ALIKES.get(part, part)
        kind = unicodedata.category(part)
        if kind in ("Cf", "Mn", "Me", "Cc") and not part.isspace():
            continue
        kept += part if kind[0] in "LNP" or part.isspace() else " "
    return kept
