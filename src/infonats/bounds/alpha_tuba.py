"""alpha-TUBA: TUBA whose baseline lies between InfoNCE's partition function and a constant.

    I(X;Y) >= 1 + E_p(x,y)[T - log b] - E_p(x)p(y)[e^T / b]
    b = alpha (1/m) sum of e^T over m candidates + (1 - alpha) a

    The scored y is one of the m candidates in both terms: the positive and m - 1 negatives, on average over
    the one left out, in the first; m negatives in the second.
B. Poole, S. Ozair, A. van den Oord, A. A. Alemi and G. Tucker (2019), arXiv 1905.06922, section 2.4.
"""

import math

import torch

from infonats._math import leave_one_out_logsumexp, log_mean_exp
from infonats._shapes import Scalar
from infonats.bounds._sources import POOLE
from infonats.bounds.base import Bound
from infonats.errors import InputError
from infonats.scores import Scores


def alpha_tuba(scores: Scores, alpha: float, log_a: float) -> Scalar:
    """1 + mean_ij (T_ii - log b_i without j) - mean_ij e^T_ij / b_i in nats (Poole et al. 2019)."""
    t, m = scores.product, scores.product.shape[1]
    log_rest = t.new_tensor(math.log1p(-alpha) + log_a if alpha < 1 else -math.inf)
    log_b_joint = torch.logaddexp(leave_one_out_logsumexp(scores.joint, t) + math.log(alpha / m), log_rest)
    log_b_product = torch.logaddexp(log_mean_exp(t, dim=1) + math.log(alpha), log_rest)
    marginal = log_mean_exp(t - log_b_product[:, None]).exp()
    return 1 + (scores.joint[:, None] - log_b_joint).mean() - marginal


class AlphaTUBA(Bound):
    """Poole et al. 2019, arXiv 1905.06922. Guarantee: a lower bound, never above 1 + log(m / alpha).

    `alpha` in (0, 1] trades InfoNCE's bias (alpha = 1, ceiling log m) for the variance of TUBA (alpha to 0)
    with the constant baseline `log_a`.
    """

    name = "alpha_tuba"
    side = "lower"
    invariance = "none"
    summary = "lower bound between infonce (alpha = 1) and tuba (alpha to 0): bias against variance"
    reference = POOLE

    def __init__(self, alpha: float = 0.5, log_a: float = 0.0) -> None:
        super().__init__()
        if not 0 < alpha <= 1:
            raise InputError(f"alpha is {alpha!r}; it must be above 0 and at most 1.")
        self.alpha, self.log_a = alpha, log_a

    def value(self, scores: Scores) -> Scalar:
        """As `alpha_tuba`."""
        return alpha_tuba(scores, self.alpha, self.log_a)

    def ceiling(self, m: int) -> float:
        """log(m / alpha), and 1 more where alpha < 1 lets the second term vanish."""
        return math.log(m / self.alpha) + (self.alpha < 1)

    def log_ratio(self, t: torch.Tensor, baseline: torch.Tensor | None = None) -> torch.Tensor:
        """T - log a."""
        return t - self.log_a
