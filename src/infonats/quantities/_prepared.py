"""KSG on columns made ready once for all the pairs that they stand in, and for all permutations of these."""

import math

import numpy as np

from infonats.closedform._one_radius import OneRadius
from infonats.closedform._ready import Ready
from infonats.errors import InputError


def prepare(column: np.ndarray, seed: int) -> Ready:
    """A column (n,) of finite values on unit scale without ties.

    Raises ColumnError where it does not vary or looks discrete.
    """
    return Ready.of(column[:, None], "x", seed)


def ksg_of(x: Ready, y: Ready, k: int, error: bool = True) -> tuple[float, float]:
    """I(X;Y) in nats by KSG variant 1, and its standard error: what `ksg_error` gives for the two sides."""
    found = OneRadius.of(x, y, k, error)
    if not found.radius.min() > 0.0:
        raise InputError(
            f"More than k = {k} rows are identical in both columns; nearest neighbours need distances. Use "
            "mixed_ksg, or discrete."
        )
    return float(found.local.mean()), found.error if error else math.nan
