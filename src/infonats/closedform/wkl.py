r"""Mutual information by three differential entropies, each with the weights over neighbours that cancel bias.

With rho_{j,i} the max-norm distance from row i to its j-th neighbour, psi the digamma function and weights w,

.. math:: H = \frac1n \sum_i \sum_{j=1}^k w_j \left[\log(n - 1) - \psi(j) + d \log 2 \rho_{j,i}\right], \qquad
          I = H(X) + H(Y) - H(XY).

The bracket is the estimate of Kozachenko and Leonenko with the j-th neighbour. For a smooth density its bias is
a sum of terms b_l Gamma(j + 2 l / d) / Gamma(j) n^(-2 l / d), l = 1, 2, ..., so that weights with

.. math:: \sum_j w_j = 1, \qquad \sum_j w_j \frac{\Gamma(j + 2 l / d)}{\Gamma(j)} = 0, \quad l = 1, \dots, L

cancel the first L of them. L is max(1, floor(d / 4)); of the weights that satisfy this, those with the least
sum of squares are taken. Some are negative.

Columns are divided by their standard deviations. Before each entropy the rows are decorrelated, z -> S^(-1/2)
(z - mean) with their covariance S, and log|S| / 2 is added: this changes no entropy, makes the joint cloud
round, and so removes what a strong linear dependence takes from neighbours.

Reference: T. B. Berrett, R. J. Samworth, M. Yuan, "Efficient multivariate entropy estimation via k-nearest
neighbour distances", Annals of Statistics 47, 288-318 (2019), arXiv:1606.00304, whose weights stand on fewer
neighbours, whose balls are Euclidean, and whose L is floor(d / 4). The sum of entropies: T. B. Berrett, R. J.
Samworth, "Nonparametric independence testing via mutual information", Biometrika 106, 547-566 (2019),
arXiv:1711.06642.

Standard error. Without row j the r-th and later neighbours of each row i that had j as its r-th move up, so the
term of i grows by sum_{m >= r} w_m d log(rho_{m+1,i} / rho_{m,i}): the jackknife over rows (B. Efron, C. Stein,
Annals of Statistics 9, 586-596, 1981, doi:10.1214/aos/1176345462) costs one more neighbour.

Assumes independent rows and densities with two continuous derivatives. Guarantees neither a lower nor an upper
bound. Nearly unbiased where `ksg` falls short: strong dependence, most of all linear, in one to three columns a
side, at two to ten times its variance. Fails where densities have edges or narrow curves on the scale of the
neighbourhood (of 7.0 nats of a sine with thin noise, 1000 rows in 1 + 1 columns, it loses 2.6, `ksg` 3.7).
More than seven columns and repeated values are refused. `benchmarks/neighbour_kinds.py`
measures this.
"""

import dataclasses

import numpy as np
from jaxtyping import Float64
from scipy.special import digamma, gammaln

from infonats.closedform._columns import Rows, codes, paired
from infonats.closedform.gaussian import _numbered, _orthonormal
from infonats.closedform.ksg import embed
from infonats.closedform.neighbours import check_k, nearest
from infonats.errors import InputError

MOST_COLUMNS = 7
"""In 8 columns two terms must cancel, for which ten weights add up to 19 in absolute value."""
MOST_REPEATED = 0.01
"""The part of the rows of a side that may be equal to others: each costs a logarithm of next to nothing."""


def wkl(x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, k: int = 10, seed: int = 0) -> float:
    """I(X;Y) in nats by weighted entropies over k neighbours. `seed` matters only where there are ties.

    Raises InputError for n <= k + 1, k below 3, columns that are constant or a combination of others, and where
    more than one row in a hundred of x or of y is repeated.
    """
    return float(np.mean(wkl_local(x, y, k=k, seed=seed)))


def wkl_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 10,
    at: tuple[Rows, Rows] | None = None,
    seed: int = 0,
) -> Float64[np.ndarray, "m"]:
    """The local values in nats, whose mean over the sample is the estimate; at new points with `at`.

    Raises InputError as `wkl` does.
    """
    h_x, h_y, h_xy = (each.local for each in _entropies(x, y, k, at, seed))
    return h_x + h_y - h_xy


def wkl_error(
    x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, k: int = 10, seed: int = 0
) -> tuple[Float64[np.ndarray, "n"], float]:
    """The local values and the standard error of their mean, in nats: the jackknife (see the module)."""
    h_x, h_y, h_xy = _entropies(x, y, k, None, seed)
    local = h_x.local + h_y.local - h_xy.local
    influence = local - h_x.absence - h_y.absence + h_xy.absence
    return local, float(np.sqrt(np.var(influence, ddof=1) / len(local)))


def weights(k: int, d: int) -> Float64[np.ndarray, "k"]:
    """The weights of the module's formula for k neighbours in d columns. Raises InputError for a small k."""
    terms = max(1, d // 4)
    if k < terms + 2:
        raise InputError(
            f"k is {k}; the weights need at least {terms + 2} neighbours in {d} columns, such as 10."
        )
    j, power = np.arange(1, k + 1), 2.0 * np.arange(terms + 1)[:, None] / d
    growth = np.exp(gammaln(j + power) - gammaln(j) - gammaln(k + power) + gammaln(k))  # 1 at j = k
    return np.linalg.lstsq(growth, np.eye(terms + 1)[0], rcond=None)[0]


def _check(x: Rows, y: Rows, k: int) -> None:
    columns = x.shape[1] + y.shape[1]
    if columns > MOST_COLUMNS:
        raise InputError(
            f"wkl was given {columns} columns and takes at most {MOST_COLUMNS} in all: in more, the "
            "weights grow, and the error with them. Use ksg_copula or gaussian_copula."
        )
    if check_k(k) + 1 >= len(x):
        raise InputError(
            f"There are {len(x)} rows and k = {k}; wkl needs at least {k + 2}. Give more rows or a smaller k."
        )
    weights(k, columns)
    for name, rows in (("x", x), ("y", y)):
        code = codes(rows)
        repeated = float(np.mean(np.bincount(code)[code] > 1))
        if repeated > MOST_REPEATED:
            raise InputError(
                f"{100 * repeated:.0f} % of the rows of {name} are equal to another, and an entropy by "
                "distances needs a density. Use rounded_ksg for rounded measurements, ross or mixed_ksg for "
                "labels and atoms."
            )


@dataclasses.dataclass(frozen=True)
class _Round:
    """The map z -> (z - mean) back, after which the sample has the identity as covariance."""

    mean: np.ndarray
    back: np.ndarray
    log_volume: float

    @classmethod
    def of(cls, rows: Rows, labels: tuple[str, ...]) -> "_Round":
        """Symmetric, so that the order of columns does not matter. Raises InputError where one is redundant."""
        _, _, mean = _orthonormal(rows, labels)
        _, spread, axes = np.linalg.svd((rows - mean) / np.sqrt(len(rows)), full_matrices=False)
        return cls(mean, axes.T / spread @ axes, float(np.log(spread).sum()))


@dataclasses.dataclass(frozen=True)
class _Terms:
    """Of each row its term of an entropy, and how much the terms of other rows would grow without it."""

    local: np.ndarray
    absence: np.ndarray


def _entropies(x: Rows, y: Rows, k: int, at: tuple[Rows, Rows] | None, seed: int) -> list[_Terms]:
    """H(X), H(Y), H(XY), or their terms at new rows."""
    x, y = paired(x, y)
    _check(x, y, k)
    reference, points, _ = embed(x, y, k, at, seed)
    dx, dy = x.shape[1], y.shape[1]
    labels = (*_numbered("x", dx), *_numbered("y", dy))
    parts = (slice(0, dx), slice(dx, None), slice(None))
    return [_terms(reference[:, c], None if at is None else points[:, c], k, labels[c]) for c in parts]


def _terms(reference: Rows, points: Rows | None, k: int, labels: tuple[str, ...]) -> _Terms:
    """At the rows of `reference` (n, d), or at other `points` (m, d), from the other rows of `reference`."""
    round_ = _Round.of(reference, labels)
    there = (reference - round_.mean) @ round_.back
    here = there if points is None else (points - round_.mean) @ round_.back
    distance, row, itself = nearest(there, here, k + 1)
    if not distance.all():
        raise InputError(
            f"Values of {', '.join(labels)} lie so close together, beside the largest, that they cannot be "
            "told apart. Take logarithms or ranks first: mutual information does not change."
        )
    d = reference.shape[1]
    w, log = weights(k, d), d * np.log(2.0 * distance)
    local = (log[:, :k] - digamma(np.arange(1, k + 1))) @ w + np.log(len(there) - itself) + round_.log_volume
    later = np.cumsum((w * np.diff(log, axis=1))[:, ::-1], axis=1)[:, ::-1]
    return _Terms(local, np.bincount(row[:, :k].ravel(), later.ravel(), len(there)))
