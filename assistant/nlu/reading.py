"""Reads one message with a trained model: its intent, its questions, the nearest FAQs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.nlu.encoder import Vectors
from assistant.nlu.intent_model import Guess, IntentModel
from assistant.nlu.questions import Limits, Part, choose, distinct, main_part, outline

FAQ = "faq"
FAQ_PREFIX = "faq/"
NOT_UNDERSTOOD = "nlu_fallback"

Encode = Callable[[Sequence[str]], Vectors]


@dataclass(frozen=True)
class Reading:
    """What a message says. ``guesses`` are those of the whole message, the likeliest first."""

    intent: str
    confidence: float
    guesses: tuple[Guess, ...]
    questions: tuple[Part, ...]

    def nearest(self) -> dict[str, float]:
        """Every FAQ with its confidence: first those that were asked, then the likeliest."""
        asked = {question.label: question.confidence for question in self.questions}
        known = (guess for guess in self.guesses if guess.label.startswith(FAQ_PREFIX))
        return asked | {g.label: g.confidence for g in known if g.label not in asked}


def read_message(
    text: str, vector: Vectors, model: IntentModel, encode: Encode, limits: Limits
) -> Reading:
    """Understand ``text`` as one thing, or as several where its parts say more than the whole."""
    guesses = tuple(model.guess([text], vector[None])[0])
    whole = Part(text, guesses[0].label, guesses[0].confidence)
    parts = [whole]
    structure = outline(text)
    pieces = list(dict.fromkeys(piece for sentence, cut in structure for piece in (sentence, *cut)))
    if len(pieces) > 1:
        known = {part.text: part for part in _understand(pieces, model, encode)}
        chosen = [
            part
            for sentence, cut in structure
            for part in choose(known[sentence], [known[piece] for piece in cut], limits)
        ]
        parts = choose(whole, chosen, limits)
    main = main_part(parts, limits)
    return Reading(
        intent=_intent(main, limits.gate),
        confidence=main.confidence,
        guesses=guesses,
        questions=tuple(distinct(parts, limits)),
    )


def _understand(texts: Sequence[str], model: IntentModel, encode: Encode) -> list[Part]:
    rows = model.guess(texts, encode(texts))
    return [Part(t, row[0].label, row[0].confidence) for t, row in zip(texts, rows, strict=True)]


def _intent(part: Part, gate: float) -> str:
    if part.confidence < gate:
        return NOT_UNDERSTOOD
    return FAQ if part.label.startswith(FAQ_PREFIX) else part.label
