"""RoundedKSG: neighbours for rounded measurements (`infonats.closedform.rounded_ksg`)."""

from collections.abc import Iterator
from typing import Any, final

import numpy as np

from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform.neighbours import check_k
from infonats.closedform.rounded_ksg import rounded, rounded_ksg_error, rounded_ksg_local
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators._neighbour_diagnostics import neighbour_diagnostics
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.ksg import INFO as KSG_INFO

INFO = MethodInfo(
    name="rounded_ksg",
    family="closed form",
    side="none",
    reference=KSG_INFO.reference,
    summary="ksg on values spread over what rounds to them; rounded measurements",
)


@final
class RoundedKSG(Estimator):
    """I(X;Y) in nats of columns whose values repeat because they are rounded. No one-sided guarantee.

    k: neighbours, as in `KSG`. draws: how often values are spread over their cells, an even number. seed: of
    the draws. `fit` raises InputError for n <= k, parameters out of range and constant columns.
    """

    def __init__(self, k: int = 3, draws: int = 4, seed: int = 0) -> None:
        self.k = k
        self.draws = draws
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
        local, stderr = rounded_ksg_error(pairs.x, pairs.y, **self._how())
        value, seed = float(local.mean()), check_seed(self.seed)
        notes = (*_diagnostics(pairs), *neighbour_diagnostics(pairs, value))
        return Measurement(
            value, stderr, len(pairs), normal_interval(value, stderr), seed=seed, diagnostics=notes
        )

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return rounded_ksg_local(self.x_, self.y_, at=(x, y), **self._how())

    def _how(self) -> dict[str, Any]:
        return {"k": self.k, "draws": self.draws, "seed": check_seed(self.seed)}

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]


def _diagnostics(pairs: Pairs) -> Iterator[str]:
    sides = (pairs.x_names, rounded(pairs.x)), (pairs.y_names, rounded(pairs.y))
    names = [f"'{name}'" for named, which in sides for name, yes in zip(named, which, strict=True) if yes]
    if names:
        yield (
            f"Values of {', '.join(names)} repeat: each was spread evenly over the interval that rounds to it. "
            "The value is the information of the rounded columns, at most that of exact ones."
        )
