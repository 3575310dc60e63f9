"""KSG: k nearest neighbours, Kraskov, Stögbauer and Grassberger 2004 (`infonats.closedform.ksg`)."""

from typing import final

import numpy as np

from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform.ksg import ksg_error, ksg_local
from infonats.closedform.neighbours import check_k
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators._neighbour_diagnostics import neighbour_diagnostics
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="ksg",
    family="closed form",
    side="none",
    reference=Reference(
        key="kraskov2004estimating",
        authors=("Kraskov, Alexander", "Stögbauer, Harald", "Grassberger, Peter"),
        title="Estimating mutual information",
        year=2004,
        venue="Physical Review E 69, 066138",
        doi="10.1103/PhysRevE.69.066138",
    ),
    summary="k nearest neighbours; few continuous columns, any smooth dependence",
    error="infinitesimal jackknife",
    values="untied",
    bias="neighbours",
)


@final
class KSG(Estimator):
    """I(X;Y) in nats by k nearest neighbours. Neither a lower nor an upper bound.

    k: neighbours; more of them lower the variance and deepen the bias towards zero. variant: 1 (one radius
    for both marginals) or 2 (one for each). seed: of the noise that separates ties, used only where there
    are any. `fit` raises InputError for n <= k, parameters out of range, and columns that look discrete.
    """

    def __init__(self, k: int = 3, variant: int = 1, seed: int = 0) -> None:
        self.k = k
        self.variant = variant
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
        local, stderr = ksg_error(pairs.x, pairs.y, k=self.k, variant=self.variant, seed=seed)
        value = float(local.mean())
        notes = tuple(neighbour_diagnostics(pairs, value))
        interval = normal_interval(value, stderr)
        return Measurement(value, stderr, len(pairs), interval, seed=seed, diagnostics=notes)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        how = {"k": self.k, "variant": self.variant, "seed": check_seed(self.seed)}
        return ksg_local(self.x_, self.y_, at=(x, y), **how)

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]
