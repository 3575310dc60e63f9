"""How far the nearest rows in two columns reach, sixteen rows at a time, compiled and exact.

Rows that follow each other in a strip (`_plane_kernels`) have nearly the same rows around them, so sixteen of
them look through their own strip and those to the left and right together: each row on the way is compared
with all sixteen at once (`_lanes`) and put among their least distances by minima and maxima, without a branch
to guess wrong. Only distances are kept; a second look at the same rows counts whom they reach.
"""

import numpy as np

from infonats.closedform._compile import compiled
from infonats.closedform._lanes import WIDTH, least, load, minus, most, spread, store, within


@compiled
def _apart(x, y, points):
    """The distances of a row to the points."""
    dx, dy, zero = minus(load(points, 0), spread(x)), minus(load(points, 1), spread(y)), spread(0.0)
    return most(most(dx, minus(zero, dx)), most(dy, minus(zero, dy)))


@compiled
def offer(x, y, points, near):
    """Put the distances of a row among the least ones, `near` (k, 16), in ascending order."""
    apart = _apart(x, y, points)
    for q in range(len(near)):
        kept = load(near, q)
        store(near, q, least(kept, apart))
        apart = most(kept, apart)


@compiled
def sweep(strips, side, places, points, near):
    """Look through the rows of a strip upwards and downwards from a run of places; return the whole run."""
    xs, ys, _, cuts, _, _ = strips
    farthest, (low, high) = len(near) - 1, places
    while high < cuts[side + 1] and within(minus(spread(ys[high]), load(points, 1)), load(near, farthest)):
        offer(xs[high], ys[high], points, near)
        high += 1
    while low > cuts[side] and within(minus(load(points, 1), spread(ys[low - 1])), load(near, farthest)):
        low -= 1
        offer(xs[low], ys[low], points, near)
    return low, high


@compiled
def around(strips, block, starts, points, near, runs):
    """The least distances of a block: places [p, stop) of the strip `home`. Returns how many runs were seen."""
    xs, ys, _, cuts, left, right = strips
    (home, p, stop), k, used = block, len(near), 1
    near[:] = np.inf
    low, high = max(cuts[home], p - k // 2), min(cuts[home + 1], stop + k // 2)
    for i in range(low, high):
        offer(xs[i], ys[i], points, near)
    runs[0, 0], runs[0, 1] = sweep(strips, home, (low, high), points, near)
    for step in (-1, 1):
        side = home + step
        while 0 <= side < len(left):
            edge = most(minus(spread(left[side]), load(points, 0)), minus(load(points, 0), spread(right[side])))
            if not within(edge, load(near, k - 1)):
                break
            start = starts[side]
            while start < cuts[side + 1] and ys[start] < ys[p]:
                start += 1
            starts[side] = start
            runs[used, 0], runs[used, 1] = sweep(strips, side, (start, start), points, near)
            used, side = used + 1, side + step
    return used


@compiled
def reach(strips, begin, end, k, radius, chosen):
    """The distance of rows in places [begin, end) to the k-th nearest, itself included: `radius` (n,) by row.

    Added to `chosen` (n,), by place: of how many rows it is one of the k nearest; nothing where it is empty.
    Returns the places between which something was added.
    """
    xs, ys, order, cuts, left, _ = strips
    starts = cuts[:-1].copy()  # of each strip the first place whose y is not below that of the block
    points, near, runs = np.empty((2, WIDTH)), np.empty((k, WIDTH)), np.empty((len(left), 2), np.int64)
    lowest, highest, home, p = len(xs), 0, 0, begin
    while p < end:
        if p >= cuts[home + 1]:
            starts = cuts[:-1].copy()
        while p >= cuts[home + 1]:
            home += 1
        stop = min(p + WIDTH, end, cuts[home + 1])
        for lane in range(WIDTH):  # the last row stands in the lanes that are left over
            points[0, lane], points[1, lane] = xs[min(p + lane, stop - 1)], ys[min(p + lane, stop - 1)]
        used = around(strips, (home, p, stop), starts, points, near, runs)
        for lane in range(stop - p):
            radius[order[p + lane]] = near[k - 1, lane]
        if len(chosen):
            for lane in range(stop - p, WIDTH):
                near[k - 1, lane] = -1.0
            if count(strips, runs, used, points, near, chosen) > k * (stop - p):
                settle(strips, runs, used, points, near, chosen)
            for r in range(used):
                lowest, highest = min(lowest, runs[r, 0]), max(highest, runs[r, 1])
        p = stop
    return lowest, highest


@compiled
def count(strips, runs, used, points, near, chosen):
    """Add to `chosen` the rows in the runs that lie within the last of the distances of each point."""
    xs, ys, _, _, _, _ = strips
    farthest, total = load(near, len(near) - 1), 0
    for r in range(used):
        for i in range(runs[r, 0], runs[r, 1]):
            hits = within(_apart(xs[i], ys[i], points), farthest)
            chosen[i] += hits
            total += hits
    return total


@compiled
def settle(strips, runs, used, points, near, chosen):
    """Of rows as far as the k-th only those with the lowest numbers are among the k: take the others out."""
    xs, ys, order, _, _, _ = strips
    for lane in range(WIDTH):
        x, y, radius = points[0, lane], points[1, lane], near[len(near) - 1, lane]
        surplus, below = -len(near), len(xs)
        for r in range(used):
            for i in range(runs[r, 0], runs[r, 1]):
                surplus += max(abs(xs[i] - x), abs(ys[i] - y)) <= radius
        for _ in range(surplus):
            last, place = -1, -1
            for r in range(used):
                for i in range(runs[r, 0], runs[r, 1]):
                    if last < order[i] < below and max(abs(xs[i] - x), abs(ys[i] - y)) == radius:
                        last, place = order[i], i
            chosen[place] -= 1
            below = last
