"""The rasa component that decides what a visitor asks or says (docs/contracts.md, section 3).

It learns plain intents and the FAQ's retrieval intents at once, and fills in what rasa's own
ResponseSelector (TensorFlow) would: which FAQ it is, and the nearest three.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.component import GLOSS, LearningComponent, Place, language_of
from assistant.nlu.devices import Mention
from assistant.nlu.encoder import DEFAULT_FOLDER, THOROUGH_FOLDER, encoder_digest, load_encoder
from assistant.nlu.featurizer import SentenceEncoderFeaturizer, sentence_vectors
from assistant.nlu.intent_model import Guess, IntentModel
from assistant.nlu.intent_training import TrainingOptions, train
from assistant.nlu.questions import FAQ_PREFIX, Limits, Part
from assistant.nlu.reading import FAQ, Guesses, Reading, Tongue, read_message
from assistant.nlu.spoken_model import SpokenModel, Understanding, train_spoken
from clinic import load_default
from clinic.spoken import FOLDER

logger = logging.getLogger(__name__)

# rasa expects its TensorFlow ResponseSelector wherever there are retrieval intents; ours replaces it
warnings.filterwarnings(
    "ignore", message="You have defined training data with examples for training"
)

TRAINED_BY = (
    *("encoder.py", "intent_model.py", "intent_training.py"),
    *("regression.py", "spoken_model.py", "wording.py"),
)
NEAREST = 3
OWN = "own"  # in the place of an aspect: what is answered alike whatever device is named
RANKING = 10


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FaqIntentClassifier(LearningComponent[Understanding], IntentClassifier):
    """Sets intent, intent_ranking, response_selector and questions on every message."""

    model_class = Understanding

    @classmethod
    def required_components(cls) -> list[type]:
        """It reads the sentence encoder's numbers."""
        return [SentenceEncoderFeaturizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Packages whose version is part of the fingerprint."""
        return ["sklearn", "scipy", "numpy"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``gate_quantile``: the share of right answers that asks back instead of answering.

        ``polite``: intents that give way to any other in the same message; ``pressing``: those
        that come before any other.
        """
        return {
            "encoder": DEFAULT_FOLDER,
            "thorough": THOROUGH_FOLDER,
            "c": 30.0,
            "gate_quantile": 0.10,
            "polite": [],
            "pressing": [],
        }

    def __init__(
        self, config: dict[str, Any], place: Place, model: Understanding | None = None
    ) -> None:
        super().__init__(config, place, model)
        self._quick = load_encoder(config["encoder"])
        self._thorough = load_encoder(config["thorough"])

    @classmethod
    def knows(cls, config: dict[str, Any]) -> Iterator[bytes]:
        """The encoders' files and the code that trains."""
        for name in ("encoder", "thorough"):
            yield encoder_digest(config[name]).encode()
        for code in load_default().others_spoken:
            for path in sorted((FOLDER / code).rglob("*.*")):
                yield path.read_bytes()
        for name in TRAINED_BY:
            yield Path(__file__).with_name(name).read_bytes()

    @classmethod
    def load(cls, config: dict[str, Any], *where: Any, **more: Any) -> FaqIntentClassifier:
        """Called by rasa in a running assistant; without a trained model it understands nothing."""
        try:
            return super().load(config, *where, **more)
        except ValueError:
            logger.warning("The model holds no trained intents; nothing will be understood.")
            return cls.create(config, *where)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example that has text and an intent."""
        examples = [e for e in training_data.intent_examples if (e.get(TEXT) or "").strip()]
        names = [example.get_full_intent() for example in examples]
        if len(set(names)) < 2:
            logger.warning("Fewer than two intents have examples; nothing will be understood.")
            return self._place.resource
        texts = [example.get(TEXT) for example in examples]
        encode = self._thorough.encode_for_training
        own = train(texts, names, sentence_vectors(examples), encode, self._options())
        return self.learn_others(own)

    def learn_others(self, english: IntentModel) -> Resource:
        """Learn every other language of the clinic from its own examples; keep all."""
        encode = self._quick.encode_for_training, self._thorough.encode_for_training
        others = {
            code: train_spoken(code, english, *encode, self._options())
            for code in load_default().others_spoken
        }
        return self.learnt(Understanding(english, others))

    def _options(self) -> TrainingOptions:
        return TrainingOptions(self._config["c"], self._config["gate_quantile"])

    def process(self, messages: list[Message]) -> list[Message]:
        """Understand each message."""
        if self._model is None:
            return messages
        english = self._model.english
        for message in messages:
            other = self._model.others.get(language_of(message))
            if other:
                _put_on(message, self._read_in(other, message), other.own.gate)
            else:
                text = english.spelling.correct(message.get(TEXT) or "")
                limits = self._limits(english.gate)
                reading = read_message(text, self._guesses(english.guess), limits)
                _put_on(message, reading, english.gate)
        return messages

    def _read_in(self, model: SpokenModel, message: Message) -> Reading:
        """In another language; what it says in English words is put on the message for the others."""
        text = model.plain(message.get(TEXT) or "")
        message.set(GLOSS, model.gloss.read(text), add_to_output=True)
        tongue = Tongue(model.gloss.read, model.gloss.connector)
        limits = self._limits(model.own.gate)
        return read_message(text, self._guesses(model.guess), limits, tongue)

    def _guesses(self, guess: Callable[..., list[list[Guess]]]) -> Guesses:
        return partial(guess, quick=self._quick.encode, thorough=self._thorough.encode)

    def _limits(self, gate: float) -> Limits:
        return Limits(
            gate=gate,
            prefix=FAQ_PREFIX,
            polite=frozenset(self._config["polite"]),
            pressing=frozenset(self._config["pressing"]),
        )


def _put_on(message: Message, reading: Reading, gate: float) -> None:
    message.set("intent", _row(reading.intent, reading.confidence), add_to_output=True)
    message.set("intent_ranking", _ranking(reading), add_to_output=True)
    message.set("response_selector", _selector(reading), add_to_output=True)
    message.set("questions", [_question(q, gate) for q in reading.questions], add_to_output=True)
    message.set("missed", reading.missed, add_to_output=True)
    message.set("devices", [_device(d) for d in reading.devices], add_to_output=True)


def _question(part: Part, gate: float) -> dict[str, Any]:
    return {
        "text": part.text,
        "topic": part.topic,
        "confidence": part.confidence,
        "sure": part.confidence > gate,
        "aspect": part.aspect or (OWN if part.devices else None),
        "beside": part.beside,
        "devices": [_device(mention) for mention in part.devices],
    }


def _device(mention: Mention) -> dict[str, str]:
    return {"kind": mention.kind, "name": mention.name}


def _ranking(reading: Reading) -> list[dict[str, Any]]:
    """The chosen intent, then the likeliest others; all FAQs count as one."""
    rows = {reading.intent: _row(reading.intent, reading.confidence)}
    for guess in reading.guesses:
        name = FAQ if guess.label.startswith(FAQ_PREFIX) else guess.label
        rows.setdefault(name, _row(name, guess.confidence))
        if len(rows) == RANKING:
            break
    return list(rows.values())


def _selector(reading: Reading) -> dict[str, Any]:
    """The shape of rasa's ResponseSelector, so that ``utter_faq`` and rasa's tools understand it."""
    nearest = [
        {"intent_response_key": label, "confidence": confidence}
        for label, confidence in islice(reading.nearest().items(), NEAREST)
    ]
    best = nearest[0] if nearest else {"intent_response_key": None, "confidence": 0.0}
    action = f"utter_{best['intent_response_key']}" if nearest else None
    response = {**best, "responses": [], "utter_action": action}
    return {"all_retrieval_intents": [FAQ], FAQ: {"response": response, "ranking": nearest}}


def _row(name: str, confidence: float) -> dict[str, Any]:
    return {"name": name, "confidence": confidence}
