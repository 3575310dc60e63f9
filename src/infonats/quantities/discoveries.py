r"""Many tests at once: q-values, the smallest false discovery rate at which each is still found.

Of the sorted p-values p_(1) <= ... <= p_(m),

.. math:: q_{(i)} = \min_{j \ge i} \frac{m\, c\, p_{(j)}}{j}, \qquad c = 1 \text{ or } \sum_{i=1}^m \frac{1}{i}

c = 1 (Benjamini and Hochberg) controls the rate for independent tests, and for ones that depend on each other
positively. The pairs of a table share columns, so that neither is certain; the sum (Benjamini and Yekutieli)
controls the rate whatever the tests have to do with each other, and costs a factor of about log m.
"""

import numpy as np
from jaxtyping import Float64


def benjamini_hochberg(p: Float64[np.ndarray, "m"]) -> Float64[np.ndarray, "m"]:
    """The q-values of m p-values that are independent, or depend on each other positively.

    Y. Benjamini, Y. Hochberg, Journal of the Royal Statistical Society B 57, 289-300 (1995),
    doi:10.1111/j.2517-6161.1995.tb02031.x. NaN (not tested) stays NaN and is not counted.
    """
    return _step_up(p, 1.0)


def benjamini_yekutieli(p: Float64[np.ndarray, "m"]) -> Float64[np.ndarray, "m"]:
    """The q-values of m p-values, whatever they have to do with each other.

    Y. Benjamini, D. Yekutieli, Annals of Statistics 29, 1165-1188 (2001), doi:10.1214/aos/1013699998. NaN (not
    tested) stays NaN and is not counted.
    """
    return _step_up(p, float((1.0 / np.arange(1, np.isfinite(p).sum() + 1)).sum()))


def _step_up(p: np.ndarray, factor: float) -> np.ndarray:
    q, tested = np.full(len(p), np.nan), np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested])]
    scaled = factor * p[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q
