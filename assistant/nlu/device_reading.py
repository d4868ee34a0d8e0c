"""What a piece of a message asks about the device that it names: an aspect of it, or an answer of its own.

The model's guesses are those of the question with the device's name replaced by "laser".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.nlu.devices import OUR_KIND, PLAIN, Mention, devices
from assistant.nlu.intent_model import Guess
from assistant.nlu.questions import FAQ_PREFIX, Part
from assistant.nlu.subjects import topics_of

WHAT = "what"
RESULT = "result"
WORTH = "worth"
WEAK = ("after", RESULT)  # aspects whose words stand in many other questions
AS_SURE = 0.7  # of the surest guess: a guess that agrees with the words may replace it
SURELY = 0.4  # from here on the question is one of its own, whatever device is named
ALONE = 4  # words of a message that hardly says more than a device's name
OFFERS = re.compile(
    r"\W*(?:and |or |so |but |also )*(?:(?:do|are) (?:you|u|ya|ye|they) (?:guys |also |even )?"
    r"(?:do|offer|have|use|got|provide|doing|offering|using)|(?:can|could|would) (?:you|u) (?:do|offer|provide))"
    r"\W+(?:it|that|this|them|those|these|one)"
    r"(?: one)?(?: here| there| too| as well| at all| at your (?:place|clinic))?\W*$",
    re.I,
)
YOURS = re.compile(r"\b(?:yours|urs|your (?:one|treatment|machine|device))\b", re.I)
MEASURED = re.compile(
    r"\b(?:as|than|less|more|worse|better|same|differ\w*|compared?|safer|gentler|milder|quicker|cheaper|longer)\b",
    re.I,
)
# what a device's name alone may look like, and is not
GIVES_WAY = frozenset(
    [
        "oos_other_treatment",
        "oos_medical_advice",
        "oos_chitchat",
        "oos_gibberish",
        "oos_language",
        "start_prescreen",
        "book_appointment",
        "ask_how_long",
        "greet",
        "affirm",
        "deny",
        "not_sure",
    ]
)


def offers(text: str) -> bool:
    """Does it only ask whether we offer what was named before?"""
    return bool(OFFERS.match(text))


class DeviceReader:
    """Reads pieces that name a device, and pieces that follow one."""

    def __init__(self, gate: float) -> None:
        self._gate, self._devices = gate, devices()

    def masked(self, text: str) -> str:
        """The question as if it were about our laser, with the words of aspects put right."""
        return self._devices.put_right(self._devices.masked(text))

    def about(self, plain: Part, named: Sequence[Mention], guesses: Sequence[Guess]) -> Part:
        """What ``plain``, which names devices, asks about them."""
        known, words = self._devices, self.masked(plain.english)
        laser = self._agreeing(words, guesses)
        topic = _topic(laser.label)
        told = known.told_of([one.kind for one in named], words)
        if self._is_its_own(_topic(plain.label), plain) and _topic(plain.label) not in told:
            return self._own(plain, plain.label, plain.confidence, named[:1])
        both = known.compared(plain.english, named)
        purpose, rest = known.purpose_of(words)
        aspect = known.aspect(rest, None)
        if purpose and aspect in (None, RESULT, "difference", WORTH):
            if purpose in told:
                made_for = WORTH if aspect == WORTH else RESULT
                return replace(self._cell(plain, both or named, made_for, laser), beside=purpose)
            label = FAQ_PREFIX + purpose
            return self._own(plain, label, max(laser.confidence, self._gate), both or named[:1])
        if both:
            return self._compared(plain, both, words, laser)
        if topic and topic not in told and self._is_surely(topic, laser, plain, words):
            return self._own(plain, laser.label, max(laser.confidence, self._gate), named[:1])
        return self._aspect(plain, known.brands_first(named), words, laser)

    def _is_its_own(self, topic: str | None, plain: Part) -> bool:
        """Is the message as it stands understood as something that is not about devices?"""
        other = topic is None or not self._devices.is_about_devices(topic)
        return other and plain.confidence >= self._gate and plain.label not in GIVES_WAY

    def _is_surely(self, topic: str, laser: Guess, plain: Part, words: str) -> bool:
        """Is it about a person, or something that is the same whatever was used?"""
        known = self._devices
        if not known.is_about_person(topic):
            itself = _topic(plain.label) in known.abouts.values()
            least = max(SURELY, plain.confidence if itself else 0.0)
            return laser.confidence >= least and known.is_of_its_own(topic)
        if laser.confidence >= SURELY or topic in topics_of(plain.english):
            return laser.confidence >= AS_SURE * self._gate
        agreed = laser.label == plain.label and laser.confidence >= AS_SURE * self._gate
        return (agreed or laser.confidence >= self._gate) and not known.asked_by_words(words)

    def _own(self, plain: Part, label: str, confidence: float, named: Sequence[Mention]) -> Part:
        topic = _topic(label)
        beside = named if topic and not self._devices.is_about_person(topic) else ()
        return Part(plain.text, label, confidence, tuple(beside), english=plain.english)

    def _agreeing(self, text: str, guesses: Sequence[Guess]) -> Guess:
        """The surest guess, or one almost as sure whose aspect is the one that the words name."""
        aspects = self._devices.aspect_of_topic
        named, top = self._devices.aspect(text, None), guesses[0]
        other = aspects.get(top.label.removeprefix(FAQ_PREFIX))
        if other in (None, named):
            return top
        near = (g for g in guesses[1:3] if g.confidence >= AS_SURE * top.confidence)
        fits = (g for g in near if aspects.get(g.label.removeprefix(FAQ_PREFIX)) == named)
        return next(fits, top)

    def _compared(self, plain: Part, both: Sequence[Mention], words: str, laser: Guess) -> Part:
        known, topic = self._devices, _topic(laser.label)
        clear = laser.confidence >= self._gate
        confidence = max(plain.confidence, self._gate)
        purpose, words = known.purpose_of(words)
        other = topic and laser.confidence >= SURELY and not known.is_about_devices(topic)
        beside = known.area_of(plain.english) or purpose or (topic if other else None)
        aspect = known.aspect(words, None)
        if aspect in (None, "difference", "who_not", *WEAK) and clear:
            aspect = known.by_topic(topic, aspect)
        if aspect in (None, "difference", *WEAK):
            pair = known.topic_of_pair.get(frozenset(one.kind for one in both))
            if pair:
                part = Part(plain.text, FAQ_PREFIX + pair, confidence, tuple(both))
                return replace(part, english=plain.english, beside=beside)
            aspect = aspect if aspect in WEAK else RESULT
        part = self._cell(plain, both, aspect, laser)
        return replace(part, beside=beside)

    def _aspect(self, plain: Part, named: Sequence[Mention], words: str, laser: Guess) -> Part:
        known, topic = self._devices, _topic(laser.label)
        clear = laser.confidence >= self._gate
        aspect = known.aspect(words, topic if clear else None)
        if aspect in WEAK and laser.confidence >= AS_SURE * self._gate:
            aspect = known.by_topic(topic, aspect)
        if clear and topic in known.what_topics and not known.asked_by_words(words):
            aspect = None
        if aspect == "difference" or known.is_one_twice(plain.english, named):
            aspect = None
        area = known.area_of(plain.english)
        if aspect is None and area and named[0].kind in known.abouts:
            aspect = RESULT  # a device and a part of the body: what it does there
        if aspect is None:
            other = _topic(plain.label) is None and plain.confidence >= self._gate
            return plain if other and plain.label not in GIVES_WAY else self._what(plain, named)
        return replace(self._cell(plain, named, aspect, laser), beside=area)

    def _cell(self, plain: Part, named: Sequence[Mention], aspect: str, laser: Guess) -> Part:
        known = self._devices
        label = laser.label if _topic(laser.label) in known.aspect_of_topic else plain.label
        if not label.startswith(FAQ_PREFIX):
            label = FAQ_PREFIX + known.topic_of_aspect[aspect]
        confidence = max(laser.confidence, self._gate)
        return Part(plain.text, label, confidence, tuple(named[:2]), aspect, english=plain.english)

    def _what(self, plain: Part, named: Sequence[Mention]) -> Part:
        """What is it: the answer about the device itself."""
        known = self._devices
        about = known.abouts.get(named[0].kind)
        label = FAQ_PREFIX + about if about else plain.label
        asked = (
            len(plain.text.split()) <= ALONE
            or bool(known.what.search(plain.english))
            or known.is_one_twice(plain.english, named)
        )
        confidence = max(plain.confidence, self._gate) if asked or not about else plain.confidence
        return Part(plain.text, label, confidence, tuple(named[:1]), WHAT, english=plain.english)

    def carried(self, parts: Sequence[Part]) -> list[Part]:
        """A question that names nothing is about the device named before it ("money well spent?")."""
        known: tuple[Mention, ...] = ()
        carried = []
        for part in parts:
            own = tuple(self._devices.mentions(part.english))
            part = self._after(part, known) if known and not own else part
            if PLAIN in part.english.lower() and not own:
                known = ()  # from here on it is about our laser
            known = own or known
            carried.append(part)
        return carried

    def _after(self, part: Part, known: Sequence[Mention]) -> Part:
        """A piece that names no device, after one that names these."""
        if offers(part.english):
            sure = replace(part, confidence=max(part.confidence, self._gate))
            return self._what(sure, known[-1:])
        topic = part.topic
        aspect = self._devices.aspect_of_topic.get(topic)
        if aspect in (None, "difference") or PLAIN in part.english.lower() or part.devices:
            return part
        if YOURS.search(part.english):
            ours = Mention(OUR_KIND, "a gentle laser", 0, 0)
            both = MEASURED.search(part.english) and known[0].kind != OUR_KIND
            return replace(part, devices=(known[0], ours), aspect=aspect) if both else part
        if self._devices.is_of_its_own(topic):
            return replace(part, devices=tuple(known[:1]))
        return replace(part, devices=tuple(known[:1]), aspect=aspect)


def _topic(label: str) -> str | None:
    return label.removeprefix(FAQ_PREFIX) if label.startswith(FAQ_PREFIX) else None
