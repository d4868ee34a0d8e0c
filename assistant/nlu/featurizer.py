"""The rasa component that puts the sentence encoder's numbers on every message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.constants import FEATURIZER_CLASS_ALIAS
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from assistant.nlu.component import Component, Place
from assistant.nlu.encoder import (
    DEFAULT_FOLDER,
    DIMENSIONS,
    Encode,
    Vectors,
    encoder_digest,
    load_encoder,
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoderFeaturizer(Component, DenseFeaturizer):
    """Adds one sentence feature of 384 numbers; text without a word in it gets none."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Rasa wants featurizers behind a tokenizer."""
        return [Tokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Packages whose version is part of the fingerprint."""
        return ["onnxruntime", "tokenizers"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """``encoder``: the encoder's folder, relative to the project."""
        return {FEATURIZER_CLASS_ALIAS: None, "encoder": DEFAULT_FOLDER}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Raise EncoderMissing when the encoder was not built."""
        encoder_digest(config["encoder"])

    def __init__(self, config: dict[str, Any], place: Place) -> None:
        Component.__init__(self, config, place)
        DenseFeaturizer.__init__(self, place.name, config)
        self._encoder = load_encoder(config["encoder"])

    @classmethod
    def knows(cls, config: dict[str, Any]) -> Iterator[bytes]:
        """Another encoder means another featurizer."""
        yield encoder_digest(config["encoder"]).encode()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to every example."""
        self._add(training_data.training_examples, self._encoder.encode_for_training)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add features to every message that has text."""
        self._add(messages, self._encoder.encode)
        return messages

    def _add(self, messages: list[Message], encode: Encode) -> None:
        written = [message for message in messages if (message.get(TEXT) or "").strip()]
        if written:
            vectors = encode([message.get(TEXT) for message in written])
            for message, vector in zip(written, vectors, strict=True):
                # rasa 3.6.21 names a featurizer so (nlu/featurizers/featurizer.py)
                row = Features(vector[None], FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
                message.add_features(row)


def sentence_vectors(messages: list[Message]) -> Vectors:
    """One row a message of what the featurizer added; zeros where it added nothing."""
    rows = np.zeros((len(messages), DIMENSIONS), np.float32)
    for row, message in zip(rows, messages, strict=True):
        _, sentence = message.get_dense_features(TEXT)
        if sentence is not None:
            row[:] = sentence.features.reshape(-1)
    return rows
