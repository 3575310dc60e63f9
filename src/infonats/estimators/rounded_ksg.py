"""RoundedKSG: neighbours for rounded measurements (`infonats.closedform.rounded_ksg`)."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, final

import numpy as np

from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform.neighbours import check_k
from infonats.closedform.rounded_ksg import rounded, rounded_ksg_error, rounded_ksg_local
from infonats.data import Pairs
from infonats.data.categories import refuse_unseen, text_columns
from infonats.estimate import normal_interval
from infonats.estimators._neighbour_diagnostics import neighbour_diagnostics
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.ksg import INFO as KSG_INFO
from infonats.references import Reference

SCHUCHMAN = Reference(
    key="schuchman1964dither",
    authors=("Schuchman, Leonard",),
    title="Dither Signals and Their Effect on Quantization Noise",
    year=1964,
    venue="IEEE Transactions on Communication Technology 12(4), 162-165",
    doi="10.1109/TCOM.1964.1088973",
)

INFO = MethodInfo(
    name="rounded_ksg",
    family="closed form",
    side="none",
    reference=KSG_INFO.reference,
    summary="ksg on values spread over what rounds to them; rounded measurements, also against labels",
    also=(SCHUCHMAN,),
    text=True,
    values="mixed",
    error="infinitesimal jackknife",
    bias="neighbours",
)


@final
class RoundedKSG(Estimator):
    """I(X;Y) in nats of columns whose values repeat because they are rounded. No one-sided guarantee.

    k: neighbours, as in `KSG`. draws: how often values are spread over their cells, an even number. seed: of
    the draws. Words are taken as intervals side by side, in alphabetical order: I does not depend on the order,
    and the estimate little where each word has many rows. `fit` raises InputError for n <= k, parameters out of
    range and constant columns.
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
        self.text_x_ = text_columns(pairs.x_levels, pairs.x.shape[1])
        self.text_y_ = text_columns(pairs.y_levels, pairs.y.shape[1])
        local, stderr = rounded_ksg_error(pairs.x, pairs.y, **self._how())
        value, seed = float(local.mean()), check_seed(self.seed)
        notes = (
            *spread_notes(zip((pairs.x_names, pairs.y_names), (pairs.x, pairs.y), strict=True)),
            *neighbour_diagnostics(pairs, value),
        )
        return Measurement(
            value, stderr, len(pairs), normal_interval(value, stderr), seed=seed, diagnostics=notes
        )

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        refuse_unseen(x, self.text_x_, self.x_)
        refuse_unseen(y, self.text_y_, self.y_)
        return rounded_ksg_local(self.x_, self.y_, at=(x, y), **self._how())

    def _how(self) -> dict[str, Any]:
        return {"k": self.k, "draws": self.draws, "seed": check_seed(self.seed)}

    def _state(self) -> dict[str, np.ndarray]:
        return {"x": self.x_, "y": self.y_, "text_x": self.text_x_, "text_y": self.text_y_}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.x_, self.y_ = state["x"], state["y"]
        self.text_x_, self.text_y_ = state["text_x"], state["text_y"]


def spread_notes(sides: Iterable[tuple[Sequence[str], np.ndarray]]) -> Iterator[str]:
    """A sentence that names the columns that were spread, of sides given by names and values (n, d)."""
    sides = [(named, rounded(values)) for named, values in sides]
    names = [f"'{name}'" for named, which in sides for name, yes in zip(named, which, strict=True) if yes]
    if names:
        yield (
            f"Values of {', '.join(names)} repeat: each was spread evenly over the interval that rounds to it. "
            "The value is the information of the rounded columns, at most that of exact ones."
        )
