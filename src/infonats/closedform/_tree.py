"""The compiled k-d tree (`_tree_kernels`) from Python: built for given rows, queried in parts by threads."""

import dataclasses
from types import ModuleType
from typing import Any, Self

import numpy as np

from infonats.closedform._fast import Engine, in_parts

WIDE = 256
"""At most so many rows in a leaf; in up to three columns, fewer."""
NARROW = 64

_engine = Engine("_tree_kernels")


@dataclasses.dataclass(frozen=True)
class CompiledTree:
    """The tree of some rows, and the kernels that query it."""

    tree: Any
    kernels: ModuleType

    @classmethod
    def of(cls, rows: np.ndarray, seconds: float) -> Self | None:
        """The tree of rows (n, d), or None while plain work of so many seconds is cheaper."""
        kernels = _engine.after(seconds)
        return None if kernels is None else cls(_planted(np.ascontiguousarray(rows), kernels), kernels)

    def nearest(self, points: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Distances (m, k) and rows (m, k) of the k nearest, equally far ones by their number."""
        points, order = self._in_order(points)
        distance, found = np.empty((len(points), k)), np.empty((len(points), k), np.int64)

        def search(first: int, last: int) -> None:
            part = slice(first, last)
            self.kernels.search(self.tree, points[part], distance[part], found[part])

        in_parts(len(points), search)
        return _back(order, distance), _back(order, found)

    def count(self, points: np.ndarray, radius: np.ndarray) -> np.ndarray:
        """How many rows (m,) lie within the radius (m,) of each point."""
        points, order = self._in_order(points)
        radius = radius[order]
        total = np.empty(len(points), np.int64)

        def count(first: int, last: int) -> None:
            part = slice(first, last)
            self.kernels.count(self.tree, points[part], radius[part], total[part])

        in_parts(len(points), count)
        return _back(order, total)

    def _in_order(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The points as the kernels want them, neighbours together where they are the tree's own rows."""
        if np.array_equal(points, self.tree.rows):
            return self.tree.ordered, self.tree.order
        return np.ascontiguousarray(points), np.arange(len(points))


def _back(order: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The values in the order of the points that were given."""
    result = np.empty_like(values)
    result[order] = values
    return result


def _planted(rows: np.ndarray, kernels: ModuleType) -> Any:
    n, d = rows.shape
    leaf = WIDE if d > 3 else NARROW
    levels = max(0, int(np.ceil(np.log2(n / leaf))))
    columns, order = rows.T.copy(), np.arange(n)
    low, high = np.empty((2, (2 << levels) - 1, d))
    kernels.grow(columns, order, levels, low, high)
    ranks = np.arange(kernels.CELLS + 1) * (n - 1) // kernels.CELLS
    edges = np.sort(columns, axis=1)[:, ranks]
    codes = [np.searchsorted(edge[1:-1], column, "right") for edge, column in zip(edges, columns, strict=True)]
    words = _words(np.array(codes, np.uint8), n * np.arange((1 << levels) + 1) >> levels, kernels.PAD)
    return kernels.Tree(rows, columns.T.copy(), order, low, high, words, edges)


def _words(codes: np.ndarray, cuts: np.ndarray, pad: int) -> np.ndarray:
    """Codes (d, n) leaf by leaf as words (leaves, d, w), every leaf padded to as many; w is a multiple of 4."""
    width = 32 * -(-int(np.diff(cuts).max()) // 32)
    place = cuts[:-1, None] + np.arange(width)
    inside = place < cuts[1:, None]
    padded = np.where(inside, codes[:, np.minimum(place, codes.shape[1] - 1)], np.uint8(pad))
    return np.ascontiguousarray(padded.transpose(1, 0, 2)).view(np.uint64)
