"""Nearest rows in two columns by strips, and spans of a sorted column, compiled and exact.

The plane is cut into strips with equal numbers of rows by the first column; within a strip, rows stand in the
order of the second. Around a point, rows are looked through upwards and downwards in its own strip and
then in strips to the left and right, as long as their edge is no farther than the k-th row found. With
sqrt(n) rows in a strip, about ten rows are looked at for each point, whatever the dependence.
"""

from typing import NamedTuple

import numpy as np

from infonats.closedform._compile import compiled


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
def _insert(apart, row, distance, found):
    """Keep the nearest in order, the lower row first where two are equally far."""
    q = len(distance) - 1
    if apart < distance[q] or row < found[q]:
        while q > 0 and (distance[q - 1] > apart or (distance[q - 1] == apart and found[q - 1] > row)):
            distance[q], found[q] = distance[q - 1], found[q - 1]
            q -= 1
        distance[q], found[q] = apart, row


@compiled
def _look(strips, x, y, places, distance, found):
    """Look through one strip from `start` upwards and from below it downwards."""
    start, first, last = places
    k = len(distance) - 1
    i = start
    while i < last and strips.y[i] - y <= distance[k]:
        apart = max(abs(strips.x[i] - x), strips.y[i] - y)
        if apart <= distance[k]:
            _insert(apart, strips.order[i], distance, found)
        i += 1
    i = start - 1
    while i >= first and y - strips.y[i] <= distance[k]:
        apart = max(abs(strips.x[i] - x), y - strips.y[i])
        if apart <= distance[k]:
            _insert(apart, strips.order[i], distance, found)
        i -= 1


@compiled
def search_plane(strips, first, last, distance, found):
    """The nearest rows of those in places [first, last): `distance` and `found` (n, k) by row number."""
    k, s, cuts = distance.shape[1] - 1, 0, strips.cuts
    starts = cuts[:-1].copy()  # of each strip the first place whose y is not below the point's
    for p in range(first, last):
        while cuts[s + 1] <= p:
            s += 1
            starts[:] = cuts[:-1]
        x, y, row = strips.x[p], strips.y[p], strips.order[p]
        near, who = distance[row], found[row]
        near[:], who[:] = np.inf, len(strips.x)
        _look_near(strips, x, y, (p, cuts[s], cuts[s + 1]), near, who)
        side = s - 1
        while side >= 0 and x - strips.right[side] <= near[k] and near[k] > 0.0:
            while starts[side] < cuts[side + 1] and strips.y[starts[side]] < y:
                starts[side] += 1
            _look(strips, x, y, (starts[side], cuts[side], cuts[side + 1]), near, who)
            side -= 1
        side = s + 1
        while side < len(strips.left) and strips.left[side] - x <= near[k] and near[k] > 0.0:
            while starts[side] < cuts[side + 1] and strips.y[starts[side]] < y:
                starts[side] += 1
            _look(strips, x, y, (starts[side], cuts[side], cuts[side + 1]), near, who)
            side += 1


@compiled
def _look_near(strips, x, y, places, distance, found):
    """Look through the point's own strip from its place in both directions at once, nearest y first."""
    start, first, last = places
    k, up, down = len(distance) - 1, start, start - 1
    while distance[k] > 0.0:
        above = strips.y[up] - y if up < last else np.inf
        below = y - strips.y[down] if down >= first else np.inf
        if min(above, below) > distance[k] or (up >= last and down < first):
            return
        i = up if above <= below else down
        if above <= below:
            up += 1
        else:
            down -= 1
        apart = max(abs(strips.x[i] - x), min(above, below))
        if apart <= distance[k]:
            _insert(apart, strips.order[i], distance, found)


@compiled
def spans(ordered, centres, starts, radius, bounds):
    """The first place within radius_i of centre i among `ordered` and the first past it, into `bounds` (m, 2).

    `starts` (m,) are places to look from: where the centre stands, or would. Doubling steps reach an end.
    """
    n = len(ordered)
    for i in range(len(centres)):
        centre, r = centres[i], radius[i]
        low, step = min(starts[i], n - 1), 1
        while low >= 0 and centre - ordered[low] <= r:
            low, step = low - step, 2 * step
        inside = min(low + (step >> 1), n) if step > 1 else low + 1
        low = max(low, -1)
        while inside - low > 1:
            middle = (low + inside) >> 1
            if centre - ordered[middle] <= r:
                inside = middle
            else:
                low = middle
        bounds[i, 0] = inside
        high, step = max(min(starts[i], n - 1), 0), 1
        while high < n and ordered[high] - centre <= r:
            high, step = high + step, 2 * step
        inside = high - (step >> 1) if step > 1 else high - 1
        high = min(high, n)
        while high - inside > 1:
            middle = (high + inside) >> 1
            if ordered[middle] - centre <= r:
                inside = middle
            else:
                high = middle
        bounds[i, 1] = high
