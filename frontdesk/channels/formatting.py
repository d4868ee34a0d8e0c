"""How a message looks on a channel: split at sentences, choices as buttons or numbers, SMS segments."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from content.segments import segments
from frontdesk.outgoing.carrier import Part, Style

CHOICES = Path(__file__).parent / "choices.yml"
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)

PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "}
    | {"\u202f": " ", "\u2009": " ", "\u2011": "-", "•": "-", "×": "x", "→": "->", "\t": " "}
)
URL = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
COUNTED = r"(?<!\s)(?<!\b\d[.):])(?<!\b\d\d[.):])(?<![•*–-])"
"""Not between the sign of a list ("3.", "3)", "•") and what it stands before."""
SENTENCE_END = re.compile(rf"(?<=[.!?…]){COUNTED}(?<!\b[A-Za-z]\.)\s+|{COUNTED}[^\S\n]*\n+")
"""Nor after an initial or a shortened word ("e.g.")."""
WORD_END = re.compile(rf"{COUNTED}\s+")


def plain(words: str, website: str | None) -> str:
    """A text for SMS: typographic signs as GSM-7 has them, foreign links as the clinic's own page.

    ``website`` None leaves links as they are.
    """

    def own(link: re.Match[str]) -> str:
        host, ours = (urlsplit(one or "").hostname or "" for one in (link[0], website))
        return link[0] if host == ours or host.endswith(f".{ours}") else str(website)

    words = words.translate(PLAIN)
    return URL.sub(own, words) if website else words


def parts(words: str, choices: Sequence[dict[str, str]], style: Style, ask: str) -> list[Part]:
    """A message as the channel shows it: choices as buttons, as a list, or as numbers under ``ask``.

    Choices that do not fit on a button are written out, and the buttons carry their numbers.
    """
    shown = tuple(choices)
    if are_numbered(choices, style):
        lines = [f"{number}. {one['title']}" for number, one in enumerate(choices, start=1)]
        words = "\n".join([*([words] if words else []), ask, *lines])
        shown = tuple({**one, "title": str(n)} for n, one in enumerate(choices, start=1))
    pieces = split(words, style)
    if not choices or len(choices) > max(style.buttons, style.rows):
        return [Part(piece) for piece in pieces]
    if not pieces or len(pieces[-1]) > style.with_choices:
        pieces.append(ask)
    return [*(Part(piece) for piece in pieces[:-1]), Part(pieces[-1], shown)]


def are_numbered(choices: Sequence[dict[str, str]], style: Style) -> bool:
    """Does the channel show these choices as numbers, because buttons would not hold them?"""
    titles = {one["title"] for one in choices if len(one["title"]) <= style.title}
    return len(choices) > max(style.buttons, style.rows) or len(titles) < len(choices)


def split(words: str, style: Style) -> list[str]:
    """A text in pieces that fit, cut after sentences; a sentence that is too long, between words."""

    def fits(piece: str) -> bool:
        if style.segments and segments(piece) > style.segments:
            return False
        length = len(piece.encode()) if style.in_bytes else len(piece.encode("utf-16-le")) // 2
        return length <= style.longest

    words = words.strip()
    if not words or fits(words):
        return [words] if words else []
    pieces: list[str] = []
    for sentence in _keeping(SENTENCE_END, words):
        if pieces and fits((pieces[-1] + sentence).strip()):
            pieces[-1] += sentence
        elif fits(sentence.strip()):
            pieces.append(sentence)
        else:
            pieces += _by_words(sentence, fits)
    return [piece.strip() for piece in pieces if piece.strip()]


def _by_words(sentence: str, fits: Callable[[str], bool]) -> list[str]:
    pieces = [""]
    for word in _keeping(WORD_END, sentence):
        if fits((pieces[-1] + word).strip()):
            pieces[-1] += word
            continue
        pieces.append("")
        for letter in word:
            if not fits((pieces[-1] + letter).strip()):
                pieces.append("")
            pieces[-1] += letter
    return [piece for piece in pieces if piece]


def _keeping(pattern: re.Pattern[str], words: str) -> list[str]:
    """The text cut after every match, the match staying with what comes before it."""
    ends = [match.end() for match in pattern.finditer(words)] + [len(words)]
    return [words[begin:end] for begin, end in zip([0, *ends], ends, strict=False) if begin < end]


def chosen(words: str, choices: Sequence[dict[str, str]], by_number: bool) -> str | None:
    """The id of the choice that a typed answer means: its number, its title, or another word for it."""
    said = _folded(words)
    if by_number and (number := _number(said)) and number <= len(choices):
        return choices[number - 1]["id"]
    for choice in choices:
        title = _folded(choice["title"])
        if said and (said == title or said in _synonyms().get(title, ())):
            return choice["id"]
    return None


def _number(said: str) -> int:
    said = re.sub(r"^(number|option|choice|answer|the) ", "", said)
    for names in (NUMBERS, ORDINALS):
        if said in names:
            return names.index(said) + 1
    return int(said) if re.fullmatch(r"[0-9]{1,2}", said) else 0


def _folded(words: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[^\w\s']", " ", words.translate(PLAIN))).strip().casefold()


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, set[str]]:
    raw = yaml.load(CHOICES.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 (texts only)
    return {_folded(title): {_folded(word) for word in words} for title, words in raw.items()}
