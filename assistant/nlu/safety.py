"""The rasa component that looks for red flags in every message and puts them above everything.

It runs after the intent classifier: what it finds replaces the intent (docs/contracts.md,
section 3), so that no threshold and no other question can hide an emergency.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_RANKING_KEY,
    INTENT_RESPONSE_KEY,
    METADATA,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.component import (
    LANGUAGE,
    UNSURE,
    LearningComponent,
    Place,
    english_of,
    language_of,
)
from assistant.nlu.danger.decide import ACT, ASK, DangerCheck, Finding, Reader
from assistant.nlu.danger.examples import read_examples
from assistant.nlu.danger.facts import load_facts
from assistant.nlu.danger.languages import languages
from assistant.nlu.danger.model import (
    DangerModels,
    lesson,
    second_reading,
    train,
)
from assistant.nlu.danger.spoken import Dangers, train_spoken
from assistant.nlu.encoder import (
    DEFAULT_FOLDER,
    THOROUGH_FOLDER,
    SentenceEncoder,
    encoder_digest,
    load_encoder,
)
from assistant.nlu.medical.rules import digest
from assistant.nlu.situation import situations
from clinic import load_default
from clinic.spoken import FOLDER
from clinic.urgency import FILE as URGENCY
from clinic.urgency import UNCLEAR
from clinic.urgency import load_default as load_urgency

logger = logging.getLogger(__name__)

DANGER = Path(__file__).with_name("danger")
NOT_ENGLISH = ("nlu_fallback", "oos_language", "oos_gibberish", "oos_chitchat")
"""What a message in another language is taken for; only then is its language asked after."""
CAREFUL_ANYWAY = ("aftercare_worry", "oos_medical_advice")
"""What is answered with the way to a person already, and needs no question before."""
ASKS_FOR_PEOPLE = "ask_for_human"
"""Who asks for a person gets one; only a rule, or a sure model that names the danger, makes an alarm of it."""
HEARD = 0.3  # confidence of the classifier that is enough for that
REPORTED = 0.5  # confidence from which on the classifier alone makes it ask; below it is not heard
UNDERSTOOD = 0.6  # confidence of the classifier from which on it has a say

INTENT_OF_LEVEL = {"U1": "report_emergency", "U2": "report_reaction"}
LEVEL_OF_INTENT = {name: level for level, name in INTENT_OF_LEVEL.items()}
ASKED_INTENT = "suspect_danger"
DESPAIR = "suicidal"
HAPPENING_NOW = "happening_now"
"""Metadata of a message: the visitor said that it happens now (true), or that it does not (false)."""
YES = re.compile(r"\W*(yes|yeah|yep|yh|ya|y|si|sí|sim|oui|ja|da|tak|evet|haan|ji)\b.{0,30}", re.I)
NO = re.compile(
    r"\W*((no|nope|nah|n|non|nein|nao|não|nu|nie|hayir|nahi)\b"
    r"(\W+(thanks|thank you|i|am|im|i'm|its|it's|just|only|asking|curious|wondering|not now|really))*"
    r"|(i am |i'm |im )?(just|only) (asking|curious|wondering))\W*",
    re.I,
)


def typed_answer(text: str) -> bool | None:
    """Yes or no to "is this happening now?"; None when the words are about something else."""
    if NO.fullmatch(text.strip()):
        return False
    return True if YES.fullmatch(text.strip()) else None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SafetyCheck(LearningComponent[Dangers], IntentClassifier):
    """Sets ``safety``, and with it intent, intent_ranking and questions, where there is a sign.

    An assistant without its model must not start: ``load`` raises.
    """

    model_class = Dangers

    @classmethod
    def required_components(cls) -> list[type]:
        """None that rasa could check: it stands after the classifier, which it overrules."""
        return []

    @staticmethod
    def required_packages() -> list[str]:
        """Packages whose version is part of the fingerprint."""
        return ["spacy", "medspacy", "sklearn", "numpy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``not_calm``: intents and topics whose examples the danger model does not learn as calm."""
        return {
            "encoder": DEFAULT_FOLDER,
            "thorough": THOROUGH_FOLDER,
            "not_calm": [
                *INTENT_OF_LEVEL.values(),
                *("express_distress", "aftercare_worry", "oos_medical_advice"),
                *("faq/medicine_already_stopped", "faq/circ_found_pregnant"),
                *("faq/dents_after", "faq/burn_first_aid", "faq/blisters_not_normal"),
            ],
        }

    def __init__(self, config: dict[str, Any], place: Place, model: Dangers | None = None) -> None:
        super().__init__(config, place, model)
        self._facts = load_facts()
        self._quick = load_encoder(config["encoder"])
        self._thorough = load_encoder(config["thorough"])
        self._check = self._check_with(model.english) if model else None

    def _check_with(self, model: DangerModels) -> DangerCheck:
        quick = Reader(model.quick, self._quick.encode)
        thorough = Reader(model.thorough, self._thorough.encode)
        return DangerCheck(self._facts, quick, thorough, load_urgency())

    @classmethod
    def knows(cls, config: dict[str, Any]) -> Iterator[bytes]:
        """The rules, the sentences, the encoders and the code."""
        yield digest().encode()
        for name in ("encoder", "thorough"):
            yield encoder_digest(config[name]).encode()
        yield URGENCY.read_bytes()
        for path in sorted(DANGER.glob("*.py")):
            yield path.read_bytes()
        for code in load_default().others_spoken:
            for path in sorted((FOLDER / code).rglob("*.*")):
                yield path.read_bytes()

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from our own sentences, and from the assistant's other examples as calm ones."""
        calm = [
            example.get(TEXT) for example in training_data.intent_examples if self._is_calm(example)
        ]
        return self.learn_others(_learn(tuple(calm), self._quick, self._thorough))

    def learn_others(self, english: DangerModels) -> Resource:
        """Learn every other language of the clinic from its own sentences; keep all."""
        self._check = check = self._check_with(english)
        not_calm, encode = self._config["not_calm"], self._quick.encode_for_training
        others = {
            code: train_spoken(code, not_calm, check.english, encode)
            for code in load_default().others_spoken
        }
        return self.learnt(Dangers(english, others))

    def _is_calm(self, example: Message) -> bool:
        names = (example.get(INTENT), example.get(INTENT_RESPONSE_KEY))
        known = any(name in self._config["not_calm"] for name in names)
        return bool(example.get(TEXT)) and not known

    def process(self, messages: list[Message]) -> list[Message]:
        """Check each message."""
        for message in messages:
            found = self._decide(message)
            message.set("safety", asdict(found) if found else None, add_to_output=True)
            if not found and (message.get(METADATA) or {}).get(LANGUAGE) == UNSURE:
                _ask_language(message)
            elif not found and language_of(message) not in load_default().others_spoken:
                _hear_other_language(message)
            if found:
                logger.info("danger: %s %s %s", found.decision, found.level, found.sign)
                _overrule(message, found)
        return messages

    def _decide(self, message: Message) -> Finding | None:
        """Find, then heed what the visitor answered when it was asked about before."""
        now = (message.get(METADATA) or {}).get(HAPPENING_NOW)
        text = situations().struck.left_of(message.get(TEXT) or "")
        if not self._check or text.startswith("/"):
            return None
        if now is False:
            _take_as_calm(message)
            return None
        intent = message.get(INTENT) or {}
        name, sure = intent.get("name"), float(intent.get("confidence") or 0)
        other = name not in (*self._config["not_calm"], "nlu_fallback")
        understood = other and sure >= UNDERSTOOD
        model = self._model.others.get(language_of(message)) if self._model else None
        if model:
            found = self._check.find_in(model, text, understood)
        else:
            found = self._check.find(text, understood)
        if not found and name in LEVEL_OF_INTENT:
            if sure < REPORTED:
                _take_as_calm(message)
                return None
            level = LEVEL_OF_INTENT[name]
            found = Finding(
                ASK, level, UNCLEAR[level], by_rule=self._check.is_ruled(english_of(message))
            )
        if found and now:
            return replace(found, decision=ACT)
        if found and name == ASKS_FOR_PEOPLE and sure >= HEARD and not found.by_rule:
            is_named = found.sign not in UNCLEAR.values()
            return found if found.decision == ACT and is_named else None
        if found and found.decision == ASK and found.level == "U2" and name in CAREFUL_ANYWAY:
            return None
        known = situations().long_known
        if found and found.level == "U2" and found.sign in known.signs and known.fits(message):
            _take_as_calm(message)
            return None
        if found and found.decision == ASK and not model and self._is_calm_anyway(found, message):
            _take_as_calm(message)
            return None
        if found and found.level == "U2" and not model and self._is_ordinary(text, understood):
            _take_as_calm(message)
            return None
        return found

    @staticmethod
    def _is_calm_anyway(found: Finding, message: Message) -> bool:
        """Is what sounds like danger only history before a question, or joy?"""
        if found.level == "U2":
            ahead = situations().asks_ahead
            return found.sign in ahead.signs and ahead.is_history(message)
        return (
            found.sign == DESPAIR
            and not found.by_rule
            and situations().glad.fits(english_of(message))
        )

    def _is_ordinary(self, text: str, understood: bool) -> bool:
        """Does it tell of nothing without the words that only sound like a bad reaction?"""
        left = situations().ordinary.without(text)
        return left is not None and not (self._check and self._check.find(left, understood))


def _take_as_calm(message: Message) -> None:
    """Of what was understood the likeliest that is no report of danger."""
    if (message.get(INTENT) or {}).get("name") in LEVEL_OF_INTENT:
        others = [
            row
            for row in message.get(INTENT_RANKING_KEY) or []
            if row["name"] not in LEVEL_OF_INTENT
        ]
        calm = others[0] if others else {"name": "nlu_fallback", "confidence": 0.0}
        message.set(INTENT, calm, add_to_output=True)


def _ask_language(message: Message) -> None:
    """The channel could not tell which language it is: that is asked once."""
    message.set(INTENT, {"name": "ask_language", "confidence": 1.0}, add_to_output=True)
    message.set("questions", [], add_to_output=True)


def _hear_other_language(message: Message) -> None:
    """A wish for a person or a call, or "I do not speak that", in another language than English."""
    text, intent = message.get(TEXT) or "", (message.get(INTENT) or {}).get("name")
    language = languages().language(text) if intent in NOT_ENGLISH else None
    wish = languages().wish(text) if language else None
    message.set("language", language, add_to_output=True)
    if language:
        row = {"name": wish.means if wish else "oos_language", "confidence": 1.0}
        message.set(INTENT, row, add_to_output=True)
        message.set("questions", [], add_to_output=True)


@lru_cache(maxsize=2)  # rasa may train several times in one process, as tests do
def _learn(
    calm: tuple[str, ...], quick: SentenceEncoder, thorough: SentenceEncoder
) -> DangerModels:
    first = lesson(read_examples(), calm)
    model = train(first, quick)
    return DangerModels(model, train(second_reading(first, model, quick), thorough))


def _overrule(message: Message, found: Finding) -> None:
    name = INTENT_OF_LEVEL[found.level] if found.decision == ACT else ASKED_INTENT
    intent = {"name": name, "confidence": 1.0}
    others = [row for row in message.get(INTENT_RANKING_KEY) or [] if row["name"] != intent["name"]]
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [intent, *others], add_to_output=True)
    message.set("questions", [], add_to_output=True)
