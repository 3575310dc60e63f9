"""InfoNCE-anchor: which of m candidates was drawn together with x, or none of them?

    train  max  m/(m + nu) E[log r(x, y_1) / (nu + sum_j r(x, y_j))]
              + nu/(m + nu) E[log nu / (nu + sum_j r(x, y_j))],   r = e^T, optimum r = p(x,y)/p(x)p(y)
    value  E_p(x,y)[log r] = E_p(x,y)[T]

    The candidates of the first term are the positive and m - 1 negatives, on average over the one left out;
    those of the second, where the answer is "none", m negatives.
J. J. Ryu, P. Yeddanapudi, X. Xu and G. W. Wornell (2026), arXiv 2510.25983.
"""

import math

import torch

from infonats._math import leave_one_out_logsumexp
from infonats._shapes import Scalar
from infonats.bounds.base import Bound
from infonats.errors import InputError
from infonats.references import Reference
from infonats.scores import Scores


def infonce_anchor(scores: Scores, nu: float = 1.0) -> Scalar:
    """The mean log probability of the right answer, in nats, with m negatives (Ryu et al. 2026)."""
    t, m = scores.product, scores.product.shape[1]
    log_nu = torch.full_like(scores.joint, math.log(nu))
    which = scores.joint[:, None] - leave_one_out_logsumexp(torch.logaddexp(scores.joint, log_nu), t)
    none = log_nu - torch.logaddexp(torch.logsumexp(t, dim=1), log_nu)
    return (m * which.mean() + nu * none.mean()) / (m + nu)


class InfoNCEAnchor(Bound):
    """Ryu et al. 2026, arXiv 2510.25983. Guarantee: none; the mean learned log ratio is a plug-in.

    InfoNCE leaves an offset c(x) unlearned and has a ceiling; the answer "none of these", of weight `nu`,
    fixes the first and lifts the second. A proper score: one negative and nu = 1 make it logistic regression.
    What the critic gets wrong goes into the value unchecked.
    """

    name = "infonce_anchor"
    side = "none"
    invariance = "none"
    summary = "mean log ratio after InfoNCE training with an answer 'none'; small variance, unchecked bias"
    reference = Reference(
        key="ryu2026contrastive",
        authors=("Ryu, J. Jon", "Yeddanapudi, Pavan", "Xu, Xiangxiang", "Wornell, Gregory W."),
        title="Contrastive Predictive Coding Done Right for Mutual Information Estimation",
        year=2026,
        venue="International Conference on Learning Representations",
        arxiv="2510.25983",
    )

    def __init__(self, nu: float = 1.0) -> None:
        super().__init__()
        if not 0 < nu < math.inf:
            raise InputError(f"nu is {nu!r}; it must be a positive number.")
        self.nu = nu

    def value(self, scores: Scores) -> Scalar:
        """mean_i T_ii."""
        return scores.joint.mean()

    def loss(self, scores: Scores) -> Scalar:
        """-`infonce_anchor`."""
        return -infonce_anchor(scores, self.nu)
