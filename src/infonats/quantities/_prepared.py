"""A column made ready once for all the pairs that it stands in: scaled, separated from ties, sorted."""

import math

import numpy as np
from scipy.special import digamma

from infonats.closedform._influence import Marginal, neighbour_error
from infonats.closedform._ready import Ready
from infonats.closedform._sorted import Sorted
from infonats.closedform.neighbours import below, nearest, psi
from infonats.errors import InputError


def prepare(column: np.ndarray, seed: int) -> Sorted:
    """A column (n,) of finite values on unit scale without ties.

    Raises ColumnError where it does not vary or looks discrete.
    """
    return Ready.of(column[:, None], "x", seed).columns[0]


def ksg_of(x: Sorted, y: Sorted, k: int, error: bool = True) -> tuple[float, float]:
    """I(X;Y) in nats by KSG variant 1, and its standard error: what `ksg_error` gives for the two columns."""
    n, joint = len(x.values), np.stack([x.values, y.values], axis=1)
    distance, row, _ = nearest(joint, joint, k, (x, y))
    radius = below(distance[:, -1])
    if not radius.min() > 0.0:
        raise InputError(
            f"More than k = {k} rows are identical in both columns; nearest neighbours need distances. Use "
            "mixed_ksg, or discrete."
        )
    in_x, in_y = (Marginal.counted(c.values[:, None], c.values[:, None], radius, 0, c) for c in (x, y))
    psi_x, psi_y = psi(in_x.count, in_y.count)
    local = digamma(k) + digamma(n) - psi_x - psi_y
    if not error:
        return float(local.mean()), math.nan
    near = np.bincount(row.ravel(), minlength=n) / k
    return float(local.mean()), neighbour_error(local, near, in_x, in_y)
