"""The small language in which the data files write phrases.

Words stand for themselves; ``(a|b c)`` is a choice, ``{name}`` a named list of choices, ``[x]`` may
be missing, ``..`` allows up to four other words of the same
sentence that deny nothing, ``_`` exactly one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

DENIALS = "no none not never isnt hasnt havent arent wasnt dont doesnt didnt without cant wont"
GAP = rf"(?:(?!(?:{DENIALS.replace(' ', '|')}) )[^ .?!;]+ ){{0,4}}?"
PIECE = re.compile(r"\.\.|\[|\]|\(|\)|\||\{\w+\}|[^\s\[\]()|{}]+")
SPECIAL = frozenset("[]()|{}_")

Lists = Mapping[str, Sequence[str]]


def is_plain(phrase: str) -> bool:
    """Is it nothing but words?"""
    return ".." not in phrase and not SPECIAL.intersection(phrase)


def words_of(phrase: str, lists: Lists) -> Iterator[str]:
    """Every word that a phrase can match."""
    for piece in PIECE.findall(phrase):
        if piece.startswith("{"):
            for choice in lists[piece[1:-1]]:
                yield from words_of(choice, lists)
        elif piece[0].isalnum():
            yield piece


def expression(phrases: Iterable[str], lists: Lists) -> re.Pattern[str]:
    """One regular expression for words each of which is followed by one space."""
    ways = "|".join(_translate(phrase, lists) for phrase in phrases)
    return re.compile(rf"(?<![^ ])(?:{ways})")


def _translate(phrase: str, lists: Lists) -> str:
    out = ""
    for piece in PIECE.findall(phrase):
        if piece == "..":
            out += GAP
        elif piece in "([":
            out += "(?:"
        elif piece == ")":
            out += ")"
        elif piece == "]":
            out += ")?"
        elif piece == "|":
            out += "|"
        elif piece == "_":
            out += "[^ .?!;]+ "
        elif piece.startswith("{"):
            out += (
                "(?:" + "|".join(_translate(choice, lists) for choice in lists[piece[1:-1]]) + ")"
            )
        else:
            out += re.escape(piece) + " "
    return out


def variants(phrase: str) -> list[str]:
    """Write out the choices ``(a|b)`` and ``[x]`` of a phrase without lists and gaps."""
    parts = re.split(r"(\([^)]*\)|\[[^\]]*\])", phrase)
    choices = [
        part[1:-1].split("|")
        if part.startswith("(")
        else ["", *part[1:-1].split("|")]
        if part.startswith("[")
        else [part]
        for part in parts
    ]
    return [" ".join("".join(way).split()) for way in itertools.product(*choices)]
