"""I(X;Y) by any method with a permutation p-value, and for rows in order of time.

Under independence the rows of x may be exchanged, so the rank of the value among those of permuted rows is
uniform, whatever the method and its bias: B. Phipson and G. K. Smyth, "Permutation p-values should never be
zero", Statistical Applications in Genetics and Molecular Biology 9, 39 (2010), arXiv 1603.05766.

A closed form is computed anew for each permutation. A method that trains is not trained anew: its critic or
density was fitted to other rows than those that it is tested on, so that it may be held fixed, and the mean of
its log ratio over the held-out rows is compared with that over permuted ones. This is exact too.

Rows in order of time depend on each other. With `block` the standard error is that of blocks of rows, methods
that train hold out runs of rows with a gap, and x is not permuted but shifted circularly (see `blocks`): of
what was trained, within the rows that each fold holds out.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from infonats._random import spawn
from infonats.closedform._ready import Ready
from infonats.data import Pairs, as_pairs
from infonats.estimate import Estimate
from infonats.estimators.auto import Auto
from infonats.estimators.base import Estimator
from infonats.estimators.choice import CHOICES, choose
from infonats.estimators.cross_fitted import CrossFitted
from infonats.estimators.ksg import KSG
from infonats.quantities._prepared import ksg_of
from infonats.quantities._variables import Variables
from infonats.quantities.blocks import orders, slowest
from infonats.quantities.independence import check_exceedances, check_permutations, sequential_p
from infonats.quantities.settings import Settings


def permutation_test(
    x: Any,
    y: Any,
    *,
    method: str = "auto-closed",
    permutations: int = 199,
    exceedances: int = 0,
    **parameters: Any,
) -> Estimate:
    """I(X;Y) in nats of x (n,) or (n, dx) and y likewise, with the `p_value` of independence in its provenance.

    `method` is any name of `infonats methods`, a hybrid, "auto" (whose own test it is: see docs/auto.md) or
    "auto-closed". permutations: at least 19, 0 for none; p is (1 + those at or above the value) / (1 + all).
    exceedances: a closed form's test is over once so many permutations reach the value (0: only after all).
    block: 1 for independent rows; for rows in order of time "auto" or a number of rows.
    `seed`, `drop_missing`, `progress` and the parameters of the method are keywords. The value is signed and
    bounds nothing that the method does not. Raises InputError as `infonats.mutual_information` does.
    """
    settings = Settings.of(method, parameters)
    return tested(
        as_pairs(x, y, drop_missing=settings.drop_missing, text=True), settings, permutations, exceedances
    )


def tested(pairs: Pairs, settings: Settings, permutations: int, exceedances: int) -> Estimate:
    """As `permutation_test`, for pairs that were validated and named."""
    check_exceedances(exceedances)
    count = check_permutations(permutations) if permutations else 0
    chosen, why = choose(pairs, settings.method) if settings.method in CHOICES else (settings.method, None)
    settings = dataclasses.replace(settings, method=chosen)
    estimator, pairs = settings.estimator(), pairs.in_blocks(settings.block)
    estimate = estimator.fit_pairs(pairs, settings.progress).estimate_
    estimate = estimate.noting(choice=why) if why and chosen != "auto" else estimate
    if not count or isinstance(estimator, Auto):
        return estimate
    if isinstance(estimator, CrossFitted):
        value, nulls = _held_fixed(estimator, pairs, settings.seed, count)
        p, drawn = sequential_p(value, nulls)
    else:
        p, drawn = sequential_p(estimate.value, _nulls(estimator, pairs, settings, count), exceedances)
    return estimate.noting(p_value=p, permutations=drawn)


def _nulls(estimator: Estimator, pairs: Pairs, settings: Settings, count: int) -> Iterator[float]:
    """The values of the pairs with the rows of x permuted, or shifted circularly."""
    sides, names = (pairs.x, pairs.y), (pairs.x_names, pairs.y_names)
    levels = (pairs.x_levels, pairs.y_levels)
    variables = Variables(sides, names, levels if any(levels) else ())
    value = _anew(estimator, variables, settings)
    rows = orders(len(pairs), count, slowest(variables, settings.block), settings.seed)
    for place, order in enumerate(rows):
        if settings.progress is not None:
            settings.progress(place, count, "permutations")
        yield value(order)


def _anew(estimator: Estimator, variables: Variables, settings: Settings) -> Callable[[np.ndarray], float]:
    """The value of the method as a function of the order of the rows of x."""
    x, y = variables.blocks
    if isinstance(estimator, KSG) and estimator.variant == 1:  # its sides are made ready once
        sides = Ready.of(x, "x", settings.seed), Ready.of(y, "y", settings.seed)
        return lambda order: ksg_of(sides[0].permuted(order), sides[1], estimator.k, error=False)[0]

    def value(order: np.ndarray) -> float:
        shuffled = dataclasses.replace(variables, blocks=(x[order], y))
        return settings.estimator().value_of(shuffled.pairs((0,), (1,)))

    return value


def _held_fixed(estimator: CrossFitted, pairs: Pairs, seed: int, count: int) -> tuple[float, list[float]]:
    """The mean log ratio of the held-out rows of all folds, as they are and rearranged within each fold."""
    values = np.zeros(1 + count)
    block = estimator.estimate_.provenance.get("block", 1)
    for place, (rows, fold) in enumerate(estimator.held_out(pairs)):
        anew = orders(len(rows), count, block, seed if block == 1 else spawn(seed, 1 + place)[-1])
        for number, order in enumerate((slice(None), *anew)):
            values[number] += fold(rows.x[order], rows.y).sum()
    return float(values[0]), values[1:].tolist()
