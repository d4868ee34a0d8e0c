"""Logistic regression over many classes, fast enough to be fitted several times at each training.

Same model as scikit-learn's, in 32-bit numbers, dense and sparse features side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

Matrix = NDArray[np.float32]
Classes = NDArray[np.intp]
Blocks = Sequence[Matrix | csr_matrix]

MAXIMUM_STEPS = 200
REMEMBERED = 25
"""Steps that the search remembers: a third fewer looks at all rows than with scipy's 10."""


def fit(
    blocks: Blocks,
    classes: Classes,
    counts: Matrix,
    c: float,
    tol: float,
    start: Matrix | None = None,
    evened: bool = False,
) -> Matrix:
    """Return weights, shape (features of all blocks, classes).

    ``blocks``: features that stand side by side; ``counts``: what each row counts, (rows,), 0 for one
    that is left out (its class is one all the same). ``c`` is scikit-learn's C; ``tol`` is the relative
    improvement at which to stop; ``start`` are weights from which to go on (the solution is the same, found
    sooner). ``evened``: search in features of alike size that do not depend on one another (one dense block
    only): a quarter of the steps where there are hundreds of classes.
    """
    count = int(classes.max()) + 1
    blocks, classes, counts = _counted(blocks, classes, counts)
    own = np.arange(len(classes)), classes
    row_weights = counts.astype(np.float32)[:, None]
    edges = np.cumsum([0, *(block.shape[1] for block in blocks)])
    columns = [
        block.T.tocsr() if isinstance(block, csr_matrix) else np.ascontiguousarray(block.T)
        for block in blocks
    ]
    root = _root(blocks[0], counts * ((1 - 1 / count) / count), c) if evened else None
    there = np.linalg.inv(root).astype(np.float32) if root is not None else None

    def in_own_features(flat: NDArray[np.float64]) -> Matrix:
        weights: Matrix = flat.reshape(-1, count).astype(np.float32)
        return weights if there is None else there @ weights

    def loss_and_slope(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = in_own_features(flat)
        parts = zip(blocks, edges, edges[1:], strict=False)
        scores: Matrix = np.sum([block @ weights[a:b] for block, a, b in parts], axis=0)
        scores -= scores.max(axis=1, keepdims=True)
        likely = scores[own]
        wrong = np.exp(scores, out=scores)  # in place: there are millions of them
        total = wrong.sum(axis=1, keepdims=True)
        surprise = np.log(total[:, 0]) - likely
        wrong /= total
        wrong[own] -= 1
        wrong *= row_weights
        slope = np.concatenate([block @ wrong for block in columns]) + weights / c
        size = float(np.square(weights, dtype=np.float64).sum())
        if there is not None:
            slope = there.T @ slope
        loss = float(row_weights[:, 0] @ surprise) + 0.5 / c * size
        return loss, slope.ravel().astype(np.float64)

    begin = np.zeros((int(edges[-1]), count)) if start is None else start
    begin = (begin if root is None else root @ begin).ravel()
    options = {"maxiter": MAXIMUM_STEPS, "ftol": tol, "maxcor": REMEMBERED}
    found = minimize(loss_and_slope, begin, jac=True, method="L-BFGS-B", options=options)
    return in_own_features(found.x)


def _counted(blocks: Blocks, classes: Classes, counts: Matrix) -> tuple[Blocks, Classes, Matrix]:
    """Without the rows that count nothing."""
    rows = np.flatnonzero(counts)
    if len(rows) == len(counts):
        return blocks, classes, counts
    return [block[rows] for block in blocks], classes[rows], counts[rows]


def _root(rows: Matrix, counts: Matrix, c: float) -> NDArray[np.float64]:
    """R of R'R, the same for every class, that bounds how the slope changes (Böhning 1992)."""
    bent = (rows.T * counts) @ rows + np.eye(rows.shape[1], dtype=np.float32) / c
    return np.linalg.cholesky(bent.astype(np.float64)).T


def balance(classes: Classes, used: NDArray[np.bool_]) -> Matrix:
    """Counts of mean 1 that let a class count like the root of its size; 0 where a row is not used.

    Counting alike would drown the many ways of a big class ("I have …") in the small ones around it.
    """
    sizes = np.maximum(np.bincount(classes[used], minlength=int(classes.max()) + 1), 1)
    weights = np.where(used, sizes[classes] ** -0.5, 0)
    balanced: Matrix = (weights * (used.sum() / weights.sum())).astype(np.float32)
    return balanced


def with_constant(features: Matrix) -> Matrix:
    """Append the constant 1, so that each class gets its own base rate."""
    return np.hstack([features, np.ones((len(features), 1), np.float32)])


def probabilities(scores: Matrix) -> Matrix:
    """Softmax of each row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Matrix = powers / powers.sum(axis=1, keepdims=True)
    return shares
