"""Sorted columns and pairs of columns: the fast paths of one and two dimensions (`_plane_kernels`)."""

import threading
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
    n, strips = len(x), _strips(kernels, x, y, orders)
    distance, found = np.empty((n, k)), np.empty((n, k), np.int64)

    def search(first: int, last: int) -> None:
        kernels.search_plane(strips, first, last, distance, found)

    in_parts(n, search)
    return distance, found


def reach_in_plane(
    x: np.ndarray, y: np.ndarray, orders: tuple[np.ndarray, np.ndarray], k: int, seconds: float, chosen: bool
) -> tuple[np.ndarray, np.ndarray] | None:
    """The last distance (n,) that `nearest_in_plane` finds for each row, and how often (n,) it finds each row.

    How often is left out, shape (0,), unless it is `chosen`. None while plain work is cheaper.
    """
    kernels = _engine.after(seconds)
    if kernels is None:
        return None
    n, strips = len(x), _strips(kernels, x, y, orders)
    radius, times, mutex = np.empty(n), np.zeros(n if chosen else 0, np.int32), threading.Lock()

    def search(first: int, last: int) -> None:
        own = np.zeros_like(times)
        low, high = kernels.reach(strips, first, last, k, radius, own)
        with mutex:
            times[strips.order[low:high]] += own[low:high]

    in_parts(n, search)
    return radius, times


def _strips(kernels: ModuleType, x: np.ndarray, y: np.ndarray, orders: tuple[np.ndarray, np.ndarray]) -> Any:
    return kernels.cut(x, y, *orders, max(1, round(np.sqrt(len(x)) / 2.0)))


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
