"""Reads one message with a trained model: its intent, its questions, the nearest FAQs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from assistant.nlu.devices import PLAIN, Mention, devices
from assistant.nlu.intent_model import Guess
from assistant.nlu.questions import (
    CONNECTOR,
    Limits,
    Part,
    asks,
    choose,
    distinct,
    is_story,
    main_part,
    outline,
)
from assistant.nlu.subjects import topics_of

FAQ = "faq"
FAQ_PREFIX = "faq/"
NOT_UNDERSTOOD = "nlu_fallback"
WHAT = "what"
WEAK = ("after", "result")  # aspects whose words stand in many other questions
AS_SURE = 0.7  # of the surest guess: a guess that agrees with the words may replace it
TELLS = ("give_details", "start_prescreen")  # a question in them about a subject is answered first
DOUBT = 0.6  # below it a guess gives way to one that speaks of the subject that is named
NAMED = 0.5  # of the surest guess, or of the gate: enough for an answer about the subject named
SHARES = (0.5, 0.25, 0.25)  # of a story, of a question with the sentence before it, of the question
LIKELY = 0.5  # of the gate: enough in a story, where few are sure
SURE_ALONE = 0.5  # a piece of a story that is asked beside its question
FEELINGS = ("express_distress", "express_anger")
DEEDS = (*FEELINGS, "erase_conversation", "request_callback", "book_appointment")
FIRM = 1.25  # of the gate: what calls a person or does something wants a surer guess than an answer
NO_ANSWER = (*TELLS, *FEELINGS, "oos_other_treatment", "oos_medical_advice")
AGAINST = 0.4  # of how sure one of these is: enough for an answer to what is asked
QUESTION_WORDS = 4  # from which on a clause that was not understood is a question of its own
ALONE = 4  # words of a message that hardly says more than a device's name
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

Outline = Sequence[tuple[str, list[str]]]
Guesses = Callable[[Sequence[str]], list[list[Guess]]]
"""What a trained model makes of texts: for each the likeliest labels, the surest first."""


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True)
class Tongue:
    """How a language is read: its words in English, and where its sentences may be cut."""

    english: Callable[[str], str] = _as_it_is
    connector: re.Pattern[str] = CONNECTOR


IN_ENGLISH = Tongue()


@dataclass(frozen=True)
class Reading:
    """What a message says. ``guesses`` are those of the whole message, the likeliest first.

    ``missed``: it asks something more, which was not understood.
    """

    intent: str
    confidence: float
    guesses: tuple[Guess, ...]
    questions: tuple[Part, ...]
    devices: tuple[Mention, ...] = ()
    missed: bool = False

    def nearest(self) -> dict[str, float]:
        """Every FAQ with its confidence: first those that were asked, then the likeliest."""
        asked = {question.label: question.confidence for question in self.questions}
        known = (guess for guess in self.guesses if guess.label.startswith(FAQ_PREFIX))
        return asked | {g.label: g.confidence for g in known if g.label not in asked}


def read_message(text: str, guess: Guesses, limits: Limits, tongue: Tongue = IN_ENGLISH) -> Reading:
    """Understand ``text`` as one thing, or as several where its parts say more than the whole."""
    reader = _Reader(guess, limits.gate, tongue)
    guesses = reader.guess([text])[0]
    whole = reader.part(text, guesses)
    parts = reader.answered(whole, guesses)
    structure, missed = outline(text, tongue.connector), False
    pieces = list(dict.fromkeys(piece for sentence, cut in structure for piece in (sentence, *cut)))
    if len(pieces) > 1:
        known = {part.text: part for part in reader.parts(pieces)}
        chosen = [
            part
            for sentence, cut in structure
            for part in choose(known[sentence], [known[piece] for piece in cut], limits)
        ]
        if is_story(chosen, limits):
            told = [part for part in chosen if not part.label.startswith((FAQ_PREFIX, *TELLS))]
            guesses, parts = reader.story(text, _units(structure, known), told)
        else:
            parts = choose(whole, reader.carried(chosen), limits)
            missed = any(
                _misses_one([known[piece] for piece in cut], limits) for _, cut in structure
            )
    main = main_part(parts, limits)
    return Reading(
        intent=_intent(main, limits.gate),
        confidence=main.confidence,
        guesses=tuple(guesses),
        questions=tuple(distinct(parts, limits)),
        devices=tuple(dict.fromkeys(m for part in (*parts, whole) for m in part.devices)),
        missed=missed,
    )


def _misses_one(clauses: Sequence[Part], limits: Limits) -> bool:
    """Of several questions in one sentence, is one clear and another one not at all?"""
    asked = [
        one for one in clauses if asks(one.english) and len(one.text.split()) >= QUESTION_WORDS
    ]
    unclear = [one for one in asked if one.confidence < limits.gate and not one.devices]
    return bool(unclear) and any(one.confidence >= limits.gate for one in asked)


@dataclass(frozen=True)
class Unit:
    """A sentence, or a clause of one that asks twice, and whether it asks."""

    part: Part
    asks: bool


def _units(structure: Outline, known: Mapping[str, Part]) -> list[Unit]:
    units: list[Unit] = []
    for sentence, cut in structure:
        clauses = [Unit(known[piece], asks(known[piece].english)) for piece in cut]
        if sum(clause.asks for clause in clauses) > 1:
            units += clauses
        else:
            own = asks(known[sentence].english)
            units.append(Unit(known[sentence], own or any(one.asks for one in clauses)))
    return units


class _Reader:
    """Understands pieces of one message: on the words as they stand, and with a device's name
    replaced by "laser", so that its name does not swallow what is asked about it.
    """

    def __init__(self, guess: Guesses, gate: float, tongue: Tongue) -> None:
        self._model, self._gate = guess, gate
        self._english = tongue.english
        self._devices = devices()
        self._known: dict[str, list[Guess]] = {}

    def guess(self, texts: Sequence[str]) -> list[list[Guess]]:
        """What the model makes of texts; it reads each once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._model(new), strict=True))
        return [self._known[text] for text in texts]

    def parts(self, texts: Sequence[str]) -> list[Part]:
        return [self.part(text, row) for text, row in zip(texts, self.guess(texts), strict=True)]

    def story(
        self, text: str, units: Sequence[Unit], told: Sequence[Part]
    ) -> tuple[list[Guess], list[Part]]:
        """The question of a story, read with what is told around it, and what counts beside it.

        Alone, a question of a story was right half as often as read with the story
        (benchmarks/README.md). Of several, those that are sure of themselves stand alone, and the
        other is read with the rest of the story.
        """
        asked = [place for place, unit in enumerate(units) if unit.asks]
        alone = [place for place in asked if units[place].part.confidence >= SURE_ALONE]
        if len(alone) == len(asked):
            alone.remove(min(alone, key=lambda place: units[place].part.confidence))
        if alone:
            text = " ".join(one.part.text for place, one in enumerate(units) if place not in alone)
        read = []
        for place in asked:
            if place in alone:
                continue
            before = [unit.part for unit in units[max(place - 1, 0) : place]]
            question = units[place].part
            texts = [text, " ".join(one.text for one in (*before, question)), question.text]
            guesses = self._together(texts)
            masked = partial(self._together, [self._devices.masked(one) for one in texts])
            part = self.part(question.text, guesses, masked)
            part = self.carried([*(unit.part for unit in units[:place]), part])[-1]
            read.append((place, guesses, self._likely(part, guesses, self._english(text))))
        main, guesses, part = max(read, key=lambda one: one[2].confidence)
        known = self.carried([unit.part for unit in units])
        clear = [p for p in asked if units[p].part.confidence >= self._gate]
        others = {known[place].label for place in clear if place != main}
        # the story may have spoken of something else, or of what another question asks
        if main in clear and (part.label in others or part.confidence < self._gate):
            part = known[main]
        found = [(main, part), *((place, known[place]) for place in clear if place != main)]
        found.sort(key=lambda one: one[0])
        parts = [*(part for _, part in found), *told]
        return guesses, [one for one in parts if one.confidence >= self._gate] or [part]

    def _together(self, texts: Sequence[str]) -> list[Guess]:
        """What a story, a question with the sentence before it, and the question say together."""
        sure: dict[str, float] = {}
        for share, row in zip(SHARES, self.guess(texts), strict=True):
            for one in row:
                sure[one.label] = sure.get(one.label, 0.0) + share * one.confidence
        ranked = sorted(sure.items(), key=lambda one: -one[1])
        return [Guess(label, confidence) for label, confidence in ranked]

    def answered(self, whole: Part, guesses: Sequence[Guess]) -> list[Part]:
        """Whoever asks gets an answer, where one is likely, beside a feeling and before health questions."""
        unsure = whole.confidence < SURE_ALONE and whole.label in (*TELLS, *FEELINGS)
        if not unsure or not asks(whole.english):
            return [whole]
        part = self._likely(whole, guesses, whole.english)
        return [whole, part] if whole.label in FEELINGS and part.label != whole.label else [part]

    def _likely(self, part: Part, guesses: Sequence[Guess], told: str) -> Part:
        """The answer to what is asked that is likely enough, where the part has none."""
        known = [one for one in guesses if one.label.startswith(FAQ_PREFIX)]
        if not part.devices and part.confidence < self._gate:
            topics = topics_of(part.english) or topics_of(told)
            known.sort(key=lambda one: one.label.removeprefix(FAQ_PREFIX) not in topics)
        least = LIKELY * self._gate
        if part.label in NO_ANSWER:
            least = max(least, AGAINST * part.confidence)
        best = next((one for one in known if one.confidence >= least), None)
        if best and not part.devices and (part.label in NO_ANSWER or part.confidence < self._gate):
            part = replace(part, label=best.label, confidence=best.confidence)
        if part.confidence >= LIKELY * self._gate:
            part = replace(part, confidence=max(part.confidence, self._gate))
        return part

    def part(
        self,
        text: str,
        guesses: Sequence[Guess],
        masked: Callable[[], list[Guess]] | None = None,
    ) -> Part:
        english = self._english(text)
        first = self._firm(guesses)
        plain = Part(text, first.label, first.confidence, english=english)
        named = self._devices.mentions(english)
        if not named:
            return self._beside_area(self._of_subject(plain, guesses))
        guesses = masked() if masked else self.guess([self._devices.masked(text)])[0]
        return self._about(plain, named, self._agreeing(english, guesses))

    def _firm(self, guesses: Sequence[Guess]) -> Guess:
        """The surest guess; a deed only where it is firm."""
        firm = (g for g in guesses if g.label not in DEEDS or g.confidence >= FIRM * self._gate)
        return next(firm, guesses[0])

    def _of_subject(self, plain: Part, guesses: Sequence[Guess]) -> Part:
        """What is asked about a medicine or a condition that is named, where the guess is in doubt."""
        asked = plain.label.startswith(FAQ_PREFIX) or (plain.label in TELLS and asks(plain.english))
        in_doubt = plain.confidence < (DOUBT if asked else self._gate)
        topics = topics_of(plain.english) if in_doubt else frozenset()
        own = (guess for guess in guesses if guess.label.removeprefix(FAQ_PREFIX) in topics)
        about = next(own, None)
        if about is None or about.confidence < NAMED * max(plain.confidence, self._gate):
            return plain
        return replace(plain, label=about.label, confidence=max(about.confidence, self._gate))

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

    def carried(self, parts: Sequence[Part]) -> list[Part]:
        """A question that names nothing is about the device named before it ("money well spent?")."""
        known: tuple[Mention, ...] = ()
        carried = []
        for part in parts:
            topic = part.label.removeprefix(FAQ_PREFIX)
            aspect = self._devices.aspect_of_topic.get(topic)
            own = tuple(self._devices.mentions(part.english))
            if PLAIN in part.english.lower() and not own:
                known = ()  # from here on it is about our laser
            if known and not own and aspect:
                part = replace(part, devices=known[:1], aspect=aspect)
            known = own or known
            carried.append(part)
        return carried

    def _beside_area(self, plain: Part) -> Part:
        """What is asked about a part of the body, where the part alone was understood."""
        if plain.label.removeprefix(FAQ_PREFIX) not in self._devices.area_topics:
            return plain
        question = self._devices.without_area(plain.english)
        if question is None:
            return plain
        guess = self.guess([question])[0][0]
        asked = self._devices.aspect_of_topic.get(guess.label.removeprefix(FAQ_PREFIX))
        if asked not in self._devices.asked_of_areas:
            return plain
        return Part(
            plain.text, guess.label, max(guess.confidence, plain.confidence), english=plain.english
        )

    def _about(self, plain: Part, named: list[Mention], about_laser: Guess) -> Part:
        topic, topic_plain = (
            label.removeprefix(FAQ_PREFIX) if label.startswith(FAQ_PREFIX) else None
            for label in (about_laser.label, plain.label)
        )
        known = self._devices
        about_devices = (*known.abouts.values(), *known.what_topics, *known.aspect_of_topic)
        own = topic_plain not in about_devices
        if own and plain.confidence >= self._gate and plain.label not in GIVES_WAY:
            return plain
        both = known.compared(plain.english, named)
        clear = about_laser.confidence >= self._gate
        agreed = about_laser.label == plain.label and about_laser.confidence >= AS_SURE * self._gate
        if topic and (clear or agreed) and not both and known.is_about_person(topic):
            confidence = max(about_laser.confidence, self._gate)
            return Part(plain.text, about_laser.label, confidence, english=plain.english)
        if both:
            named = both
            aspect = known.aspect(plain.english, None)
            if aspect in (None, "difference", "who_not", *WEAK) and clear:
                aspect = known.aspect_of_topic.get(topic or "", aspect)
            if aspect in (None, "difference", *WEAK):
                pair = known.topic_of_pair.get(frozenset(one.kind for one in both))
                if pair:
                    confidence = max(plain.confidence, self._gate)
                    return Part(plain.text, FAQ_PREFIX + pair, confidence, english=plain.english)
                aspect = aspect if aspect in WEAK else "result"
        else:
            aspect = known.aspect(plain.english, topic if clear else None)
            if aspect in WEAK and about_laser.confidence >= AS_SURE * self._gate:
                aspect = known.aspect_of_topic.get(topic or "", aspect)
            if clear and topic in known.what_topics and not known.asked_by_words(plain.english):
                aspect = None
        if aspect == "difference" and not both:
            aspect = None
        if aspect is None and topic_plain is None and plain.confidence >= self._gate:
            return plain if plain.label not in GIVES_WAY else self._what(plain, named)
        if aspect is None:
            return self._what(plain, named)
        label = about_laser.label if topic in known.aspect_of_topic else plain.label
        if not label.startswith(FAQ_PREFIX):
            label = FAQ_PREFIX + known.topic_of_aspect[aspect]
        confidence = max(about_laser.confidence, self._gate)
        return Part(plain.text, label, confidence, tuple(named[:2]), aspect, english=plain.english)

    def _what(self, plain: Part, named: list[Mention]) -> Part:
        """What is it: the answer about the device itself."""
        about = self._devices.abouts.get(named[0].kind)
        label = FAQ_PREFIX + about if about else plain.label
        asked = len(plain.text.split()) <= ALONE or self._devices.what.search(plain.english)
        confidence = max(plain.confidence, self._gate) if asked or not about else plain.confidence
        return Part(plain.text, label, confidence, tuple(named[:1]), WHAT, english=plain.english)


def _intent(part: Part, gate: float) -> str:
    if part.confidence < gate:
        return NOT_UNDERSTOOD
    return FAQ if part.label.startswith(FAQ_PREFIX) else part.label
