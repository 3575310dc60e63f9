"""What estimators that train share: who is held out when, and one number from several folds."""

import math
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np

from infonats._types import Progress
from infonats.data import Split, k_folds, three_way
from infonats.errors import InputError
from infonats.watch import Watch

Interval = tuple[float, float]
T = TypeVar("T")


@runtime_checkable
class Measured(Protocol):
    """What a fold measured on held-out rows."""

    @property
    def value(self) -> float:
        """The estimate in nats."""
        ...

    @property
    def stderr(self) -> float:
        """Its standard error."""
        ...

    @property
    def interval(self) -> Interval:
        """Its 95 % interval."""
        ...

    @property
    def n(self) -> int:
        """The rows measured on."""
        ...


def check_folds(folds: int) -> None:
    """Raise InputError unless `folds` is a whole number from 1 on."""
    if isinstance(folds, bool) or not isinstance(folds, int) or folds < 1:
        raise InputError(f"folds is {folds!r}; give 1 (hold out a part) or a whole number from 3 on.")


def splits(n: int, folds: int, fractions: tuple[float, float, float], seed: int, block: int = 1) -> list[Split]:
    """One split of n rows by `fractions`, or those of a cross-fit. Raises InputError for 2 folds."""
    return [three_way(n, seed, fractions, block)] if folds == 1 else k_folds(n, folds, seed, block)


def smallest_share(folds: int, fractions: tuple[float, float, float]) -> float:
    """The share of the rows in the smaller of the parts that validate and test."""
    return min(fractions[1:]) if folds == 1 else 1 / folds


def pooled(parts: Sequence[Measured]) -> tuple[float, float, Interval]:
    """Value, standard error and 95 % interval of folds that test disjoint rows: errors add in quadrature."""
    value = float(np.mean([p.value for p in parts]))
    stderr = math.hypot(*(p.stderr for p in parts)) / len(parts)
    width = math.hypot(*(p.interval[1] - p.value for p in parts)) / len(parts)
    return value, stderr, (value - width, value + width)


def averaged(parts: Sequence[Measured]) -> tuple[float, float, Interval]:
    """The same of folds that measure the same rows: plain means, for their errors go together."""
    rows = [(p.value, p.stderr, *p.interval) for p in parts]
    value, stderr, low, high = np.mean(rows, axis=0).tolist()
    return value, stderr, (low, high)


def share(progress: Progress | None, part: int, parts: int, name: str = "fold") -> Progress | None:
    """Progress of one of several equal parts, as a share of the whole; see `Watch.part`."""
    return None if progress is None else Watch.of(progress).part(part, parts, name)


def one_by_one(
    fit: Callable[[Split, int, Progress | None], T],
    splits: Sequence[Split],
    seeds: Sequence[int],
    progress: Progress | None,
) -> list[T]:
    """What `fit` makes of each split with its seed, one after another."""
    parts = zip(splits, seeds, strict=True)
    return [fit(split, seed, share(progress, i, len(splits))) for i, (split, seed) in enumerate(parts)]
