"""The numbers behind the classifier: which intent a text is, and how sure that is.

Two logistic regressions (on what the text means, on how it is written), averaged. Confidence =
sqrt(probability) x cosine to the nearest own example, which tells unknown questions from known ones
far better than the probability alone. Where that is less than SURE, the text is read again with the
thorough encoder: a third regression joins the average, and its cosine the other's. The gate comes
from training examples only, judged by models that had not seen them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from assistant.nlu import regression
from assistant.nlu.devices import devices
from assistant.nlu.encoder import Encode
from assistant.nlu.regression import Matrix
from assistant.nlu.spelling import Spelling
from assistant.nlu.wording import Wording

NUMBERS, WORDS = "intents.npz", "intents.json"
FOLDS = 5
ENOUGH = 1_000  # held-out examples that settle the gate
TOLERANCE = 1e-4  # a smaller one changed neither accuracy nor gate, only the time
SURE = 0.45  # from here on a second reading changed nothing (benchmarks/README.md)


@dataclass(frozen=True)
class Guess:
    """One label and how sure the model is of it."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Confusion:
    """How many held-out examples of one label were taken for another."""

    wanted: str
    got: str
    count: int


@dataclass(frozen=True)
class TrainingOptions:
    """What may be set in config.yml: regularisation, and which share of right answers asks back."""

    c: float = 30.0
    gate_quantile: float = 0.10
    seed: int = 1


@dataclass(frozen=True)
class HeldOut:
    """Examples judged by models that did not see them: the confidence in each label.

    ``weights`` are those of the last of these models.
    """

    rows: NDArray[np.intp]
    sure: Matrix
    weights: tuple[Matrix, ...]


@dataclass(frozen=True)
class Meanings:
    """What examples or texts mean, one row each, to the quick and to the thorough encoder."""

    quick: Matrix  # (texts, 384)
    thorough: Matrix  # (texts, 768)


@dataclass(frozen=True)
class IntentModel:
    """A trained model. Examples are sorted by label, so that each label owns one run of rows."""

    labels: tuple[str, ...]
    gate: float
    owners: NDArray[np.intp]  # (examples,) index into labels
    vectors: Meanings  # of the examples
    writing: csr_matrix  # (n-grams, examples) how they are written
    meaning_weights: Matrix  # (385, labels)
    thorough_weights: Matrix  # (769, labels)
    writing_weights: Matrix  # (examples, labels) for similarity to each example
    wording: Wording
    confusions: tuple[Confusion, ...]  # the worst first

    @cached_property
    def spelling(self) -> Spelling:
        """Puts right what is misspelt, towards the words of the examples."""
        return Spelling({**dict.fromkeys(devices().vocabulary(), 1), **self.wording.words()})

    def guess(self, texts: Sequence[str], quick: Encode, thorough: Encode) -> list[list[Guess]]:
        """For each text every label, the surest first: likely, and near to one of its examples.

        What the quick encoder leaves unsure is read by the thorough one as well.
        """
        vectors = quick(texts)
        meaning = regression.with_constant(vectors) @ self.meaning_weights
        similar = (self.wording.transform(texts) @ self.writing).toarray() + 1
        writing = similar.astype(np.float32) @ self.writing_weights
        cosines = vectors @ self.vectors.quick.T
        sure = confidences(average(meaning, writing), cosines, self.owners)
        unsure = np.flatnonzero(sure.max(axis=1) < SURE)
        if len(unsure):
            again = thorough([texts[place] for place in unsure])
            more = regression.with_constant(again) @ self.thorough_weights
            sure[unsure] = confidences(
                average(meaning[unsure], writing[unsure], more),
                (cosines[unsure] + again @ self.vectors.thorough.T) / 2,
                self.owners,
            )
        order = np.argsort(-sure, axis=1, kind="stable")
        return [
            [Guess(self.labels[i], confidence) for i, confidence in zip(places, row, strict=True)]
            for places, row in zip(
                order.tolist(), np.take_along_axis(sure, order, axis=1).tolist(), strict=True
            )
        ]

    def save(self, folder: Path) -> None:
        """Write numbers and words, no pickles."""
        characters, words = self.wording.rarities
        np.savez_compressed(
            folder / NUMBERS,
            owners=self.owners,
            quick=self.vectors.quick,
            thorough=self.vectors.thorough.astype(np.float16),
            writing_data=self.writing.data,
            writing_indices=self.writing.indices,
            writing_indptr=self.writing.indptr,
            meaning_weights=self.meaning_weights,
            thorough_weights=self.thorough_weights,
            writing_weights=self.writing_weights,
            characters=characters,
            words=words,
        )
        text = {
            "labels": self.labels,
            "gate": self.gate,
            "ngrams": self.wording.vocabularies,
            "confusions": [astuple(confusion) for confusion in self.confusions],
        }
        (folder / WORDS).write_text(json.dumps(text), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentModel:
        """The inverse of ``save``."""
        text = json.loads((folder / WORDS).read_text(encoding="utf-8"))
        with np.load(folder / NUMBERS) as numbers:
            n = {name: numbers[name] for name in numbers.files}
        columns = sum(len(grams) for grams in text["ngrams"])
        sparse = (n["writing_data"], n["writing_indices"], n["writing_indptr"])
        return cls(
            labels=tuple(text["labels"]),
            gate=text["gate"],
            owners=n["owners"],
            vectors=Meanings(n["quick"], n["thorough"].astype(np.float32)),
            writing=csr_matrix(sparse, shape=(columns, len(n["owners"]))),
            meaning_weights=n["meaning_weights"],
            thorough_weights=n["thorough_weights"],
            writing_weights=n["writing_weights"],
            wording=Wording(text["ngrams"], (n["characters"], n["words"])),
            confusions=tuple(Confusion(*row) for row in text["confusions"]),
        )


def train(
    texts: Sequence[str], names: Sequence[str], vectors: Meanings, options: TrainingOptions
) -> IntentModel:
    """Fit the three regressions, and set the gate by cross-validation."""
    order = np.argsort(np.array(names), kind="stable")
    labels, owners = np.unique(np.array(names)[order], return_inverse=True)
    wording = Wording.learn(texts)
    writing = wording.transform([texts[i] for i in order])
    kept = vectors.thorough[order].astype(np.float16).astype(np.float32)  # as ``save`` keeps it
    vectors = Meanings(vectors.quick[order], kept)
    rows = (
        regression.with_constant(vectors.quick),
        regression.gram_root((writing @ writing.T).toarray().astype(np.float64) + 1),
        regression.with_constant(vectors.thorough),
    )
    held_out = cross_validate(rows, owners, options)
    used = np.ones(len(owners), bool)
    meaning, on_root, thorough = (
        regression.fit(kind, owners, used, options.c, TOLERANCE, start)
        for kind, start in zip(rows, held_out.weights, strict=True)
    )
    names_of = tuple(str(label) for label in labels)
    return IntentModel(
        labels=names_of,
        gate=choose_gate(held_out, owners, options.gate_quantile),
        owners=owners,
        vectors=vectors,
        writing=writing.T.tocsr(),
        meaning_weights=meaning,
        thorough_weights=thorough,
        writing_weights=regression.to_example_weights(rows[1], on_root),
        wording=wording,
        confusions=confusions(held_out, owners, names_of),
    )


def cross_validate(
    rows: tuple[Matrix, Matrix, Matrix],
    owners: NDArray[np.intp],
    options: TrainingOptions,
    enough: int = ENOUGH,
) -> HeldOut:
    """Judge examples with models that did not see them, fold by fold until ``enough`` were judged.

    ``rows``: the quick meaning, the writing and the thorough meaning of each example.
    """
    folds = _folds(owners, options.seed)
    judged: list[HeldOut] = []
    for fold in range(FOLDS):
        rest, own = folds != fold, np.flatnonzero(folds == fold)
        if rest.any() and len(own) and sum(len(held_out.rows) for held_out in judged) < enough:
            weights = tuple(
                regression.fit(kind, owners, rest, options.c, TOLERANCE) for kind in rows
            )
            scores = [kind[own] @ weight for kind, weight in zip(rows, weights, strict=True)]
            quick, thorough = (kind[own, :-1] @ kind[:, :-1].T for kind in (rows[0], rows[2]))
            quick[:, ~rest], thorough[:, ~rest] = 0, 0
            sure = confidences(average(*scores[:2]), quick, owners)
            unsure = sure.max(axis=1) < SURE
            again = confidences(average(*scores), (quick + thorough) / 2, owners)
            sure[unsure] = again[unsure]
            judged.append(HeldOut(own, sure, weights))
    return HeldOut(
        np.concatenate([held_out.rows for held_out in judged]),
        np.concatenate([held_out.sure for held_out in judged]),
        judged[-1].weights,
    )


def confusions(
    held_out: HeldOut, owners: NDArray[np.intp], labels: Sequence[str]
) -> tuple[Confusion, ...]:
    """Which labels the held-out examples were taken for instead of their own."""
    pairs = zip(owners[held_out.rows], held_out.sure.argmax(axis=1), strict=True)
    counts = Counter((labels[truth], labels[guess]) for truth, guess in pairs if truth != guess)
    return tuple(Confusion(*pair, count) for pair, count in counts.most_common())


def choose_gate(held_out: HeldOut, owners: NDArray[np.intp], quantile: float) -> float:
    """The confidence that all but ``quantile`` of the rightly understood examples reach."""
    truth = owners[held_out.rows]
    right = np.flatnonzero(held_out.sure.argmax(axis=1) == truth)
    reached = held_out.sure[right, truth[right]]
    return float(np.quantile(reached, quantile)) if len(right) else 0.0


def average(*scores: Matrix) -> Matrix:
    """Mean probability of some regressions."""
    mean: Matrix = np.mean([regression.probabilities(kind) for kind in scores], axis=0)
    return mean


def confidences(likely: Matrix, cosines: Matrix, owners: NDArray[np.intp]) -> Matrix:
    """sqrt(probability) x highest cosine to an example of that label."""
    starts = np.searchsorted(owners, np.arange(likely.shape[1]))
    nearest = np.maximum.reduceat(cosines, starts, axis=1)
    sure: Matrix = np.sqrt(likely) * np.clip(nearest, 0, 1)
    return sure


def _folds(owners: NDArray[np.intp], seed: int) -> NDArray[np.intp]:
    """Deal each label's examples, shuffled, to the folds in turn."""
    shuffled = np.random.default_rng(seed).permutation(len(owners))
    folds = np.empty(len(owners), np.intp)
    for label in range(int(owners.max()) + 1):
        own = shuffled[owners[shuffled] == label]
        folds[own] = (np.arange(len(own)) + label) % FOLDS
    return folds
