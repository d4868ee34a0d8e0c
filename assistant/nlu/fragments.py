"""What is asked in a few words beside a question: "is gym ok after and a glass of wine", "does it hurt and
my neck?", and lists without a verb ("price + parking").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from assistant.nlu.devices import devices
from assistant.nlu.questions import BOTH, FAQ_PREFIX, SURE_ALONE, Part, asks
from assistant.nlu.subjects import topics_of

MOST_WORDS = 4
OF_MANY_THINGS = ("after", "prepare", "risk")  # aspects: gym and wine afterwards are two questions
CUT = re.compile(
    r"\s*(?:[,;:+/&?!.…]+|\b(?:and|n|plus)\b)\s*"
    r"|(?<=\w)\s+(?=how (?:much|many|sore|bad|painful)\b\W*(?:$|\b(?:and|n|how)\b))",  # "knees how much"
    re.I,
)
TOLD = re.compile(  # somebody of whom something is told, and what is no thing asked about
    r"\b(?:i|im|i['’]?m|i['’]?ve|i['’]?d|we|you|u|he|she|they|it|its|it['’]?s|me|us|who|which|that|not|dont|don['’]?t"
    r"|because|since|but|so|when|if|no|never|without|none|had|been|was|were|lost|died)\b",
    re.I,
)
ONE_THING = re.compile(  # two words that say one thing
    r"\b(?:pins and needles|pros and cons|before and after|terms and conditions|wear and tear|black and \w+"
    r"|salt and pepper|skin and bones?|ups and downs|mum and dad|now and (?:then|again)|up and down"
    r"|back and forth|in and out|bits and (?:bobs|pieces)|trial and error|safe and sound|sick and tired"
    r"|peace and quiet|nip and tuck|touch and go|health and safety|clear and brilliant|pay and display"
    r"|park and ride|chip and pin|gin and tonic|tried and tested|wait and see|lumps and bumps|(\w+) and \1"
    r"|(?:friend|friends|family|sister|brother|husband|wife|partner|daughter|son|mother|father) and \w+"
    r"|\w+ and (?:friends?|family|sister|brother|husband|wife|partner|daughter|son|mother|father|everything"
    r"|everyone|stuff|things?|such|so on|all|co))\b",
    re.I,
)
BEGUN = re.compile(  # two share what is said of them ("do sun and cigarettes loosen skin")
    r"(?:do|does|did|is|are|am|was|were|can|could|may|will|would|should|have|has)\s+\w+", re.I
)
STAGE = re.compile(r"\b(?:after(?:wards?)?|before(?:hand)?)\b", re.I)


def fragments(sentence: str) -> list[str]:
    """The pieces of a sentence that asks several things, from the first that asks; [] where it does not.

    A list without a verb asks with every piece ("price, pain, parking"). Each piece says before or
    after where only another one says it.
    """
    if BOTH.search(sentence):
        return []
    kept = ONE_THING.sub(lambda found: found[0].replace(" ", "_"), sentence)
    pieces = [piece.replace("_", " ") for piece in CUT.split(kept) if re.search(r"\w", piece)]
    first = next((place for place, one in enumerate(pieces) if asks(one)), None)
    if first is None:
        is_list = all(map(_is_short, pieces))
        return _staged(pieces) if is_list and len(pieces) > 1 else []
    if BEGUN.fullmatch(pieces[first]):
        return []
    short = [piece for piece in pieces[first + 1 :] if _is_short(piece)]
    return _staged([pieces[first], *short]) if short else []


def _is_short(piece: str) -> bool:
    return len(piece.split()) <= MOST_WORDS and not TOLD.search(piece)


def _staged(pieces: Sequence[str]) -> list[str]:
    stages = {found[0].lower() for piece in pieces if (found := STAGE.search(piece))}
    if len(stages) != 1:
        return list(pieces)
    stage = next(iter(stages))
    return [piece if STAGE.search(piece) else f"{piece} {stage}" for piece in pieces]


class Beside:
    """Adds to the questions of a message. ``parts``: what the model makes of texts; ``gate``: its own."""

    def __init__(self, parts: Callable[[Sequence[str]], list[Part]], gate: float) -> None:
        self._parts, self._gate, self._devices = parts, gate, devices()

    def with_fragments(
        self, whole: Part, parts: list[Part], sentences: Sequence[str]
    ) -> list[Part]:
        """With each fragment of another aspect; the fragments alone where nothing else is sure."""
        unsure = all(one.confidence < SURE_ALONE for one in parts) and not whole.devices
        clear = self._is_clear(parts)
        if not (unsure or clear):
            return parts
        found = [one for sentence in sentences for one in self._asked_in(sentence)]
        if unsure and len({one.label for one in found}) > 1:
            return found
        if not clear:
            return parts
        known = {self._aspect(one) for one in parts}
        told = topics_of(whole.english)
        told = told if any(one.topic in told for one in parts) else frozenset()
        besides = [one for one in found if not asks(one.text)]  # the whole has what asks
        new = {self._aspect(one): one for one in besides if one.topic not in told}
        return [*parts, *(one for aspect, one in new.items() if aspect not in known)]

    def with_last_area(self, whole: Part, parts: list[Part]) -> list[Part]:
        """With the part of the body that is named behind the question ("does it hurt and my neck?")."""
        topic = self._devices.last_area(whole.english) if asks(whole.english) else None
        known = {one.topic for one in parts} & self._devices.area_topics
        has_devices = any(one.devices for one in parts)
        if topic is None or known or has_devices or not self._is_clear(parts):
            return parts
        return [*parts, replace(whole, label=FAQ_PREFIX + topic, confidence=self._gate)]

    def _asked_in(self, sentence: str) -> list[Part]:
        return [
            one
            for one in self._parts(fragments(sentence))
            if one.label.startswith(FAQ_PREFIX)
            and one.confidence >= SURE_ALONE
            and not one.devices
            and one.topic not in self._devices.area_topics
        ]

    def _aspect(self, part: Part) -> str:
        aspect = self._devices.aspect_of_topic.get(part.topic, part.label)
        return part.label if aspect in OF_MANY_THINGS else aspect

    def _is_clear(self, parts: Sequence[Part]) -> bool:
        """Are only answers asked for, and is one of them understood?"""
        return all(one.label.startswith(FAQ_PREFIX) for one in parts) and any(
            one.confidence >= self._gate for one in parts
        )
