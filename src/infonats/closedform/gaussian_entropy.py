r"""Differential entropy of a Gaussian from the log-determinant of the sample covariance, without its bias.

.. math:: H = \frac d2 \log(2 \pi e) + \frac12 \log|S / n| - \frac12 \sum_{i=1}^{d}
          \left[\psi\!\left(\tfrac{n - i}{2}\right) - \log \tfrac n2\right],

with the scatter S about the mean: the last sum is what log|S / n| falls short on average.

Reference: N. A. Ahmed, D. V. Gokhale, "Entropy expressions and their estimators for multivariate
distributions", IEEE Transactions on Information Theory 35, 688-692 (1989), doi:10.1109/18.30996.

Assumes independent Gaussian rows, where the corrected value is unbiased. For other densities the limit of
many rows is at least H: a Gaussian has the largest entropy of all with its covariance.
"""

import numpy as np
from jaxtyping import Float64
from scipy.special import digamma

from infonats.closedform._columns import Scale, matrix
from infonats.closedform.gaussian import COLLINEAR
from infonats.errors import InputError


def gaussian_entropy(y: Float64[np.ndarray, "n d"], *, bias_correction: bool = True) -> float:
    """H(Y) in nats, in the units of y.

    Raises InputError where n <= d + 1, and where a column is constant or a combination of the others.
    """
    n, d = matrix("y", y).shape
    if n <= d + 1:
        raise InputError(
            f"There are {n} rows for {d} columns; a covariance needs more than d + 1 = {d + 1} rows."
        )
    scale = Scale.of(y, "y")
    z = scale(y)
    diagonal = np.abs(np.diag(np.linalg.qr(z - z.mean(0), mode="r"))) / np.sqrt(n)
    if diagonal.min() <= COLLINEAR:
        raise InputError(
            "A column of y is a linear combination of the others, and its entropy is minus infinity; drop it."
        )
    spread = np.log(diagonal) + np.log(scale.spread) + scale.exponent * np.log(2.0)
    short = (digamma((n - np.arange(1, d + 1)) / 2) - np.log(n / 2)).sum() if bias_correction else 0.0
    return float(d / 2 * (1 + np.log(2 * np.pi)) + spread.sum() - short / 2)
