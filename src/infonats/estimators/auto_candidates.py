"""The candidates of `Auto`, each as a function from a fold to a fitted log ratio."""

import warnings
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from sklearn.decomposition import FastICA
from sklearn.exceptions import ConvergenceWarning

from infonats.callbacks import History
from infonats.data import Pairs
from infonats.estimators.auto_contest import Fit, Fold, Ratio
from infonats.estimators.auto_copulas import CopulaMixtureRatio
from infonats.estimators.auto_critic import CriticConfig, fit_critic
from infonats.estimators.auto_mixtures import MixtureRatio
from infonats.estimators.auto_ratios import CopulaRatio, Unmix
from infonats.estimators.auto_view import View, leading
from infonats.watch import Watch

ICA_ROWS, ICA_ROUNDS, ICA_COLUMNS = 20_000, 200, 32
"""Rows that an independent component analysis looks at, its iterations, and the columns beyond which none is
tried: it takes seconds there.
"""


class Kind(NamedTuple):
    """A critic on top of its copula or of its own, of the copula's leading directions or of all columns."""

    residual: bool
    leading: bool = False


def unmixing(x: np.ndarray, y: np.ndarray, seed: int) -> Unmix:
    """Linear maps that make the columns of x (n, dx) independent of each other, and those of y (n, dy).

    A. Hyvarinen, "Fast and robust fixed-point algorithms for independent component analysis", IEEE Trans.
    Neural Networks 10, 626-634 (1999), doi:10.1109/72.761722. Each side by itself: I(X;Y) stays as it is.
    """
    return _components(x, seed), _components(y, seed)


def _components(rows: np.ndarray, seed: int) -> np.ndarray:
    if rows.shape[1] == 1 or rows.shape[1] > ICA_COLUMNS:
        return np.eye(rows.shape[1])
    few = rows[:ICA_ROWS]
    unit = np.maximum(few.std(0), np.finfo(float).tiny)
    found = FastICA(whiten="unit-variance", max_iter=ICA_ROUNDS, random_state=seed % 2**32)
    with warnings.catch_warnings():  # Gaussian columns have no independent components to converge to
        warnings.simplefilter("ignore", ConvergenceWarning)
        found.fit(few / unit)
    return found.components_.T / unit[:, None]


def copula(pairs: Pairs, unmixed: bool = False) -> Fit:
    """A t copula, of the columns or of the independent components of either side."""

    def fit(fold: Fold, number: int) -> tuple[Ratio, None]:
        x, y = pairs.x[fold.rest], pairs.y[fold.rest]
        return CopulaRatio.fit(x, y, unmixing(x, y, fold.seed) if unmixed else None), None

    return fit


def copulas(pairs: Pairs, components: int) -> Fit:
    """A mixture of so many Gaussian vector copulas."""

    def fit(fold: Fold, number: int) -> tuple[Ratio, None]:
        x, y = pairs.x[fold.rest], pairs.y[fold.rest]
        return CopulaMixtureRatio.fit(x, y, components, fold.seed), None

    return fit


def mixture(pairs: Pairs, components: int) -> Fit:
    """A mixture of so many Gaussians."""

    def fit(fold: Fold, number: int) -> tuple[Ratio, None]:
        return MixtureRatio.fit(pairs.x[fold.rest], pairs.y[fold.rest], components, fold.seed), None

    return fit


def critic(
    pairs: Pairs,
    bases: Sequence[CopulaRatio],
    kind: Kind,
    config: CriticConfig,
    watch: Callable[[int], Watch],
) -> Fit:
    """A critic of each fold's copula. `watch` says who watches the training of the fold of that number."""

    def fit(fold: Fold, number: int) -> tuple[Ratio, History]:
        fitted, kept = ((pairs.x[rows], pairs.y[rows]) for rows in (fold.train, fold.validation))
        base = bases[number]
        view = View.fit(base, leading(base) if kind.leading else None, *fitted)
        return fit_critic(view, kind.residual, (fitted, kept), config, fold.seed, watch(number))

    return fit
