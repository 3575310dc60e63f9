"""GaussianCopula: ranks to normal scores, then the Gaussian formula (`infonats.closedform.gaussian_copula`)."""

from typing import final

import numpy as np

from infonats._types import Progress
from infonats.closedform._stderr import standard_error
from infonats.closedform.gaussian import Canonical
from infonats.closedform.gaussian_copula import Scores
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="gaussian_copula",
    family="closed form",
    side="none",
    reference=Reference(
        key="ince2017statistical",
        authors=(
            "Ince, Robin A. A.",
            "Giordano, Bruno L.",
            "Kayser, Christoph",
            "Rousselet, Guillaume A.",
            "Gross, Joachim",
            "Schyns, Philippe G.",
        ),
        title=(
            "A statistical framework for neuroimaging data analysis based on mutual information "
            "estimated via a Gaussian copula"
        ),
        year=2017,
        venue="Human Brain Mapping 38(3), 1541-1573",
        doi="10.1002/hbm.23471",
    ),
    summary="ranks, then canonical correlations; any marginals, monotone dependence, many columns",
    bias="corrected",
)


@final
class GaussianCopula(Estimator):
    """I(X;Y) in nats of the fitted Gaussian copula. Free of the marginals; no bound on samples.

    bias_correction: subtract the finite-sample bias that Gaussian scores would have. `fit` raises InputError
    for n <= dx + dy + 1, and for columns whose normal scores are combinations of others.
    """

    def __init__(self, bias_correction: bool = True) -> None:
        self.bias_correction = bias_correction

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.score_x_, self.score_y_ = Scores.of(pairs.x), Scores.of(pairs.y)
        names = (pairs.x_names, pairs.y_names)
        self.canonical_ = Canonical.fit(self.score_x_(pairs.x), self.score_y_(pairs.y), names)
        value = self.canonical_.value(self.bias_correction)
        local = self._pointwise(pairs.x, pairs.y)
        stderr = standard_error(local, degrees=pairs.x.shape[1] * pairs.y.shape[1])
        return Measurement(value, stderr, len(pairs), normal_interval(value, stderr))

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.canonical_.local(self.score_x_(x), self.score_y_(y), self.bias_correction)

    def _state(self) -> dict[str, np.ndarray]:
        scores = {"ordered_x": self.score_x_.ordered, "ordered_y": self.score_y_.ordered}
        return self.canonical_.arrays() | scores

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.canonical_ = Canonical.from_arrays(state)
        self.score_x_, self.score_y_ = Scores(state["ordered_x"]), Scores(state["ordered_y"])
