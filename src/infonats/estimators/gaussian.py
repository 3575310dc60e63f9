"""Gaussian: canonical correlations with the Wishart correction (`infonats.closedform.gaussian`)."""

from collections.abc import Iterator
from typing import final

import numpy as np

from infonats._types import Progress
from infonats.closedform._stderr import standard_error
from infonats.closedform.gaussian import Canonical
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="gaussian",
    family="closed form",
    side="none",
    reference=Reference(
        key="ahmed1989entropy",
        authors=("Ahmed, Nabil Ali", "Gokhale, D. V."),
        title="Entropy expressions and their estimators for multivariate distributions",
        year=1989,
        venue="IEEE Transactions on Information Theory 35(3), 688-692",
        doi="10.1109/18.30996",
    ),
    summary="canonical correlations; exact for jointly Gaussian columns, blind to other dependence",
    bias="corrected",
)

ENOUGH_ROWS = 50
SKEW, KURTOSIS = 1.0, 2.0


@final
class Gaussian(Estimator):
    """I(X;Y) in nats of the fitted joint Gaussian. Unbiased for Gaussian data; no bound elsewhere.

    bias_correction: subtract the exact finite-sample bias of the log-determinants. `fit` raises InputError
    for n <= dx + dy + 1, and for columns that are combinations of others.
    """

    def __init__(self, bias_correction: bool = True) -> None:
        self.bias_correction = bias_correction

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.canonical_ = Canonical.fit(pairs.x, pairs.y, (pairs.x_names, pairs.y_names))
        value = self.canonical_.value(self.bias_correction)
        local = self._pointwise(pairs.x, pairs.y)
        stderr = standard_error(local, degrees=pairs.x.shape[1] * pairs.y.shape[1])
        notes = tuple(_diagnostics(pairs))
        return Measurement(value, stderr, len(pairs), normal_interval(value, stderr), diagnostics=notes)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.canonical_.local(x, y, self.bias_correction)

    def _state(self) -> dict[str, np.ndarray]:
        return self.canonical_.arrays()

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.canonical_ = Canonical.from_arrays(state)


def _diagnostics(pairs: Pairs) -> Iterator[str]:
    if len(pairs) < ENOUGH_ROWS:
        return
    names = [*pairs.x_names, *pairs.y_names]
    odd = [name for name, v in zip(names, np.hstack([pairs.x, pairs.y]).T, strict=True) if _far_from_normal(v)]
    if odd:
        shown = ", ".join(f"'{name}'" for name in odd[:5]) + (
            f" and {len(odd) - 5} more" if len(odd) > 5 else ""
        )
        yield (
            f"Skewed or heavy-tailed, far from Gaussian: {shown}. The Gaussian formula does not hold for such "
            "columns; gaussian_copula frees them of their marginals first."
        )


def _far_from_normal(column: np.ndarray) -> bool:
    centred = column / np.abs(column).max()
    centred = centred - centred.mean()
    centred = centred / np.abs(centred).max()
    z = centred / centred.std()
    return bool(abs((z**3).mean()) > SKEW or abs((z**4).mean() - 3.0) > KURTOSIS)
