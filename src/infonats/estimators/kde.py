"""KDE: product Gaussian kernels that leave each row out (`infonats.closedform.kde`)."""

from typing import final

import numpy as np

from infonats._types import Progress
from infonats.closedform._stderr import standard_error
from infonats.closedform.kde import kde_local
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators._teaching import teaching_diagnostics
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="kde",
    family="closed form",
    side="none",
    reference=Reference(
        key="moon1995estimation",
        authors=("Moon, Young-Il", "Rajagopalan, Balaji", "Lall, Upmanu"),
        title="Estimation of mutual information using kernel density estimators",
        year=1995,
        venue="Physical Review E 52(3), 2318-2321",
        doi="10.1103/PhysRevE.52.2318",
    ),
    summary="kernel densities, leave-one-out; for teaching, and one column on each side",
)


@final
class KDE(Estimator):
    """I(X;Y) in nats from kernel densities. Neither a lower nor an upper bound; biased towards zero.

    bandwidth: "likelihood" (the best of the multiples of Silverman's), "silverman" or "scott". The work grows
    as the square of the number of rows. `fit` raises UnknownNameError for another bandwidth.
    """

    def __init__(self, bandwidth: str = "likelihood") -> None:
        self.bandwidth = bandwidth

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.x_, self.y_ = pairs.x, pairs.y
        local = self._pointwise(pairs.x, pairs.y)
        value, stderr = float(local.mean()), standard_error(local)
        notes = tuple(teaching_diagnostics("kde", pairs.x.shape[1] + pairs.y.shape[1], len(pairs)))
        return Measurement(value, stderr, len(pairs), normal_interval(value, stderr), diagnostics=notes)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return kde_local(self.x_, self.y_, bandwidth=self.bandwidth, at=(x, y))

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]
