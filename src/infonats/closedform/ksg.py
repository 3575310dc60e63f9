r"""Mutual information by k nearest neighbours: Kraskov, Stögbauer and Grassberger.

Variant 1 takes one radius for each point, eps_i = the max-norm distance to its k-th neighbour in (x, y):

.. math:: I_1 = \psi(k) + \psi(n) - \langle \psi(n_x + 1) + \psi(n_y + 1) \rangle,
          \quad n_{x,i} = \#\{j \ne i : |x_j - x_i| < \epsilon_i\}

Variant 2 takes a separate radius for each marginal, the reach of those k neighbours in x and in y:

.. math:: I_2 = \psi(k) - 1/k + \psi(n) - \langle \psi(n_x) + \psi(n_y) \rangle,
          \quad n_{x,i} = \#\{j \ne i : |x_j - x_i| \le \epsilon_{x,i}\}

Reference: A. Kraskov, H. Stögbauer, P. Grassberger, "Estimating mutual information", Physical Review E 69,
066138 (2004), doi:10.1103/PhysRevE.69.066138, equations 8 and 9.

Assumes independent rows with a joint density. Guarantees neither a lower nor an upper bound. Bias: nearly
none at independence; towards zero where the density is uneven within a neighbourhood, which means strong
dependence, heavy tails and many columns (about -0.6 of 1 nat for a ten-dimensional Gaussian at n = 1000).
A larger k lowers the variance and deepens this bias.

Each column is first divided by its standard deviation, so the value has no units. Ties are separated by
noise of relative size 1e-10 (see `_ties`); columns that look discrete are refused.

New points. With `at`, each row of it is scored as one more sample point against the n reference rows, so
psi(n) becomes psi(n + 1) and all reference rows may be neighbours. A row that coincides with a reference
row is that row: it is not its own neighbour, and its value is the one it has in the sample.
"""

import dataclasses

import numpy as np
from jaxtyping import Float64
from scipy.special import digamma

from infonats.closedform._columns import Rows, paired
from infonats.closedform._influence import Marginal, neighbour_error
from infonats.closedform._one_radius import OneRadius
from infonats.closedform._ready import Ready
from infonats.closedform._sorted import Sorted
from infonats.closedform._ties import refuse_copies, twins
from infonats.closedform.neighbours import below, check_k, nearest, psi
from infonats.errors import InputError


def ksg(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    variant: int = 1,
    seed: int = 0,
) -> float:
    """I(X;Y) in nats by k nearest neighbours, KSG `variant` 1 or 2. `seed` matters only where there are ties.

    Raises InputError where n <= k, a parameter is out of range, a column is constant or looks discrete.
    """
    return float(np.mean(ksg_local(x, y, k=k, variant=variant, seed=seed)))


def ksg_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    variant: int = 1,
    at: tuple[Rows, Rows] | None = None,
    seed: int = 0,
) -> Float64[np.ndarray, "m"]:
    """The local values in nats, whose mean over the sample is the estimate; at new points with `at`.

    Raises InputError as `ksg` does.
    """
    if variant == 1 and at is None:
        return _one_radius(x, y, k, seed, error=False).local
    return counted(x, y, k, variant, at, seed).local


def ksg_error(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    variant: int = 1,
    seed: int = 0,
) -> tuple[Float64[np.ndarray, "n"], float]:
    """The local values and the standard error of their mean, in nats (see `_influence`).

    Raises InputError as `ksg` does.
    """
    if variant == 1:
        found = _one_radius(x, y, k, seed)
        return found.local, found.error
    found = counted(x, y, k, variant, None, seed)
    joint = np.bincount(found.row.ravel(), minlength=len(x)) / k
    return found.local, neighbour_error(found.local, joint, found.x, found.y)


@dataclasses.dataclass(frozen=True)
class Counted:
    """Of each point: its local value, its k neighbours, its counts in x and y."""

    local: np.ndarray
    row: np.ndarray
    x: Marginal
    y: Marginal


def _one_radius(x: Rows, y: Rows, k: int, seed: int, error: bool = True) -> OneRadius:
    """Variant 1 among the rows themselves. Raises InputError as `ksg` does."""
    x, y = paired(x, y)
    k = check_k(k, len(x))
    return OneRadius.of(*_ready(x, y, k, seed), k, error)


def counted(x: Rows, y: Rows, k: int, variant: int, at: tuple[Rows, Rows] | None, seed: int) -> Counted:
    """The neighbours and counts of every row, or of new rows `at`. Raises InputError as `ksg` does."""
    if variant not in (1, 2):
        raise InputError(
            f"variant is {variant!r}; KSG has variant 1 (one radius) and variant 2 (one for x, one for y)."
        )
    x, y = paired(x, y)
    k = check_k(k, len(x))
    reference, points, columns = embed(x, y, k, at, seed)
    distance, row, itself = nearest(reference, points, k, columns)
    n = len(reference) + 1 - itself
    if variant == 1:  # strictly closer than the k-th neighbour; psi sees n_x + 1
        radius_x = radius_y = below(distance[:, -1])
        more, constant = 1, digamma(k)
    else:  # within the reach of the k neighbours in x and in y; psi sees n_x
        apart = np.abs(reference[row] - points[:, None, :])
        radius_x, radius_y = apart[..., : x.shape[1]].max((1, 2)), apart[..., x.shape[1] :].max((1, 2))
        more, constant = 0, digamma(k) - 1.0 / k
    marginals = []
    for side, radius in enumerate((radius_x, radius_y)):
        chosen = slice(x.shape[1]) if side == 0 else slice(x.shape[1], None)
        column = columns[side] if columns else None
        rows = reference[:, chosen], points[:, chosen]
        marginals.append(Marginal.counted(*rows, radius, more - itself, column))
    in_x, in_y = psi(*(side.count for side in marginals))
    return Counted(constant + psi(n)[0] - in_x - in_y, row, *marginals)


def embed(
    x: Rows, y: Rows, k: int, at: tuple[Rows, Rows] | None, seed: int
) -> tuple[Rows, Rows, tuple[Sorted, Sorted] | None]:
    """Reference rows and points in the joint space: unit scale, ties separated, twins kept together.

    And the columns, where there is one on each side and the points are the reference rows.
    """
    sides = _ready(x, y, k, seed)
    reference = np.hstack([side.rows for side in sides])
    if at is None:
        columns = sides[0].columns + sides[1].columns
        return reference, reference, columns if len(columns) == 2 else None
    u, v = paired(*at)
    points = np.hstack([side.scale(rows) for side, rows in zip(sides, (u, v), strict=True)])
    twin = twins(np.hstack([x, y]), np.hstack([u, v]))
    return reference, np.where((twin >= 0)[:, None], reference[twin], points), None


def _ready(x: Rows, y: Rows, k: int, seed: int) -> tuple[Ready, Ready]:
    """Both sides ready for neighbours. Raises InputError where they have too many ties or copies."""
    sides = Ready.of(x, "x", seed), Ready.of(y, "y", seed)
    if all(side.tied for side in sides):
        refuse_copies(np.hstack([x, y]), k)
    return sides
