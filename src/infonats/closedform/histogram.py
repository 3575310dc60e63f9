r"""Mutual information of binned columns: equal-count bins, or cells that split while they look dependent.

*Equal count*: the j-th of b bins of a column holds the ranks r with floor(b (r - 1/2) / n) = j, ties sharing
their average rank. Without other wish, b is the largest number with five expected rows in each joint cell,
floor((n / 5)^(1 / (d_x + d_y))), but at least 2. The bins are then counted as in `discrete`:

.. math:: I = \frac1n \sum_i \log \frac{n\, c_i}{a_i\, b_i} + \Delta.

*Adaptive* (one column on each side): see `_adaptive`.

References: C. J. Cellucci, A. M. Albano, P. E. Rapp, "Statistical validation of mutual information
calculations", Physical Review E 71, 066208 (2005), doi:10.1103/PhysRevE.71.066208 (equal count, five rows to a
cell); G. A. Darbellay, I. Vajda, "Estimation of the information by an adaptive partitioning of the observation
space", IEEE Transactions on Information Theory 45, 1315-1321 (1999), doi:10.1109/18.761290 (adaptive);
R. Moddemeijer, "On estimation of entropy and mutual information of continuous distributions", Signal
Processing 16, 233-248 (1989), doi:10.1016/0165-1684(89)90132-1 (the entropy).

Assumes independent rows. In the limit of many rows at fixed bins the value is I of the binned columns, which
is at most I: a lower bound there, and no bound on samples. For teaching, and for one column on each side:
with more, cells are empty or columns are cut into two or three bins.
"""

import numpy as np
from jaxtyping import Float64

from infonats.closedform._adaptive import Partition
from infonats.closedform._columns import Rows, Scale, matrix, paired
from infonats.closedform.discrete import discrete_local
from infonats.closedform.entropy_discrete import entropy_discrete
from infonats.closedform.gaussian_copula import Scores
from infonats.errors import InputError, unknown_name

PARTITIONS = ("equal_count", "adaptive")
ROWS_PER_CELL = 5


def histogram(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    bins: int = 0,
    partition: str = "equal_count",
    correction: str = "miller_madow",
) -> float:
    """I(X;Y) in nats of the binned columns. bins: for each column, 0 for the rule of the module's text.

    correction: as in `discrete`, of the equal-count partition; the adaptive one has neither bins nor
    correction. Raises UnknownNameError for another partition, InputError for bins of 1 or below 0, and for
    an adaptive partition of more than one column on a side.
    """
    return float(np.mean(histogram_local(x, y, bins=bins, partition=partition, correction=correction)))


def histogram_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    bins: int = 0,
    partition: str = "equal_count",
    correction: str = "miller_madow",
    at: tuple[Rows, Rows] | None = None,
) -> Float64[np.ndarray, "m"]:
    """The local values in nats, whose mean over the sample is the estimate; at new rows with `at`.

    An empty cell has the value -inf. Raises InputError as `histogram`, and for new rows in combinations of
    bins of one side that the sample does not have.
    """
    x, y = paired(x, y)
    u, v = (x, y) if at is None else paired(*at)
    if partition not in PARTITIONS:
        raise unknown_name("partition", partition, PARTITIONS)
    if partition == "adaptive":
        return Partition.of(x, y).local(u, v)
    number = bin_count(len(x), x.shape[1] + y.shape[1], bins)
    bins_x, bins_y = _Bins(x, number), _Bins(y, number)
    return discrete_local(bins_x(x), bins_y(y), correction=correction, at=(bins_x(u), bins_y(v)))


def bin_count(n: int, d: int, bins: int) -> int:
    """The number of bins of each of d columns: `bins`, or where that is 0 the rule. Raises InputError."""
    if bins < 0 or bins == 1:
        raise InputError(f"bins is {bins}; give at least 2 bins for each column, or 0 to have them counted.")
    return bins or max(2, int((n / ROWS_PER_CELL) ** (1.0 / d) + 1e-9))


class _Bins:
    """Equal-count bins of each column of a sample."""

    def __init__(self, rows: Rows, number: int) -> None:
        self.scores, self.number = Scores.of(rows), number

    def __call__(self, rows: Rows) -> np.ndarray:
        place = (self.scores.rank(rows) - 0.5) * self.number / len(self.scores.ordered)
        return np.clip(np.floor(place), 0, self.number - 1)


def histogram_entropy(
    y: Float64[np.ndarray, "n d"], *, bins: int = 0, correction: str = "miller_madow"
) -> float:
    """H(Y) in nats, in the units of y, by bins of equal width: H of the bins + sum_j log width_j.

    bins: for each column, 0 for Scott's width, 3.49 sd n^(-1 / (d + 2)). Raises InputError for a constant
    column, and for bins of 1 or below 0. Unlike the information, this does depend on the units.
    """
    scale = Scale.of(matrix("y", y), "y")
    z = scale(y)
    (n, d), low, span = y.shape, z.min(0), np.ptp(z, axis=0)
    width = span / bin_count(n, d, bins) if bins else np.minimum(3.49 * n ** (-1.0 / (d + 2)), span)
    cells = np.minimum(np.floor((z - low) / width), np.ceil(span / width) - 1)
    units = np.log(scale.spread) + scale.exponent * np.log(2.0)
    return entropy_discrete(cells, correction=correction) + float((np.log(width) + units).sum())
