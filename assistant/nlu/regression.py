"""Logistic regression over many classes, fast enough to be fitted several times at each training.

Same model as scikit-learn's, in 32-bit numbers, small classes weighted up. With more features
than examples (n-grams) it is given a square root of the Gram matrix instead: the same solution.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.linalg.blas import strmm
from scipy.optimize import minimize

Matrix = NDArray[np.float32]
Classes = NDArray[np.intp]
Product = Callable[[Matrix], Matrix]

MAXIMUM_STEPS = 200
JITTER = 1e-5


def fit(
    features: Matrix,
    classes: Classes,
    used: NDArray[np.bool_],
    c: float,
    tol: float,
    start: Matrix | None = None,
) -> Matrix:
    """Return weights, shape (features, classes), fitted on the rows that are ``used``.

    ``c`` is scikit-learn's C; ``tol`` is the relative improvement at which to stop; ``start`` are
    weights from which to go on (the solution is the same, found sooner).
    """
    count = int(classes.max()) + 1
    truth = np.eye(count, dtype=np.float32)[classes]
    row_weights = _balance(classes, used, count)[:, None]
    score, slope_of = _products(features)

    def loss_and_slope(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        weights = flat.reshape(-1, count).astype(np.float32)
        scores = score(weights)
        highest = scores.max(axis=1, keepdims=True)
        powers = np.exp(scores - highest)
        total = powers.sum(axis=1, keepdims=True)
        surprise = np.log(total) + highest - (scores * truth).sum(axis=1, keepdims=True)
        slope = slope_of(row_weights * (powers / total - truth))
        loss = float((row_weights * surprise).sum()) + 0.5 / c * float(flat @ flat)
        return loss, slope.ravel().astype(np.float64) + flat / c

    begin = np.zeros(features.shape[1] * count) if start is None else start.ravel()
    options = {"maxiter": MAXIMUM_STEPS, "ftol": tol}
    found = minimize(loss_and_slope, begin, jac=True, method="L-BFGS-B", options=options)
    weights: Matrix = found.x.reshape(-1, count).astype(np.float32)
    return weights


def _products(features: Matrix) -> tuple[Product, Product]:
    """The products with ``features`` and with its transpose; a triangle needs half the work."""
    if features.shape[0] != features.shape[1] or np.triu(features, 1).any():
        return (lambda weights: features @ weights), (lambda rows: features.T @ rows)
    triangle = np.asfortranarray(features)
    return (
        lambda weights: strmm(1.0, triangle, weights, lower=1),
        lambda rows: strmm(1.0, triangle, rows, lower=1, trans_a=1),
    )


def _balance(classes: Classes, used: NDArray[np.bool_], count: int) -> Matrix:
    """Weights of mean 1 that let a class count like the root of its size.

    Counting alike would drown the many ways of a big class ("I have …") in the small ones around it.
    """
    sizes = np.maximum(np.bincount(classes[used], minlength=count), 1)
    weights = np.where(used, sizes[classes] ** -0.5, 0)
    balanced: Matrix = (weights * (used.sum() / weights.sum())).astype(np.float32)
    return balanced


def with_constant(features: Matrix) -> Matrix:
    """Append the constant 1, so that each class gets its own base rate."""
    return np.hstack([features, np.ones((len(features), 1), np.float32)])


def gram_root(gram: NDArray[np.float64]) -> Matrix:
    """The lower triangle L with L Lᵀ = ``gram``: fitting on its rows is fitting on the features."""
    gram[np.diag_indices_from(gram)] += JITTER
    root: Matrix = cholesky(gram, lower=True, overwrite_a=True).astype(np.float32)
    return root


def to_example_weights(root: Matrix, weights: Matrix) -> Matrix:
    """Turn weights fitted on ``gram_root`` into weights for "similarity to each example"."""
    solved: Matrix = solve_triangular(root, weights, lower=True, trans="T").astype(np.float32)
    return solved


def probabilities(scores: Matrix) -> Matrix:
    """Softmax of each row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Matrix = powers / powers.sum(axis=1, keepdims=True)
    return shares
