from __future__ import annotations

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message

from assistant.nlu.encoder import DIMENSIONS, EncoderMissing, load_encoder
from assistant.nlu.featurizer import SentenceEncoderFeaturizer, sentence_vectors
from tests.assistant.nlu.component_contract import ComponentContract


class TestSentenceEncoderFeaturizer(ComponentContract):
    component = SentenceEncoderFeaturizer

    def test_each_message_gets_one_row_of_length_one(
        self, trained: SentenceEncoderFeaturizer
    ) -> None:
        messages = [Message(data={"text": text}) for text in ("does it hurt", "hello")]
        rows = sentence_vectors(trained.process(messages))
        assert rows.shape == (2, DIMENSIONS)
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-4)

    def test_a_message_without_text_gets_zeros(self, trained: SentenceEncoderFeaturizer) -> None:
        messages = trained.process([Message(data={"text": ""}), Message(data={})])
        assert not sentence_vectors(messages).any()


def test_without_the_encoders_files_it_says_what_to_do(
    model_storage: LocalModelStorage, resource: Resource, execution_context: ExecutionContext
) -> None:
    config = {**SentenceEncoderFeaturizer.get_default_config(), "encoder": "models/none"}
    with pytest.raises(EncoderMissing, match="python -m scripts.build_encoder"):
        SentenceEncoderFeaturizer.create(config, model_storage, resource, execution_context)


def test_a_message_that_several_ask_for_is_encoded_once_and_to_the_same_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder = load_encoder()
    fresh = encoder._run(["does a very rare wording hurt?"])
    first = encoder.encode(["does a very rare wording hurt?"])
    monkeypatch.setattr(encoder, "_run", None)  # whoever runs it again fails
    twice = encoder.encode(["does a very rare wording hurt?"] * 2)
    assert (first == fresh).all() and (twice == fresh).all() and twice.shape == (2, 384)
    twice[:] = 0
    assert (encoder.encode(["does a very rare wording hurt?"]) == fresh).all()


def test_for_training_each_text_is_encoded_once_and_means_the_same() -> None:
    encoder = load_encoder()
    texts = ["does it hurt", "how much is it", "does it hurt"]
    rows = encoder.encode_for_training(texts)
    assert np.abs(rows - encoder.encode(texts)).max() < 0.05
    assert (rows[0] == rows[2]).all()
    assert (encoder.encode_for_training(texts[:1]) == rows[:1]).all()
