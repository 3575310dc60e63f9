"""TUBA, the bound of Barber and Agakov with a tractable, unnormalised baseline a(x).

    I(X;Y) >= 1 + E_p(x,y)[T - log a(x)] - E_p(x)p(y)[e^T / a(x)]

    with equality at T = log a(x) + log p(x,y)/p(x)p(y); the best a(x) for a given T is E_p(y)[e^T]

B. Poole, S. Ozair, A. van den Oord, A. A. Alemi and G. Tucker (2019), arXiv 1905.06922, section 2.1.
"""

from typing import Literal

import torch
from torch import Tensor

from infonats._math import log_mean_exp
from infonats._shapes import Joint, Scalar
from infonats._types import Needs
from infonats.bounds._moving_average import START, count, log_average
from infonats.bounds._sources import POOLE
from infonats.bounds.base import Bound
from infonats.errors import InputError
from infonats.scores import Scores


def tuba(scores: Scores, log_a: Joint) -> Scalar:
    """1 + mean_i (T_ii - log a_i) - mean_ij e^T_ij / a_i in nats (Poole et al. 2019)."""
    marginal = log_mean_exp(scores.product - log_a[:, None]).exp()
    return 1 + (scores.joint - log_a).mean() - marginal


class TUBA(Bound):
    """Poole et al. 2019, arXiv 1905.06922. Guarantee: a lower bound, unbiased on every batch, whatever a(x).

    It costs variance, which grows like e^I. `baseline` is "learned" (a function of x, trained along), a
    number (a constant log a; 1 gives `nwj`), or "moving average": of the batch means of e^T, the newest of
    weight `rate`, which is counted in training alone and gives the gradient of `mine`.
    """

    name = "tuba"
    side = "lower"
    invariance = "none"
    summary = "unbiased lower bound with a learned baseline a(x); variance grows with e^I"
    reference = POOLE
    needs = "x"
    log_sum: Tensor
    updates: Tensor

    def __init__(
        self, baseline: Literal["learned", "moving average"] | float = "learned", rate: float = 0.01
    ) -> None:
        super().__init__()
        if isinstance(baseline, str) and baseline not in ("learned", "moving average"):
            raise InputError(f"baseline is {baseline!r}; give 'learned', 'moving average' or a number, log a.")
        self.baseline, self.rate = baseline, rate
        self.needs: Needs = "x" if baseline == "learned" else "nothing"
        self.register_buffer("log_sum", torch.tensor(START[0]))
        self.register_buffer("updates", torch.tensor(START[1]))

    def value(self, scores: Scores) -> Scalar:
        """As `tuba`, with this bound's baseline."""
        learned = scores.required_baseline() if self.needs == "x" else None
        return tuba(scores, self._log_a(scores.joint, learned))

    def loss(self, scores: Scores) -> Scalar:
        """-value, after counting this batch in the moving average in training mode."""
        if self.training and self.baseline == "moving average":
            count(self.log_sum, self.updates, log_mean_exp(scores.product), self.rate)
        return -self.value(scores)

    def log_ratio(self, t: Tensor, baseline: Tensor | None = None) -> Tensor:
        """T - log a(x)."""
        return t - self._log_a(t, baseline)

    def _log_a(self, t: Tensor, learned: Tensor | None) -> Tensor:
        if learned is not None and self.needs == "x":
            return learned
        if isinstance(self.baseline, str):
            return log_average(self.log_sum, self.updates, self.rate).to(t.dtype).expand_as(t)
        return torch.full_like(t, self.baseline)
