"""Understanding in another language: learnt, asked, kept and loaded, with encoders that count letters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.nlu import spoken_model
from assistant.nlu.encoder import Vectors
from assistant.nlu.intent_model import IntentModel
from assistant.nlu.intent_training import TrainingOptions, train
from assistant.nlu.spoken_model import Understanding, told_in_english, train_spoken

ENGLISH = {
    "faq/pain": ["does it hurt", "is it painful", "how much pain is there", "will it hurt a lot"],
    "faq/price": ["what does it cost", "how much money", "what is the price", "is it expensive"],
    "greet": ["hello", "good morning", "hi there", "good evening"],
}
SPANISH = {
    "faq/pain": ("¿duele mucho?", "cuánto dolor da", "es doloroso", "me va a doler"),
    "faq/price": ("¿cuánto cuesta?", "qué precio tiene", "es caro", "cuánto dinero es"),
    "greet": ("hola", "buenos días", "buenas tardes", "muy buenas"),
    "faq/unknown_in_english": ("algo que nadie aprendió en inglés",),
}


def letters(texts: Sequence[str]) -> Vectors:
    """What a text means, to an encoder that only counts letters."""
    rows = [[text.lower().count(chr(97 + place)) + 0.01 for place in range(26)] for text in texts]
    vectors = np.array(rows, np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def learn_english() -> IntentModel:
    texts = [text for own in ENGLISH.values() for text in own]
    names = [name for name, own in ENGLISH.items() for _ in own]
    return train(texts, names, letters(texts), letters, TrainingOptions())


class Few:
    """A language of a few examples."""

    asks = SPANISH


@pytest.fixture
def english() -> IntentModel:
    return learn_english()


@pytest.fixture
def understanding(english: IntentModel, monkeypatch: pytest.MonkeyPatch) -> Understanding:
    monkeypatch.setattr(spoken_model, "spoken", lambda _: Few())
    model = train_spoken("es", english, letters, letters, TrainingOptions())
    return Understanding(english, {"es": model})


def test_a_language_learns_the_labels_that_english_knows(understanding: Understanding) -> None:
    assert understanding.others["es"].own.labels == ("faq/pain", "faq/price", "greet")


def test_its_own_examples_are_understood_also_after_being_kept(
    understanding: Understanding, tmp_path: Path
) -> None:
    understanding.save(tmp_path)
    kept = Understanding.load(tmp_path)
    for name in ("faq/pain", "faq/price", "greet"):
        texts = [understanding.others["es"].plain(text) for text in SPANISH[name]]
        before = understanding.others["es"].guess(texts, letters, letters)
        after = kept.others["es"].guess(texts, letters, letters)
        assert [row[0].label for row in after] == [name] * len(texts)
        for one, other in zip(before, after, strict=True):
            assert one[0].confidence == pytest.approx(other[0].confidence, abs=1e-3)


def test_the_english_model_is_asked_about_the_gloss(understanding: Understanding) -> None:
    model = understanding.others["es"]
    glossed = ["does it hurt", "what does it cost"]
    told = told_in_english(model.english, model.own.labels, glossed, letters(glossed))
    assert [model.own.labels[best] for best in told.argmax(axis=1)] == ["faq/pain", "faq/price"]
    assert np.exp(told).sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_english_is_the_same_with_and_without_another_language(
    understanding: Understanding, tmp_path: Path
) -> None:
    understanding.save(tmp_path)
    alone, texts = learn_english(), ["does it cost a lot", "hello"]
    beside = Understanding.load(tmp_path).english
    for one, other in zip(
        alone.guess(texts, letters, letters), beside.guess(texts, letters, letters), strict=True
    ):
        assert [guess.label for guess in one] == [guess.label for guess in other]
        assert one[0].confidence == pytest.approx(other[0].confidence, abs=1e-3)
