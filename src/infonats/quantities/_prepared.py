"""KSG on columns made ready once for all the pairs that they stand in, and for all permutations of these."""

import math

import numpy as np
from scipy.special import digamma

from infonats.closedform._influence import Marginal, neighbour_error
from infonats.closedform._ready import Ready
from infonats.closedform.neighbours import below, nearest, psi
from infonats.errors import InputError


def prepare(column: np.ndarray, seed: int) -> Ready:
    """A column (n,) of finite values on unit scale without ties.

    Raises ColumnError where it does not vary or looks discrete.
    """
    return Ready.of(column[:, None], "x", seed)


def ksg_of(x: Ready, y: Ready, k: int, error: bool = True) -> tuple[float, float]:
    """I(X;Y) in nats by KSG variant 1, and its standard error: what `ksg_error` gives for the two sides."""
    rows = x.rows, y.rows
    joint, n = np.hstack(rows), len(rows[0])
    distance, row, _ = nearest(joint, joint, k, (x.single, y.single) if x.single and y.single else None)
    radius = below(distance[:, -1])
    if not radius.min() > 0.0:
        raise InputError(
            f"More than k = {k} rows are identical in both columns; nearest neighbours need distances. Use "
            "mixed_ksg, or discrete."
        )
    in_x, in_y = (
        Marginal.counted(own, own, radius, 0, side.single) for own, side in zip(rows, (x, y), strict=True)
    )
    psi_x, psi_y = psi(in_x.count, in_y.count)
    local = digamma(k) + digamma(n) - psi_x - psi_y
    if not error:
        return float(local.mean()), math.nan
    near = np.bincount(row.ravel(), minlength=n) / k
    return float(local.mean()), neighbour_error(local, near, in_x, in_y)
