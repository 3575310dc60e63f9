"""Ross: neighbours within classes, for labels on one side (`infonats.closedform.ross`)."""

from collections.abc import Iterator
from typing import final

import numpy as np

from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform.ross import Classes, ross_error, ross_local
from infonats.data import Pairs
from infonats.errors import InputError
from infonats.estimate import normal_interval
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="ross",
    family="closed form",
    side="none",
    reference=Reference(
        key="ross2014mutual",
        authors=("Ross, Brian C.",),
        title="Mutual information between discrete and continuous data sets",
        year=2014,
        venue="PLoS ONE 9(2), e87357",
        doi="10.1371/journal.pone.0087357",
    ),
    summary="k nearest neighbours within classes: labels or text on one side, continuous columns on the other",
    text=True,
)

MANY_COLUMNS = 5


@final
class Ross(Estimator):
    """I(X;Y) in nats of labels or text on one side and continuous columns on the other. No bound.

    k: neighbours within a class. seed: of the noise that separates ties. The labels are the distinct rows of
    the side that has fewer of them. `fit` raises InputError where no label occurs twice, where both sides
    look discrete, and for parameters out of range; `pointwise` for labels of fewer than two fitted rows.
    """

    def __init__(self, k: int = 3, seed: int = 0) -> None:
        self.k = k
        self.seed = seed

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.x_, self.y_ = pairs.x, pairs.y
        seed = check_seed(self.seed)
        classes = Classes.of(pairs.x, pairs.y, self.k, seed)
        _check_sides(pairs, classes)
        local, stderr = ross_error(pairs.x, pairs.y, k=self.k, seed=seed)
        value = float(local.mean())
        notes = tuple(_diagnostics(classes, len(pairs)))
        interval = normal_interval(value, stderr)
        return Measurement(value, stderr, len(local), interval, seed=seed, diagnostics=notes)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return ross_local(self.x_, self.y_, k=self.k, seed=check_seed(self.seed), at=(x, y))

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]


def _check_sides(pairs: Pairs, classes: Classes) -> None:
    """Text on the side whose distances are measured would be taken for numbers."""
    levels, side = (pairs.x_levels, "x") if classes.flipped else (pairs.y_levels, "y")
    if any(levels):
        raise InputError(
            f"ross takes the side with fewer distinct rows for labels and needs numbers on the other, and "
            f"{side} holds text. Use discrete where both sides take few values, or keep one kind of column on a side."
        )


def _diagnostics(classes: Classes, n: int) -> Iterator[str]:
    kept, sizes = len(classes.rows), np.bincount(classes.label)
    if kept < n:
        yield (
            f"{n - kept} of {n} rows have a label that no other row has; they have no neighbours and were left "
            "out. Merge rare labels to keep them."
        )
    small = int((sizes <= classes.k).sum())
    if small:
        yield (
            f"{small} of {len(sizes)} labels have at most k = {classes.k} rows, and fewer neighbours were "
            "taken there: the value is uncertain in them. Merge rare labels, or give more rows."
        )
    if classes.rows.shape[1] > MANY_COLUMNS:
        yield (
            f"{classes.rows.shape[1]} continuous columns are many for k nearest neighbours, which are biased "
            "towards zero there; the interval does not contain this bias. Keep fewer columns."
        )
