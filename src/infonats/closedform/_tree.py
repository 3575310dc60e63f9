"""The compiled k-d tree (`_tree_kernels`) from Python: built for given rows, queried in parts by threads."""

import dataclasses
from types import ModuleType
from typing import Any, Self

import numpy as np

from infonats.closedform._fast import Engine, in_parts

WIDE = 4096
"""At most so many rows in a leaf: the bitmaps of a wide one are read in long runs."""
FEW_COLUMNS, NARROW = 3, 64
"""In so few columns boxes are tight enough for leaves of at most `NARROW` rows."""

_engine = Engine("_tree_kernels")


@dataclasses.dataclass(frozen=True)
class CompiledTree:
    """The tree of some rows, and the kernels that query it."""

    tree: Any
    kernels: ModuleType

    @classmethod
    def of(cls, rows: np.ndarray, seconds: float) -> Self | None:
        """The tree of rows (n, d); None while plain work of so many seconds is cheaper."""
        kernels = _engine.after(seconds)
        return None if kernels is None else cls(_planted(np.ascontiguousarray(rows), kernels), kernels)

    def nearest(self, points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Distances (m, k) and rows (m, k) of the k nearest, equally far ones by their number."""
        points, order, own = self._in_order(points)
        distance, found = np.empty((len(points), k)), np.empty((len(points), k), np.int64)

        def search(first: int, last: int) -> None:
            part = slice(first, last)
            self.kernels.search(self.tree, points[part], first if own else -1, distance[part], found[part])

        in_parts(len(points), search)
        return _back(order, distance), _back(order, found)

    def count(self, points: np.ndarray, radius: np.ndarray) -> np.ndarray:
        """How many rows (m,) lie within the radius (m,) of each point."""
        points, order, _ = self._in_order(points)
        radius = radius[order]
        total = np.empty(len(points), np.int64)

        def count(first: int, last: int) -> None:
            part = slice(first, last)
            self.kernels.count(self.tree, points[part], radius[part], total[part])

        in_parts(len(points), count)
        return _back(order, total)

    def _in_order(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
        """The points as the kernels want them, their order, and whether they are the tree's own rows.

        Of those, neighbours stand together.
        """
        if np.array_equal(points, self.tree.rows):
            return self.tree.ordered, self.tree.order, True
        return np.ascontiguousarray(points), np.arange(len(points)), False


def _back(order: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values in the order of the points that were given."""
    result = np.empty_like(values)
    result[order] = values
    return result


def _planted(rows: np.ndarray, kernels: ModuleType) -> Any:
    n, d = rows.shape
    leaf = WIDE if d > FEW_COLUMNS else NARROW
    levels = max(0, int(np.ceil(np.log2(n / leaf))))
    columns, order = rows.T.copy(), np.arange(n)
    deep = max(levels, int(np.ceil(np.log2(n / kernels.BLOCK))))
    low, high = np.empty((2, (2 << deep) - 1, d))
    kernels.grow(columns, order, deep, low, high)
    edges, codes = zip(*(_cells(column, kernels.CELLS) for column in columns), strict=True)
    cuts = n * np.arange((1 << levels) + 1) >> levels
    before = np.zeros((1 << levels, d, kernels.CELLS + 1, -(-int(np.diff(cuts).max()) // 64)), np.uint64)
    kernels.mark(np.array(codes), before)
    return kernels.Tree(rows, columns.T.copy(), order, low, high, np.array(edges), before)


def _cells(column: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The edges (count + 1,) of cells with equal numbers of values, and the cell of each value (n,)."""
    order = np.argsort(column)
    ordered = column[order]
    edges = ordered[np.arange(count + 1) * (len(column) - 1) // count]
    cuts = np.searchsorted(ordered, edges[1:-1])  # a value on an edge lies above it
    codes = np.empty(len(column), np.int64)
    codes[order] = np.repeat(np.arange(count), np.diff(cuts, prepend=0, append=len(column)))
    return edges, codes
