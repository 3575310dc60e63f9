"""f-DIME, the squared Hellinger distance: train a root of the ratio, then average its logarithm.

    train  max 2 - E_p(x,y)[D] - E_p(x)p(y)[1/D],   D = e^(-T/2), optimum D^2 = p(x)p(y)/p(x,y)
    value  E_p(x,y)[log 1/D^2] = E_p(x,y)[T]

N. A. Letizia, N. Novello and A. M. Tonello (2024), arXiv 2305.20025, where negatives are derangements of the
batch: a permutation with fixed points caps the estimate.
"""

from infonats._math import log_mean_exp
from infonats._shapes import Scalar
from infonats.bounds._sources import LETIZIA
from infonats.bounds.base import Bound
from infonats.scores import Scores


def fdime_hd(scores: Scores) -> Scalar:
    """2 - mean_i e^(-T_ii/2) - mean_ij e^(T_ij/2) in nats (Letizia et al. 2024)."""
    return 2 - log_mean_exp(-scores.joint / 2).exp() - log_mean_exp(scores.product / 2).exp()


class FDimeHD(Bound):
    """Letizia et al. 2024, arXiv 2305.20025. Guarantee: none; the mean learned log ratio is a plug-in.

    Its exponents are half of those in `fdime_kl`, on both sides: a training loss of less variance at large
    I, and more weight on pairs that the critic holds to be independent.
    """

    name = "fdime_hd"
    side = "none"
    invariance = "none"
    summary = "mean log ratio after squared Hellinger training; small variance, unchecked bias"
    reference = LETIZIA

    def value(self, scores: Scores) -> Scalar:
        """mean_i T_ii."""
        return scores.joint.mean()

    def loss(self, scores: Scores) -> Scalar:
        """-`fdime_hd`."""
        return -fdime_hd(scores)
