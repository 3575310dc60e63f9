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
    error="infinitesimal jackknife",
    values="mixed",
    bias="neighbours",
)

MANY_COLUMNS = 5


@final
class Ross(Estimator):
    """I(X;Y) in nats of labels or text on one side and continuous columns on the other. No bound.

    k: neighbours within a class. labels: "x" or "y", the side whose distinct rows are the labels, or "auto":
    the one with text, or the one that looks discrete. seed: of the noise that separates ties. `fit` raises
    InputError where no label occurs twice, where both sides look discrete or hold text, and for parameters
    out of range; `pointwise` for labels of fewer than two fitted rows.
    """

    def __init__(self, k: int = 3, labels: str = "auto", seed: int = 0) -> None:
        self.k = k
        self.labels = labels
        self.seed = seed

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.x_, self.y_ = pairs.x, pairs.y
        self.labels_ = _labels(pairs, self.labels)
        seed = check_seed(self.seed)
        local, stderr = ross_error(pairs.x, pairs.y, k=self.k, seed=seed, labels=self.labels_)
        value = float(local.mean())
        notes = tuple(_diagnostics(Classes.of(pairs.x, pairs.y, self.k, seed, self.labels_), len(pairs)))
        interval = normal_interval(value, stderr)
        return Measurement(value, stderr, len(local), interval, seed=seed, diagnostics=notes)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        how = {"k": self.k, "seed": check_seed(self.seed), "labels": self.labels_}
        return ross_local(self.x_, self.y_, at=(x, y), **how)

    def _state(self) -> dict[str, np.ndarray]:
        side = ("auto", "x", "y").index(self.labels_)
        return {"x": self.x_, "y": self.y_, "labels": np.array([side])}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]
        self.labels_ = ("auto", "x", "y")[int(state["labels"][0])]


def _labels(pairs: Pairs, wanted: str) -> str:
    """The side of the labels: text cannot stand on the other, where distances are measured."""
    text = [side for side, levels in (("x", pairs.x_levels), ("y", pairs.y_levels)) if levels]
    if len(text) == 2 or (text and wanted not in ("auto", text[0])):
        raise InputError(
            f"ross needs numbers beside the labels, and text stands there: {pairs.text}. Use discrete where "
            "both sides take few values, or give the labels' side as labels."
        )
    return text[0] if text and wanted == "auto" else wanted


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
