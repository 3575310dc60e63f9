"""I(X;Y) by any method with a permutation p-value, and for rows in order of time.

Under independence the rows of x may be exchanged, so the rank of the value among those of permuted rows is
uniform, whatever the method and its bias: B. Phipson and G. K. Smyth, "Permutation p-values should never be
zero", Statistical Applications in Genetics and Molecular Biology 9, 39 (2010), arXiv 1603.05766.

A closed form is computed anew for each permutation. A method that trains is not trained anew: its critic or
density was fitted to other rows than those that it is tested on, so that it may be held fixed, and the mean of
its log ratio over the held-out rows is compared with that over permuted ones. This is exact too.

Rows in order of time depend on each other. With `block` closed forms give the standard error of blocks of
rows, and are tested by circular shifts of x of at least a block (see `blocks`).
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from infonats._random import spawn
from infonats.data import Pairs, as_pairs
from infonats.data.checks import FOLLOWING
from infonats.errors import InputError
from infonats.estimate import Estimate, normal_interval
from infonats.estimators.auto import Auto
from infonats.estimators.base import Estimator
from infonats.estimators.choice import CHOICES, choose
from infonats.estimators.cross_fitted import CrossFitted
from infonats.quantities._measure import block_error
from infonats.quantities._variables import Variables
from infonats.quantities.blocks import check_block, rearranged, slowest
from infonats.quantities.independence import check_permutations, p_value
from infonats.quantities.settings import Settings


def permutation_test(
    x: Any, y: Any, *, method: str = "auto-closed", permutations: int = 199, **parameters: Any
) -> Estimate:
    """I(X;Y) in nats of x (n,) or (n, dx) and y likewise, with the `p_value` of independence in its provenance.

    `method` is any name of `infonats methods`, a hybrid, "auto" (whose own test it is: see docs/auto.md) or
    "auto-closed". permutations: at least 19, 0 for none; p is (1 + those at or above the value) / (1 + all).
    block: 1 for independent rows; for rows in order of time "auto" or a number of rows, by closed forms only.
    `seed`, `drop_missing`, `progress` and the parameters of the method are keywords. The value is signed and
    bounds nothing that the method does not. Raises InputError as `infonats.mutual_information` does.
    """
    settings = Settings.of(method, parameters)
    return tested(as_pairs(x, y, drop_missing=settings.drop_missing, text=True), settings, permutations)


def tested(pairs: Pairs, settings: Settings, permutations: int) -> Estimate:
    """As `permutation_test`, for pairs that were validated and named."""
    check_block(settings.block)
    count = check_permutations(permutations) if permutations else 0
    chosen, why = choose(pairs, settings.method) if settings.method in CHOICES else (settings.method, None)
    settings = dataclasses.replace(settings, method=chosen)
    estimator = settings.estimator()
    if settings.block != 1 and estimator.trains:
        raise InputError(
            f"block is {settings.block!r}, and {estimator.info.name} trains: it splits the rows at random, so "
            "that rows to train on stand next to rows to test on. Use block=1, or for a series a method that "
            "trains nothing: auto-closed chooses one."
        )
    estimate = estimator.fit_pairs(pairs, settings.progress).estimate_
    estimate = estimate.noting(choice=why) if why and chosen != "auto" else estimate
    estimate = _in_blocks(estimate, estimator, pairs, settings.block)
    if not count or isinstance(estimator, Auto):
        return estimate
    p = p_value(*_values(estimator, pairs, settings, count))
    return estimate.noting(p_value=p, permutations=count)


def _in_blocks(estimate: Estimate, estimator: Estimator, pairs: Pairs, block: int | str) -> Estimate:
    """With the error of rows that stand in blocks, and a sentence on it."""
    if block == 1:
        return estimate
    rows, factor, note = block_error(estimator.pointwise_pairs(pairs), block)
    stderr = factor * estimate.stderr
    return dataclasses.replace(
        estimate.noting(block=rows),
        stderr=stderr,
        interval=normal_interval(estimate.value, stderr),
        diagnostics=(*(d for d in estimate.diagnostics if not d.startswith(FOLLOWING)), note),
    )


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
    """The mean log ratio of the held-out rows of all folds, as they are and permuted within each fold."""
    values = np.zeros(1 + count)
    for rows, fold in estimator.held_out(pairs):
        for place, state in enumerate((None, *spawn(seed, count))):
            order = slice(None) if state is None else np.random.default_rng(state).permutation(len(rows))
            values[place] += fold(rows.x[order], rows.y).sum()
    return float(values[0]), values[1:].tolist()
