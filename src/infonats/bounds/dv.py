"""The Donsker-Varadhan representation of a Kullback-Leibler divergence.

    I(X;Y) >= E_p(x,y)[T] - log E_p(x)p(y)[e^T],   with equality at T = log p(x,y)/p(x)p(y) + c

M. D. Donsker and S. R. S. Varadhan (1983), Communications on Pure and Applied Mathematics 36(2),
doi 10.1002/cpa.3160360204.
"""

from infonats._math import log_mean_exp
from infonats._shapes import Scalar
from infonats.bounds.base import Bound
from infonats.references import Reference
from infonats.scores import Scores


def dv(scores: Scores) -> Scalar:
    """mean_i T_ii - log mean_ij e^T_ij in nats (Donsker and Varadhan 1983)."""
    return scores.joint.mean() - log_mean_exp(scores.product)


class DV(Bound):
    """Donsker and Varadhan 1983. Guarantee: none for the plug-in value.

    The population value is a lower bound; the logarithm of a sample mean is biased upward, more so as
    the variance of e^T grows with e^I. The plain gradient carries the same bias within a batch.
    """

    name = "dv"
    side = "none"
    invariance = "shift"
    summary = "Donsker-Varadhan with its plain (biased) gradient"
    reference = Reference(
        key="donsker1983asymptotic",
        authors=("Donsker, Monroe D.", "Varadhan, S. R. Srinivasa"),
        title="Asymptotic evaluation of certain Markov process expectations for large time, IV",
        year=1983,
        venue="Communications on Pure and Applied Mathematics",
        doi="10.1002/cpa.3160360204",
    )

    def value(self, scores: Scores) -> Scalar:
        """As `dv`."""
        return dv(scores)
