r"""Mutual information of discrete-continuous mixtures by nearest neighbours: Gao, Kannan, Oh and Viswanath.

Let rho_i be the max-norm distance from point i to its k-th neighbour in (x, y). Where rho_i = 0 the point
lies on an atom, and k~_i is the number of rows on it; elsewhere k~_i = k.

.. math:: I = \langle \psi(\tilde k) + \psi(n) - \psi(n_x) - \psi(n_y) \rangle,
          \quad n_{x,i} = \#\{j : |x_j - x_i| < \rho_i\} \text{ or } \#\{j : x_j = x_i\} \text{ on an atom}

All counts include the point itself. The paper prints log n, log(n_x + 1) and log(n_y + 1); its authors'
program has digammas of the counts. With psi(n) as well, as here, the value is exactly KSG variant 1 where
there are no atoms, and the plug-in with the Miller-Madow correction, to O(1/n^2), where all is atoms: for
an atom of c rows with marginal counts a and b, psi(c) + psi(n) - psi(a) - psi(b) tends to log(n c / (a b)).

Reference: W. Gao, S. Kannan, S. Oh, P. Viswanath, "Estimating mutual information for discrete-continuous
mixtures", NeurIPS 2017, arXiv:1709.06212, algorithm 1.

Assumes independent rows. Guarantees neither a lower nor an upper bound. Bias: as KSG in the continuous
part; where atoms usually hold fewer than k + 1 rows, rho jumps to the next atom, at which many rows lie at
once, and the value is too large (by 0.5 nats for two independent digits and 100 rows), so keep k below the
usual count or use `discrete`.

Columns are divided by their standard deviations, except that no noise is added. Distances between lattice
points are equal only up to rounding, so "closer than rho" here means below rho (1 - 1e-12). New points
(`at`) count as one more sample row, and a row that coincides with a reference row is that row.
"""

import dataclasses

import numpy as np
from jaxtyping import Float64
from scipy.special import digamma

from infonats.closedform._columns import Rows, Scale, paired
from infonats.closedform._influence import Marginal, neighbour_error
from infonats.closedform.neighbours import check_k, count_within, nearest

_CLOSER = 1.0 - 1e-12


def mixed_ksg(x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, k: int = 5) -> float:
    """I(X;Y) in nats where x and y may have atoms, continuous parts and both.

    Raises InputError where n <= k, k is no positive whole number, or a column is constant.
    """
    return float(np.mean(mixed_ksg_local(x, y, k=k)))


def mixed_ksg_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 5,
    at: tuple[Rows, Rows] | None = None,
) -> Float64[np.ndarray, "m"]:
    """The local values in nats, whose mean over the sample is the estimate; at new points with `at`.

    Raises InputError as `mixed_ksg` does.
    """
    x, y, k, to_x, to_y = _prepared(x, y, k)
    u, v = (x, y) if at is None else _scaled(to_x, to_y, at)
    return _counted(x, y, u, v, k).local


def mixed_ksg_error(
    x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, k: int = 5
) -> tuple[Float64[np.ndarray, "n"], float]:
    """The local values and the standard error of their mean, in nats (see `_influence`).

    Raises InputError as `mixed_ksg` does.
    """
    x, y, k, _, _ = _prepared(x, y, k)
    found = _counted(x, y, x, y, k)
    joint = np.bincount(found.row[~found.atom].ravel(), minlength=len(x)) / k
    joint = joint + np.where(found.atom, 1.0 - 1.0 / found.k, 0.0)
    return found.local, neighbour_error(found.local, joint, found.x, found.y)


@dataclasses.dataclass(frozen=True)
class _Counted:
    """Of each point: its local value, its k neighbours, whether it lies on an atom, k~, its counts."""

    local: np.ndarray
    row: np.ndarray
    atom: np.ndarray
    k: np.ndarray
    x: Marginal
    y: Marginal


def _counted(x: Rows, y: Rows, u: Rows, v: Rows, k: int) -> _Counted:
    joint = np.hstack([x, y])
    points = joint if u is x and v is y else np.hstack([u, v])
    distance, row, itself = nearest(joint, points, k)
    rho = distance[:, -1]
    k_on_atom = np.where(rho == 0.0, count_within(joint, points, np.zeros_like(rho)), k)
    in_x = Marginal.counted(x, u, _CLOSER * rho, 1 - itself)
    in_y = Marginal.counted(y, v, _CLOSER * rho, 1 - itself)
    own = digamma(k_on_atom) + digamma(len(x) + 1 - itself)
    local = own - digamma(in_x.count) - digamma(in_y.count)
    return _Counted(local, row, rho == 0.0, k_on_atom, in_x, in_y)


def _prepared(x: Rows, y: Rows, k: int) -> tuple[Rows, Rows, int, Scale, Scale]:
    x, y = paired(x, y)
    k = check_k(k, len(x))
    to_x, to_y = Scale.of(x, "x"), Scale.of(y, "y")
    return to_x(x), to_y(y), k, to_x, to_y


def _scaled(to_x: Scale, to_y: Scale, at: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
    u, v = paired(*at)
    return to_x(u), to_y(v)
