"""Independent components of either side, and what a copula of them loses as so few rows do not find them."""

import warnings

import numpy as np
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning

from infonats.data import Pairs
from infonats.estimators.auto_ratios import CopulaRatio, Unmix

ROWS, ROUNDS, COLUMNS = 20_000, 200, 32
"""Rows that an independent component analysis looks at, its iterations, and the columns beyond which none is
tried: it takes seconds there.
"""


def unmixing(x: np.ndarray, y: np.ndarray, seed: int) -> Unmix:
    """Linear maps that make the columns of x (n, dx) independent of each other, and those of y (n, dy).

    A. Hyvarinen, "Fast and robust fixed-point algorithms for independent component analysis", IEEE Trans.
    Neural Networks 10, 626-634 (1999), doi:10.1109/72.761722. Each side by itself: I(X;Y) stays as it is.
    """
    return _components(x, seed), _components(y, seed)


def _components(rows: np.ndarray, seed: int) -> np.ndarray:
    if rows.shape[1] == 1 or rows.shape[1] > COLUMNS:
        return np.eye(rows.shape[1])
    few = rows[:ROWS]
    unit = np.maximum(few.std(0), np.finfo(float).tiny)
    found = FastICA(whiten="unit-variance", max_iter=ROUNDS, random_state=seed % 2**32)
    with warnings.catch_warnings():  # Gaussian columns have no independent components to converge to
        warnings.simplefilter("ignore", ConvergenceWarning)
        found.fit(few / unit)
    return found.components_.T / unit[:, None]


def unlike_halves(ratio: CopulaRatio, pairs: Pairs) -> np.ndarray:
    """What a copula of components found from each half of the rows says less than `ratio`, (2, n) in nats.

    Random halves of those that the analysis looks at; the copulas are of all rows. A side's components know
    nothing of the other side, so that what they miss only makes the ratio smaller, but for chance.
    """
    x, y = pairs.x, pairs.y
    halves = np.array_split(np.random.default_rng(0).permutation(min(len(x), ROWS)), 2)
    fitted = [CopulaRatio.fit(x, y, unmixing(x[half], y[half], 0), shrink=False) for half in halves]
    whole, *less = (one.local(x, y, bias_correction=True) for one in (ratio, *fitted))
    return whole - np.stack(less)
