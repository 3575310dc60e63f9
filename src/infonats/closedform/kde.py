r"""Mutual information by kernel density: product Gaussian kernels, each row left out of its own density.

With columns of unit standard deviation, a bandwidth h and the squared distance |.| in the columns of S,

.. math:: \hat f_S(i) = \frac{1}{(n - 1) (2 \pi h^2)^{d_S / 2}} \sum_{j \ne i}
          \exp\left(-\frac{|z_{S,i} - z_{S,j}|^2}{2 h^2}\right), \qquad
          I = \frac1n \sum_i \log \frac{\hat f_{xy}(i)}{\hat f_x(i)\, \hat f_y(i)}.

One bandwidth serves x, y and both, so that their errors cancel in part: "silverman",
h = (4 / ((d + 2) n))^(1 / (d + 4)), "scott", h = n^(-1 / (d + 4)), with d = d_x + d_y, or "likelihood", the
one among multiples of Silverman's that makes the sum of log f_xy(i) largest, over at most `ENOUGH` rows, to
which Silverman's rule is applied first.

References: Y.-I. Moon, B. Rajagopalan, U. Lall, "Estimation of mutual information using kernel density
estimators", Physical Review E 52, 2318-2321 (1995), doi:10.1103/PhysRevE.52.2318; B. W. Silverman, "Density
Estimation for Statistics and Data Analysis" (1986); I. Ahmad, P.-E. Lin, IEEE Transactions on Information
Theory 22, 372-375 (1976), doi:10.1109/TIT.1976.1055550 (the entropy).

Assumes independent rows with a density. Guarantees neither a lower nor an upper bound. Bias: kernels blur,
so strong dependence falls short, and in many columns most values are noise. The work grows as n^2. For
teaching, and for one column on each side; `ksg` is better and faster elsewhere.
"""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64

from infonats.closedform._columns import Rows, Scale, matrix, paired
from infonats.errors import InputError, unknown_name

BANDWIDTHS = ("likelihood", "silverman", "scott")
MULTIPLES = 2.0 ** np.arange(-3.0, 1.25, 0.25)
"""Of Silverman's bandwidth, among which the likelihood chooses."""
ENOUGH = 1000
"""Rows that choose the multiple, evenly spaced in the order of the rows' sums: the order of rows is nothing."""
BLOCK = 1_000_000
"""Pairs of rows held in memory at once."""


def kde(
    x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, bandwidth: str = "likelihood"
) -> float:
    """I(X;Y) in nats; `bandwidth` is a rule of the module's text.

    Raises InputError for fewer than two rows and a constant column, UnknownNameError for another rule.
    """
    return float(np.mean(kde_local(x, y, bandwidth=bandwidth)))


def kde_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    bandwidth: str = "likelihood",
    at: tuple[Rows, Rows] | None = None,
) -> Float64[np.ndarray, "m"]:
    """The local values in nats, whose mean over the sample is the estimate; at new rows with `at`.

    A new row that is a row of the sample leaves one such row out. Raises InputError as `kde`.
    """
    x, y = paired(x, y)
    to_x, to_y = Scale.of(x, "x"), Scale.of(y, "y")
    z_x, z_y = to_x(x), to_y(y)
    h = _bandwidth(np.hstack([z_x, z_y]), bandwidth)
    u, v = (z_x, z_y) if at is None else (to(new) for to, new in zip((to_x, to_y), paired(*at), strict=True))
    points = np.hstack([u, v])
    return np.concatenate(list(_ratios(z_x / h, z_y / h, points / h)))


def kde_entropy(y: Float64[np.ndarray, "n d"], *, bandwidth: str = "likelihood") -> float:
    """H(Y) in nats, in the units of y: the mean of -log f(i). Raises InputError as `kde`."""
    scale = Scale.of(matrix("y", y), "y")
    z, d = scale(y), y.shape[1]
    h = _bandwidth(z, bandwidth)
    units = np.log(scale.spread) + scale.exponent * np.log(2.0)
    return d * np.log(h) + float(units.sum()) - _mean_log_density(z / h)


def _bandwidth(z: Rows, rule: str) -> float:
    n, d = z.shape
    if rule not in BANDWIDTHS:
        raise unknown_name("bandwidth", rule, BANDWIDTHS)
    if n < 2:
        raise InputError(f"There are {n} rows; a density that leaves each row out needs at least 2.")
    if rule == "scott":
        return float(n ** (-1.0 / (d + 4)))
    if rule == "silverman":
        return _silverman(n, d)
    some = z[np.argsort(z.sum(1), kind="stable")[np.unique(np.linspace(0, n - 1, min(n, ENOUGH)).astype(int))]]
    squares = _squares(some, some)
    widths = _silverman(len(some), d) * MULTIPLES
    likelihood = [float(_log_sum(squares / h**2).mean() - d * np.log(h)) for h in widths]
    return _silverman(n, d) * float(MULTIPLES[np.argmax(likelihood)])


def _silverman(n: int, d: int) -> float:
    return float((4.0 / ((d + 2) * n)) ** (1.0 / (d + 4)))


def _mean_log_density(z: Rows) -> float:
    """Of columns in units of h, each row left out of its own density."""
    n, d = z.shape
    total = sum(float(_log_sum(_squares(z, part)).sum()) for part in _blocks(z, n))
    return total / n - np.log(n - 1) - d / 2 * np.log(2 * np.pi)


def _ratios(x: Rows, y: Rows, points: Rows) -> Iterator[np.ndarray]:
    """The local values at blocks of `points`; in units of h, so that the factors 2 pi h^2 cancel."""
    n, dx = x.shape
    for part in _blocks(points, n):
        in_x, in_y = _distances(x, part[:, :dx]), _distances(y, part[:, dx:])
        itself = _leave_out(in_x, in_y)
        ratio = _log_sum(in_x + in_y) - _log_sum(in_x) - _log_sum(in_y)
        yield ratio + np.log(n - itself)


def _blocks(points: Rows, n: int) -> list[np.ndarray]:
    return np.array_split(points, max(1, len(points) * n // BLOCK))


def _squares(z: Rows, points: Rows) -> np.ndarray:
    """Squared distances of points to all rows, infinite to one row that is the point."""
    squares = _distances(z, points)
    _leave_out(squares, squares)
    return squares


def _distances(z: Rows, points: Rows) -> np.ndarray:
    """|z_i - z_j|^2, shape (points, n), summed column by column: zero exactly where rows are equal."""
    return sum(((new[:, None] - old) ** 2 for new, old in zip(points.T, z.T, strict=True)), np.zeros(()))


def _leave_out(in_x: np.ndarray, in_y: np.ndarray) -> np.ndarray:
    """Make the distances of each point to one row that is equal to it infinite; 1 where there was one."""
    together = in_x + in_y
    nearest, points = together.argmin(1), np.arange(len(together))
    found = np.flatnonzero(together[points, nearest] == 0.0)
    in_x[found, nearest[found]] = in_y[found, nearest[found]] = np.inf
    return np.isin(points, found).astype(np.int64)


def _log_sum(squares: np.ndarray) -> np.ndarray:
    """Log sum_j exp(-squares_ij / 2), from the smallest on, so that rows far from all others keep a value."""
    least = squares.min(1, keepdims=True)
    return np.log(np.exp((least - squares) / 2).sum(1)) - least[:, 0] / 2
