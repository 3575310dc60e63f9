"""The bound of Nguyen, Wainwright and Jordan, also called KL f-GAN or MINE-f.

    I(X;Y) >= E_p(x,y)[T] - e^-1 E_p(x)p(y)[e^T],   with equality at T = 1 + log p(x,y)/p(x)p(y)

X. Nguyen, M. J. Wainwright and M. I. Jordan (2010), arXiv 0809.0853.
"""

from torch import Tensor

from infonats._math import PAIRS, log_mean_exp
from infonats._shapes import Each
from infonats.bounds._slopes import Sloped, falling, scaled, tilted
from infonats.bounds.base import Bound
from infonats.references import Reference
from infonats.scores import Scores


def nwj(scores: Scores) -> Each:
    """mean_i T_ii - e^-1 mean_ij e^T_ij in nats (Nguyen et al. 2010)."""
    return scores.joint.mean(-1) - (log_mean_exp(scores.product, PAIRS) - 1).exp()


class NWJ(Bound):
    """Nguyen et al. 2010, arXiv 0809.0853. Guarantee: a lower bound, unbiased on every batch.

    It costs variance, which grows like e^I, and it is not invariant to a shift of the scores.
    """

    name = "nwj"
    side = "lower"
    invariance = "none"
    summary = "unbiased lower bound; variance grows with e^I"
    reference = Reference(
        key="nguyen2010estimating",
        authors=("Nguyen, XuanLong", "Wainwright, Martin J.", "Jordan, Michael I."),
        title="Estimating divergence functionals and the likelihood ratio by convex risk minimization",
        year=2010,
        venue="IEEE Transactions on Information Theory",
        arxiv="0809.0853",
        doi="10.1109/TIT.2010.2068870",
    )

    def value(self, scores: Scores) -> Each:
        """As `nwj`."""
        return nwj(scores)

    def sloped(self, scores: Scores) -> Sloped:
        """-1/n for T_ii, e^(T_ij - 1) / N for T_ij."""
        log_mean, weights = tilted(scores.product)
        partition = (log_mean - 1).exp_()
        loss = partition - scores.joint.mean(-1)
        return loss, -loss, Scores(falling(scores.joint), scaled(weights, partition))

    def log_ratio(self, t: Tensor, baseline: Tensor | None = None) -> Tensor:
        """T - 1."""
        return t - 1
