"""The log ratio of mixtures of Gaussians that scores every x with every y, in closed form.

What `infonats.inference.PairScorer` asks for, by the quadratic forms of `infonats.estimators.auto_ratios`.
"""

import dataclasses
import warnings
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from torch import Tensor

from infonats._math import log_sum_exp
from infonats.estimators.auto_ratios import Form

STARTS, SCREEN_ROWS = 3, 2000
"""EM finds a local optimum: the best of so many starts, on so many rows at least, goes on with all rows."""

LEAST_VARIANCE = 1e-6
"""What is added to the variances of a mixture's components, in units of a column's own."""


@dataclasses.dataclass(frozen=True, eq=False)
class MixtureRatio:
    """log p(x,y) - log p(x) - log p(y) of a mixture of Gaussians, fitted to robustly scaled columns.

    A maximum-likelihood fit by EM (A. P. Dempster, N. M. Laird, D. B. Rubin, JRSS B 39, 1-38, 1977); the
    marginals of such a mixture are mixtures themselves, so the ratio is exact for the fitted density.
    """

    centre: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    dx: int

    @classmethod
    def fit(cls, x: np.ndarray, y: np.ndarray, components: int, seed: int) -> Self:
        """Fit `components` Gaussians to rows x (n, dx) and y (n, dy)."""
        rows = np.hstack([x, y])
        low, centre, high = np.quantile(rows, [0.25, 0.5, 0.75], axis=0)
        scale = np.where(high > low, high - low, np.maximum(rows.std(0), np.finfo(float).tiny))
        rows = (rows - centre) / scale
        model = GaussianMixture(
            components,
            reg_covar=LEAST_VARIANCE,
            init_params="k-means++",
            max_iter=200,
            n_init=STARTS,
            random_state=seed % 2**32,
            warm_start=True,
        )
        with warnings.catch_warnings():  # a mixture that has not converged is scored as it is
            warnings.simplefilter("ignore", ConvergenceWarning)
            for some in _screened(rows):
                model.fit(some)
        weights, means, covariances = (
            np.asarray(part) for part in (model.weights_, model.means_, model.covariances_)
        )
        return cls(centre, scale, weights, means, covariances, x.shape[1])

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        """The scaled columns of both sides."""
        u, v = (x - self.centre[: self.dx]), (y - self.centre[self.dx :])
        return torch.from_numpy(u / self.scale[: self.dx]), torch.from_numpy(v / self.scale[self.dx :])

    def scorer(self) -> "MixtureScorer":
        """What scores all pairs in these coordinates."""
        return MixtureScorer(self)


def _screened(rows: np.ndarray) -> list[np.ndarray]:
    """Rows on which the starts are compared, up to a quarter of them, and all, on which the best goes on."""
    apart = min(len(rows) // SCREEN_ROWS, 4)
    return [rows[::apart], rows] if apart > 1 else [rows]


class MixtureScorer:
    """The log ratio of a fitted mixture for all pairs of scaled rows."""

    def __init__(self, mixture: MixtureRatio) -> None:
        self.logs = np.log(np.maximum(mixture.weights, np.finfo(float).tiny))
        fitted = zip(mixture.covariances, mixture.means, strict=True)
        self.forms = [Form(covariance, mixture.dx, mean) for covariance, mean in fitted]

    def all_pairs(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "m dy"]) -> Float[Tensor, "n m"]:
        """The log ratio in nats of every x with every y; the factors of 2 pi cancel."""
        joint, of_x, of_y = [], [], []
        for log_weight, form in zip(self.logs, self.forms, strict=True):
            (q_x, q_y), (whole, det_x, det_y) = form.alone(x, y), form.log_determinants
            joint.append((log_weight - (form.joint(x, y) + whole) / 2).numpy())
            of_x.append((log_weight - (q_x + det_x) / 2).numpy())
            of_y.append((log_weight - (q_y + det_y) / 2).numpy())
        return torch.from_numpy(log_sum_exp(joint) - log_sum_exp(of_x)[:, None] - log_sum_exp(of_y))
