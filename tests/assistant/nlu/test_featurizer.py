from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message

from assistant.nlu.danger.examples import read_examples
from assistant.nlu.encoder import (
    DEFAULT_FOLDER,
    DIMENSIONS,
    KEPT,
    ROOT,
    THOROUGH_FOLDER,
    EncoderMissing,
    KeptVectors,
    SentenceEncoder,
    load_encoder,
)
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


@pytest.fixture()
def folder(tmp_path: Path) -> Path:
    """The quick encoder in a folder of its own."""
    for file in (ROOT / DEFAULT_FOLDER).iterdir():
        if file.name != KEPT:
            (tmp_path / file.name).symlink_to(file)
    return tmp_path


def test_what_one_training_encoded_the_next_one_knows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["does it hurt", "how much is it"]
    rows = SentenceEncoder(folder).encode_for_training(texts)
    later = SentenceEncoder(folder)
    monkeypatch.setattr(later, "_run", None)  # whoever encodes again fails
    assert (later.encode_for_training(texts[::-1]) == rows[::-1]).all()
    assert not any(b"hurt" in file.read_bytes() for file in folder.glob("kept*")), "no words"


@pytest.mark.parametrize("spoilt", [b"", b"PK half of a file", None])
def test_kept_vectors_that_are_broken_or_anothers_are_made_again(
    folder: Path, spoilt: bytes | None
) -> None:
    rows = SentenceEncoder(folder).encode_for_training(["does it hurt"])
    if spoilt is None:
        np.savez(folder / KEPT, encoder="another", digests=["a"], rows=np.zeros((1, 384)))
    else:
        (folder / KEPT).write_bytes(spoilt)
    assert (SentenceEncoder(folder).encode_for_training(["does it hurt"]) == rows).all()


def test_a_full_disk_costs_time_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    assert SentenceEncoder(folder).encode_for_training(["does it hurt"]).shape == (1, 384)
    assert "No space left" in caplog.text
    assert not list(folder.glob("kept*"))


@pytest.mark.parametrize(
    ("name", "like"),
    [(DEFAULT_FOLDER, 0.9), (THOROUGH_FOLDER, 0.99)],  # the quick one rounds each batch anew
)
def test_what_the_project_ships_of_its_sentences_is_what_an_encoder_makes_of_them(
    name: str, like: float
) -> None:
    encoder = load_encoder(name)
    texts = [example.text for example in read_examples()]
    shipped = KeptVectors(ROOT / name)
    shipped._file = Path("none.npz")  # what this machine kept is left out
    unknown = set(shipped.unknown(texts))
    assert len(unknown) < len(texts) / 20, "run python -m scripts.ship_vectors after a training"
    some = [text for text in texts if text not in unknown][::600]
    assert len(some) > 10
    assert (encoder.encode(some) * shipped.of(some)).sum(axis=1).min() > like
