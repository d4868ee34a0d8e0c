"""Trains an intent model: the three regressions, and the gate on examples that they had not seen.

The thorough encoder learns the harder half of the examples: what is easy is not read again.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from assistant.nlu import regression
from assistant.nlu.encoder import Encode
from assistant.nlu.intent_model import (
    SURE,
    Confusion,
    IntentModel,
    Meanings,
    Writing,
    average,
)
from assistant.nlu.regression import Classes, Matrix
from assistant.nlu.wording import Wording

FOLDS = 20
ENOUGH = 1_000  # held-out examples that settle the gate
HARD = 0.5  # share of the examples that the thorough encoder learns, the least likely ones
TOLERANCE = 1e-4  # a smaller one changed neither accuracy nor gate, only the time
DIRECTIONS = 1_000  # of what is written; 2,000 were right no more often, and took twice the time
ROUNDS = 1  # of the search for them
PIECE, TINY = 8_192, 1e-12


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
    """Examples judged by models that did not see them: the confidence in each label."""

    rows: NDArray[np.intp]
    sure: Matrix


def train(
    texts: Sequence[str],
    names: Sequence[str],
    quick: Matrix,
    thorough: Encode,
    options: TrainingOptions,
    told: Sequence[Matrix] = (),
) -> IntentModel:
    """Fit the three regressions, and set the gate by cross-validation.

    ``quick``: what the texts mean to the quick encoder. ``told``: scores of others for each text that
    ``guess`` will be given as well, for labels in order.
    """
    order = np.argsort(np.array(names), kind="stable")
    texts = [texts[place] for place in order]
    labels, owners = np.unique(np.array(names)[order], return_inverse=True)
    wording, written = Wording.learn(texts)
    quick = _as_kept(quick[order])
    directions = main_directions(written)
    rows = [regression.with_constant(quick), regression.with_constant(written @ directions.T)]
    judged = _judged(owners, options.seed)
    unseen = [regression_of(kind, owners, ~judged, options.c) for kind in rows]
    likely = average(rows[0] @ unseen[0], *[rows[1] @ unseen[1]] * options.written)
    hard = _hard_ones(likely, owners, judged)
    read = np.flatnonzero(hard | judged)
    known = _as_kept(thorough([texts[place] for place in read]))
    again = np.zeros((len(texts), known.shape[1]), np.float32)
    again[read] = known
    rows.append(regression.with_constant(again))
    unseen.append(regression_of(rows[2], owners, hard & ~judged, options.c))
    held_out = judge(rows, unseen, (judged, hard), owners, options, [kind[order] for kind in told])
    everything = np.ones(len(owners), bool)
    meaning, writing, more = (
        regression_of(kind, owners, used, options.c, start)
        for kind, start, used in zip(rows, unseen, (everything, everything, hard), strict=True)
    )
    names_of = tuple(str(label) for label in labels)
    return IntentModel(
        labels=names_of,
        gate=choose_gate(held_out, owners, options.gate_quantile),
        owners=owners,
        vectors=Meanings(quick, again[hard], np.flatnonzero(hard)),
        meaning_weights=meaning,
        thorough_weights=more,
        writing=Writing.of(directions, writing),
        wording=wording,
        confusions=confusions(held_out, owners, names_of),
        written=options.written,
    )


def regression_of(
    rows: Matrix, owners: Classes, used: NDArray[np.bool_], c: float, start: Matrix | None = None
) -> Matrix:
    """Weights, shape (features, labels), of the examples ``used``."""
    counts = regression.balance(owners, used)
    return regression.fit([rows], owners, counts, c, TOLERANCE, start, evened=True)


def _hard_ones(likely: Matrix, owners: Classes, judged: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Is an example one of those, among seen and among judged ones, whose label is the least likely?"""
    own = likely[np.arange(len(owners)), owners]
    hard = np.zeros(len(owners), bool)
    for some in (np.flatnonzero(judged), np.flatnonzero(~judged)):
        hard[some[np.argsort(own[some], kind="stable")[: math.ceil(HARD * len(some))]]] = True
    return hard


def _as_kept(vectors: Matrix) -> Matrix:
    """As ``save`` keeps them."""
    return vectors.astype(np.float16).astype(np.float32)


def main_directions(written: csr_matrix) -> Matrix:
    """The directions in which texts, shape (texts, n-grams), differ the most: (directions, n-grams).

    A base of the space of them is enough, as regressions are the same in every base: found as in
    Halko, Martinsson and Tropp (2011), algorithm 4.4, without its last step, which took the longest.
    """
    count = min(DIRECTIONS, min(written.shape) - 1)
    chance = np.random.default_rng(1).standard_normal((written.shape[0], count), np.float32)
    base, back = chance, written.T.tocsr()
    for _ in range(ROUNDS):
        base = _base_of(written @ (back @ base))
    directions: Matrix = _base_of(back @ base).T
    return directions


def _base_of(columns: Matrix) -> Matrix:
    """Columns nearly at right angles to one another, of the same space: by Cholesky, not by reflections.

    The squares are summed up in 64 bits, in pieces, as they differ by many orders of magnitude.
    """
    squares = np.zeros((columns.shape[1],) * 2)
    for start in range(0, len(columns), PIECE):
        piece = columns[start : start + PIECE].astype(np.float64)
        squares += piece.T @ piece
    squares += TINY * squares.trace() / len(squares) * np.eye(len(squares))
    base: Matrix = columns @ np.linalg.inv(np.linalg.cholesky(squares)).T.astype(np.float32)
    return base


def _judged(owners: Classes, seed: int) -> NDArray[np.bool_]:
    """Is an example in one of the first folds that make ``ENOUGH`` (of few, in half of the folds)?"""
    folds = _folds(owners, seed)
    sizes = np.cumsum(np.bincount(folds, minlength=FOLDS))
    judged: NDArray[np.bool_] = folds <= np.searchsorted(sizes, min(ENOUGH, len(owners) // 2))
    return judged


def judge(
    rows: Sequence[Matrix],
    weights: Sequence[Matrix],
    which: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    owners: Classes,
    options: TrainingOptions,
    told: Sequence[Matrix] = (),
) -> HeldOut:
    """Judge examples with models that did not see them.

    ``rows``: the quick meaning, the writing and the thorough meaning of each example; ``which``: those
    to judge, and those that are hard; ``told``: what others, who saw none of them, make of each.
    """
    judged, hard = which
    own = np.flatnonzero(judged)
    meaning, writing, more = (kind[own] @ one for kind, one in zip(rows, weights, strict=True))
    scores = [meaning, *[writing] * options.written, *(kind[own] for kind in told)]
    quick, thorough = (kind[own, :-1] @ kind[:, :-1].T for kind in (rows[0], rows[2]))
    quick[:, judged] = 0
    both = np.where(hard & ~judged, (quick + thorough) / 2, quick)
    sure = confidences(average(*scores), quick, owners)
    unsure = sure.max(axis=1) < SURE
    sure[unsure] = confidences(average(*scores, more), both, owners)[unsure]
    return HeldOut(own, sure)


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
