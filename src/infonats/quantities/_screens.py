r"""All pairs of columns at once by matrix products: the Gaussian copula, and equal-count bins.

For unit-variance normal scores Z (n, d) the correlations are R = Z'Z / n, and every pair's I = -log(1 -
rho^2) / 2 less the Wishart bias. The pointwise values of a pair are quadratic in its scores, so their
variance needs the fourth moments (Z^2)'(Z^2), (Z^3)'Z and n only: value and standard error are those of
`gaussian_copula` on the pair.

For b bins the joint counts of all pairs are one product of the (n, d b) matrix of indicators with itself;
value and error are those of `discrete` on the binned columns. R. Steuer et al., "The mutual information:
detecting and evaluating dependencies between variables", Bioinformatics 18, S231-S240 (2002). Binning loses
information: I of the bins is at most I(X;Y), and at most log b.
"""

import numpy as np
from jaxtyping import Float64, Int64

from infonats.closedform.gaussian import wishart_bias
from infonats.closedform.gaussian_copula import normal_scores

BINS = 8
Grids = tuple[np.ndarray, np.ndarray]
"""Values and standard errors, (a, b) each, of every column of x with every column of y."""


def copula_screen(x: Float64[np.ndarray, "n a"], y: Float64[np.ndarray, "n b"]) -> Grids:
    """I of each column of x with each of y through a Gaussian copula. NaN where rho is 1 to rounding."""
    return scored_screen(copula_scores(x), copula_scores(y))


def copula_scores(x: Float64[np.ndarray, "n d"]) -> Float64[np.ndarray, "n d"]:
    """The normal scores of each column, of mean 0 and variance 1. Rows permuted before or after: the same."""
    return _unit(normal_scores(x))


def scored_screen(u: Float64[np.ndarray, "n a"], v: Float64[np.ndarray, "n b"]) -> Grids:
    """`copula_screen` of columns whose scores are known."""
    n = len(u)
    rho = u.T @ v / n
    gap = 1.0 - rho**2
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(gap > 1e-12, gap, np.nan)
        value = -0.5 * np.log(gap) - wishart_bias(n, 1, 1)
        variance = _variance(u, v, rho, gap)
    return value, np.sqrt(np.maximum(variance, 0.0) / n + 1.0 / (2.0 * n * n))


def _variance(u: np.ndarray, v: np.ndarray, rho: np.ndarray, gap: np.ndarray) -> np.ndarray:
    """Var of i = a (u^2 + v^2) + b u v with a = -rho^2 / 2 gap, b = rho / gap, from moments."""
    n = len(u)
    a, b = -(rho**2) / (2 * gap), rho / gap
    uu, vv = u**2, v**2
    four_u, four_v = (uu**2).mean(0)[:, None], (vv**2).mean(0)[None, :]
    cross, left, right = uu.T @ vv / n, (u * uu).T @ v / n, u.T @ (v * vv) / n
    second = a**2 * (four_u + four_v + 2 * cross) + 2 * a * b * (left + right) + b**2 * cross
    return (second - (2 * a + b * rho) ** 2) * n / (n - 1)


def _unit(z: np.ndarray) -> np.ndarray:
    return (z - z.mean(0)) / z.std(0)


def equal_count_bins(x: Float64[np.ndarray, "n d"], bins: int) -> Int64[np.ndarray, "n d"]:
    """Number each value by its rank, 0 to bins - 1, equal values alike; a column of few values keeps them."""
    n = len(x)
    ranks = np.stack([np.searchsorted(np.sort(c), c, "left") for c in x.T], axis=1)
    coded = ranks * bins // n
    for j, column in enumerate(x.T):
        values, code = np.unique(column, return_inverse=True)
        if len(values) <= bins:
            coded[:, j] = code
    return coded.astype(np.int64)


def binned_screen(x: Float64[np.ndarray, "n a"], y: Float64[np.ndarray, "n b"], bins: int) -> Grids:
    """I of each column of x with each of y after `equal_count_bins`, with the Miller-Madow correction."""
    return coded_screen(equal_count_bins(x, bins), equal_count_bins(y, bins), bins)


def coded_screen(x: Int64[np.ndarray, "n a"], y: Int64[np.ndarray, "n b"], bins: int) -> Grids:
    """`binned_screen` of columns whose bins are known."""
    n, a, b = len(x), x.shape[1], y.shape[1]
    left, right = _indicators(x, bins), _indicators(y, bins)
    joint = (left.T @ right).astype(np.float64).reshape(a, bins, b, bins).transpose(0, 2, 1, 3)
    row, column = joint.sum(3, keepdims=True), joint.sum(2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        local = np.where(joint > 0, np.log(n * joint / (row * column)), 0.0)
    plug_in = (joint * local).sum((2, 3)) / n
    second = (joint * local**2).sum((2, 3)) / n
    k_x, k_y, k_xy = ((counts > 0).sum((2, 3)) for counts in (row, column, joint))
    value = plug_in + (k_x + k_y - k_xy - 1) / (2 * n)
    variance = (second - plug_in**2) / (n - 1) + (k_x - 1) * (k_y - 1) / (2.0 * n * n)
    return value, np.sqrt(np.maximum(variance, 0.0))


def _indicators(coded: np.ndarray, bins: int) -> np.ndarray:
    """(n, d bins) of zeros and ones, exact in float32 up to 2^24 rows."""
    n, d = coded.shape
    kind = np.float32 if n < 2**24 else np.float64
    out = np.zeros((n, d * bins), dtype=kind)
    out[np.arange(n)[:, None], coded + bins * np.arange(d)] = 1.0
    return out
