"""The contrastive log-ratio upper bound.

    I(X;Y) <= E_p(x,y)[log p(y|x)] - E_p(x)p(y)[log p(y|x)]

With a learned q(y|x) in the place of p(y|x) it is called vCLUB, with one shuffled negative for each pair
vCLUB-S; neither is a bound, though close to one where q is close to p.
P. Cheng et al. (2020), arXiv 2006.12013.
"""

from infonats._shapes import Scalar
from infonats.bounds.base import Bound
from infonats.references import Reference
from infonats.scores import Scores


def club(scores: Scores) -> Scalar:
    """mean_i log q(y_i | x_i) - mean_ij log q(y_ij | x_i) in nats (Cheng et al. 2020)."""
    return scores.joint.mean() - scores.product.mean()


class CLUB(Bound):
    """Cheng et al. 2020, arXiv 2006.12013. Guarantee: an upper bound only for scores log p(y|x); heuristic.

    It exceeds I by KL(p(x)p(y) || p(x,y)), which for jointly Gaussian variables grows without bound.
    """

    name = "club"
    side = "upper"
    heuristic = True
    invariance = "row shift"
    summary = "contrastive upper bound, if the conditional density is exact; else no bound"
    reference = Reference(
        key="cheng2020club",
        authors=(
            "Cheng, Pengyu",
            "Hao, Weituo",
            "Dai, Shuyang",
            "Liu, Jiachang",
            "Gan, Zhe",
            "Carin, Lawrence",
        ),
        title="CLUB: A Contrastive Log-ratio Upper Bound of Mutual Information",
        year=2020,
        venue="International Conference on Machine Learning",
        arxiv="2006.12013",
    )

    def value(self, scores: Scores) -> Scalar:
        """As `club`."""
        return club(scores)
