"""Neighbours in the max norm: k nearest in the joint space, and counts in the marginals.

A distance is the floating-point number max_j |u_j - v_j|, computed once in that form, and every
comparison is exact: "closer than r" means "at most `nextafter(r, 0)`", never "r minus an epsilon". Of rows
that are equally far, the one with the lower number is nearer (rows at distance 0 may stand in any order).

Small work is done by SciPy and scikit-learn, more of it by compiled code (`_fast`), with the same results;
that uses every core it may run on, or as many as the environment variable OMP_NUM_THREADS says.
"""

import numpy as np
from jaxtyping import Float64, Int
from scipy.spatial import KDTree
from scipy.special import digamma

from infonats.closedform._fast import plain_seconds
from infonats.closedform._plane import nearest_in_plane, reach_in_plane
from infonats.closedform._sorted import Sorted, Spans
from infonats.closedform._tree import CompiledTree
from infonats.errors import InputError


def check_k(k: int, n: int | None = None) -> int:
    """Return the number of neighbours `k` if it is usable, with `n` rows. Raises InputError otherwise."""
    if isinstance(k, bool) or not isinstance(k, int | np.integer) or k < 1:
        raise InputError(
            f"k is {k!r}; the number of neighbours must be a whole number of at least 1, such as 3."
        )
    if n is not None and n <= k:
        raise InputError(
            f"There are {n} rows and k = {k}; k nearest neighbours need more than k rows, at least {k + 1}. "
            "Give more rows or a smaller k."
        )
    return int(k)


def nearest(
    reference: Float64[np.ndarray, "n d"],
    points: Float64[np.ndarray, "m d"],
    k: int,
    columns: tuple[Sorted, ...] | None = None,
) -> tuple[Float64[np.ndarray, "m k"], Int[np.ndarray, "m k"], Int[np.ndarray, "m"]]:
    """Distances to and rows of the k nearest reference rows, and whether the point is itself one (0 or 1).

    A point at distance 0 from a reference row *is* that row and does not count as its own neighbour.
    `columns` are those of `reference`, where they have been sorted already.
    """
    distance, row = _nearest(reference, points, k + 1, columns)
    itself = (distance[:, 0] == 0.0).astype(np.int64)
    if itself.all():
        return distance[:, 1:], row[:, 1:], itself
    chosen = np.arange(k) + itself[:, None]
    return np.take_along_axis(distance, chosen, 1), np.take_along_axis(row, chosen, 1), itself


def reach(x: Sorted, y: Sorted, k: int, chosen: bool) -> tuple[np.ndarray, np.ndarray]:
    """The distance of each row (x_i, y_i) to its k-th neighbour, and of how many rows it is a neighbour.

    What `nearest` finds among all rows, without saying which they are; the second, where it is not `chosen`
    to be counted, has shape (0,).
    """
    n = len(x.values)
    found = reach_in_plane(x.values, y.values, (x.order, y.order), k + 1, plain_seconds(n, 2), chosen)
    if found is None:
        joint = np.stack([x.values, y.values], axis=1)
        distance, row = _nearest_plain(joint, joint, k + 1)
        found = distance[:, -1], np.bincount(row.ravel() if chosen else [], minlength=n * chosen)
    radius, times = found
    return radius, times - 1  # each row is the nearest to itself


def below(radius: Float64[np.ndarray, "m"]) -> Float64[np.ndarray, "m"]:
    """The largest number below each radius: counting within it is counting strictly closer (than 0: equal)."""
    return np.nextafter(radius, 0.0)


def count_within(
    reference: Float64[np.ndarray, "n d"], points: Float64[np.ndarray, "m d"], radius: Float64[np.ndarray, "m"]
) -> Int[np.ndarray, "m"]:
    """How many reference rows lie at a distance of at most radius_i from point i, itself included."""
    if reference.shape[1] == 1:
        return Spans.of(reference, points, radius).count
    tree = CompiledTree.of(reference, plain_seconds(len(points), reference.shape[1]))
    return _count_in_tree(reference, points, radius) if tree is None else tree.count(points, radius)


def psi(*counts: Int[np.ndarray, "n"]) -> tuple[Float64[np.ndarray, "n"], ...]:
    """The digamma function of whole numbers of at least 0, by one table from the least to the greatest."""
    least, most = min(int(c.min()) for c in counts), max(int(c.max()) for c in counts)
    table = digamma(np.arange(least, most + 1))
    return tuple(table[c - least] for c in counts)


def _nearest(
    reference: np.ndarray, points: np.ndarray, k: int, columns: tuple[Sorted, ...] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Distances (m, k) and numbers (m, k) of the nearest reference rows, by the quickest way."""
    d = reference.shape[1]
    seconds = plain_seconds(len(points), d)
    if d == 2 and points is reference:
        x, y = columns or map(Sorted.of, reference.T)
        found = nearest_in_plane(x.values, y.values, (x.order, y.order), k, seconds)
        return found or _nearest_plain(reference, points, k)
    tree = CompiledTree.of(reference, seconds)
    return _nearest_plain(reference, points, k) if tree is None else tree.nearest(points, k)


def _nearest_plain(reference: np.ndarray, points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """By SciPy's tree, which leaves open who of equally far rows is named; order them."""
    tree, n = KDTree(reference), len(reference)
    distance, row = (a.reshape(len(points), -1) for a in tree.query(points, min(k + 1, n), p=np.inf))
    order = np.lexsort((row, distance), axis=1)
    distance, row = np.take_along_axis(distance, order, 1), np.take_along_axis(row, order, 1)
    if n > k:
        for i in np.flatnonzero((distance[:, k - 1] == distance[:, k]) & (distance[:, k] > 0.0)):
            radius = distance[i, k]
            around = np.sort(tree.query_ball_point(points[i], radius * (1.0 + 1e-9), p=np.inf))
            apart = np.abs(reference[around] - points[i]).max(1)
            row[i, :k] = around[np.lexsort((around, apart))[:k]]
    return distance[:, :k], row[:, :k]


def _count_in_tree(reference: np.ndarray, points: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Whole nodes at once, which scikit-learn's tree does four times faster than SciPy's."""
    from sklearn.neighbors import KDTree as CountingTree

    tree = CountingTree(reference, metric="chebyshev")
    return np.asarray(tree.query_radius(points, radius, count_only=True), dtype=np.int64)
