"""The Jensen-Shannon objective for training, and the NWJ value of the log ratio that it learns.

    train  max E_p(x,y)[-sp(-T)] - E_p(x)p(y)[sp(T)],   sp(t) = log(1 + e^t), optimum T = log p(x,y)/p(x)p(y)
    value  E_p(x,y)[T] + 1 - E_p(x)p(y)[e^T],           which is NWJ at T + 1

S. Nowozin, B. Cseke and R. Tomioka (2016), arXiv 1606.00709; R D. Hjelm et al. (2019), arXiv 1808.06670;
for the value B. Poole et al. (2019), arXiv 1905.06922.
"""

from torch.nn.functional import softplus

from infonats._math import PAIRS, log_mean_exp
from infonats._shapes import Each
from infonats.bounds._slopes import Sloped, softened
from infonats.bounds.base import Bound
from infonats.references import Reference
from infonats.scores import Scores


def js(scores: Scores) -> Each:
    """-mean_i sp(-T_ii) - mean_ij sp(T_ij) in nats: at most 2 D_JS - log 4 (Nowozin et al. 2016)."""
    return -softplus(-scores.joint).mean(-1) - softplus(scores.product).mean(PAIRS)


class JS(Bound):
    """Nowozin et al. 2016, arXiv 1606.00709. Guarantee: the value is a lower bound, unbiased on every batch.

    Training is stable: the gradient of each pair is bounded. The value has the variance of `nwj`.
    """

    name = "js"
    side = "lower"
    invariance = "none"
    summary = "stable Jensen-Shannon training; evaluated as nwj, an unbiased lower bound"
    reference = Reference(
        key="nowozin2016fgan",
        authors=("Nowozin, Sebastian", "Cseke, Botond", "Tomioka, Ryota"),
        title="f-GAN: Training Generative Neural Samplers using Variational Divergence Minimization",
        year=2016,
        venue="Advances in Neural Information Processing Systems",
        arxiv="1606.00709",
    )

    def value(self, scores: Scores) -> Each:
        """mean_i T_ii + 1 - mean_ij e^T_ij."""
        return scores.joint.mean(-1) + 1 - log_mean_exp(scores.product, PAIRS).exp()

    def loss(self, scores: Scores) -> Each:
        """-`js`."""
        return -js(scores)

    def sloped(self, scores: Scores) -> Sloped:
        """-s(-T_ii) / n for T_ii, s(T_ij) / N for T_ij, s(t) = 1/(1 + e^-t)."""
        return -js(scores), self.value(scores), softened(scores)
