"""What was learned: a linear probe, nearest neighbours and I(Z;Y) of a code z with labels or targets y."""

import dataclasses
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, is_classifier
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from infonats._random import spawn
from infonats.data import Standardize, three_way
from infonats.data.convert import as_named
from infonats.data.pairs import line_up
from infonats.errors import InputError
from infonats.estimate import Estimate
from infonats.estimators import mutual_information

A_CLASS = 3
"""Rows of a class, on average: whole numbers of which fewer are equal are probed as numbers."""
WHOLE = 2.0**53
"""From here on every float64 is a whole number, so that being one says nothing."""
RIDGES = np.logspace(-4, 4, 17)


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """Scores on `n_test` rows that fitted nothing, with standard errors, and I(Z;Y) in nats on all rows.

    `kind` is "accuracy" (share of right classes) or "R2" (1 - mean squared error / variance). `baseline` is the
    same score of the commonest class, or 0.
    """

    kind: str
    linear: float
    linear_stderr: float
    neighbours: float
    neighbours_stderr: float
    baseline: float
    n_test: int
    information: Estimate

    def __str__(self) -> str:
        linear = f"linear probe {self.linear:.3f} +- {self.linear_stderr:.3f}"
        neighbours = f"k-NN {self.neighbours:.3f} +- {self.neighbours_stderr:.3f}"
        told = (
            f"{self.information.value:.3f} +- {self.information.stderr:.3f} nats, by {self.information.method}"
        )
        return (
            f"{self.kind} on {self.n_test} test rows: {linear}, {neighbours} (without the code "
            f"{self.baseline:.3f}). I(Z;Y): {told}."
        )


def evaluate(z: Any, y: Any, *, neighbours: int = 5, method: str = "auto-closed", seed: int = 0) -> Evaluation:
    """Probe a code z (n, k) with y (n,): classes (words, whole numbers that repeat, booleans) or a number.

    Four fifths of the rows fit a linear probe (logistic regression, or ridge regression whose penalty is chosen
    by leave-one-out) and a k-NN vote or mean on standardised codes; the others give the scores. I(Z;Y) is
    `mutual_information(z, y, method=method)`: an invertible map of z leaves it alone, and the probes not, so
    that the two together say what is there and how plainly. Standard errors are those of the mean over test
    rows (of R2: of the mean squared error, at the variance as it is). Raises InputError for one class only, and
    as `mutual_information`.
    """
    codes, labels, classes = _checked(z, y)
    split = three_way(len(codes), spawn(seed, 1)[0])
    fit, test = np.concatenate([split.train, split.validation]), split.test
    _check_parts(labels[fit], labels[test], classes, neighbours)
    probes = _probes(classes, neighbours)
    scores = [_score(make_pipeline(StandardScaler(), p), codes, labels, fit, test) for p in probes]
    told = np.array([f"class {label}" for label in labels]) if classes else labels
    information = mutual_information(z, told, method=method, seed=seed)
    return Evaluation(
        "accuracy" if classes else "R2",
        *scores[0],
        *scores[1],
        _baseline(labels[fit], labels[test]) if classes else 0.0,
        len(test),
        information,
    )


def _checked(z: Any, y: Any) -> tuple[np.ndarray, np.ndarray, bool]:
    """Codes (n, k) and labels (n,) in units that nothing overflows in, and whether the labels are classes."""
    sides = {"z": as_named(z, "z"), "y": as_named(y, "y", text=True)}
    codes, target = line_up(sides, varying=False, drop_missing=False)
    if target.values.shape[1] != 1:
        raise InputError(f"y has {target.values.shape[1]} columns; probe one label or target at a time.")
    labels = target.values[:, 0]
    distinct, n = len(np.unique(labels)), len(labels)
    if distinct < 2:
        raise InputError("y is constant; a probe needs two values or more.")
    if any(target.levels) and distinct > n / A_CLASS:
        raise InputError(f"y has {distinct} words in {n} rows; classes need {A_CLASS} rows each or more.")
    whole = bool((labels == np.rint(labels)).all() and np.abs(labels).max() < WHOLE)
    classes = whole and distinct <= n / A_CLASS
    labels = labels if classes else Standardize.fit(target.values)(target.values)[:, 0]
    return Standardize.fit(codes.values)(codes.values), labels, classes


def _check_parts(fitted: np.ndarray, tested: np.ndarray, classes: bool, neighbours: int) -> None:
    """Raise InputError where the rows that fit or those that test cannot do it."""
    whole = isinstance(neighbours, int | np.integer) and not isinstance(neighbours, bool)
    if not whole or not 1 <= neighbours <= len(fitted):
        raise InputError(
            f"neighbours is {neighbours!r}; give 1 to {len(fitted)}, the rows that fit the probes."
        )
    if len(np.unique(fitted)) < 2 or not (classes or tested.min() < tested.max()):
        raise InputError(
            f"y is constant in the {len(fitted)} rows that fit the probes or in the {len(tested)} that test "
            "them; give more rows, or rows of the rarer values."
        )


def _probes(classes: bool, neighbours: int) -> tuple[BaseEstimator, BaseEstimator]:
    if classes:
        return LogisticRegression(max_iter=2000), KNeighborsClassifier(neighbours)
    return RidgeCV(RIDGES), KNeighborsRegressor(neighbours)


def _score(
    model: Any, codes: np.ndarray, labels: np.ndarray, fit: np.ndarray, test: np.ndarray
) -> tuple[float, float]:
    """The score on the test rows and its standard error."""
    found = model.fit(codes[fit], labels[fit]).predict(codes[test])
    if is_classifier(model):
        terms, scale = (found == labels[test]).astype(float), 1.0
        return float(terms.mean()), float(terms.std() / np.sqrt(len(terms)))
    terms, scale = (found - labels[test]) ** 2, labels[test].var()
    return float(1 - terms.mean() / scale), float(terms.std() / scale / np.sqrt(len(terms)))


def _baseline(fitted: np.ndarray, tested: np.ndarray) -> float:
    values, counts = np.unique(fitted, return_counts=True)
    return float((tested == values[counts.argmax()]).mean())
