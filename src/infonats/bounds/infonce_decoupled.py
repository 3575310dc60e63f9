"""InfoNCE without the positive in the denominator: Donsker-Varadhan for each x alone.

    E[ T(x_i, y_i) - log (1/m) sum_j e^T(x_i, y_ij) ]

C.-H. Yeh et al. (2022), Decoupled Contrastive Learning, arXiv 2110.06848. With T = log p(y|x) it is the
leave-one-out bound of B. Poole et al. (2019), arXiv 1905.06922, which is an upper one.
"""

from infonats._math import log_mean_exp
from infonats._shapes import Scalar
from infonats.bounds.base import Bound
from infonats.references import Reference
from infonats.scores import Scores


def infonce_decoupled(scores: Scores) -> Scalar:
    """mean_i (T_ii - log mean_j e^T_ij), j over negatives alone, in nats (Yeh et al. 2022)."""
    return (scores.joint - log_mean_exp(scores.product, dim=1)).mean()


class InfoNCEDecoupled(Bound):
    """Yeh et al. 2022, arXiv 2110.06848. Guarantee: none.

    Without the positive below it has no ceiling, but the logarithm of a mean over m negatives is biased
    upward, as in `dv` with m in place of all pairs. The population value is a lower bound.
    """

    name = "infonce_decoupled"
    side = "none"
    invariance = "row shift"
    summary = "InfoNCE without the positive in its denominator; no ceiling, no guarantee"
    reference = Reference(
        key="yeh2022decoupled",
        authors=(
            "Yeh, Chun-Hsiao",
            "Hong, Cheng-Yao",
            "Hsu, Yen-Chi",
            "Liu, Tyng-Luh",
            "Chen, Yubei",
            "LeCun, Yann",
        ),
        title="Decoupled Contrastive Learning",
        year=2022,
        venue="European Conference on Computer Vision",
        arxiv="2110.06848",
    )

    def value(self, scores: Scores) -> Scalar:
        """As `infonce_decoupled`."""
        return infonce_decoupled(scores)
