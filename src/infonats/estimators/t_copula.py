"""TCopula: ranks, then a Student copula of fitted degrees of freedom (`infonats.closedform.t_copula`)."""

from collections.abc import Iterator
from typing import final

import numpy as np

from infonats._types import Progress
from infonats.closedform._stderr import standard_error
from infonats.closedform.gaussian_copula import Scores
from infonats.closedform.t_copula import Student
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.references import Reference

INFO = MethodInfo(
    name="t_copula",
    family="closed form",
    side="none",
    reference=Reference(
        key="arellanovalle2013shannon",
        authors=("Arellano-Valle, Reinaldo B.", "Contreras-Reyes, Javier E.", "Genton, Marc G."),
        title="Shannon entropy and mutual information for multivariate skew-elliptical distributions",
        year=2013,
        venue="Scandinavian Journal of Statistics 40(1), 42-62",
        doi="10.1111/j.1467-9469.2011.00774.x",
    ),
    summary="ranks, then a Student copula; any marginals, joint extremes, many columns",
    bias="corrected",
)

APART = 4.0
"""Standard errors between the estimate and the fitted copula's own information that deserve a word."""


@final
class TCopula(Estimator):
    """I(X;Y) in nats by the fitted t copula, of which the Gaussian one is a limit. No bound on samples.

    bias_correction: subtract the finite-sample bias that Gaussian scores would have. `fit` raises InputError
    for n <= dx + dy + 1, and for columns whose normal scores are combinations of others. The provenance holds
    the degrees of freedom and the information of the fitted copula itself.
    """

    def __init__(self, bias_correction: bool = True) -> None:
        self.bias_correction = bias_correction

    @property
    def info(self) -> MethodInfo:
        """Name, family, guarantee, source."""
        return INFO

    def _measure(self, pairs: Pairs, progress: Progress | None) -> Measurement:
        self.student_ = Student.fit(pairs.x, pairs.y, (pairs.x_names, pairs.y_names))
        local = self._pointwise(pairs.x, pairs.y)
        value, stderr = float(local.mean()), standard_error(local, degrees=pairs.x.shape[1] * pairs.y.shape[1])
        model = self.student_.information
        details = {"degrees_of_freedom": self.student_.nu, "information_of_the_copula": model}
        notes = tuple(_diagnostics(value, model, stderr))
        interval = normal_interval(value, stderr)
        return Measurement(value, stderr, len(pairs), interval, diagnostics=notes, details=details)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return self.student_.local(x, y, self.bias_correction)

    def _state(self) -> dict[str, np.ndarray]:
        s = self.student_
        scores = {"ordered_x": s.ranks_x.ordered, "ordered_y": s.ranks_y.ordered}
        return scores | {"correlation": s.correlation, "nu": np.array([s.nu])}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        ranks = Scores(state["ordered_x"]), Scores(state["ordered_y"])
        self.student_ = Student(*ranks, state["correlation"], float(state["nu"][0]))


def _diagnostics(value: float, model: float, stderr: float) -> Iterator[str]:
    if abs(value - model) > APART * stderr:
        yield (
            f"The fitted t copula has {model:.3f} nats, and its log ratio averages {value:.3f} over the rows: "
            "the data are not of this copula. Compare with ksg in few columns, or infonce."
        )
