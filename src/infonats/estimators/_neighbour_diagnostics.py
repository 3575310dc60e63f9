"""What k-nearest-neighbour estimates should say about themselves."""

import math
from collections.abc import Iterator

import numpy as np

from infonats.closedform.discrete import symbols
from infonats.data import Pairs

MANY_COLUMNS = 6
REPEATED = 3
"""Rows on each value, on average, from which on both sides count as repeating."""

HIGH = 0.5
"""From this part of log n on, the k-NN estimate of a Gaussian's information visibly falls short."""


def neighbour_diagnostics(pairs: Pairs, value: float) -> Iterator[str]:
    """Sentences on the bias that neither the standard error nor the interval contains."""
    n, d = len(pairs), pairs.x.shape[1] + pairs.y.shape[1]
    if d > MANY_COLUMNS:
        yield (
            f"{d} columns are many for k nearest neighbours, which are biased towards zero there: of 1 nat "
            "between Gaussians at n = 1000, 0.3 are lost with 5 + 5 columns and 0.6 with 10 + 10. The interval "
            "does not contain this bias; compare with gaussian_copula, or keep fewer columns."
        )
    if value > HIGH * math.log(n):
        yield (
            f"{value:.2f} nats are high for {n} rows: above half of log n = {math.log(n):.2f} nats, k nearest "
            "neighbours saturate and the value is biased towards zero. Give more rows, or compare with "
            "gaussian_copula."
        )


def sparse_atoms(x: np.ndarray, y: np.ndarray, k: int) -> Iterator[str]:
    """A sentence where `mixed_ksg` meets repeated values on both sides and few rows on each pair of values.

    Then its k-th neighbour jumps to the next value, at which many rows lie at once. Of two columns of wines
    (pH, alcohol; 1599 rows, rounded) it makes 0.61 nats, and 0.42 of them when one is shuffled.
    """
    n, (k_x, k_y, k_xy) = len(x), symbols(x, y)
    if max(k_x, k_y) > n / REPEATED or n >= 2 * (k + 1) * k_xy:
        return
    few = f"{k_xy} distinct pairs in {n} rows, few rows on each for k = {k} neighbours"
    if max(k_x, k_y) <= 2 * math.sqrt(n):
        yield (
            f"x and y both look discrete and have {few}: the value is biased upwards. Use discrete, or a "
            "smaller k."
        )
    else:
        yield (
            f"x and y both repeat their values and have {few}: the value is biased upwards, perhaps by tenths "
            "of a nat. Compare with the value for shuffled rows; for rounded measurements, use "
            "rounded_ksg."
        )
