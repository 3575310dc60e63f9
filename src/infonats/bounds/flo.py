"""FLO: the Fenchel-Legendre optimisation bound, with a second critic u(x, y) in place of a partition function.

    I(X;Y) >= 1 - E[ u(x_i, y_i) + exp(-u(x_i, y_i) + log (1/m) sum_j e^T(x_i, y_ij) - T(x_i, y_i)) ]

    with equality at T = log p(x,y)/p(x)p(y) + c(x) and u = -log p(x,y)/p(x)p(y)
Q. Guo et al. (2022), arXiv 2107.01131.
"""

from infonats._math import log_mean_exp
from infonats._shapes import Joint, Scalar
from infonats.bounds.base import Bound
from infonats.references import Reference
from infonats.scores import Scores

STEEPEST = 80.0
"""Above e^80, close to the largest number of 32 bits, the exponential goes on as its tangent."""


def flo(scores: Scores, u: Joint) -> Scalar:
    """1 - mean_i (u_i + e^(-u_i + log mean_j e^T_ij - T_ii)) in nats (Guo et al. 2022)."""
    log_e = log_mean_exp(log_mean_exp(scores.product, dim=1) - scores.joint - u)
    exponential = log_e.clamp(max=STEEPEST).exp() * (1 + (log_e - STEEPEST).clamp(min=0))
    return 1 - u.mean() - exponential


class FLO(Bound):
    """Guo et al. 2022, arXiv 2107.01131. Guarantee: a lower bound, unbiased on every batch, whatever u.

    The gradient needs no estimate of a partition function. It costs a second critic, the baseline u of the
    scores, which must learn the log ratio as well as T does.
    """

    name = "flo"
    side = "lower"
    invariance = "row shift"
    summary = "unbiased lower bound with a second critic in place of a partition function"
    reference = Reference(
        key="guo2022tight",
        authors=(
            "Guo, Qing",
            "Chen, Junya",
            "Wang, Dong",
            "Yang, Yuewei",
            "Deng, Xinwei",
            "Huang, Jing",
            "Carin, Larry",
            "Li, Fan",
            "Tao, Chenyang",
        ),
        title="Tight Mutual Information Estimation With Contrastive Fenchel-Legendre Optimization",
        year=2022,
        venue="Advances in Neural Information Processing Systems",
        arxiv="2107.01131",
    )
    needs = "pair"

    def value(self, scores: Scores) -> Scalar:
        """As `flo`, with u the baseline of the scores."""
        return flo(scores, scores.required_baseline())
