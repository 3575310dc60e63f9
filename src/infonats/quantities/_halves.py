r"""I(X;Y) by a trained critic, followed from halves of the rows to infinitely many.

What a network fitted to n rows misses falls about like 1/n, so that with J_2 the mean value of two halves a
bias a / n cancels in

.. math:: \hat I = 2 J_1 - J_2.

It costs three trainings instead of one. Each J is tested on rows of its own choice, so that their errors s add
up as if independent: sqrt(4 s_1^2 + s_2^2), more than twice the error of the value itself.
"""

import dataclasses
import math

import numpy as np

from infonats._random import spawn
from infonats._types import Bias
from infonats.data import Pairs
from infonats.errors import InputError
from infonats.estimate import Estimate, normal_interval
from infonats.estimators.base import Estimator
from infonats.estimators.cross_fit import share
from infonats.quantities.settings import Settings

COST = (
    "Extrapolated from halves of the rows: twice the value of all rows, {:.4f}, less the mean of two halves, "
    "{:.4f}. It took three trainings, and its error is {:.2g} times that of the value itself; where the two "
    "differ by less than that, prefer the value; with few columns it is the better one in general."
)
CORRECTED = "is corrected for its bias already, and what is left is less than the noise that following it adds"
NEIGHBOURS = (
    "loses little in few columns, less than the noise that following it adds, and in many columns its bias "
    "falls far slower than 1 / n: in 5 + 5 Gaussian columns four fifths of it would stay"
)
HALFWAY = "reads its winners off halfway between rows fitted to and rows left out; no bias like 1 / n is left"
DENSITIES = "fits densities, whose bias on Gaussians is less than the noise that following it adds"
OTHER = "has a bias that is not one that falls like 1 / n"
WHY: dict[Bias, str] = {
    "corrected": CORRECTED,
    "neighbours": NEIGHBOURS,
    "halfway": HALFWAY,
    "densities": DENSITIES,
    "other": OTHER,
}
"""Of the biases that methods declare, all that are not followed."""


def by_halves(pairs: Pairs, settings: Settings) -> Estimate:
    """The value of the module's formula, with its standard error and interval; it bounds nothing.

    Raises InputError for a method that trains no critic alone, and where halves have too few rows for it.
    """
    estimator = _trains(settings)
    pairs.require_rows(2 * estimator.minimum_rows, f"extrapolation by {settings.method}")
    order = np.random.default_rng(spawn(settings.seed, 1)[0]).permutation(len(pairs))
    first, *halves = (
        _fitted(pairs.take(np.sort(rows)), settings, place)
        for place, rows in enumerate((order, *np.array_split(order, 2)))
    )
    half = float(np.mean([each.value for each in halves]))
    value = 2 * first.value - half
    stderr = math.hypot(2 * first.stderr, *(each.stderr / 2 for each in halves))
    note = COST.format(first.value, half, stderr / first.stderr if first.stderr else 1.0)
    return dataclasses.replace(
        first.noting(extrapolated=True, all_rows=first.value, halves=[each.value for each in halves]),
        value=value,
        stderr=stderr,
        interval=normal_interval(value, stderr),
        side="none",
        diagnostics=(*first.diagnostics, note),
    )


def _fitted(pairs: Pairs, settings: Settings, place: int) -> Estimate:
    return settings.estimator().fit_pairs(pairs, share(settings.progress, place, 3, "part")).estimate_


def _trains(settings: Settings) -> Estimator:
    """The estimator, if following it helps."""
    estimator = settings.estimator()
    bias = estimator.info.bias
    if bias == "training":
        return estimator
    raise InputError(
        f"{settings.method} {WHY[bias]}, so there is nothing to follow to infinitely many rows. Use "
        "discrete or histogram, whose bias is of that form, or a method that trains a critic, such as infonce."
    )
