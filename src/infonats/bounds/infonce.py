"""InfoNCE, the contrastive bound: which of m + 1 candidates was drawn together with x?

    I(X;Y) >= E[ T(x_i, y_i) - log (1/(m+1)) (e^T(x_i, y_i) + sum_j e^T(x_i, y_ij)) ]  <=  log(m + 1)

A. van den Oord, Y. Li and O. Vinyals (2018), arXiv 1807.03748.
"""

import math

import torch

from infonats._math import log_mean_exp
from infonats._shapes import Each
from infonats.bounds._slopes import Sloped
from infonats.bounds.base import Bound
from infonats.references import Reference
from infonats.scores import Scores


def infonce(scores: Scores) -> Each:
    """mean_i (T_ii - log mean_j e^T_ij), the positive among the j, in nats (van den Oord et al. 2018)."""
    candidates = torch.cat([scores.joint.unsqueeze(-1), scores.product], -1)
    return (scores.joint - log_mean_exp(candidates, -1)).mean(-1)


class InfoNCE(Bound):
    """van den Oord et al. 2018, arXiv 1807.03748. Guarantee: a lower bound, never above log(m + 1).

    It costs bias, which grows as I approaches the ceiling, and buys a small variance.
    """

    name = "infonce"
    side = "lower"
    invariance = "row shift"
    summary = "contrastive lower bound; stable, but never above log(negatives + 1)"
    reference = Reference(
        key="oord2018representation",
        authors=("van den Oord, Aaron", "Li, Yazhe", "Vinyals, Oriol"),
        title="Representation Learning with Contrastive Predictive Coding",
        year=2018,
        venue="arXiv preprint",
        arxiv="1807.03748",
    )

    def value(self, scores: Scores) -> Each:
        """As `infonce`."""
        return infonce(scores)

    def sloped(self, scores: Scores) -> Sloped:
        """p_ij / n for T_ij, (p_ii - 1) / n for T_ii, p_ij = e^T_ij over the sum of the candidates of x_i."""
        joint, product = scores.joint, scores.product
        peak, n = torch.maximum(product.amax(-1), joint), joint.shape[-1]
        weights, own = (product - peak.unsqueeze(-1)).exp_(), (joint - peak).exp_()
        total = weights.sum(-1).add_(own)
        value = math.log(product.shape[-1] + 1) - (total.log() + (peak - joint)).mean(-1)
        share = (total * n).reciprocal_()
        slopes = Scores(own.mul_(share).sub_(1 / n), weights.mul_(share.unsqueeze(-1)))
        return -value, value, slopes

    def ceiling(self, m: int) -> float:
        """log(m + 1): the positive itself stands in the denominator."""
        return math.log(m + 1)
