"""MixedKSG: neighbours for mixtures of atoms and continuous parts (`infonats.closedform.mixed_ksg`)."""

from typing import final

import numpy as np

from infonats._types import Progress
from infonats.closedform.mixed_ksg import mixed_ksg_error, mixed_ksg_local
from infonats.closedform.neighbours import check_k
from infonats.data import Pairs
from infonats.data.categories import indicators, refuse_unseen, text_columns
from infonats.estimate import normal_interval
from infonats.estimators._neighbour_diagnostics import neighbour_diagnostics, sparse_atoms
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="mixed_ksg",
    family="closed form",
    side="none",
    reference=Reference(
        key="gao2017estimating",
        authors=("Gao, Weihao", "Kannan, Sreeram", "Oh, Sewoong", "Viswanath, Pramod"),
        title="Estimating mutual information for discrete-continuous mixtures",
        year=2017,
        venue="Advances in Neural Information Processing Systems 30",
        arxiv="1709.06212",
    ),
    summary="k nearest neighbours where columns are discrete, continuous, text, or all at once",
    text=True,
    error="infinitesimal jackknife",
    values="mixed",
    bias="neighbours",
)


@final
class MixedKSG(Estimator):
    """I(X;Y) in nats where columns may have atoms and continuous parts. Neither a lower nor an upper bound.

    k: neighbours. Words are equally far apart, whatever they are. `fit` raises InputError for n <= k and
    k out of range.
    """

    def __init__(self, k: int = 5) -> None:
        self.k = k

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
        self.text_x_ = text_columns(pairs.x_levels, pairs.x.shape[1])
        self.text_y_ = text_columns(pairs.y_levels, pairs.y.shape[1])
        local, stderr = mixed_ksg_error(*self._placed(pairs.x, pairs.y), k=self.k)
        value = float(local.mean())
        notes = (*neighbour_diagnostics(pairs, value), *sparse_atoms(pairs.x, pairs.y, self.k))
        return Measurement(value, stderr, len(pairs), normal_interval(value, stderr), diagnostics=notes)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        refuse_unseen(x, self.text_x_, self.x_)
        refuse_unseen(y, self.text_y_, self.y_)
        return mixed_ksg_local(*self._placed(self.x_, self.y_), k=self.k, at=self._placed(x, y))

    def _placed(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both sides with words as indicators of those that were fitted."""
        return indicators(x, self.text_x_, self.x_), indicators(y, self.text_y_, self.y_)

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_, "text_x": self.text_x_, "text_y": self.text_y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]
        self.text_x_, self.text_y_ = (
            state.get(f"text_{side}", np.zeros(state[side].shape[1], bool)) for side in "xy"
        )  # files of before mixed_ksg took text have none
