"""SMILE: Donsker-Varadhan with a clipped partition function, for a critic trained by Jensen-Shannon.

    value  E_p(x,y)[T] - log E_p(x)p(y)[clip(e^T, e^-tau, e^tau)]
    train  max E_p(x,y)[-sp(-T)] - E_p(x)p(y)[sp(T)],   sp(t) = log(1 + e^t), as in `js`

J. Song and S. Ermon (2020), arXiv 1910.06222.
"""

import math

from infonats._math import PAIRS, log_mean_exp
from infonats._shapes import Each
from infonats.bounds._slopes import Sloped, softened
from infonats.bounds._sources import SONG
from infonats.bounds.base import Bound
from infonats.bounds.js import js
from infonats.errors import InputError
from infonats.scores import Scores


def smile(scores: Scores, tau: float = 5.0) -> Each:
    """mean_i T_ii - log mean_ij e^T_ij with T_ij clipped to +-tau, in nats (Song and Ermon 2020)."""
    return scores.joint.mean(-1) - log_mean_exp(scores.product.clamp(-tau, tau), PAIRS)


class SMILE(Bound):
    """Song and Ermon 2020, arXiv 1910.06222. Guarantee: none; the clipping biases the value upward.

    `tau` trades that bias for variance, which grows like e^tau; with tau infinite the value is `dv`'s.
    It over-estimates dependence through discrete latent variables.
    """

    name = "smile"
    side = "none"
    invariance = "none"
    summary = "Donsker-Varadhan clipped at e^tau, Jensen-Shannon training; small variance, biased upward"
    reference = SONG

    def __init__(self, tau: float = 5.0) -> None:
        super().__init__()
        if math.isnan(tau) or tau <= 0:
            raise InputError(f"tau is {tau!r}; it must be positive (infinite: no clipping).")
        self.tau = tau

    def value(self, scores: Scores) -> Each:
        """As `smile`."""
        return smile(scores, self.tau)

    def loss(self, scores: Scores) -> Each:
        """-`js`."""
        return -js(scores)

    def sloped(self, scores: Scores) -> Sloped:
        """As that of `JS`."""
        return -js(scores), self.value(scores), softened(scores)
