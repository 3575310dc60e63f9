"""The Donsker-Varadhan representation of a Kullback-Leibler divergence.

    I(X;Y) >= E_p(x,y)[T] - log E_p(x)p(y)[e^T],   with equality at T = log p(x,y)/p(x)p(y) + c

M. D. Donsker and S. R. S. Varadhan (1983), Communications on Pure and Applied Mathematics 36(2),
doi 10.1002/cpa.3160360204. Trained by its own gradient it is MINE's biased form (arXiv 1801.04062).

The offset c is free, so scores can drift until the batch means of e^T lose their precision. ReMINE holds c:

    loss + penalty (log E_p(x)p(y)[e^T] - target)^2

K. Choi and S. Lee (2022), arXiv 2011.07932.
"""

from infonats._math import PAIRS, log_mean_exp
from infonats._shapes import Each
from infonats.bounds._slopes import Sloped, falling, scaled, tilted
from infonats.bounds.base import Bound
from infonats.references import Reference
from infonats.scores import Scores


def dv(scores: Scores) -> Each:
    """mean_i T_ii - log mean_ij e^T_ij in nats (Donsker and Varadhan 1983)."""
    return scores.joint.mean(-1) - log_mean_exp(scores.product, PAIRS)


def drift(scores: Scores, target: float) -> Each:
    """(log mean_ij e^T_ij - target)^2 in squared nats (Choi and Lee 2022)."""
    return (log_mean_exp(scores.product, PAIRS) - target).square()


class DV(Bound):
    """Donsker and Varadhan 1983. Guarantee: none for the plug-in value.

    The population value is a lower bound; the logarithm of a sample mean is biased upward, more so as
    the variance of e^T grows with e^I. The plain gradient carries the same bias within a batch.
    `penalty` and `target` are ReMINE's, in the training loss alone; a penalty of .1 stops the drift.
    """

    name = "dv"
    side = "none"
    invariance = "shift"
    summary = "Donsker-Varadhan with its plain (biased) gradient"
    reference = Reference(
        key="donsker1983asymptotic",
        authors=("Donsker, Monroe D.", "Varadhan, S. R. Srinivasa"),
        title="Asymptotic evaluation of certain Markov process expectations for large time, IV",
        year=1983,
        venue="Communications on Pure and Applied Mathematics",
        doi="10.1002/cpa.3160360204",
    )

    def __init__(self, penalty: float = 0.0, target: float = 0.0) -> None:
        super().__init__()
        self.penalty, self.target = penalty, target

    def value(self, scores: Scores) -> Each:
        """As `dv`."""
        return dv(scores)

    def loss(self, scores: Scores) -> Each:
        """-value, plus `penalty` times the `drift` in training mode."""
        loss = -self.value(scores)
        return loss + self.penalty * drift(scores, self.target) if self.penalty and self.training else loss

    def sloped(self, scores: Scores) -> Sloped:
        """-1/n for T_ii, e^T_ij / sum e^T for T_ij."""
        log_mean, weights = tilted(scores.product)
        value = scores.joint.mean(-1) - log_mean
        loss = -value
        if self.penalty:
            apart = log_mean - self.target
            loss = loss + self.penalty * apart.square()
            weights = scaled(weights, 1 + 2 * self.penalty * apart)
        return loss, value, Scores(falling(scores.joint), weights)
