r"""Do rows tell of the rows before them? A cheap look, before anybody believes an error for independent rows.

The mean of terms of two series that have nothing to do with each other has a variance that is larger by

.. math:: 1 + 2 \sum_{s \ge 1} \rho_x(s) \rho_y(s)

than for independent rows (M. S. Bartlett, "Some aspects of the time-correlation problem in regard to tests of
significance", Journal of the Royal Statistical Society 98, 536-543, 1935, doi:10.2307/2342284): one side that
remembers does no harm, two do. The autocorrelations are those of ranks, so that neither heavy tails nor units
matter. Of independent rows that at lag 1 has the mean -1/n, the variance 1/n and the skewness g^2 / sqrt(n), g
that of the ranks (not zero for a column that is rarely anything but 0); the threshold is Cornish and Fisher's.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64
from scipy.special import ndtri

from infonats.data.blocks import autocorrelations, ranks

FOLLOWING = "Rows that follow each other are alike"
CHANCE = 1e-4
"""How often a side of independent rows is loud by chance."""
NOTABLE = 1.1
"""An error that is too small by this factor deserves a word."""
FEWEST = 12
"""Below this many rows nothing can be told."""


def ordered(
    x: Float64[np.ndarray, "n dx"],
    x_names: Sequence[str],
    y: Float64[np.ndarray, "n dy"],
    y_names: Sequence[str],
) -> str:
    """A sentence where a column on either side is correlated with itself a row earlier; empty elsewhere.

    Columns with missing values do not count. On independent rows it is said in less than one of 1000 tables,
    as `benchmarks/order.py` measures.
    """
    one, other = _loudest(x), _loudest(y)
    if one is None or other is None:
        return ""
    (a, before), (b, earlier) = one, other
    factor = too_small(x[:, a], y[:, b])
    if factor < NOTABLE:
        return ""
    found = dict.fromkeys((f"{before:.2f} of '{x_names[a]}'", f"{earlier:.2f} of '{y_names[b]}'"))
    return (
        f"{FOLLOWING} (rank correlation with the row before: {', '.join(found)}). If they stand in order of "
        f"time, errors for independent rows are too small, here by a factor of about {factor:.2g}, and "
        "p-values with them: use block='auto' (--block auto), or infonats lags. If the table is merely sorted, "
        "never mind."
    )


def too_small(x: Float64[np.ndarray, "n"], y: Float64[np.ndarray, "n"]) -> float:
    """The root of Bartlett's factor, summed up to where the product of both is lost in noise."""
    n = len(x)
    product = (autocorrelations(ranks(x)) * autocorrelations(ranks(y)))[1:]
    quiet = np.flatnonzero(product < 4 * np.log10(n) / n)
    last = int(quiet[0]) if len(quiet) else len(product)
    return float(np.sqrt(1 + 2 * product[:last].sum()))


def _loudest(values: np.ndarray) -> tuple[int, float] | None:
    """The column that remembers the row before best, and its correlation; None where none does."""
    if len(values) < FEWEST:
        return None
    limit = -float(ndtri(CHANCE / 2 / values.shape[1]))
    found = [(abs(r), j, r) for j, column in enumerate(values.T) if (r := _lag_one(column, limit))]
    return max(found)[1:] if found else None


def _lag_one(column: np.ndarray, limit: float) -> float:
    """The rank correlation with the row before where it is beyond `limit` standard errors, else 0."""
    if not np.isfinite(column).all():
        return 0.0
    n, centred = len(column), ranks(column) - (len(column) - 1) / 2
    spread = np.sqrt((centred**2).mean())
    if spread == 0.0:
        return 0.0
    unit = centred / spread
    r = float((unit[1:] * unit[:-1]).sum() / n)
    skewness = float((unit**3).mean()) ** 2 / np.sqrt(n)
    return r if abs(r + 1 / n) * np.sqrt(n) > limit + skewness * (limit**2 - 1) / 6 else 0.0
