"""MINE: the Donsker-Varadhan value with a bias-corrected gradient.

    value     E_p(x,y)[T] - log E_p(x)p(y)[e^T]
    gradient  E_p(x,y)[dT] - E_p(x)p(y)[e^T dT] / Z,   Z a moving average of the batch means of e^T

Within a batch, dv's gradient divides by that batch's own mean, and the mean of a ratio is not the
ratio of means. Averaging Z over batches removes most of that bias.
M. I. Belghazi et al. (2018), arXiv 1801.04062, section 3.2.
"""

import math

import torch
from torch import Tensor

from infonats._math import log_mean_exp
from infonats._shapes import Scalar
from infonats.bounds.base import Bound
from infonats.bounds.dv import dv
from infonats.references import Reference
from infonats.scores import Scores


def mine(scores: Scores, log_z: Tensor) -> Scalar:
    """mean_i T_ii - mean_ij e^T_ij / Z in nats; its gradient at a fixed Z is MINE's (Belghazi et al. 2018)."""
    return scores.joint.mean() - (log_mean_exp(scores.product) - log_z).exp()


class MINE(Bound):
    """Belghazi et al. 2018, arXiv 1801.04062. Guarantee: none for the plug-in value, as for `dv`.

    `rate` is the weight of the newest batch in the moving average, which is kept as a logarithm in
    buffers and starts unbiased (divided by 1 - (1 - rate)^t). Evaluation does not move it.
    """

    name = "mine"
    side = "none"
    invariance = "shift"
    summary = "Donsker-Varadhan with MINE's moving-average gradient"
    reference = Reference(
        key="belghazi2018mine",
        authors=(
            "Belghazi, Mohamed Ishmael",
            "Baratin, Aristide",
            "Rajeswar, Sai",
            "Ozair, Sherjil",
            "Bengio, Yoshua",
            "Courville, Aaron",
            "Hjelm, R Devon",
        ),
        title="Mutual Information Neural Estimation",
        year=2018,
        venue="International Conference on Machine Learning",
        arxiv="1801.04062",
    )
    log_sum: Tensor
    updates: Tensor

    def __init__(self, rate: float = 0.01) -> None:
        super().__init__()
        self.rate = rate
        self.register_buffer("log_sum", torch.tensor(-math.inf))
        self.register_buffer("updates", torch.tensor(0.0))

    def value(self, scores: Scores) -> Scalar:
        """As `infonats.functional.dv`."""
        return dv(scores)

    def loss(self, scores: Scores) -> Scalar:
        """-`mine` at the moving average in training mode, after counting this batch; -value otherwise."""
        return -mine(scores, self._average(scores)) if self.training else -self.value(scores)

    @torch.no_grad()
    def _average(self, scores: Scores) -> Tensor:
        batch = log_mean_exp(scores.product).to(self.log_sum.dtype)
        self.log_sum.copy_(torch.logaddexp(self.log_sum + math.log1p(-self.rate), batch + math.log(self.rate)))
        self.updates += 1
        return self.log_sum - torch.log(-torch.expm1(self.updates * math.log1p(-self.rate)))
