"""Ties in continuous columns: refuse what is discrete, separate the rest by a documented low noise.

A k-NN estimate assumes that no two values are equal. Rounding breaks this a little, and noise far below
the rounding mends it; a discrete column breaks it for good, and noise would only hide that.

The noise is normal with standard deviation `NOISE` in units of the column's own, added to every value of
a column that has ties and to no other column. Its generator is seeded with the given seed and a checksum
of the column's ranks: the same column gets the same noise on either side, in any units.
"""

import zlib

import numpy as np
from jaxtyping import Float64, Int

from infonats.closedform._columns import codes
from infonats.errors import ColumnError, InputError

NOISE = 1e-10
"""Standard deviation of the noise that separates ties, relative to the column's."""

REMEDY = (
    "Use rounded_ksg where rounding made the values repeat, mixed_ksg for atoms and continuous parts together, "
    "ross for labels on one side, or discrete where x and y both take few values."
)


def refuse_discrete(x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], k: int) -> None:
    """Raise InputError where ties are too heavy for k nearest neighbours.

    A column is refused when at least half of its rows share their value with another row and it has at
    most 2 sqrt(n) distinct values; the sample is refused when more than k of its rows are identical.
    """
    refuse_discrete_columns("x", x)
    refuse_discrete_columns("y", y)
    if all(tied(np.sort(column)) for column in (*x.T, *y.T)):
        refuse_copies(np.hstack([x, y]), k)


def refuse_discrete_columns(name: str, rows: Float64[np.ndarray, "n d"], remedy: str = REMEDY) -> None:
    """Raise ColumnError where a column of the side called `name` is discrete as `refuse_discrete` says."""
    for index, column in enumerate(rows.T):
        refuse_discrete_column(name, index, np.sort(column), remedy)


def refuse_discrete_column(
    name: str, index: int, ordered: Float64[np.ndarray, "n"], remedy: str = REMEDY
) -> None:
    """As `refuse_discrete_columns`, of one column that is sorted."""
    n = len(ordered)
    if np.count_nonzero(ordered[1:] != ordered[:-1]) >= 2 * np.sqrt(n):  # differences might overflow
        return  # more than 2 sqrt(n) distinct values
    counts = np.unique(ordered, return_counts=True)[1]
    shared = int(counts[counts > 1].sum())
    if 2 * shared >= n:
        raise ColumnError(
            name,
            index,
            f"has {len(counts)} distinct values in {n} rows, and {shared} of the rows share their value "
            "with another: it looks discrete, and k nearest neighbours need continuous values. "
            f"{remedy}",
        )


def refuse_copies(joint: Float64[np.ndarray, "n d"], k: int) -> None:
    """Raise InputError where more than k rows are identical; they are not where a column has no ties."""
    copies = int(np.bincount(codes(joint)).max())
    if copies > k:
        most = "1 copy" if k == 1 else f"{k} copies"
        raise InputError(
            f"{copies} rows are identical in all columns; k = {k} nearest neighbours allow at most {most}, "
            f"because the k-th neighbour must lie at a distance. {REMEDY}"
        )


def separate(rows: Float64[np.ndarray, "n d"], seed: int) -> Float64[np.ndarray, "n d"]:
    """Add the noise to those columns of unit scale that have ties; return `rows` itself where none has."""
    together = [index for index, column in enumerate(rows.T) if tied(np.sort(column))]
    if not together:
        return rows
    rows = rows.copy()
    for index in together:
        rows[:, index] = separated(rows[:, index], seed)
    return rows


def separated(column: Float64[np.ndarray, "n"], seed: int) -> Float64[np.ndarray, "n"]:
    """A column of unit scale with the noise."""
    checksum = zlib.crc32(codes(column[:, None]).astype("<i8").tobytes())
    return column + NOISE * np.random.default_rng([seed, checksum]).standard_normal(len(column))


def tied(ordered: Float64[np.ndarray, "n"]) -> bool:
    """Whether two values of a sorted column are equal."""
    return bool((ordered[1:] == ordered[:-1]).any())


def twins(reference: Float64[np.ndarray, "n d"], rows: Float64[np.ndarray, "m d"]) -> Int[np.ndarray, "m"]:
    """For each of `rows`, the reference row equal to it, or -1; the j-th copy meets the j-th copy."""
    code = codes(np.vstack([reference, rows]))
    theirs, ours = code[: len(reference)], code[len(reference) :]
    order = np.argsort(theirs, kind="stable")
    first = np.searchsorted(theirs[order], ours, "left")
    copies = np.searchsorted(theirs[order], ours, "right") - first
    met = order[np.minimum(first + _occurrence(ours) % np.maximum(copies, 1), len(order) - 1)]
    return np.where(copies > 0, met, -1)


def _occurrence(code: Int[np.ndarray, "m"]) -> Int[np.ndarray, "m"]:
    """How many earlier rows have the same code."""
    order = np.argsort(code, kind="stable")
    seen = np.empty_like(order)
    seen[order] = np.arange(len(code)) - np.searchsorted(code[order], code[order], "left")
    return seen
