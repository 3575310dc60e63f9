"""The leave-one-out upper bound: the other x's of a batch stand for the marginal of y.

    I(X;Y) <= E[ log p(y_i|x_i) - log (1/m) sum_j p(y_i|x_ij) ],   x_ij drawn apart from y_i

The product scores of row i hold log p(y_i | x_ij): one y, many x's. From the matrix log p(y_j | x_i) of a
batch, they are the columns: `Scores.from_all_pairs(density.all_pairs(x, y).mT)`, with m = n - 1.
B. Poole et al. (2019), arXiv 1905.06922.
"""

from infonats._math import log_mean_exp
from infonats._shapes import Scalar
from infonats.bounds._sources import POOLE
from infonats.bounds.base import Bound
from infonats.scores import Scores


def l1out(scores: Scores) -> Scalar:
    """mean_i (log q(y_i|x_i) - log mean_j q(y_i|x_ij)) in nats, i not among the j (Poole et al. 2019)."""
    return (scores.joint - log_mean_exp(scores.product, dim=1)).mean()


class L1Out(Bound):
    """Poole et al. 2019, arXiv 1905.06922. Guarantee: an upper bound only for scores log p(y|x); heuristic.

    For an exact density it decreases to I as m grows; the m that it needs grows like e^I.
    """

    name = "l1out"
    side = "upper"
    heuristic = True
    invariance = "row shift"
    summary = "leave-one-out upper bound, if the conditional density is exact; else no bound"
    reference = POOLE

    def value(self, scores: Scores) -> Scalar:
        """As `l1out`."""
        return l1out(scores)
