"""LNC: KSG corrected along principal axes, Gao, Ver Steeg and Galstyan 2015 (`infonats.closedform.lnc`)."""

from typing import final

import numpy as np

from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform.lnc import lnc_error, lnc_local
from infonats.closedform.neighbours import check_k
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators._neighbour_diagnostics import neighbour_diagnostics
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.ksg import INFO as KSG_INFO
from infonats.references import Reference

INFO = MethodInfo(
    name="lnc",
    family="closed form",
    side="none",
    reference=Reference(
        key="gao2015efficient",
        authors=("Gao, Shuyang", "Ver Steeg, Greg", "Galstyan, Aram"),
        title="Efficient estimation of mutual information for strongly dependent variables",
        year=2015,
        venue="International Conference on Artificial Intelligence and Statistics",
        arxiv="1411.2003",
    ),
    summary="ksg corrected where neighbours lie along a line; one column on each side, strong dependence",
    also=(KSG_INFO.reference,),
    columns=2,
    error="infinitesimal jackknife",
    values="untied",
    bias="neighbours",
)


@final
class LNC(Estimator):
    """I(X;Y) in nats of one column on each side, by corrected neighbours. Neither a lower nor an upper bound.

    k: neighbours, at least 3. seed: of the noise that separates ties. `fit` raises InputError for n <= k,
    parameters out of range, more columns, columns that look discrete, and rows on a line.
    """

    def __init__(self, k: int = 5, seed: int = 0) -> None:
        self.k = k
        self.seed = seed

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    @property
    def minimum_rows(self) -> int:
        """Ten, and more than k."""
        return max(10, check_k(self.k) + 1)

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.x_, self.y_ = pairs.x, pairs.y
        seed = check_seed(self.seed)
        local, stderr = lnc_error(pairs.x, pairs.y, k=self.k, seed=seed)
        value = float(local.mean())
        notes = tuple(neighbour_diagnostics(pairs, value))
        interval = normal_interval(value, stderr)
        return Measurement(value, stderr, len(pairs), interval, seed=seed, diagnostics=notes)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return lnc_local(self.x_, self.y_, k=self.k, at=(x, y), seed=check_seed(self.seed))

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]
