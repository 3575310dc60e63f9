"""Histogram: counts in bins of equal counts, or in adaptive cells (`infonats.closedform.histogram`)."""

from typing import final

import numpy as np

from infonats._types import Progress
from infonats.closedform._stderr import standard_error
from infonats.closedform.histogram import bin_count, histogram_local
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators._teaching import teaching_diagnostics
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="histogram",
    family="closed form",
    side="none",
    reference=Reference(
        key="cellucci2005statistical",
        authors=("Cellucci, C. J.", "Albano, A. M.", "Rapp, P. E."),
        title="Statistical validation of mutual information calculations",
        year=2005,
        venue="Physical Review E 71, 066208",
        doi="10.1103/PhysRevE.71.066208",
    ),
    summary="counts in bins, of equal counts or adaptive; for teaching, and one column on each side",
    bias="cells",
)


@final
class Histogram(Estimator):
    """I(X;Y) in nats of binned columns. In the limit a lower bound, on samples none.

    bins: for each column; 0 takes as many as leave five expected rows in each joint cell. partition:
    "equal_count", or "adaptive" for one column on each side, which ignores `bins` and `correction`.
    correction: of the bias of the counts, as in `discrete`. `fit` raises InputError or UnknownNameError for
    other parameters.
    """

    def __init__(self, bins: int = 0, partition: str = "equal_count", correction: str = "miller_madow") -> None:
        self.bins = bins
        self.partition = partition
        self.correction = correction

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.x_, self.y_ = pairs.x, pairs.y
        local = self._pointwise(pairs.x, pairs.y)
        (n, dx), dy = pairs.x.shape, pairs.y.shape[1]
        bins = bin_count(n, dx + dy, self.bins)
        degrees = (bins**dx - 1) * (bins**dy - 1) if self.partition == "equal_count" else 0
        value, stderr = float(local.mean()), standard_error(local, degrees=min(degrees, n))
        notes = tuple(teaching_diagnostics("histogram", dx + dy, n))
        return Measurement(value, stderr, n, normal_interval(value, stderr), diagnostics=notes)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        how = {"bins": self.bins, "partition": self.partition, "correction": self.correction}
        return histogram_local(self.x_, self.y_, at=(x, y), **how)

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]
