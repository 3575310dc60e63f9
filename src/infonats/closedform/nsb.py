r"""The entropy of a discrete variable by Nemenman, Shafee and Bialek: a prior that is flat in the entropy.

Under a symmetric Dirichlet prior of concentration beta on the K probabilities, a sample with counts n_i,
N in all, has the evidence and the posterior mean entropy, with kappa = K beta,

.. math:: \rho(\beta) = \frac{\Gamma(\kappa)}{\Gamma(N + \kappa)}
          \prod_i \frac{\Gamma(n_i + \beta)}{\Gamma(\beta)}, \qquad
          \langle H \rangle_\beta = \psi(N + \kappa + 1)
          - \sum_i \frac{n_i + \beta}{N + \kappa}\, \psi(n_i + \beta + 1).

One beta fixes the entropy almost, at xi(beta) = psi(K beta + 1) - psi(beta + 1), before any row is seen. So
beta gets the prior that makes xi uniform, and the estimate is

.. math:: H = \frac{\int \rho\, \langle H \rangle_\beta\, d\xi}{\int \rho\, d\xi}.

The posterior variance is the mean over beta of that of H at each beta (D. H. Wolpert, D. R. Wolf, Physical
Review E 52, 6841 (1995), doi:10.1103/PhysRevE.52.6841) plus the variance over beta of the mean.

Reference: I. Nemenman, F. Shafee, W. Bialek, "Entropy and inference, revisited", NeurIPS 14 (2002),
arXiv physics/0108025.

Assumes independent rows and a known number K of possible symbols; a K that is too large costs little where
most symbols were seen, and biases upwards where few were. Guarantees no bound.

The integral is a trapezoidal sum over log beta, which converges geometrically for a smooth integrand that
vanishes at both ends; the range is narrowed to where the integrand exceeds e^-40 of its largest value.
"""

import dataclasses

import numpy as np
from jaxtyping import Float64
from scipy.special import betaln, digamma, polygamma

from infonats.errors import InputError

POINTS = 400
"""Nodes of the sum."""
NEGLIGIBLE = 40.0
"""Below e^-NEGLIGIBLE of its largest value the integrand is left out."""
ASYMPTOTIC = 1e4
"""From this beta on the prior density comes from its expansion in 1 / beta, before digits cancel."""


def nsb(counts: Float64[np.ndarray, "s"], support: int) -> tuple[float, float]:
    """The posterior mean and standard deviation of H in nats.

    counts: of the symbols seen, all positive. support: K, how many symbols are possible, at least s. Raises
    InputError for anything else.
    """
    if not counts.size or not (counts > 0).all() or not np.isfinite(counts).all() or support < len(counts):
        raise InputError(
            f"{len(counts)} counts from {counts.min(initial=np.inf):g} to {counts.max(initial=0.0):g}, and a "
            f"support of {support}; give positive counts of the symbols seen, and a support of as many or more."
        )
    if support == 1:
        return 0.0, 0.0
    distinct, times = np.unique(counts, return_counts=True)
    seen = _Seen(distinct, times, float(support))
    log_beta = _nodes(seen)
    log_weight = seen.log_density(log_beta)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    mean, variance = seen.moments(np.exp(log_beta))
    value = float(weight @ mean)
    return value, float(np.sqrt(weight @ (variance + (mean - value) ** 2)))


@dataclasses.dataclass(frozen=True)
class _Seen:
    """The distinct counts, how many symbols have each, and the number K of possible symbols."""

    count: np.ndarray
    times: np.ndarray
    support: float

    @property
    def rows(self) -> float:
        return float(self.count @ self.times)

    def log_density(self, log_beta: np.ndarray) -> np.ndarray:
        """log(rho dxi / dlog beta), up to a constant. betaln keeps the digits that lgamma would cancel."""
        beta = np.exp(log_beta)
        evidence = betaln(self.support * beta, self.rows)
        evidence = evidence - betaln(beta[:, None], self.count) @ self.times
        return evidence + np.log(_prior_slope(beta, self.support)) + log_beta

    def moments(self, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The posterior mean and variance of H at each beta."""
        count = np.append(self.count, 0.0)
        times = np.append(self.times, self.support - self.times.sum())
        alpha = count + beta[:, None]
        total = self.rows + self.support * beta
        share, step = alpha / total[:, None], digamma(alpha + 1) - digamma(total + 1)[:, None]
        mean = -(share * step) @ times
        # (A + 1) (Var H + psi'(A + 1)) = sum q (a - sum q a)^2 + sum q (alpha + 1) psi'(alpha + 1), with the
        # sum A of all alpha, q = alpha / A and a = psi(alpha + 1): Wolpert and Wolf's moments, collected.
        spread = (step + mean[:, None]) ** 2 + (alpha + 1) * polygamma(1, alpha + 1)
        variance = (share * spread) @ times / (total + 1) - polygamma(1, total + 1)
        return mean, np.maximum(variance, 0.0)


def _prior_slope(beta: np.ndarray, support: float) -> np.ndarray:
    """The density of the prior, dxi / dbeta = K psi'(K beta + 1) - psi'(beta + 1)."""
    near = np.minimum(beta, ASYMPTOTIC)
    exact = support * polygamma(1, support * near + 1) - polygamma(1, near + 1)
    far = (1 - 1 / support) / (2 * beta**2) - (1 - 1 / support**2) / (6 * beta**3)
    return np.where(beta < ASYMPTOTIC, exact, far)


def _nodes(seen: _Seen) -> np.ndarray:
    """Evenly spaced values of log beta over the range that matters."""
    low = -np.log(seen.support) - np.log(seen.rows) - NEGLIGIBLE
    high = np.log(seen.support) + np.log(seen.rows) + NEGLIGIBLE
    while True:
        grid = np.linspace(low, high, POINTS)
        height = seen.log_density(grid)
        inside = np.flatnonzero(height > height.max() - NEGLIGIBLE)
        first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, POINTS - 1)
        if last - first > POINTS / 2:
            return grid
        low, high = grid[first], grid[last]
