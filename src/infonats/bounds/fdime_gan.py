"""f-DIME, the divergence of the GAN: train a classifier, then average its log odds.

    train  max E_p(x,y)[log(1 - D)] + E_p(x)p(y)[log D],
           D = 1/(1 + e^T), optimum D = p(x)p(y)/(p(x,y) + p(x)p(y))
    value  E_p(x,y)[log (1 - D)/D] = E_p(x,y)[T]

N. A. Letizia, N. Novello and A. M. Tonello (2024), arXiv 2305.20025, where negatives are derangements of the
batch: a permutation with fixed points caps the estimate.
"""

from torch.nn.functional import logsigmoid

from infonats._shapes import Scalar
from infonats.bounds._sources import LETIZIA
from infonats.bounds.base import Bound
from infonats.scores import Scores


def fdime_gan(scores: Scores) -> Scalar:
    """mean_i log(1 - D_ii) + mean_ij log D_ij in nats with D = 1/(1 + e^T) (Letizia et al. 2024)."""
    return logsigmoid(scores.joint).mean() + logsigmoid(-scores.product).mean()


class FDimeGAN(Bound):
    """Letizia et al. 2024, arXiv 2305.20025. Guarantee: none; the mean learned log ratio is a plug-in.

    The objective is that of `js`, with gradients bounded pair by pair, and nothing in the value is an
    exponential: the steadiest of the three. What the critic gets wrong goes into the value unchecked.
    """

    name = "fdime_gan"
    side = "none"
    invariance = "none"
    summary = "mean log ratio after Jensen-Shannon training; small variance, unchecked bias"
    reference = LETIZIA

    def value(self, scores: Scores) -> Scalar:
        """mean_i T_ii."""
        return scores.joint.mean()

    def loss(self, scores: Scores) -> Scalar:
        """-`fdime_gan`."""
        return -fdime_gan(scores)
