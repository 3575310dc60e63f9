r"""Nearest neighbours on normal scores, corrected by what they lose on the fitted Gaussian copula.

.. math:: I = \text{KSG}(z_x, z_y) + \Big[ I(R) - \frac1S \sum_s \text{KSG}(z^{(s)}_x, z^{(s)}_y) \Big],
          \qquad I(R) = -\frac12 \sum_i \log(1 - \rho_i^2)

z are normal scores (`gaussian_copula`), R their correlations, rho_i the canonical correlations in R, and z^(s)
are samples of as many rows from the Gaussian copula of R. Correlations of a sample overstate the information:
those between x and y are multiplied by the number t <= 1 that makes I(R) the bias-corrected value of
`gaussian`, or 0 where that is below. The bracket is then minus the bias of KSG where the copula is Gaussian:
a parametric bootstrap (B. Efron, R. Tibshirani, Statistical Science 1, 54-75, 1986, doi:10.1214/ss/1177013815)
of the estimator of A. Kraskov et al. (2004, doi:10.1103/PhysRevE.69.066138).

Assumes independent rows with a joint density. Guarantees neither a lower nor an upper bound. Bias: nearly none
for Gaussian copulas of any marginals (below 0.03 of 1 nat in 10 + 10 columns at 1000 rows, where `ksg` loses
0.6). Elsewhere KSG loses something else, and the bracket is only as good as the likeness: for t copulas with
3 degrees of freedom in 5 + 5 columns it takes back three quarters of 0.4 nats; dependence that leaves no
correlation between scores gets no correction at all, and `ksg`'s bias stays as it is (y = |x| + noise in
3 + 3 columns: -0.8 of 1.5 nats). `benchmarks/knn.py --bias` measures these figures.

The standard error adds to that of KSG (`_influence`) the spread of the simulations and the error of R, which
moves the bracket by about its ratio to I(R); the first and the last go together, so they add up linearly.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from infonats.closedform._columns import Rows, paired
from infonats.closedform._stderr import standard_error
from infonats.closedform.gaussian import Canonical
from infonats.closedform.gaussian_copula import Scores, normal_scores
from infonats.closedform.ksg import ksg, ksg_error, ksg_local
from infonats.errors import InputError


def ksg_copula(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    simulations: int = 8,
    seed: int = 0,
) -> float:
    """I(X;Y) in nats by neighbours on normal scores, corrected on `simulations` (an even number) samples.

    Raises InputError as `ksg` and `gaussian` do, and for a number of simulations that is odd or below 4.
    """
    return float(np.mean(ksg_copula_local(x, y, k=k, simulations=simulations, seed=seed)))


def ksg_copula_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    simulations: int = 8,
    at: tuple[Rows, Rows] | None = None,
    seed: int = 0,
) -> Float64[np.ndarray, "m"]:
    """The local values in nats, the correction spread evenly; at new rows with `at`. Raises as `ksg_copula`."""
    scores_x, scores_y = Scores.of(x), Scores.of(y)
    model = Fitted.to(scores_x(x), scores_y(y))
    points = None if at is None else (scores_x(at[0]), scores_y(at[1]))
    raw = ksg_local(model.x, model.y, k=k, at=points, seed=seed)
    return raw + model.corrected(list(model.simulate(k, simulations, seed))).correction


def ksg_copula_error(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    simulations: int = 8,
    seed: int = 0,
) -> tuple[Float64[np.ndarray, "n"], float]:
    """The local values and the standard error of their mean, in nats. Raises as `ksg_copula` does."""
    model = Fitted.to(normal_scores(x), normal_scores(y))
    local, error = ksg_error(model.x, model.y, k=k, seed=seed)
    found = model.corrected(list(model.simulate(k, simulations, seed)))
    return local + found.correction, found.stderr(error)


@dataclasses.dataclass(frozen=True)
class Correction:
    """What is added to KSG in nats, the information `model` of the copula, and what its errors are.

    `spread` is the standard error of the simulations' mean, `inherited` that from the copula's correlations.
    """

    correction: float
    model: float
    spread: float
    inherited: float

    def stderr(self, neighbours: float) -> float:
        """The standard error of the corrected value, given that of KSG."""
        return float(np.hypot(neighbours + self.inherited, self.spread))


@dataclasses.dataclass(frozen=True)
class Fitted:
    """The Gaussian copula of scores x (n, dx) and y (n, dy): the square root of its correlations, and I(R)."""

    x: np.ndarray
    y: np.ndarray
    root: np.ndarray
    information: float
    error: float

    @classmethod
    def to(cls, x: Rows, y: Rows) -> "Fitted":
        """The copula of normal scores. Raises InputError as `gaussian` does."""
        x, y = paired(x, y)
        canonical, dx = Canonical.fit(x, y), x.shape[1]
        shrink = _shrinkage(canonical.rho, max(0.0, canonical.value(True)))
        correlations = np.corrcoef(np.hstack([x, y]).T)
        correlations[:dx, dx:] *= shrink
        correlations[dx:, :dx] *= shrink
        variances, axes = np.linalg.eigh(correlations)
        # The symmetric root: sides that change places change its rows and columns and nothing else.
        root = axes * np.sqrt(np.maximum(variances, 0.0)) @ axes.T
        error = standard_error(canonical.local(x, y, False), degrees=x.shape[1] * y.shape[1])
        return cls(x, y, root, _information(shrink * canonical.rho), error)

    def simulate(self, k: int, simulations: int, seed: int) -> Iterator[float]:
        """KSG of each simulated sample, in pairs whose noise changes sides, so that I(X;Y) = I(Y;X)."""
        if isinstance(simulations, bool) or simulations < 4 or simulations % 2:
            raise InputError(
                f"simulations is {simulations!r}; samples are drawn in pairs, so give an even number from 4 on."
            )
        rng = np.random.default_rng(seed)
        (n, dx), dy = self.x.shape, self.y.shape[1]
        for _ in range(simulations // 2):
            noise = rng.standard_normal((n, dx + dy))
            for drawn in (noise, np.roll(noise, dx, axis=1)):
                z = normal_scores(drawn @ self.root)
                yield ksg(z[:, :dx], z[:, dx:], k=k)

    def corrected(self, values: list[float]) -> Correction:
        """The correction from the KSG `values` of simulations in the order of `simulate`."""
        correction = self.information - float(np.mean(values))
        pairs = np.reshape(values, (-1, 2)).mean(1)
        spread = np.std(pairs, ddof=1)  # the two of a pair go together, in 1 + 1 columns they are equal
        inherited = abs(correction) / max(self.information, self.error) * self.error
        return Correction(correction, self.information, float(spread / np.sqrt(len(pairs))), float(inherited))


def _information(rho: np.ndarray) -> float:
    """-1/2 sum log(1 - rho_i^2) in nats."""
    return float(-0.5 * np.log1p(-(rho**2)).sum())


def _shrinkage(rho: np.ndarray, information: float) -> float:
    """The t in [0, 1] for which correlations t rho carry `information`; 1 where rho carries less. Bisection."""
    low, high = 0.0, 1.0
    if information >= _information(rho):
        return high
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if _information(middle * rho) < information else (low, middle)
    return low
