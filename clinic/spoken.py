"""A language that is spoken in full: the folder data/languages/<code>/ and what is said in it.

English is the original and lies where it always did; every other language mirrors it by the same names.
``say_in`` sets the language of all that is said inside it; facts, answers and lines follow it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).resolve().parent.parent / "data" / "languages"
ENGLISH = "en"
FAQ = "faq/"
PENDING = "pending"
ANSWER_KEYS = {"question", "text", "sms", "more", "clinical_review", "english", "asks"}

_language: ContextVar[str] = ContextVar("language", default=ENGLISH)


class SpokenFileError(ValueError):
    """A file of a language's folder holds something that is not allowed."""


@contextmanager
def say_in(language: str | None) -> Iterator[None]:
    """Everything inside is said in that language; None, and what is not spoken, means English."""
    before = _language.set(language if language in folders() else ENGLISH)
    try:
        yield
    finally:
        _language.reset(before)


def language() -> str:
    """The code of the language that is spoken now."""
    return _language.get()


@lru_cache(maxsize=1)
def folders() -> tuple[str, ...]:
    """The codes of every language that has a folder, looked for once: every line said asks."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/lines.yml")))


@dataclass(frozen=True)
class Answer:
    """One answer of data/faq/ in another language. ``english`` is the stamp of what it was made from."""

    question: str
    text: str
    sms: str
    more: str | None
    clinical_review: str
    english: str
    asks: tuple[str, ...]


class Spoken:
    """One folder; each file is read at the first look."""

    def __init__(self, code: str, folder: Path = FOLDER) -> None:
        self.code = code
        self.folder = folder / code

    def read(self, name: str) -> dict[str, Any]:
        """One file. Raise SpokenFileError when it cannot be read."""
        path = self.folder / name
        try:
            content = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
        except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
            detail = " ".join(str(error).split())
            raise SpokenFileError(f"{path}: cannot be read: {detail}") from error
        if not isinstance(content, dict):
            raise SpokenFileError(f"{path}: the file must hold keys")
        return content

    @cached_property
    def answers(self) -> Mapping[str, Answer]:
        """Every answer by its id."""
        found: dict[str, Answer] = {}
        for path in sorted((self.folder / "faq").glob("*.yml")):
            for topic, row in self.read(f"faq/{path.name}").items():
                found[topic] = _answer(path, topic, row)
        return found

    @cached_property
    def asks(self) -> Mapping[str, tuple[str, ...]]:
        """How people say it, by full intent (``greet``, ``faq/pain_feel``)."""
        plain = {name: tuple(map(str, texts)) for name, texts in self.read("asks.yml").items()}
        return {**plain, **{FAQ + topic: answer.asks for topic, answer in self.answers.items()}}

    @cached_property
    def lines(self) -> Mapping[str, Any]:
        """The assistant's lines: ``said`` by responses of domain.yml, and ``titles`` of buttons."""
        return self.read("lines.yml")

    @cached_property
    def prescreen(self) -> Mapping[str, str]:
        """What is read in the health questions (eligibility/rules.yml), by the English text."""
        return self.read("prescreen.yml")

    @cached_property
    def desk(self) -> Mapping[str, str]:
        """The front desk's lines (frontdesk/copy.yml)."""
        return self.read("desk.yml")

    @cached_property
    def devices(self) -> Mapping[str, Any]:
        """Answers about devices (data/devices.yml), titles of aspects, names."""
        return self.read("devices.yml")

    @cached_property
    def urgency(self) -> Mapping[str, Any]:
        """Whom to call and the first aid (data/urgency.yml)."""
        return self.read("urgency.yml")

    @cached_property
    def forms(self) -> Mapping[str, Any]:
        """How dates, hours and lengths of time are said."""
        return self.read("forms.yml")


def _answer(path: Path, topic: str, row: object) -> Answer:
    if not isinstance(row, dict) or not ANSWER_KEYS - {"more"} <= set(row) <= ANSWER_KEYS:
        raise SpokenFileError(
            f"{path}: entry '{topic}' must have the keys {', '.join(sorted(ANSWER_KEYS))}"
        )
    question, text, sms = (str(row[key]).strip() for key in ("question", "text", "sms"))
    more = str(row["more"]).strip() if row.get("more") else None
    stamp = str(row["english"])
    asks = tuple(map(str, row["asks"]))
    return Answer(question, text, sms, more, str(row["clinical_review"]), stamp, asks)


def laid_over(original: object, over: object) -> Any:
    """A content with the texts of another language in the places of its own."""
    if not isinstance(original, dict) or not isinstance(over, dict):
        return over
    return {
        **original,
        **{key: laid_over(original.get(key), value) for key, value in over.items()},
    }


def stamp(*texts: str | None) -> str:
    """A short digest of English texts: another one means that they were changed."""
    return hashlib.sha256("\0".join(text or "" for text in texts).encode()).hexdigest()[:8]


@lru_cache(maxsize=8)
def spoken(code: str) -> Spoken:
    """The folder of one language, read once. Raise SpokenFileError when there is none."""
    if code not in folders():
        raise SpokenFileError(
            f"{FOLDER / code}: no such language; there are {', '.join(folders())}"
        )
    return Spoken(code)


def now_spoken() -> Spoken | None:
    """The language spoken now; None for English."""
    code = language()
    return None if code == ENGLISH else spoken(code)
