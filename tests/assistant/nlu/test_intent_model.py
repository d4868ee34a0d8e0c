from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression

from assistant.nlu import regression
from assistant.nlu.encoder import THOROUGH_FOLDER, Vectors, load_encoder, name_symbols
from assistant.nlu.intent_model import Guess, IntentModel, Writing
from assistant.nlu.intent_training import (
    HeldOut,
    TrainingOptions,
    choose_gate,
    confidences,
    main_directions,
    train,
)
from assistant.nlu.wording import Wording
from tests.assistant.nlu.conftest import SMALL_CLINIC

TEXTS = [text for texts in SMALL_CLINIC.values() for text in texts]
NAMES = [label for label, texts in SMALL_CLINIC.items() for _ in texts]


def trained(options: TrainingOptions | None = None) -> IntentModel:
    vectors, thorough = load_encoder().encode(TEXTS), load_encoder(THOROUGH_FOLDER).encode
    return train(TEXTS, NAMES, vectors, thorough, options or TrainingOptions())


def guessed(model: IntentModel, texts: list[str]) -> list[list[Guess]]:
    return model.guess(texts, load_encoder().encode, load_encoder(THOROUGH_FOLDER).encode)


@pytest.fixture(scope="module")
def model() -> IntentModel:
    return trained()


def test_it_knows_its_own_examples(model: IntentModel) -> None:
    guesses = guessed(model, TEXTS)
    assert [ranked[0].label for ranked in guesses] == NAMES
    assert min(ranked[0].confidence for ranked in guesses) > model.gate


def test_saved_and_loaded_it_is_the_same(model: IntentModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    texts = ["does the zapping hurt", "unseen ngrams: zyxw", ""]
    for again, first in zip(
        guessed(IntentModel.load(tmp_path), texts), guessed(model, texts), strict=True
    ):
        assert [one.label for one in again] == [one.label for one in first]
        sure = [one.confidence for one in first]
        assert [one.confidence for one in again] == pytest.approx(sure, abs=1e-3)
    assert {path.suffix for path in tmp_path.iterdir()} == {".npz", ".json"}


def test_training_twice_gives_the_same_gate(model: IntentModel) -> None:
    again = trained()
    assert again.gate == pytest.approx(model.gate, abs=1e-6)


def test_a_stricter_quantile_raises_the_gate(model: IntentModel) -> None:
    options = TrainingOptions(gate_quantile=0.5)
    assert trained(options).gate > model.gate


def test_the_gate_lets_all_but_the_quantile_of_right_examples_through() -> None:
    owners = np.zeros(100, np.intp)
    sure = np.stack([np.linspace(0.01, 1, 100), np.zeros(100)], axis=1).astype(np.float32)
    gate = choose_gate(HeldOut(np.arange(100), sure), owners, 0.10)
    assert (sure[:, 0] >= gate).mean() == pytest.approx(0.9, abs=0.01)


def test_only_what_is_unsure_is_read_again(model: IntentModel) -> None:
    read: list[str] = []

    def thorough(texts: Sequence[str]) -> Vectors:
        read.extend(texts)
        return load_encoder(THOROUGH_FOLDER).encode(texts)

    texts = [TEXTS[0], "is my neighbour's laser printer worth its price"]
    model.guess(texts, load_encoder().encode, thorough)
    assert read == texts[1:]


def test_confidence_is_root_of_probability_times_nearest_example() -> None:
    likely = np.array([[0.64, 0.36]], np.float32)
    cosines = np.array([[0.2, 0.5, -0.3]], np.float32)
    found = confidences(likely, cosines, np.array([0, 0, 1]))
    assert found == pytest.approx(np.array([[0.8 * 0.5, 0]]))


@pytest.mark.parametrize("evened", [False, True])
def test_the_regression_is_scikit_learns(evened: bool) -> None:
    vectors = load_encoder().encode(TEXTS)
    labels, classes = np.unique(NAMES, return_inverse=True)
    counts = regression.balance(classes, np.ones(len(classes), bool))
    rows = regression.with_constant(vectors)
    weights = regression.fit([rows], classes, counts, 30.0, 1e-9, evened=evened)
    ours = regression.probabilities(rows @ weights)
    reference = LogisticRegression(C=30.0, class_weight="balanced", max_iter=1000, tol=1e-6)
    theirs = reference.fit(vectors, classes).predict_proba(vectors)
    assert len(labels) == ours.shape[1]
    assert np.abs(ours - theirs).max() < 0.03


def test_dense_and_sparse_features_stand_side_by_side() -> None:
    vectors = load_encoder().encode(TEXTS)
    _, classes = np.unique(NAMES, return_inverse=True)
    counts = regression.balance(classes, np.arange(len(classes)) > 0)
    whole = regression.fit([vectors], classes, counts, 30.0, 1e-9)
    blocks = [vectors[:, :100], csr_matrix(vectors[:, 100:])]
    assert (
        np.abs(vectors @ (regression.fit(blocks, classes, counts, 30.0, 1e-9) - whole)).max() < 0.01
    )
    assert counts[0] == 0


def test_what_is_written_is_read_through_its_main_directions() -> None:
    _, written = Wording.learn(TEXTS)
    directions = main_directions(written)
    assert directions.shape == (len(TEXTS) - 1, written.shape[1])
    assert np.allclose(directions @ directions.T, np.eye(len(directions)), atol=1e-3)
    best = TruncatedSVD(len(directions), n_iter=5, random_state=1).fit(written).components_
    held, most = (float(((written @ base.T) ** 2).sum()) for base in (directions, best))
    assert held > 0.97 * most
    weights = np.random.default_rng(1).normal(size=(len(directions) + 1, 3)).astype(np.float32)
    exact = regression.with_constant(written @ directions.T) @ weights
    scores = Writing.of(directions, weights).scores(written)
    assert np.abs(scores - exact).max() < 0.05 * np.abs(exact).max()


def test_an_emoji_is_read_by_its_name() -> None:
    assert name_symbols("👍").strip() == name_symbols("👍🏽").strip() == "thumbs up sign"
    assert name_symbols("does it hurt?") == "does it hurt?"
    assert name_symbols("🤔").strip() == "thinking"


TRAIN = """
import sys
from pathlib import Path
from tests.assistant.nlu.test_intent_model import trained
trained().save(Path(sys.argv[1]))
"""


@pytest.mark.slow
def test_an_unchanged_set_gives_an_unchanged_model_whatever_the_process(tmp_path: Path) -> None:
    """No set's order, which differs from process to process, may leave a trace in what is learned."""
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-W", "ignore", "-c", TRAIN, str(tmp_path / seed)]
        subprocess.run(command, env=environment, check=True, capture_output=True)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / seed).iterdir()}
        for seed in ("1", "2")
    )
    assert first == second
