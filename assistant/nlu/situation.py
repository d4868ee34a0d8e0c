"""The rasa component that notices who has been treated already and worries.

Such a message gets one path, whatever else it looks like: what is usual, what is not, and a person
(data/situations.yml). A red flag, found later in the pipeline, still comes before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from assistant.nlu.component import Component, Place, english_of
from assistant.nlu.devices import devices
from assistant.nlu.medical.durations import days_of

FILE = Path(__file__).resolve().parents[2] / "data" / "situations.yml"
WORRY = "aftercare_worry"
SURE = 0.5  # of an answer about the person, which then is no worry
LENGTH = "duration"
UNTIL_NOW = ("asserted", "past", "unsure")
OTHERWISE = ("time", "medicine")  # a day that is named, or what the length of time may be of
PIECE = re.compile(r"[.,;:!?\n]|\b(?:and|but|so|because|while)\b")
SENTENCE = re.compile(r"(?<=[.?!;])\s+|\n+")
BEFORE = re.compile(  # what was told before the words at the end is told by itself
    r"[,;:?!]|\s[-–]\s|\b(?:and|but|so|because|cos|while|though|then)\b(?=\s+(?:\w+\s+)?$)", re.I
)
MOST_OTHERS = 1  # words beside joy: a name
DATED = re.compile(r"\b(?:ago|back|in|since|last)\b")
ASKED = "faq"
NOT_ASKED = (WORRY, "nlu_fallback", "give_details", "report_reaction")
KEEP = frozenset(
    [
        "ask_for_human",
        "request_callback",
        "erase_conversation",
        "report_emergency",
        "report_reaction",
    ]
)


@dataclass(frozen=True)
class Worry:
    """What is worried about, and the answer that says what is usual."""

    answer: str
    words: re.Pattern[str]
    needs: re.Pattern[str] | None

    def fits(self, text: str) -> bool:
        """Do the words speak of it?"""
        return bool(self.words.search(text)) and (not self.needs or bool(self.needs.search(text)))


@dataclass(frozen=True)
class LongKnown:
    """From how many days on something that somebody has had is no matter of today, and which signs."""

    days: int
    signs: frozenset[str]
    unless: re.Pattern[str]
    done: re.Pattern[str]
    seen: re.Pattern[str]

    def fits(self, message: Message) -> bool:
        """Is everything that is told of so old, and nothing new about it?"""
        said = _folded(english_of(message))
        if self.unless.search(said) or _until_now(message, *OTHERWISE):
            return False
        told = _until_now(message, LENGTH)
        days = _days(told)
        is_old = bool(days) and min(days) >= self.days
        return is_old and all(self._is_of_it(one, said) for one in told)

    def _is_of_it(self, length: Mapping[str, Any], said: str) -> bool:
        """Is a length of time that of the sign, or the date of what was done; not of a habit or a wait?"""
        start = int(length.get("start") or 0)
        begin = max((found.end() for found in PIECE.finditer(said, 0, start)), default=0)
        end = next((found.start() for found in PIECE.finditer(said, start)), len(said))
        piece = said[begin:end] if "start" in length else said
        if self.seen.search(piece):
            return True
        was_done = self.done.search(piece) or devices().mentions(piece)
        return bool(was_done and DATED.search(str(length.get("text") or "ago")))


@dataclass(frozen=True)
class AsksAhead:
    """Questions about a treatment to come; what was before is history then."""

    days: int
    signs: frozenset[str]
    words: re.Pattern[str]
    unless: re.Pattern[str]

    def fits(self, text: str) -> bool:
        """Is a treatment to come asked about, and nothing said of a body now?"""
        said = _folded(text)
        return bool(self.words.search(said)) and not self.unless.search(said)

    def is_history(self, message: Message) -> bool:
        """The same, and nothing that is told of began a short while ago."""
        is_old = all(days >= self.days for days in _days(_until_now(message, LENGTH)))
        return is_old and self.fits(english_of(message))


@dataclass(frozen=True)
class Glad:
    """Words of joy, the plain ones around them, and those beside which they are none."""

    words: re.Pattern[str]
    plain: re.Pattern[str]
    unless: re.Pattern[str]

    def fits(self, text: str) -> bool:
        """Is joy told of, and hardly anything else?"""
        said = _folded(text)
        if self.unless.search(said) or not self.words.search(said):
            return False
        others = re.findall(r"\w+", self.plain.sub(" ", self.words.sub(" ", said)))
        return len(others) <= MOST_OTHERS


@dataclass(frozen=True)
class Kind:
    """Words that sound like a bad reaction and are none, what is said beside them, and what makes it so."""

    words: re.Pattern[str]
    beside: re.Pattern[str] | None
    needs: re.Pattern[str] | None


@dataclass(frozen=True)
class Ordinary:
    """What sounds like a bad reaction and is none: a thing that went off, sunburn before a session."""

    kinds: tuple[Kind, ...]
    goes_on: re.Pattern[str]
    unless: re.Pattern[str]

    def without(self, text: str) -> str | None:
        """The message without such words; None when it has none, a word of the body's, or goes on."""
        said = _folded(text)
        if self.unless.search(said):
            return None
        left = said
        for kind in self.kinds:
            if kind.words.search(said) and (not kind.needs or kind.needs.search(said)):
                left = kind.words.sub(" ", left)
                left = kind.beside.sub(" ", left) if kind.beside else left
        return left if left != said and not self.goes_on.search(" ".join(left.split())) else None


@dataclass(frozen=True)
class Nerves:
    """Words of ordinary nerves, and of a dislike of a part of the body; with others they are distress."""

    words: re.Pattern[str]
    topic: str
    dislike: re.Pattern[str]
    unless: re.Pattern[str]

    def answer(self, text: str) -> str | None:
        """What is answered to a text that shows no more than that; None where it may be distress."""
        said = _folded(text).replace("'", "")
        if self.unless.search(said):
            return None
        if self.words.search(said):
            return self.topic
        return devices().area_of(said) if self.dislike.search(said) else None


@dataclass(frozen=True)
class Struck:
    """Figures of speech, trades and traits that only sound like danger, and words of fear beside them.

    ``over`` and ``past``: something of before that went away; not with a word of ``still`` in the
    sentence, of ``present`` in what would be struck, or of ``returns`` in what is left.
    """

    words: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str]
    over: re.Pattern[str]
    past: re.Pattern[str]
    still: re.Pattern[str]
    present: re.Pattern[str]
    returns: re.Pattern[str]

    def left_of(self, text: str) -> str:
        """The text without them; as it was written where there are none."""
        said = text.replace("’", "'")
        if self.unless.search(said):
            return text
        left = said
        for words in self.words:
            left = words.sub(" ", left)
        short = " ".join(filter(None, map(self._without_old, SENTENCE.split(left))))
        if not self.returns.search(short):
            left = short
        return text if left.split() == said.split() else left

    def _without_old(self, sentence: str) -> str:
        """What stands before and after the words about something that went away long ago."""
        over, past = self.over.search(sentence), self.past.search(sentence)
        if not over or not past or self.still.search(sentence):
            return sentence
        before = sentence[: min(over.start(), past.start())]
        begin = max((found.end() for found in BEFORE.finditer(before)), default=0)
        end = max(over.end(), past.end())
        if self.present.search(sentence, begin, end):
            return sentence
        return " ".join(f"{sentence[:begin]} {sentence[end:]}".strip(" .,").split())


@dataclass(frozen=True)
class Situations:
    """The patterns of the file."""

    treated: tuple[re.Pattern[str], ...]
    session: re.Pattern[str]
    wished: re.Pattern[str]
    not_worried: re.Pattern[str]
    worries: tuple[Worry, ...]
    long_known: LongKnown
    asks_ahead: AsksAhead
    glad: Glad
    ordinary: Ordinary
    nerves: Nerves
    struck: Struck

    def worry(self, text: str) -> str | None:
        """The answer for somebody who was treated and worries, else None."""
        said = self.wished.sub(" ", _folded(text))
        if self.not_worried.search(said) or not any(p.search(said) for p in self.treated):
            return None
        if self.asks_ahead.fits(said):
            return None
        if not self.session.search(said) and not devices().mentions(text):
            return None
        return next((worry.answer for worry in self.worries if worry.fits(said)), None)


def read_situations(content: Mapping[str, Any]) -> Situations:
    """Compile the patterns of the file."""
    return Situations(
        tuple(_words(pattern) for pattern in content["treated"]),
        _words(content["about_a_session"]),
        _words(content["wished"]),
        _words(content["not_worried"]),
        tuple(
            Worry(
                one["answer"],
                _words(one["words"]),
                _words(one["needs"]) if "needs" in one else None,
            )
            for one in content["worries"]
        ),
        LongKnown(
            content["long_known"]["days"],
            frozenset(content["long_known"]["signs"]),
            *(_words(content["long_known"][name]) for name in ("unless", "done", "seen")),
        ),
        AsksAhead(
            content["asks_ahead"]["days"],
            frozenset(content["asks_ahead"]["signs"]),
            *(_words(content["asks_ahead"][name]) for name in ("words", "unless")),
        ),
        Glad(*(_words(content["glad"][name]) for name in ("words", "plain", "unless"))),
        Ordinary(
            tuple(
                Kind(
                    _words(one["words"]),
                    _words(one["beside"]) if "beside" in one else None,
                    _words(one["needs"]) if "needs" in one else None,
                )
                for one in content["ordinary"]["kinds"]
            ),
            *(_words(content["ordinary"][name]) for name in ("goes_on", "unless")),
        ),
        Nerves(
            _words(content["nerves"]["words"]),
            content["nerves"]["topic"],
            *(_words(content["nerves"][name]) for name in ("dislike", "unless")),
        ),
        Struck(
            tuple(
                _words(words, re.I)
                for kind in ("figures", "trades", "traits")
                for words in content["struck"][kind]
            ),
            *(
                _words(content["struck"][name], re.I)
                for name in ("unless", "over", "past", "still", "present", "returns")
            ),
        ),
    )


def _until_now(message: Message, *entities: str) -> list[Mapping[str, Any]]:
    """Facts of these kinds that are told as having been, or being."""
    told = message.get(ENTITIES) or []
    return [one for one in told if one.get("role") in UNTIL_NOW and one["entity"] in entities]


def _days(lengths: Sequence[Mapping[str, Any]]) -> list[int]:
    """Lengths of time in days, those that have any."""
    found = (days_of(str(one["value"])) for one in lengths)
    return [days for days in found if days is not None]


def _folded(text: str) -> str:
    return text.lower().replace("’", "'")


def _words(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})", flags)


@lru_cache(maxsize=1)
def situations() -> Situations:
    """The project's own situations, read once."""
    return read_situations(yaml.load(FILE.read_text(encoding="utf-8"), yaml.CSafeLoader))


def _is_surely_about_person(message: Message) -> bool:
    """Is it a question about a medicine, a condition or a circumstance, well understood?"""
    asked = message.get("questions") or []
    topics = [one["topic"] for one in asked if one["confidence"] >= SURE]
    return len(topics) == len(asked) > 0 and all(map(devices().is_about_person, topics))


def _ask_of(message: Message, answer: str) -> None:
    """What is told of without a question is asked about."""
    if (message.get(INTENT) or {}).get("name") in NOT_ASKED:
        message.set(INTENT, {"name": ASKED, "confidence": SURE}, add_to_output=True)
        asked = {"text": message.get(TEXT), "topic": answer, "confidence": SURE, "sure": False}
        alone: dict[str, Any] = {"aspect": None, "devices": [], "beside": None}
        message.set("questions", [asked | alone], add_to_output=True)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class WorryReader(Component, IntentClassifier):
    """Sets ``worry``, the id of an answer or None, and with it the intent."""

    @classmethod
    def required_components(cls) -> list[type]:
        """It overrules the intent classifier."""
        return [IntentClassifier]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Nothing to set: the patterns are data/situations.yml."""
        return {}

    def __init__(self, config: dict[str, Any], place: Place) -> None:
        super().__init__(config, place)
        situations()  # a mistake in the file is told at start

    @classmethod
    def knows(cls, config: dict[str, Any]) -> Iterator[bytes]:
        """The patterns and this code."""
        yield FILE.read_bytes()
        yield Path(__file__).read_bytes()

    def process(self, messages: list[Message]) -> list[Message]:
        """Look at each message."""
        for message in messages:
            intent = (message.get(INTENT) or {}).get("name")
            if _is_surely_about_person(message):
                message.set("worry", None, add_to_output=True)
                continue
            answer = situations().worry(english_of(message))
            if answer and situations().long_known.fits(message):
                _ask_of(message, answer)
                answer = None
            message.set("worry", answer, add_to_output=True)
            if answer and intent not in KEEP:
                row = {"name": WORRY, "confidence": 1.0}
                others = [r for r in message.get(INTENT_RANKING_KEY) or [] if r["name"] != WORRY]
                message.set(INTENT, row, add_to_output=True)
                message.set(INTENT_RANKING_KEY, [row, *others], add_to_output=True)
        return messages
