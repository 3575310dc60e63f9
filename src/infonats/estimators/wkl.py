"""WKL: weighted Kozachenko-Leonenko entropies, Berrett, Samworth and Yuan 2019 (`infonats.closedform.wkl`)."""

from typing import final

import numpy as np

from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform.neighbours import check_k
from infonats.closedform.wkl import MOST_COLUMNS, wkl_error, wkl_local
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="wkl",
    family="closed form",
    side="none",
    reference=Reference(
        key="berrett2019efficient",
        authors=("Berrett, Thomas B.", "Samworth, Richard J.", "Yuan, Ming"),
        title="Efficient multivariate entropy estimation via k-nearest neighbour distances",
        year=2019,
        venue="Annals of Statistics 47(1), 288-318",
        arxiv="1606.00304",
        doi="10.1214/18-AOS1688",
    ),
    summary="entropies by neighbours, weighted against bias; strong dependence in few smooth columns",
    columns=MOST_COLUMNS,
    also=(
        Reference(
            key="berrett2019nonparametric",
            authors=("Berrett, Thomas B.", "Samworth, Richard J."),
            title="Nonparametric independence testing via mutual information",
            year=2019,
            venue="Biometrika 106(3), 547-566",
            arxiv="1711.06642",
        ),
    ),
    error="jackknife",
    bias="neighbours",
)


@final
class WKL(Estimator):
    """I(X;Y) in nats by three entropies over weighted neighbours. Neither a lower nor an upper bound.

    k: neighbours, of which more lower the variance. seed: of the noise that separates ties. `fit` raises
    InputError for n <= k + 1, parameters out of range, redundant columns, and values that repeat.
    """

    def __init__(self, k: int = 10, seed: int = 0) -> None:
        self.k = k
        self.seed = seed

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    @property
    def minimum_rows(self) -> int:
        """Ten, and more than k + 1."""
        return max(10, check_k(self.k) + 2)

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.x_, self.y_ = pairs.x, pairs.y
        seed = check_seed(self.seed)
        local, stderr = wkl_error(pairs.x, pairs.y, k=self.k, seed=seed)
        value = float(local.mean())
        interval = normal_interval(value, stderr)
        return Measurement(value, stderr, len(pairs), interval, seed=seed)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return wkl_local(self.x_, self.y_, k=self.k, at=(x, y), seed=check_seed(self.seed))

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]
