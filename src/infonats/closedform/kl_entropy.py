r"""Differential entropy by k nearest neighbours: Kozachenko and Leonenko, in the max norm.

.. math:: H = \psi(n) - \psi(k) + \frac{d}{n} \sum_i \log 2 \epsilon_i

with :math:`\epsilon_i` the max-norm distance of y_i to its k-th neighbour.

Reference: L. F. Kozachenko and N. N. Leonenko (1987), Problems of Information Transmission 23(2), 95-101;
in this form A. Kraskov, H. Stögbauer, P. Grassberger (2004), doi:10.1103/PhysRevE.69.066138, equation 20.

Assumes a density; guarantees no bound. The bias is small in one to three columns and grows with more.
"""

import numpy as np
from jaxtyping import Float64
from scipy.special import digamma

from infonats.closedform._columns import matrix
from infonats.closedform.neighbours import check_k, nearest
from infonats.errors import InputError


def kl_entropy(y: Float64[np.ndarray, "n d"], *, k: int = 3) -> float:
    """H(Y) in nats, in the units of y. Raises InputError for n <= k, and where rows are repeated."""
    return float(np.mean(kl_entropy_local(y, k=k)))


def kl_entropy_local(y: Float64[np.ndarray, "n d"], *, k: int = 3) -> Float64[np.ndarray, "n"]:
    """The local values psi(n) - psi(k) + d log(2 eps_i) in nats, whose mean is the estimate.

    Raises InputError as `kl_entropy` does.
    """
    n, d = matrix("y", y).shape
    k = check_k(k, n)
    if len(np.unique(y, axis=0)) < n:
        raise InputError(
            f"Some of the {n} rows are equal, and an entropy by nearest neighbours needs a density; leave the "
            "repeated rows or the discrete columns out, or use another estimate of the entropy."
        )
    distance, _, _ = nearest(y, y, k)
    return digamma(n) - digamma(k) + d * np.log(2.0 * distance[:, -1])
