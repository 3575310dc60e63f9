"""Nearest rows in two columns by strips, and spans of a sorted column, compiled and exact.

The plane is cut into strips with equal numbers of rows by the first column; within a strip, rows stand in the
order of the second. Around a point, rows are looked through upwards and downwards in its own strip and
then in strips to the left and right, as long as their edge is no farther than the k-th row found. With
sqrt(n) rows in a strip, about ten rows are looked at for each point, whatever the dependence.
"""

from typing import NamedTuple

import numpy as np

from infonats.closedform._compile import compiled
from infonats.closedform._insert_kernel import insert
from infonats.closedform._reach_kernels import reach as reach  # both searches are one module to `_fast`

CELLS, FEW = 4, 8
"""Cells of a sorted column for each row; places that are looked through one by one."""


class Strips(NamedTuple):
    """Rows strip by strip: `x`, `y` (n,), their numbers `order` (n,), and where strips begin, `cuts` (s + 1,).

    `left` and `right` (s,) are the least and greatest x of each strip.
    """

    x: np.ndarray
    y: np.ndarray
    order: np.ndarray
    cuts: np.ndarray
    left: np.ndarray
    right: np.ndarray


@compiled
def cut(x, y, by_x, by_y, strips):
    """The strips of x, y (n,), given the order of each."""
    n = len(x)
    cuts = n * np.arange(strips + 1) // strips
    strip, order = np.empty(n, np.int64), np.empty(n, np.int64)
    for s in range(strips):
        for i in range(cuts[s], cuts[s + 1]):
            strip[by_x[i]] = s
    place = cuts[:-1].copy()
    for row in by_y:  # rows enter their strips in the order of y
        s = strip[row]
        order[place[s]] = row
        place[s] += 1
    return Strips(x[order], y[order], order, cuts, x[by_x[cuts[:-1]]], x[by_x[cuts[1:] - 1]])


@compiled
def _sweep(strips, side, places, point, near, who):
    """Look through the rows of a strip, upwards from the first of two places and downwards from the other."""
    xs, ys, order, cuts, _, _ = strips
    (first, last), (x, y) = places, point
    for i in range(first, cuts[side + 1]):
        apart = ys[i] - y
        if apart > near[-1]:
            break
        apart = max(abs(xs[i] - x), apart)
        if apart < near[-1] or (apart == near[-1] and order[i] < who[-1]):
            insert(apart, order[i], near, who)
    for i in range(last, cuts[side] - 1, -1):
        apart = y - ys[i]
        if apart > near[-1]:
            break
        apart = max(abs(xs[i] - x), apart)
        if apart < near[-1] or (apart == near[-1] and order[i] < who[-1]):
            insert(apart, order[i], near, who)


@compiled
def search_plane(strips, begin, end, distance, found):
    """The nearest rows of those in places [begin, end): `distance` and `found` (n, k) by row number."""
    xs, ys, order, cuts, left, right = strips
    starts = cuts[:-1].copy()  # of each strip the first place whose y is not below the point's
    k, home = distance.shape[1], 0
    near, who = np.empty(k), np.empty(k, np.int64)
    for p in range(begin, end):
        if p >= cuts[home + 1]:
            starts = cuts[:-1].copy()
        while p >= cuts[home + 1]:
            home += 1
        x, y = xs[p], ys[p]
        near[:], who[:] = np.inf, len(xs)
        first = max(cuts[home], p - k // 2)  # rows next to the point's give a first bound
        last = min(cuts[home + 1], first + k)
        for i in range(first, last):
            insert(max(abs(xs[i] - x), abs(ys[i] - y)), order[i], near, who)
        _sweep(strips, home, (last, first - 1), (x, y), near, who)
        for step in (-1, 1):
            side = home + step
            while 0 <= side < len(left) and near[-1] > 0.0:
                if max(left[side] - x, x - right[side]) > near[-1]:
                    break
                start = starts[side]
                while start < cuts[side + 1] and ys[start] < y:
                    start += 1
                starts[side] = start
                _sweep(strips, side, (start, start - 1), (x, y), near, who)
                side += step
        for i in range(k):
            distance[order[p], i], found[order[p], i] = near[i], who[i]


@compiled
def _cell(value, low, scale, cells):
    """Which of the cells a value lies in; greater values never lie in lower cells."""
    return np.int64(min(max((value - low) * scale, 0.0), cells - 1.0))


@compiled
def starts(ordered):
    """The ordered values, where those of each of 4 n equally wide cells begin (4 n + 1,), cells per unit."""
    n, cells = len(ordered), CELLS * len(ordered)
    scale = cells / (ordered[n - 1] - ordered[0])
    scale = scale if np.isfinite(scale) else 0.0
    first, most = np.zeros(cells + 1, np.int32), np.int32(0)
    for i in range(n):  # the last row of a cell leaves where the next cell begins
        first[_cell(ordered[i], ordered[0], scale, cells) + 1] = i + 1
    for cell in range(cells + 1):  # an empty cell begins where the next one does
        most = max(most, first[cell])
        first[cell] = most
    return ordered, first, scale


@compiled
def spans(table, order, begin, end, radius, bounds):
    """Of the rows in places [begin, end) the first place within their radius and the first past it.

    They go into `bounds` (n, 2) by row number. The cell of centre -+ radius leaves few places, of which a
    crowded one is halved; the last steps also mend what the rounding of the cell got wrong.
    """
    ordered, first, scale = table
    n, cells = len(ordered), len(first) - 1
    for place in range(begin, end):
        row = order[place]
        centre, r = ordered[place], radius[row]
        cell = _cell(centre - r, ordered[0], scale, cells)
        low, high = np.int64(first[cell]), np.int64(first[cell + 1])
        while high - low > FEW:
            middle = (low + high) >> 1
            if centre - ordered[middle] > r:
                low = middle + 1
            else:
                high = middle
        while low > 0 and centre - ordered[low - 1] <= r:
            low -= 1
        while centre - ordered[low] > r:
            low += 1
        bounds[row, 0] = low
        cell = _cell(centre + r, ordered[0], scale, cells)
        low, high = np.int64(first[cell]), np.int64(first[cell + 1])
        while high - low > FEW:
            middle = (low + high) >> 1
            if ordered[middle] - centre <= r:
                low = middle + 1
            else:
                high = middle
        while low > 0 and ordered[low - 1] - centre > r:
            low -= 1
        while low < n and ordered[low] - centre <= r:
            low += 1
        bounds[row, 1] = low
