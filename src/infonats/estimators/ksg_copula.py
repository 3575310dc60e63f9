"""KSGCopula: neighbours on normal scores, corrected on the fitted copula (`infonats.closedform.ksg_copula`)."""

from collections.abc import Iterator
from typing import final

import numpy as np

from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform.gaussian_copula import Scores
from infonats.closedform.ksg import ksg_error, ksg_local
from infonats.closedform.ksg_copula import Correction, Fitted
from infonats.closedform.neighbours import check_k
from infonats.data import Pairs
from infonats.estimate import normal_interval
from infonats.estimators.base import Estimator, Measurement, MethodInfo
from infonats.estimators.gaussian_copula import INFO as COPULA_INFO
from infonats.estimators.ksg import INFO as KSG_INFO
from infonats.references import Reference

EFRON = Reference(
    key="efron1986bootstrap",
    authors=("Efron, Bradley", "Tibshirani, Robert"),
    title=(
        "Bootstrap Methods for Standard Errors, Confidence Intervals, and Other Measures of Statistical "
        "Accuracy"
    ),
    year=1986,
    venue="Statistical Science 1(1), 54-75",
    doi="10.1214/ss/1177013815",
)

INFO = MethodInfo(
    name="ksg_copula",
    family="closed form",
    side="none",
    reference=KSG_INFO.reference,
    summary="k nearest neighbours on ranks, less the bias they have on the fitted copula; many columns",
    also=(COPULA_INFO.reference, EFRON),
    error="infinitesimal jackknife and delta method",
    values="untied",
    bias="neighbours",
)


@final
class KSGCopula(Estimator):
    """I(X;Y) in nats by neighbours on normal scores, corrected on simulations. No bound on either side.

    k: neighbours. simulations: samples of the fitted Gaussian copula, an even number; more of them, less
    noise. seed: of the simulations. `fit` raises InputError as `KSG` and `GaussianCopula` do.
    """

    def __init__(self, k: int = 3, simulations: int = 8, seed: int = 0) -> None:
        self.k = k
        self.simulations = simulations
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
        seed = check_seed(self.seed)
        self.scores_x_, self.scores_y_ = Scores.of(pairs.x), Scores.of(pairs.y)
        self.z_x_, self.z_y_ = self.scores_x_(pairs.x), self.scores_y_(pairs.y)
        model, values = Fitted.to(self.z_x_, self.z_y_), []
        local, error = ksg_error(self.z_x_, self.z_y_, k=self.k, seed=seed)
        for step, value in enumerate(model.simulate(self.k, self.simulations, seed), 1):
            values.append(value)
            if progress is not None:
                progress(step, self.simulations, "simulating the copula")
        found = model.corrected(values)
        self.correction_ = found.correction
        value, stderr = float((local + found.correction).mean()), found.stderr(error)
        notes = tuple(_notes(value, found, stderr))
        details = {"ksg": float(local.mean()), "correction": found.correction, "copula": found.model}
        interval = normal_interval(value, stderr)
        return Measurement(value, stderr, len(pairs), interval, seed=seed, diagnostics=notes, details=details)

    def _pointwise(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        at = self.scores_x_(x), self.scores_y_(y)
        raw = ksg_local(self.z_x_, self.z_y_, k=self.k, at=at, seed=check_seed(self.seed))
        return raw + self.correction_

    def _state(self) -> dict[str, np.ndarray]:
        ordered = {"ordered_x": self.scores_x_.ordered, "ordered_y": self.scores_y_.ordered}
        return {"x": self.z_x_, "y": self.z_y_, "correction": np.array([self.correction_]), **ordered}

    def _restore(self, state: dict[str, np.ndarray]) -> None:
        self.z_x_, self.z_y_ = state["x"], state["y"]
        self.correction_ = float(state["correction"][0])
        self.scores_x_, self.scores_y_ = Scores(state["ordered_x"]), Scores(state["ordered_y"])


def _notes(value: float, found: Correction, stderr: float) -> Iterator[str]:
    """How much is correction, and whether the copula that it rests on is the data's."""
    if abs(found.correction) > 2 * stderr:
        yield (
            f"{found.correction:+.2f} nats of this are the correction of the bias that neighbours have on a "
            "Gaussian copula with the same correlations. If the copula is another, the bias is another: "
            "compare with a method of another kind, such as infonce."
        )
    if abs(value - found.model) > 3 * stderr:
        yield (
            f"The fitted Gaussian copula has {found.model:.2f} nats, {abs(value - found.model):.2f} from the "
            "estimate: the dependence is not that of a Gaussian copula, and what neighbours miss of it is "
            "only partly corrected."
        )
