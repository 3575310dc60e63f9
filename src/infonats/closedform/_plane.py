"""Sorted columns and pairs of columns: the fast paths of one and two dimensions (`_plane_kernels`)."""

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


def spans_of_rows(
    ordered: np.ndarray, order: np.ndarray, radius: np.ndarray, seconds: float
) -> tuple[np.ndarray, np.ndarray] | None:
    """The first place within radius_i of row i, and the first past it, among the `ordered` values.

    `order` (n,) says which row stands where. None while plain work of so many seconds is cheaper.
    """
    kernels = _engine.after(seconds)
    if kernels is None:
        return None
    table, bounds = kernels.starts(ordered), np.empty((len(order), 2), np.int64)

    def look(first: int, last: int) -> None:
        kernels.spans(table, order, first, last, radius, bounds)

    in_parts(len(order), look)
    return bounds[:, 0], bounds[:, 1]
