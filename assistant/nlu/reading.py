"""Reads one message with a trained model: its intent, its questions, the nearest FAQs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from assistant.nlu.device_reading import AS_SURE, WHAT, DeviceReader, offers
from assistant.nlu.devices import Mention, devices
from assistant.nlu.fragments import Beside
from assistant.nlu.intent_model import Guess
from assistant.nlu.questions import (
    BEYOND,
    CONNECTOR,
    FAQ_PREFIX,
    SURE_ALONE,
    Limits,
    Part,
    Unit,
    asks,
    asks_itself,
    choose,
    distinct,
    is_story,
    main_part,
    may_ask,
    outline,
    says_something,
    units_of,
    weighed,
)
from assistant.nlu.situation import situations
from assistant.nlu.subjects import topics_of

FAQ = "faq"
NOT_UNDERSTOOD = "nlu_fallback"
TELLS = ("give_details", "start_prescreen")  # a question in them about a subject is answered first
DOUBT = 0.6  # below it a guess gives way to one that speaks of the subject that is named
NAMED = 0.5  # of the surest guess, or of the gate: enough for an answer about the subject named
SHARES = (0.5, 0.25, 0.25)  # of a story, of a question with the sentence before it, of the question
LIKELY = 0.5  # of the gate: enough in a story, where few are sure
SURER = 1.2  # times as sure as the whole story: its question alone decides
FEELINGS = ("express_distress", "express_anger")
DISTRESSED = 0.65  # from here on it is distress, however ordinary the words
DEEDS = (*FEELINGS, "erase_conversation", "request_callback", "book_appointment")
FIRM = 1.25  # of the gate: what calls a person or does something wants a surer guess than an answer
NO_ANSWER = (*TELLS, *FEELINGS, "oos_other_treatment", "oos_medical_advice")
AGAINST = 0.4  # of how sure one of these is: enough for an answer to what is asked
LEANS = re.compile(r"\b(?:it|that|this|they|them|those|these|one|yours)\b", re.I)

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
    structure, missed, spoken = outline(text, tongue.connector), False, [whole]
    pieces = list(dict.fromkeys(piece for sentence, cut in structure for piece in (sentence, *cut)))
    if len(pieces) > 1:
        known = {part.text: part for part in reader.parts(pieces)}
        asking = [part.text for part in may_ask(structure, known)]
        known |= {text: reader.piece(known[text]) for text in asking}
        chosen = [
            part
            for sentence, cut in structure
            for part in choose(known[sentence], [known[piece] for piece in cut], limits)
        ]
        if is_story(chosen, limits):
            told = [part for part in chosen if not part.label.startswith((FAQ_PREFIX, *TELLS))]
            guesses, parts = reader.story(text, units_of(structure, known), told)
            spoken = []  # a device of the history is not what is asked about
        else:
            carried = reader.carried(chosen)
            parts = [whole] if _holds_all(whole, carried) else choose(whole, carried, limits)
            cuts = [[known[piece] for piece in cut if piece in asking] for _, cut in structure]
            left = reader.left_out(whole, cuts)
            if left:
                missed = True
                offered = parts[-1].beside or reader.likely_topic(left)
                parts = [*parts[:-1], replace(parts[-1], beside=offered)]
    beside = Beside(reader.parts, limits.gate)
    parts = beside.with_fragments(whole, parts, [sentence for sentence, _ in structure])
    parts = beside.with_last_area(whole, _without_offers(parts))
    if [part.text for part in parts] == [text] and not devices().mentions(whole.english):
        parts = [weighed(parts[0], guesses, limits.gate)]
    spoken = [*parts, *spoken]
    main = main_part(parts, limits)
    return Reading(
        intent=_intent(main, limits.gate),
        confidence=main.confidence,
        guesses=tuple(guesses),
        questions=tuple(distinct(parts, limits)),
        devices=tuple(dict.fromkeys(m for part in spoken for m in part.devices)),
        missed=missed,
    )


def _holds_all(whole: Part, pieces: Sequence[Part]) -> bool:
    """Is the whole a comparison of what its pieces merely name ("the difference between A and B")?"""
    named = {mention.kind for one in pieces for mention in one.devices}
    return (
        len(whole.devices) > 1
        and all(one.aspect == WHAT for one in pieces)
        and named <= {mention.kind for mention in whole.devices}
    )


def _without_offers(parts: Sequence[Part]) -> list[Part]:
    """Without "do you offer that" where the answer before it begins with that."""
    told = {m.name for one in parts if one.aspect != WHAT for m in one.devices}

    def is_told(one: Part) -> bool:
        return offers(one.english) and any(mention.name in told for mention in one.devices)

    return [one for one in parts if not is_told(one)]


class _Reader:
    """Understands pieces of one message: on the words as they stand, and with a device's name
    replaced by "laser", so that its name does not swallow what is asked about it.
    """

    def __init__(self, guess: Guesses, gate: float, tongue: Tongue) -> None:
        self._model, self._gate = guess, gate
        self._english = tongue.english
        self._devices, self._named = devices(), DeviceReader(gate)
        self.carried = self._named.carried
        self._known: dict[str, list[Guess]] = {}

    def guess(self, texts: Sequence[str]) -> list[list[Guess]]:
        """What the model makes of texts; it reads each once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._model(new), strict=True))
        return [self._known[text] for text in texts]

    def parts(self, texts: Sequence[str]) -> list[Part]:
        return [self.part(text, row) for text, row in zip(texts, self.guess(texts), strict=True)]

    def left_out(self, whole: Part, sentences: Sequence[Sequence[Part]]) -> Part | None:
        """Of several questions in one sentence, the one that is not clear while another one is.

        What the whole, surely understood, answers too is not left out, nor what was spelt out of it.
        """
        for clauses in sentences:
            asked = [
                one
                for one in clauses
                if one.text in whole.text
                and asks_itself(one)
                and says_something(one.english)
                and not offers(one.english)
            ]
            unclear = [one for one in asked if one.confidence < self._gate and not one.devices]
            if len(unclear) < len(asked) and (
                left := [o for o in unclear if not self._holds(whole, o)]
            ):
                return left[0]
        return None

    def _holds(self, whole: Part, clause: Part) -> bool:
        near = {g.label: g.confidence for g in self.guess([clause.text])[0]}
        likely = near.get(whole.label, 0.0) >= LIKELY * self._gate
        return whole.confidence >= SURE_ALONE and likely

    def piece(self, part: Part) -> Part:
        """A piece that asks and is left unsure: by its words, where they name what is asked ("is it dear")."""
        guesses = self.guess([part.text])[0]
        if part.confidence >= self._gate or part.devices or not asks(part.english):
            return part
        sure = weighed(part, guesses, self._gate)
        named = self._devices.said_by_words(part.english) if asks_itself(part) else []
        if sure.confidence >= self._gate or part.label.startswith(BEYOND) or not named:
            return sure
        aspects = self._devices.aspect_of_topic
        fits = (g.label for g in guesses if aspects.get(g.label.removeprefix(FAQ_PREFIX)) in named)
        label = next(fits, FAQ_PREFIX + self._devices.topic_of_aspect[named[0]])
        return replace(part, label=label, confidence=self._gate)

    def likely_topic(self, part: Part) -> str | None:
        """The answer that a clause which was not understood may ask for."""
        best = self.guess([part.text])[0][0]
        known = best.label.startswith(FAQ_PREFIX) and best.confidence >= AS_SURE * self._gate
        return best.label.removeprefix(FAQ_PREFIX) if known else None

    def story(
        self, text: str, units: Sequence[Unit], told: Sequence[Part]
    ) -> tuple[list[Guess], list[Part]]:
        """The question of a story, read with what is told around it, and what counts beside it.

        Alone, a question of a story was right half as often as read with the story
        (benchmarks/README.md). Of several, those that are sure of themselves stand alone, and the
        other is read with the rest of the story.
        """
        asked = [place for place, unit in enumerate(units) if unit.asks] or [len(units) - 1]
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
            masked = partial(self._together, [self._named.masked(one) for one in texts])
            part = self.part(question.text, guesses, masked)
            if LEANS.search(part.english):  # else what was had before is history
                part = self.carried([*before, part])[-1]
            part = self._likely(part, guesses, self._english(text))
            read.append((place, guesses, self._alone(question, texts[0], part)))
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

    def _alone(self, question: Part, story: str, together: Part) -> Part:
        """The question as it is understood alone, where it is sure and its story speaks of that too."""
        told = {one.label: one.confidence for one in self.guess([story])[0]}
        spoken_of = told.get(question.label, 0.0) >= LIKELY * self._gate
        sure = question.confidence >= max(SURE_ALONE, SURER * max(told.values()))
        is_asked = question.label.startswith(FAQ_PREFIX) and not together.devices
        return question if sure and spoken_of and is_asked else together

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
        unclear = part.confidence < self._gate
        named = part.devices and not (unclear and part.aspect == WHAT)
        if unclear and not named:
            known = self._of_told(part, known, told)
        least = LIKELY * self._gate
        if part.label in NO_ANSWER:
            least = max(least, AGAINST * part.confidence)
        best = next((one for one in known if one.confidence >= least), None)
        if best and not named and (part.label in NO_ANSWER or unclear):
            part = Part(part.text, best.label, best.confidence, english=part.english)
        if part.confidence >= LIKELY * self._gate:
            part = replace(part, confidence=max(part.confidence, self._gate))
        return part

    def _of_told(self, part: Part, known: Sequence[Guess], told: str) -> list[Guess]:
        """Those about the subject of the question first; about one of its story where it is nearly as sure."""
        topics, share = topics_of(part.english), 0.0
        if not topics:
            topics, share = topics_of(told), AS_SURE
        least = share * max((one.confidence for one in known), default=0.0)
        return sorted(
            known,
            key=lambda one: (
                one.label.removeprefix(FAQ_PREFIX) not in topics or one.confidence < least
            ),
        )

    def part(
        self,
        text: str,
        guesses: Sequence[Guess],
        masked: Callable[[], list[Guess]] | None = None,
    ) -> Part:
        english = self._english(text)
        first = self._firm(guesses)
        if english == text:  # a gloss of another language may lack the words that make it distress
            first = self._of_nerves(first, guesses, english)
        plain = Part(text, first.label, first.confidence, english=english)
        named = self._devices.mentions(english)
        if not named:
            return self._beside_area(self._of_subject(plain, guesses))
        guesses = masked() if masked else self.guess([self._named.masked(text)])[0]
        return self._named.about(plain, named, guesses)

    def _firm(self, guesses: Sequence[Guess]) -> Guess:
        """The surest guess; a deed only where it is firm."""
        firm = (g for g in guesses if g.label not in DEEDS or g.confidence >= FIRM * self._gate)
        return next(firm, guesses[0])

    def _of_nerves(self, first: Guess, guesses: Sequence[Guess], text: str) -> Guess:
        """Not distress, where the words show no more than nerves or a dislike: the answer to that."""
        if first.label != FEELINGS[0] or first.confidence >= DISTRESSED:
            return first
        answer = situations().nerves.answer(text)
        if answer is None:
            return first
        known = next((one for one in guesses if one.label.startswith(FAQ_PREFIX)), first)
        likely = known is not first and known.confidence >= LIKELY * self._gate
        return Guess(known.label if likely else FAQ_PREFIX + answer, self._gate)

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

    def _beside_area(self, plain: Part) -> Part:
        """What is asked about a part of the body, where the part alone was understood."""
        if plain.topic not in self._devices.area_topics:
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


def _intent(part: Part, gate: float) -> str:
    if part.confidence < gate:
        return NOT_UNDERSTOOD
    return FAQ if part.label.startswith(FAQ_PREFIX) else part.label
