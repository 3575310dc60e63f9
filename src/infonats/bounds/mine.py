"""MINE: the Donsker-Varadhan value with a bias-corrected gradient.

    value     E_p(x,y)[T] - log E_p(x)p(y)[e^T]
    gradient  E_p(x,y)[dT] - E_p(x)p(y)[e^T dT] / Z,   Z a moving average of the batch means of e^T

Within a batch, dv's gradient divides by that batch's own mean, and the mean of a ratio is not the
ratio of means. Averaging Z over batches removes most of that bias.
M. I. Belghazi et al. (2018), arXiv 1801.04062, section 3.2.
"""

import torch
from torch import Tensor

from infonats._math import PAIRS, log_mean_exp
from infonats._shapes import Each
from infonats.bounds._moving_average import START, count
from infonats.bounds._slopes import Sloped, falling, scaled, tilted
from infonats.bounds.base import Bound
from infonats.bounds.dv import dv
from infonats.references import Reference
from infonats.scores import Scores


def mine(scores: Scores, log_z: Tensor) -> Each:
    """mean_i T_ii - mean_ij e^T_ij / Z in nats; its gradient at a fixed Z is MINE's (Belghazi et al. 2018)."""
    return scores.joint.mean(-1) - (log_mean_exp(scores.product, PAIRS) - log_z).exp()


class MINE(Bound):
    """Belghazi et al. 2018, arXiv 1801.04062. Guarantee: none for the plug-in value, as for `dv`.

    `rate` is the weight of the newest batch in the moving average, which is kept as a logarithm in
    buffers and starts unbiased (divided by 1 - (1 - rate)^t). Evaluation does not move it. The biased form,
    without a moving average, is `dv`; the f-divergence form is `nwj`. `penalty` and `target` are ReMINE's,
    as in `dv`.
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

    def __init__(self, rate: float = 0.01, penalty: float = 0.0, target: float = 0.0) -> None:
        super().__init__()
        self.rate, self.penalty, self.target = rate, penalty, target
        self.register_buffer("log_sum", torch.tensor(START[0]))
        self.register_buffer("updates", torch.tensor(START[1]))

    def value(self, scores: Scores) -> Each:
        """As `infonats.functional.dv`."""
        return dv(scores)

    def loss(self, scores: Scores) -> Each:
        """-`mine` at the moving average in training mode, after counting this batch; -value otherwise."""
        return self._counted(scores)[0] if self.training else -self.value(scores)

    def sloped(self, scores: Scores) -> Sloped:
        """-1/n for T_ii, e^T_ij / N Z for T_ij, after counting this batch."""
        mean, (log_mean, weights) = scores.joint.mean(-1), tilted(scores.product)
        slope = (log_mean - count(self.log_sum, self.updates, log_mean, self.rate)).exp()
        loss = slope - mean
        if self.penalty:
            apart = log_mean - self.target
            loss, slope = loss + self.penalty * apart.square(), slope + 2 * self.penalty * apart
        return loss, mean - log_mean, Scores(falling(scores.joint), scaled(weights, slope))

    def measured(self, scores: Scores) -> tuple[Each, Each]:
        """As `loss` and `value`, in training from one mean of e^T."""
        own = self.training and type(self) is MINE
        return self._counted(scores) if own else super().measured(scores)

    def _counted(self, scores: Scores) -> tuple[Each, Each]:
        """-`mine` after counting this batch, and `dv` of it."""
        mean, log_mean = scores.joint.mean(-1), log_mean_exp(scores.product, PAIRS)
        log_z = count(self.log_sum, self.updates, log_mean.detach(), self.rate)
        loss = (log_mean - log_z).exp() - mean
        if self.penalty:
            loss = loss + self.penalty * (log_mean - self.target).square()
        return loss, (mean - log_mean).detach()
