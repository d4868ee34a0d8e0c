"""The numbers behind the classifier: which intent a text is, and how sure that is.

Two logistic regressions (on what the text means, on how it is written), averaged. Confidence =
sqrt(probability) x cosine to the nearest own example, which tells unknown questions from known ones
far better than the probability alone. Where that is less than SURE, the text is read again with the
thorough encoder: a third regression joins the average, and its cosine the other's. Training, and the
gate, are intent_training.py.
"""

from __future__ import annotations

import json
import math
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
SURE = 0.45  # from here on a second reading changed nothing (benchmarks/README.md)
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
class Meanings:
    """What examples mean to the quick encoder, and the hard ones to the thorough encoder."""

    quick: Matrix  # (examples, 384)
    thorough: Matrix  # (hard examples, 768)
    hard: NDArray[np.intp]  # (hard examples,) rows of ``quick``, in order


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
        names = devices().vocabulary()
        return Spelling({**dict.fromkeys(names, 1), **self.wording.words()}, names=names)

    @cached_property
    def _runs(self) -> NDArray[np.intp]:
        """Where the examples of each label begin, and the last one's end."""
        return np.searchsorted(self.owners, np.arange(len(self.labels) + 1))

    @cached_property
    def _hard_runs(self) -> NDArray[np.intp]:
        """The same among the hard ones."""
        return np.searchsorted(self.owners[self.vectors.hard], np.arange(len(self.labels) + 1))

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
        first = self._runs[label]
        cosines = self.vectors.quick[first : self._runs[label + 1]] @ quick
        if thorough is not None:
            hard = slice(self._hard_runs[label], self._hard_runs[label + 1])
            again = self.vectors.hard[hard] - first
            cosines[again] = (cosines[again] + self.vectors.thorough[hard] @ thorough) / 2
        return min(max(float(cosines.max()), 0.0), 1.0)

    def save(self, folder: Path) -> None:
        """Write numbers and words, no pickles."""
        characters, words = self.wording.rarities
        np.savez_compressed(
            folder / NUMBERS,
            owners=self.owners,
            quick=self.vectors.quick.astype(np.float16),
            thorough=self.vectors.thorough.astype(np.float16),
            hard=self.vectors.hard,
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
            vectors=Meanings(
                n["quick"].astype(np.float32), n["thorough"].astype(np.float32), n["hard"]
            ),
            meaning_weights=n["meaning_weights"],
            thorough_weights=n["thorough_weights"],
            writing=Writing(n["writing_steps"], n["writing_sizes"], n["writing_constant"]),
            wording=Wording(text["ngrams"], (n["characters"], n["words"])),
            confusions=tuple(Confusion(*row) for row in text["confusions"]),
            written=text.get("written", 1),
        )


def average(*scores: Matrix) -> Matrix:
    """Mean probability of some regressions."""
    mean: Matrix = np.mean([regression.probabilities(kind) for kind in scores], axis=0)
    return mean
