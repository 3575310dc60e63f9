"""Disjoint parts of the data: one to train, one to choose the model, one to report.

Rows in order of time that depend on their neighbours are not shuffled. Each part is then made of runs of
successive rows, and between two parts so many rows are left out as depend on each other: what was trained has
seen nothing that tells of a row to test on (P. Burman, E. Chow and D. Nolan, "A cross-validatory method for
dependent data", Biometrika 81, 351-358, 1994, doi:10.1093/biomet/81.2.351; J. Racine, "Consistent
cross-validatory model-selection for dependent data: hv-block cross-validation", Journal of Econometrics 99,
39-61, 2000, doi:10.1016/S0304-4076(00)00030-0). The series is cut into as many stretches, each with runs of
every part, as cost a tenth of the rows: more would lose more, fewer would see less of a series that drifts.
"""

import dataclasses
import math

import numpy as np
from jaxtyping import Int64

from infonats._random import check_seed
from infonats.errors import InputError

BORDERS = 3
"""Of a stretch: before the rows to test on, between these and those that validate, and behind them."""
COST = 10
"""The rows left out between parts are at most one in so many, where there is more than one stretch."""
FEWEST_BLOCKS, FEWEST_ROWS = 3, 4
"""Blocks to test on, and rows to train or to validate on, at least."""


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of three disjoint, non-empty parts: shuffled and of all rows, or in order of time."""

    train: Int64[np.ndarray, "a"]
    validation: Int64[np.ndarray, "b"]
    test: Int64[np.ndarray, "c"]


def three_way(
    n: int, seed: int, fractions: tuple[float, float, float] = (0.6, 0.2, 0.2), block: int = 1
) -> Split:
    """Split `n` rows at random into train, validation and test by `fractions`, a function of `seed` alone.

    Each part gets at least one row. With a `block` above 1 parts are runs of successive rows, more than `block`
    rows apart. Raises InputError for fractions that are not positive with sum 1, for fewer than 3 rows, and
    where blocks are too long for as many rows.
    """
    if not all(f > 0 for f in fractions) or not math.isclose(sum(fractions), 1.0, abs_tol=1e-9):
        raise InputError(f"fractions are {fractions}; give three positive numbers with sum 1.")
    if n < 3:
        raise InputError(f"{n} rows cannot be split into train, validation and test; give at least 3 rows.")
    n_train, n_validation, n_test = _sizes(n, fractions)
    if block > 1:
        phase = _phase(n, seed, block)
        return _apart(phase < n_test, (phase >= n_test) & (phase < n_test + n_validation), block)
    order = shuffled(n, seed)
    return Split(*np.split(order, [n_train, n_train + n_validation]))


def k_folds(n: int, folds: int, seed: int, block: int = 1) -> list[Split]:
    """The splits of a cross-fit: fold f is tested, fold f+1 (mod `folds`) validates, the rest trains.

    Every row is tested once. Fold sizes differ by one at most, with a `block` above 1 by a few. Raises
    InputError for fewer than 3 folds, for fewer rows than folds, and where blocks are too long for them.
    """
    if not 3 <= folds <= n:
        raise InputError(f"folds is {folds} for {n} rows; give a whole number from 3 to the number of rows.")
    if block > 1:
        number = _phase(n, seed, block) * folds // n
        return [_apart(number == f, number == (f + 1) % folds, block) for f in range(folds)]
    parts = np.array_split(shuffled(n, seed), folds)
    return [_rotation(parts, f) for f in range(folds)]


def _rotation(parts: list[np.ndarray], f: int) -> Split:
    g = (f + 1) % len(parts)
    train = np.concatenate([part for i, part in enumerate(parts) if i not in (f, g)])
    return Split(train, parts[g], parts[f])


def _sizes(n: int, fractions: tuple[float, float, float]) -> list[int]:
    """Whole sizes with sum n, one at least, the largest part taking the remainder."""
    sizes = [max(1, round(n * f)) for f in fractions]
    largest = sizes.index(max(sizes))
    sizes[largest] += n - sum(sizes)
    return sizes


def shuffled(n: int, seed: int) -> Int64[np.ndarray, "n"]:
    """The numbers 0 .. n - 1 in a random order, a function of `seed` alone."""
    return np.random.default_rng(check_seed(seed)).permutation(n).astype(np.int64, copy=False)


def _phase(n: int, seed: int, block: int) -> Int64[np.ndarray, "n"]:
    """How far into its stretch each row stands, from 0 to n - 1; the first row somewhere, by `seed`."""
    stretches = max(1, n // (BORDERS * COST * block))
    start = int(np.random.default_rng(check_seed(seed)).integers(n))
    return (np.arange(n, dtype=np.int64) * stretches + start) % n


def _apart(test: np.ndarray, validation: np.ndarray, block: int) -> Split:
    """The split by these masks (n,), with all rows within `block` of another part's left out of one of both."""
    validates = validation & ~_near(test, block)
    trains = ~(test | validation | _near(test | validates, block))
    split = Split(*(np.flatnonzero(part) for part in (trains, validates, test)))
    if len(split.test) < FEWEST_BLOCKS * block or min(len(split.train), len(split.validation)) < FEWEST_ROWS:
        raise InputError(
            f"Blocks of {block} rows leave {len(split.train)} of {len(test)} rows to train on, "
            f"{len(split.validation)} to validate on and {len(split.test)} to test on, and at least "
            f"{FEWEST_BLOCKS} blocks have to be tested. Give a smaller block, fewer folds, or a longer series; "
            "a method without training, such as auto-closed, needs no parts."
        )
    return split


def _near(chosen: np.ndarray, rows: int) -> np.ndarray:
    """The rows that stand within so many `rows` of a chosen one, themselves included."""
    before = np.concatenate([[0], np.cumsum(chosen)])
    places = np.arange(len(chosen))
    low, high = np.maximum(places - rows, 0), np.minimum(places + rows + 1, len(chosen))
    return before[high] > before[low]
