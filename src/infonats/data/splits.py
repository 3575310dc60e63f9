"""Disjoint parts of the data: one to train, one to choose the model, one to report."""

import dataclasses
import math

import numpy as np
from jaxtyping import Int64

from infonats._random import check_seed
from infonats.errors import InputError


@dataclasses.dataclass(frozen=True, eq=False)
class Split:
    """Row numbers of three disjoint, non-empty, shuffled parts that cover all rows."""

    train: Int64[np.ndarray, "a"]
    validation: Int64[np.ndarray, "b"]
    test: Int64[np.ndarray, "c"]


def three_way(n: int, seed: int, fractions: tuple[float, float, float] = (0.6, 0.2, 0.2)) -> Split:
    """Split `n` rows at random into train, validation and test by `fractions`, a function of `seed` alone.

    Each part gets at least one row. Raises InputError for fractions that are not positive with sum 1,
    and for fewer than 3 rows.
    """
    if not all(f > 0 for f in fractions) or not math.isclose(sum(fractions), 1.0, abs_tol=1e-9):
        raise InputError(f"fractions are {fractions}; give three positive numbers with sum 1.")
    if n < 3:
        raise InputError(f"{n} rows cannot be split into train, validation and test; give at least 3 rows.")
    n_train, n_validation, _ = _sizes(n, fractions)
    order = shuffled(n, seed)
    return Split(*np.split(order, [n_train, n_train + n_validation]))


def k_folds(n: int, folds: int, seed: int) -> list[Split]:
    """The splits of a cross-fit: fold f is tested, fold f+1 (mod `folds`) validates, the rest trains.

    Every row is tested once. Fold sizes differ by one at most. Raises InputError for fewer than 3 folds
    and for fewer rows than folds.
    """
    if not 3 <= folds <= n:
        raise InputError(f"folds is {folds} for {n} rows; give a whole number from 3 to the number of rows.")
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
