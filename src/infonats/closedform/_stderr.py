r"""The standard error of an estimate that is a mean of local values.

.. math:: \sigma^2 = \frac{\operatorname{Var}(i)}{n} + \frac{\nu}{2 n^2}

The influence function of I(X;Y) at a sample point is its pointwise value i(x, y), so the first term is the
whole error at first order. It vanishes at independence, where 2 n I of a likelihood plug-in is chi-square
with nu degrees of freedom; that part remains as the second term. nu = dx dy for Gaussian models,
(|X| - 1)(|Y| - 1) for discrete ones. Nearest neighbours have another error, in `_influence`.

Local values of a fitted model vary by about nu / n even at independence, which the first term contains: the
error is overstated there, by at most a factor of sqrt 3, so that intervals cover more than they promise.
"""

import numpy as np
from jaxtyping import Float64

from infonats.errors import InputError


def standard_error(local: Float64[np.ndarray, "n"], *, degrees: int = 0) -> float:
    """The standard error, in nats, of the mean of `local` (n >= 2); `degrees` is nu of the module's formula.

    Raises InputError for fewer values and where one is not finite.
    """
    n = len(local)
    if n < 2 or not np.isfinite(local).all():
        raise InputError(
            f"{n} local values, {int((~np.isfinite(local)).sum())} of them not finite, have no standard error; "
            "give two or more finite values."
        )
    return float(np.sqrt(np.var(local, ddof=1) / n + degrees / (2.0 * n * n)))
