"""Noise-contrastive estimation: was this pair drawn together, or is it one of m noise pairs?

    train  max E_p(x,y)[log s(T - log m)] + m E_p(x)p(y)[log s(log m - T)],   s(t) = 1/(1 + e^-t)
    value  E_p(x,y)[T],   optimum T = log p(x,y)/p(x)p(y)

M. Gutmann and A. Hyvarinen (2010), AISTATS; for conditional models Z. Ma and M. Collins (2018),
arXiv 1809.01812.
"""

import math

from torch.nn.functional import logsigmoid

from infonats._math import PAIRS
from infonats._shapes import Each
from infonats.bounds._slopes import Sloped, softened
from infonats.bounds.base import Bound
from infonats.references import Reference
from infonats.scores import Scores


def nce(scores: Scores) -> Each:
    """mean_i log s(T_ii - log m) + m mean_ij log s(log m - T_ij) in nats (Gutmann and Hyvarinen 2010)."""
    m = scores.product.shape[-1]
    drawn_apart = logsigmoid(math.log(m) - scores.product).mean(PAIRS)
    return logsigmoid(scores.joint - math.log(m)).mean(-1) + m * drawn_apart


class NCE(Bound):
    """Gutmann and Hyvarinen 2010; Ma and Collins 2018, arXiv 1809.01812. Guarantee: none; a plug-in.

    The loss is a strictly proper score of log ratios, normalisation and all: the one to select models by, on
    held-out data and at equal m. The value is the mean learned log ratio: what the critic gets wrong goes into
    it unchecked.
    """

    name = "nce"
    side = "none"
    invariance = "none"
    summary = "mean log ratio after logistic training against m negatives; its loss selects models"
    reference = Reference(
        key="ma2018noise",
        authors=("Ma, Zhuang", "Collins, Michael"),
        title="Noise Contrastive Estimation and Negative Sampling for Conditional Models: "
        "Consistency and Statistical Efficiency",
        year=2018,
        venue="Conference on Empirical Methods in Natural Language Processing",
        arxiv="1809.01812",
    )

    def value(self, scores: Scores) -> Each:
        """mean_i T_ii."""
        return scores.joint.mean(-1)

    def loss(self, scores: Scores) -> Each:
        """-`nce`."""
        return -nce(scores)

    def sloped(self, scores: Scores) -> Sloped:
        """-s(log m - T_ii) / n for T_ii, m s(T_ij - log m) / N for T_ij."""
        return -nce(scores), self.value(scores), softened(scores, math.log(scores.product.shape[-1]))
