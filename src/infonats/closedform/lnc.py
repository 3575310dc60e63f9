r"""Nearest neighbours, corrected where they lie along a line or a plane: Gao, Ver Steeg and Galstyan.

KSG takes the density for constant in the box around a row that reaches its k neighbours in each marginal. Under
strong dependence the neighbours lie along a line in that box. Let V_i be the volume of the box and W_i that of
the smallest box around the same neighbours, centred on the row, along their principal axes:

.. math:: I = I_2 - \frac1n \sum_{i: W_i < \alpha V_i} \log \frac{W_i}{V_i}

with I_2 variant 2 of `ksg`. Even k points drawn evenly from a box have W < V, so only what is clearly smaller
counts: alpha is the `EPSILON` quantile of W / V of k points drawn evenly from [-1, 1]^2, by `SIMULATED` fixed
draws.

Reference: S. Gao, G. Ver Steeg, A. Galstyan, "Efficient estimation of mutual information for strongly dependent
variables", AISTATS 2015, arXiv:1411.2003, which has the correction and the rule for alpha.

For one column on each side. With more, the boxes would also shrink by what columns of one side have in common,
which is no part of I(X;Y): independent columns in 3 + 3 dimensions then read 0.1 to 0.2 nats.

Assumes independent rows with a joint density. Guarantees neither a lower nor an upper bound. For strong
dependence along curves: of 7 nats of a sine with thin noise, 1000 rows, it loses 0.3, `ksg` 3.7; of 4 nats 0.5
and 1.0. At moderate dependence it is `ksg` variant 2. Fails where noise is thinner than neighbours are apart,
which a larger k does not mend. `benchmarks/neighbour_kinds.py` measures this. The standard error is that of KSG
with the corrected values, and knows nothing of the bias.
"""

import functools

import numpy as np
from jaxtyping import Float64

from infonats.closedform._columns import Rows, paired
from infonats.closedform._influence import neighbour_error
from infonats.closedform.ksg import Counted, counted, embed
from infonats.errors import InputError

EPSILON = 0.005
SIMULATED = 20_000
FEWEST = 3
FLAT = 1e-9
"""Neighbours whose box is so many times longer than wide lie on a line, up to rounding."""


def lnc(x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, k: int = 5, seed: int = 0) -> float:
    """I(X;Y) in nats by KSG with the local correction. `seed` matters only where there are ties.

    Raises InputError as `ksg` does, for more columns, k below 3, and where neighbours lie on a line.
    """
    return float(np.mean(lnc_local(x, y, k=k, seed=seed)))


def lnc_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 5,
    at: tuple[Rows, Rows] | None = None,
    seed: int = 0,
) -> Float64[np.ndarray, "m"]:
    """The local values in nats, whose mean over the sample is the estimate; at new points with `at`.

    Raises InputError as `lnc` does.
    """
    return _corrected(x, y, k, at, seed)[0]


def lnc_error(
    x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, k: int = 5, seed: int = 0
) -> tuple[Float64[np.ndarray, "n"], float]:
    """The local values and the standard error of their mean, in nats (see `_influence`). Raises as `lnc`."""
    local, found = _corrected(x, y, k, None, seed)
    joint = np.bincount(found.row.ravel(), minlength=len(x)) / k
    return local, neighbour_error(local, joint, found.x, found.y)


def _corrected(x: Rows, y: Rows, k: int, at: tuple[Rows, Rows] | None, seed: int) -> tuple[np.ndarray, Counted]:
    x, y = paired(x, y)
    if x.shape[1] + y.shape[1] > 2:
        raise InputError(
            f"lnc was given {x.shape[1]} + {y.shape[1]} columns and takes one on each side. Use wkl or "
            "ksg_copula for more."
        )
    found = counted(x, y, k, 2, at, seed)
    if k < FEWEST:
        raise InputError(f"k is {k}; principal axes need at least {FEWEST} neighbours. Give a larger k.")
    reference, points, _ = embed(x, y, k, at, seed)
    extent = _extent(reference[found.row] - points[:, None, :])
    if (extent.min(1) <= FLAT * extent.max(1)).any():
        raise InputError(
            "Around some rows all neighbours lie on a straight line: y is a function of x there, and their "
            "mutual information is infinite. Leave one of the columns out, or add the noise that the question "
            "is about."
        )
    smaller = np.log(extent).sum(1) - np.log(found.x.radius * found.y.radius)
    return found.local - np.where(smaller < log_alpha(k), smaller, 0.0), found


@functools.cache
def log_alpha(k: int) -> float:
    """Log alpha for k neighbours, by the rule of the module."""
    apart = np.random.default_rng(0).uniform(-1.0, 1.0, (SIMULATED, k, 2))
    smaller = np.log(_extent(apart)).sum(1) - np.log(np.abs(apart).max(1)).sum(1)
    return float(np.quantile(smaller, EPSILON))


def _extent(apart: Float64[np.ndarray, "m k 2"]) -> Float64[np.ndarray, "m 2"]:
    """Of each point how far its k neighbours reach along their principal axes."""
    _, axes = np.linalg.eigh(apart.transpose(0, 2, 1) @ apart)
    return np.abs(apart @ axes).max(1)
