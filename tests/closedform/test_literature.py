"""Values that the literature states, each with its source and a derivation where it is short."""

import numpy as np
import pytest
from scipy.special import digamma

from infonats.closedform import entropy_of_counts, ksg_error, lnc_error, wkl_error

ESTIMATORS = pytest.mark.parametrize("estimate", [ksg_error, wkl_error, lnc_error])


def gamma_exponential(theta, n, seed=0):
    """x of a gamma law of shape theta, y exponential at rate x: p = x^theta e^(-x - x y) / Gamma(theta)."""
    rng = np.random.default_rng(seed)
    x = rng.gamma(theta, size=(n, 1))
    return x, rng.exponential(size=(n, 1)) / x


def weinman(theta, n, seed=0):
    """x exponential at rate 2, then y later by an exponential time of mean theta."""
    rng = np.random.default_rng(seed)
    x = rng.exponential(0.5, size=(n, 1))
    return x, x + theta * rng.exponential(size=(n, 1))


@ESTIMATORS
@pytest.mark.parametrize("theta", [0.5, 1.0, 3.0])
def test_gamma_exponential(estimate, theta):
    """I = psi(theta + 1) - log theta: G. A. Darbellay, I. Vajda, IEEE Trans. Inf. Theory 46, 709-712 (2000).

    Also the test of Kraskov et al. 2004, section III. E log x = psi(theta), and 1 + y is Pareto of index theta.
    Logarithms leave I as it is and take the long tails off.
    """
    x, y = gamma_exponential(theta, 2000)
    local, stderr = estimate(np.log(x), np.log(y))
    assert abs(local.mean() - (digamma(theta + 1) - np.log(theta))) < 3 * stderr


@ESTIMATORS
@pytest.mark.parametrize("theta", [0.2, 1.0, 3.0])
def test_ordered_weinman_exponential(estimate, theta):
    """The same source: log((1 - 2t) / 2t) + psi(1 / (1 - 2t)) - psi(1) for t < 1/2, else as below.

    Estimated from log x and the logarithm of y. The support ends at y = x, an edge that entropies by neighbours
    blur: 0.05 nats are allowed for it.
    """
    if theta < 0.5:
        truth = np.log((1 - 2 * theta) / (2 * theta)) + digamma(1 / (1 - 2 * theta)) - digamma(1)
    else:
        truth = np.log((2 * theta - 1) / (2 * theta)) + digamma(2 * theta / (2 * theta - 1)) - digamma(1)
    x, y = weinman(theta, 2000)
    local, stderr = estimate(np.log(x), np.log(y))
    assert abs(local.mean() - truth) < 3 * stderr + 0.05


def test_grassbergers_numbers():
    """G_1 = -gamma - log 2, G_2 = 2 - gamma - log 2, G_2m+1 = G_2m, G_2m+2 = G_2m + 2 / (2m + 1).

    P. Grassberger, "Entropy estimates from insufficient samplings" (2003), arXiv physics/0307138. One symbol
    seen m times in m rows has the entropy log m - G_m.
    """

    def g(m):
        return np.log(m) - entropy_of_counts(np.array([float(m)]), correction="grassberger")

    assert g(1) == pytest.approx(-np.euler_gamma - np.log(2), abs=1e-12)
    assert g(2) == pytest.approx(2 - np.euler_gamma - np.log(2), abs=1e-12)
    for m in range(2, 40, 2):
        assert g(m + 1) == pytest.approx(g(m), abs=1e-12)
        assert g(m + 2) == pytest.approx(g(m) + 2 / (m + 1), abs=1e-12)
