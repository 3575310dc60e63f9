"""I(X;Y) by any method with a permutation p-value, and for rows in order of time.

Under independence the rows of x may be exchanged, so the rank of the value among those of permuted rows is
uniform, whatever the method and its bias: B. Phipson and G. K. Smyth, "Permutation p-values should never be
zero", Statistical Applications in Genetics and Molecular Biology 9, 39 (2010), arXiv 1603.05766.

A closed form is computed anew for each permutation. A method that trains is not trained anew: its critic or
density was fitted to other rows than those that it is tested on, so that it may be held fixed, and the mean of
its log ratio over the held-out rows is compared with that over permuted ones. This is exact too.

Rows in order of time depend on each other. With `block` the standard error is that of blocks of rows, methods
that train hold out runs of rows with a gap, and x is not permuted but shifted circularly by at least a block
(see `blocks`): of what was trained, within the rows that each fold holds out.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from infonats._random import spawn
from infonats.data import Pairs, as_pairs
from infonats.estimate import Estimate
from infonats.estimators.auto import Auto
from infonats.estimators.base import Estimator
from infonats.estimators.choice import CHOICES, choose
from infonats.estimators.cross_fitted import CrossFitted
from infonats.quantities._variables import Variables
from infonats.quantities.blocks import orders_of, rearranged, slowest
from infonats.quantities.independence import check_permutations, p_value
from infonats.quantities.settings import Settings


def permutation_test(
    x: Any, y: Any, *, method: str = "auto-closed", permutations: int = 199, **parameters: Any
) -> Estimate:
    """I(X;Y) in nats of x (n,) or (n, dx) and y likewise, with the `p_value` of independence in its provenance.

    `method` is any name of `infonats methods`, a hybrid, "auto" (whose own test it is: see docs/auto.md) or
    "auto-closed". permutations: at least 19, 0 for none; p is (1 + those at or above the value) / (1 + all).
    block: 1 for independent rows; for rows in order of time "auto" or a number of rows.
    `seed`, `drop_missing`, `progress` and the parameters of the method are keywords. The value is signed and
    bounds nothing that the method does not. Raises InputError as `infonats.mutual_information` does.
    """
    settings = Settings.of(method, parameters)
    return tested(as_pairs(x, y, drop_missing=settings.drop_missing, text=True), settings, permutations)


def tested(pairs: Pairs, settings: Settings, permutations: int) -> Estimate:
    """As `permutation_test`, for pairs that were validated and named."""
    count = check_permutations(permutations) if permutations else 0
    chosen, why = choose(pairs, settings.method) if settings.method in CHOICES else (settings.method, None)
    settings = dataclasses.replace(settings, method=chosen)
    estimator, pairs = settings.estimator(), pairs.in_blocks(settings.block)
    estimate = estimator.fit_pairs(pairs, settings.progress).estimate_
    estimate = estimate.noting(choice=why) if why and chosen != "auto" else estimate
    if not count or isinstance(estimator, Auto):
        return estimate
    p = p_value(*_values(estimator, pairs, settings, count))
    return estimate.noting(p_value=p, permutations=count)


def _values(estimator: Estimator, pairs: Pairs, settings: Settings, count: int) -> tuple[float, list[float]]:
    """The statistic of the rows as they are, and of `count` permutations."""
    if isinstance(estimator, CrossFitted):
        return _held_fixed(estimator, pairs, settings.seed, count)
    copies = (settings.estimator().fit_pairs(each) for each in _shuffled(pairs, settings, count))
    return estimator.estimate_.value, [copy.estimate_.value for copy in copies]


def _shuffled(pairs: Pairs, settings: Settings, count: int) -> Iterator[Pairs]:
    """`count` copies of the pairs with the rows of x permuted, or shifted by at least a block."""
    sides, names = (pairs.x, pairs.y), (pairs.x_names, pairs.y_names)
    levels = (pairs.x_levels, pairs.y_levels)
    variables = Variables(sides, names, levels if any(levels) else ())
    block = slowest(variables, settings.block)
    for place, each in enumerate(rearranged(variables, count, block, settings.seed)):
        if settings.progress is not None:
            settings.progress(place, count, "permutations")
        yield each.pairs((0,), (1,))


def _held_fixed(estimator: CrossFitted, pairs: Pairs, seed: int, count: int) -> tuple[float, list[float]]:
    """The mean log ratio of the held-out rows of all folds, as they are and rearranged within each fold."""
    values = np.zeros(1 + count)
    block = estimator.estimate_.provenance.get("block", 1)
    for place, (rows, fold) in enumerate(estimator.held_out(pairs)):
        orders = orders_of(len(rows), count, block, seed if block == 1 else spawn(seed, 1 + place)[-1])
        for number, order in enumerate((slice(None), *orders)):
            values[number] += fold(rows.x[order], rows.y).sum()
    return float(values[0]), values[1:].tolist()
