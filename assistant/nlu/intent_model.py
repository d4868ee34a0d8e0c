"""The numbers behind the classifier: which intent a text is, and how sure that is.

Two logistic regressions (on what the text means, on how it is written), averaged. Confidence =
sqrt(probability) x cosine to the nearest own example, which tells unknown questions from known ones
far better than the probability alone. Where that is less than SURE, the text is read again with the
thorough encoder: a third regression joins the average, and its cosine the other's. The gate comes
from training examples only, judged by models that had not seen them.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD

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
DIRECTIONS = 1_000  # of what is written; 2,000 were right no more often, and took twice the time
ROUNDS = 1  # of the search for them
STEPS, TINY = 127, 1e-9
LIKELY = 30  # labels that a text is compared with, of three hundred: the others have no chance


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
    """What may be set in config.yml: regularisation, and which share of right answers asks back.

    ``written``: how often the regression on what is written counts in the average.
    """

    c: float = 30.0
    gate_quantile: float = 0.10
    seed: int = 1
    written: int = 1


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
class Writing:
    """What each n-gram of a text says for each label, in steps of 8 bits.

    The regression on the main directions of all n-grams, multiplied out: a text reads its own
    n-grams only.
    """

    steps: NDArray[np.int8]  # (n-grams, labels)
    sizes: Matrix  # (n-grams,) what one step is worth
    constant: Matrix  # (labels,)

    @classmethod
    def of(cls, directions: Matrix, weights: Matrix) -> Writing:
        """From directions, shape (directions, n-grams), and weights, (directions + 1, labels)."""
        by_gram: Matrix = directions.T @ weights[:-1]
        sizes = np.maximum(np.abs(by_gram).max(axis=1), TINY) / STEPS
        steps = np.rint(by_gram / sizes[:, None]).astype(np.int8)
        return cls(steps, sizes.astype(np.float32), weights[-1])

    def scores(self, rows: csr_matrix) -> Matrix:
        """For texts, shape (texts, n-grams): shape (texts, labels)."""
        scores = np.tile(self.constant, (rows.shape[0], 1))
        for score, start, end in zip(scores, rows.indptr, rows.indptr[1:], strict=False):
            grams = rows.indices[start:end]
            worth = rows.data[start:end] * self.sizes[grams]
            score += worth @ self.steps[grams].astype(np.float32)
        return scores


@dataclass(frozen=True)
class IntentModel:
    """A trained model. Examples are sorted by label, so that each label owns one run of rows."""

    labels: tuple[str, ...]
    gate: float
    owners: NDArray[np.intp]  # (examples,) index into labels
    vectors: Meanings  # of the examples
    meaning_weights: Matrix  # (385, labels)
    thorough_weights: Matrix  # (769, labels)
    writing: Writing
    wording: Wording
    confusions: tuple[Confusion, ...]  # the worst first
    written: int = 1  # how often ``writing`` counts

    @cached_property
    def spelling(self) -> Spelling:
        """Puts right what is misspelt, towards the words of the examples."""
        return Spelling({**dict.fromkeys(devices().vocabulary(), 1), **self.wording.words()})

    @cached_property
    def _runs(self) -> NDArray[np.intp]:
        """Where the examples of each label begin, and the last one's end."""
        return np.searchsorted(self.owners, np.arange(len(self.labels) + 1))

    def likely(self, texts: Sequence[str], vectors: Matrix) -> Matrix:
        """How likely each label is, by the quick encoder's vectors and by what is written."""
        return average(*self._scores(texts, vectors))

    def _scores(self, texts: Sequence[str], vectors: Matrix) -> list[Matrix]:
        meaning = regression.with_constant(vectors) @ self.meaning_weights
        writing = self.writing.scores(self.wording.transform(texts))
        return [meaning, *[writing] * self.written]

    def guess(
        self, texts: Sequence[str], quick: Encode, thorough: Encode, told: Sequence[Matrix] = ()
    ) -> list[list[Guess]]:
        """For each text the likeliest labels, the surest first: likely, and near to an example.

        What the quick encoder leaves unsure is read by the thorough one as well. ``told`` are scores
        of others that join the average, shape (texts, labels).
        """
        vectors = quick(texts)
        scores = [*self._scores(texts, vectors), *told]
        ranked = [self._rank(*both) for both in zip(average(*scores), vectors, strict=True)]
        unsure = [place for place, row in enumerate(ranked) if row[0].confidence < SURE]
        if unsure:
            again = thorough([texts[place] for place in unsure])
            more = regression.with_constant(again) @ self.thorough_weights
            likely = average(*(kind[unsure] for kind in scores), more)
            for place, *all_three in zip(unsure, likely, vectors[unsure], again, strict=True):
                ranked[place] = self._rank(*all_three)
        return ranked

    def _rank(self, likely: Matrix, quick: Matrix, thorough: Matrix | None = None) -> list[Guess]:
        """Of one text; the second vector is there when it was read again."""
        places = np.argsort(-likely, kind="stable")[:LIKELY]
        sure = [
            math.sqrt(likely[place]) * self._nearest(place, quick, thorough) for place in places
        ]
        guesses = [Guess(self.labels[p], s) for p, s in zip(places, sure, strict=True)]
        return sorted(guesses, key=lambda one: -one.confidence)

    def _nearest(self, label: int, quick: Matrix, thorough: Matrix | None) -> float:
        """The cosine to the nearest example of a label, 0 to 1."""
        own = slice(self._runs[label], self._runs[label + 1])
        cosines = self.vectors.quick[own] @ quick
        if thorough is not None:
            cosines = (cosines + self.vectors.thorough[own] @ thorough) / 2
        return min(max(float(cosines.max()), 0.0), 1.0)

    def save(self, folder: Path) -> None:
        """Write numbers and words, no pickles."""
        characters, words = self.wording.rarities
        np.savez_compressed(
            folder / NUMBERS,
            owners=self.owners,
            quick=self.vectors.quick.astype(np.float16),
            thorough=self.vectors.thorough.astype(np.float16),
            meaning_weights=self.meaning_weights,
            thorough_weights=self.thorough_weights,
            writing_steps=self.writing.steps,
            writing_sizes=self.writing.sizes,
            writing_constant=self.writing.constant,
            characters=characters,
            words=words,
        )
        text = {
            "labels": self.labels,
            "gate": self.gate,
            "written": self.written,
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
        return cls(
            labels=tuple(text["labels"]),
            gate=text["gate"],
            owners=n["owners"],
            vectors=Meanings(n["quick"].astype(np.float32), n["thorough"].astype(np.float32)),
            meaning_weights=n["meaning_weights"],
            thorough_weights=n["thorough_weights"],
            writing=Writing(n["writing_steps"], n["writing_sizes"], n["writing_constant"]),
            wording=Wording(text["ngrams"], (n["characters"], n["words"])),
            confusions=tuple(Confusion(*row) for row in text["confusions"]),
            written=text.get("written", 1),
        )


def train(
    texts: Sequence[str],
    names: Sequence[str],
    vectors: Meanings,
    options: TrainingOptions,
    told: Sequence[Matrix] = (),
) -> IntentModel:
    """Fit the three regressions, and set the gate by cross-validation.

    ``told``: scores of others for each text that ``guess`` will be given as well, for labels in order.
    """
    order = np.argsort(np.array(names), kind="stable")
    labels, owners = np.unique(np.array(names)[order], return_inverse=True)
    wording = Wording.learn(texts)
    written = wording.transform([texts[i] for i in order])
    vectors = Meanings(_as_kept(vectors.quick[order]), _as_kept(vectors.thorough[order]))
    directions = main_directions(written)
    rows = (
        regression.with_constant(vectors.quick),
        regression.with_constant(written @ directions.T),
        regression.with_constant(vectors.thorough),
    )
    held_out = cross_validate(rows, owners, options, told=[kind[order] for kind in told])
    counts = regression.balance(owners, np.ones(len(owners), bool))
    meaning, writing, thorough = (
        regression.fit([kind], owners, counts, options.c, TOLERANCE, start)
        for kind, start in zip(rows, held_out.weights, strict=True)
    )
    names_of = tuple(str(label) for label in labels)
    return IntentModel(
        labels=names_of,
        gate=choose_gate(held_out, owners, options.gate_quantile),
        owners=owners,
        vectors=vectors,
        meaning_weights=meaning,
        thorough_weights=thorough,
        writing=Writing.of(directions, writing),
        wording=wording,
        confusions=confusions(held_out, owners, names_of),
        written=options.written,
    )


def _as_kept(vectors: Matrix) -> Matrix:
    """As ``save`` keeps them."""
    return vectors.astype(np.float16).astype(np.float32)


def main_directions(written: csr_matrix) -> Matrix:
    """The directions in which texts, shape (texts, n-grams), differ the most: (directions, n-grams)."""
    count = min(DIRECTIONS, min(written.shape) - 1)
    reduced = TruncatedSVD(count, n_iter=ROUNDS, random_state=1).fit(written)
    directions: Matrix = reduced.components_.astype(np.float32)
    return directions


def cross_validate(
    rows: tuple[Matrix, Matrix, Matrix],
    owners: NDArray[np.intp],
    options: TrainingOptions,
    enough: int = ENOUGH,
    told: Sequence[Matrix] = (),
) -> HeldOut:
    """Judge examples with models that did not see them, fold by fold until ``enough`` were judged.

    ``rows``: the quick meaning, the writing and the thorough meaning of each example; ``told``: what
    others, who saw none of them, make of each.
    """
    folds = _folds(owners, options.seed)
    judged: list[HeldOut] = []
    for fold in range(FOLDS):
        rest, own = folds != fold, np.flatnonzero(folds == fold)
        if rest.any() and len(own) and sum(len(held_out.rows) for held_out in judged) < enough:
            counts = regression.balance(owners, rest)
            weights = tuple(
                regression.fit([kind], owners, counts, options.c, TOLERANCE) for kind in rows
            )
            meaning, writing, more = (
                kind[own] @ weight for kind, weight in zip(rows, weights, strict=True)
            )
            scores = [meaning, *[writing] * options.written, *(kind[own] for kind in told)]
            quick, thorough = (kind[own, :-1] @ kind[:, :-1].T for kind in (rows[0], rows[2]))
            quick[:, ~rest], thorough[:, ~rest] = 0, 0
            sure = confidences(average(*scores), quick, owners)
            unsure = sure.max(axis=1) < SURE
            again = confidences(average(*scores, more), (quick + thorough) / 2, owners)
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
