"""Discrete: counts of distinct rows, with a correction of their bias (`infonats.closedform.discrete`)."""

import math
from collections.abc import Iterator
from typing import Any, final

import numpy as np

from infonats._types import Progress
from infonats.closedform._stderr import standard_error
from infonats.closedform.discrete import (
    ROWS_PER_PAIR,
    SHUFFLED,
    by_chance,
    correction_for,
    discrete_local,
    symbols,
)
from infonats.data import Pairs
from infonats.estimate import Z_95, normal_interval
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="discrete",
    family="closed form",
    side="none",
    reference=Reference(
        key="paninski2003estimation",
        authors=("Paninski, Liam",),
        title="Estimation of entropy and mutual information",
        year=2003,
        venue="Neural Computation 15(6), 1191-1253",
        doi="10.1162/089976603321780272",
    ),
    summary="counts of discrete values or text, with a choice of bias corrections",
    text=True,
    values="labels",
    bias="cells",
)

SPARSE = ("chao_shen", "nsb", SHUFFLED)
"""Corrections that take most of the plug-in's bias off where cells are sparse (`benchmarks/corrections.py`)."""


@final
class Discrete(Estimator):
    """I(X;Y) in nats from the counts of distinct rows of x and y. Neither a lower nor an upper bound.

    correction: "miller_madow" removes the plug-in's first-order bias, "none" does not; "grassberger",
    "chao_shen", "shrinkage", "nsb" and "shuffled", which is nsb less what it shows of the same values paired at
    random, are for pairs of values that were seen few times. "auto" is miller_madow where pairs that occur have
    five rows each on average, else shuffled, whose interval reaches up to what nsb finds;
    `provenance["correction"]` says which it was. With fewer rows the interval knows too little of the bias:
    with 100 rows of 10 by 10 values it holds the truth in .57 to 1.00 of samples by chao_shen, .78 to .85 by
    grassberger, .88 to 1.00 by nsb, .90 to 1.00 by shuffled (`benchmarks/corrections.py`). `fit` raises
    UnknownNameError for another correction; `pointwise` raises InputError for values that the sample never had.
    """

    def __init__(self, correction: str = "auto") -> None:
        self.correction = correction

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.x_, self.y_ = pairs.x, pairs.y
        local = discrete_local(pairs.x, pairs.y, correction=self.correction)
        k_x, k_y, k_xy = symbols(pairs.x, pairs.y)
        value, stderr = float(local.mean()), standard_error(local, degrees=(k_x - 1) * (k_y - 1))
        taken = correction_for(self.correction, len(pairs), k_xy)
        notes, interval = tuple(_diagnostics(len(pairs), k_xy, taken)), normal_interval(value, stderr)
        details: dict[str, Any] = {"correction": taken}
        if taken == SHUFFLED:
            by, spread = by_chance(pairs.x, pairs.y)
            interval = value - Z_95 * math.hypot(stderr, spread), interval[1] + max(by, 0.0)
            details["chance"] = by
        return Measurement(value, stderr, len(pairs), interval, diagnostics=notes, details=details)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return discrete_local(self.x_, self.y_, correction=self.correction, at=(x, y))

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]


def _diagnostics(n: int, k_xy: int, correction: str) -> Iterator[str]:
    if n >= ROWS_PER_PAIR * k_xy:
        return
    remedy = "use ksg or gaussian_copula for continuous columns" if 2 * k_xy > n else "merge rare values"
    if correction not in SPARSE:
        remedy += "; correction shuffled, which 'auto' takes here, leaves less of this bias"
    used = f" Correction {correction} takes most of this off." if correction in SPARSE else ""
    yield (
        f"{n} rows show {k_xy} distinct pairs of values, fewer than {ROWS_PER_PAIR} rows for each: counts "
        f"this sparse are biased upwards (all rows distinct give log n whatever the truth).{used} Give more "
        f"rows, or {remedy}."
    )
