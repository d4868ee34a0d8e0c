"""Numbers as people write them: "45", "forty five", "a couple of"."""

from __future__ import annotations

import re

TEENS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
ROUND = "twenty thirty forty fifty sixty seventy eighty ninety"
ONES = {word: number for number, word in enumerate(TEENS.split())}
TENS = {word: 10 * place for place, word in enumerate(ROUND.split(), 2)} | {"fourty": 40}
DECADES = {"teens": 13, "twenties": 20, "thirties": 30, "forties": 40, "fourties": 40} | {
    "fifties": 50,
    "sixties": 60,
    "seventies": 70,
    "eighties": 80,
}
VAGUE = {"a": 1, "an": 1, "one": 1, "couple": 2, "few": 3, "several": 3}
_ONE_WORD = "|".join([*TENS, *ONES])
_UNITS = "|".join(TEENS.split()[1:10])
NUMBER = rf"(?:\d{{1,4}}(?:\.\d+)?|(?:{'|'.join(TENS)}) (?:- )?(?:{_UNITS})|{_ONE_WORD})"
COUNT = rf"(?:(?:a |the |last |past )*(?:couple|few|several)(?: of)?|{NUMBER}|an?)"


def number(words: str) -> float:
    """Read what NUMBER or COUNT matched: "45", "forty five" or "a couple of"."""
    if re.fullmatch(r"\d+(?:\.\d+)?", words):
        return float(words)
    pieces = [piece for piece in words.split() if piece not in ("-", "of", "the", "last", "past")]
    counted = [piece for piece in pieces if len(pieces) == 1 or piece not in ("a", "an")]
    known = {**VAGUE, **ONES, **TENS}
    return float(sum(known[piece] for piece in counted))


def words() -> set[str]:
    """Every word that a number may be written with."""
    return {*TENS, *ONES, *DECADES, *VAGUE, "half", "dozen"}
