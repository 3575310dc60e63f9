"""What k-nearest-neighbour estimates should say about themselves."""

import math
from collections.abc import Iterator

from infonats.data import Pairs

MANY_COLUMNS = 6
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
