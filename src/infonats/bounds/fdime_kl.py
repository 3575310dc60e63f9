"""f-DIME, the Kullback-Leibler divergence: train the ratio, then average its logarithm.

    train  max E_p(x,y)[log D] - E_p(x)p(y)[D] + 1,   D = e^T, optimum D = p(x,y)/p(x)p(y)
    value  E_p(x,y)[log D] = E_p(x,y)[T]

N. A. Letizia, N. Novello and A. M. Tonello (2024), arXiv 2305.20025, where negatives are derangements of the
batch: a permutation with fixed points caps the estimate.
"""

from infonats._math import log_mean_exp
from infonats._shapes import Scalar
from infonats.bounds._sources import LETIZIA
from infonats.bounds.base import Bound
from infonats.scores import Scores


def fdime_kl(scores: Scores) -> Scalar:
    """mean_i T_ii - mean_ij e^T_ij + 1 in nats, a lower bound of I (Letizia et al. 2024)."""
    return scores.joint.mean() - log_mean_exp(scores.product).exp() + 1


class FDimeKL(Bound):
    """Letizia et al. 2024, arXiv 2305.20025. Guarantee: none; the mean learned log ratio is a plug-in.

    It leaves out the noisy partition function, so its variance stays small where I is large; what the
    critic gets wrong goes into the value unchecked. The training loss has the variance of `nwj`.
    """

    name = "fdime_kl"
    side = "none"
    invariance = "none"
    summary = "mean log ratio after Kullback-Leibler training; small variance, unchecked bias"
    reference = LETIZIA

    def value(self, scores: Scores) -> Scalar:
        """mean_i T_ii."""
        return scores.joint.mean()

    def loss(self, scores: Scores) -> Scalar:
        """-`fdime_kl`."""
        return -fdime_kl(scores)
