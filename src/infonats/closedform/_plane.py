"""Sorted columns and pairs of columns: the fast paths of one and two dimensions (`_plane_kernels`)."""

from types import ModuleType
from typing import Any

import numpy as np

from infonats.closedform._fast import Engine, in_parts

_engine = Engine("_plane_kernels")


def nearest_in_plane(
    x: np.ndarray, y: np.ndarray, orders: tuple[np.ndarray, np.ndarray], k: int, seconds: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """Distances (n, k) and numbers (n, k) of the rows nearest to each of the rows (x_i, y_i), itself included.

    `orders` sort x (n,) and y (n,). None while plain work of so many seconds is cheaper.
    """
    kernels = _engine.after(seconds)
    if kernels is None:
        return None
    n = len(x)
    strips = kernels.cut(x, y, *orders, max(1, round(np.sqrt(n) / 1.5)))
    distance, found = np.empty((n, k)), np.empty((n, k), np.int64)

    def search(first: int, last: int) -> None:
        kernels.search_plane(strips, first, last, distance, found)

    in_parts(n, search)
    return distance, found


class Cells:
    """The `ordered` values (n,) of a column, and where each of its cells begins, found at the first look."""

    def __init__(self, ordered: np.ndarray) -> None:
        self.ordered = ordered
        self._table: Any = None

    def spans(
        self, order: np.ndarray, radius: np.ndarray, seconds: float
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """The first place within radius_i of row i, and the first past it.

        `order` (n,) says which row stands where. None while plain work of so many seconds is cheaper.
        """
        kernels = _engine.after(seconds)
        if kernels is None:
            return None
        if self._table is None:
            self._table = kernels.starts(self.ordered)
        return _looked_up(kernels, self._table, order, radius)


def _looked_up(
    kernels: ModuleType, table: Any, order: np.ndarray, radius: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    bounds = np.empty((len(order), 2), np.int64)

    def look(first: int, last: int) -> None:
        kernels.spans(table, order, first, last, radius, bounds)

    in_parts(len(order), look)
    return bounds[:, 0], bounds[:, 1]
