"""A k-d tree in the max norm, compiled: nearest rows and counts within a radius, both exact.

The tree is balanced: level l cuts the n ordered rows into 2^l nodes, of which the i-th is
[n i / 2^l, n (i + 1) / 2^l), and the children of node v are 2 v + 1 and 2 v + 2. Pruning compares
distances to the box around a node's rows; a subtraction rounds monotonically, so no row at
a floating-point distance of at most r lies in a box farther away than r.

Leaves are wide, for a sieve that takes 8 rows at once. Each coordinate has a code of seven bits: which of
128 cells with equal numbers of rows it lies in. Codes stand in the bytes of 64-bit words with the
high bit free, so that one subtraction compares eight codes: (c | 128) - low keeps the high bit of a byte
if c >= low, and (high | 128) - c if c <= high. Rows whose cells all meet the box are compared exactly.
"""

from typing import NamedTuple

import numpy as np

from infonats.closedform._compile import compiled

CELLS = 128
PAD = 128
"""The code of a place without a row; no range contains it, and nothing is borrowed from its neighbour."""
ONES, GUARD = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
ONE, SEVEN, EIGHT, LAST = np.uint64(1), np.uint64(7), np.uint64(8), np.uint64(56)
DEEPEST = 128


class Tree(NamedTuple):
    """The tree of rows (n, d). `ordered` (n, d) are the rows leaf by leaf, `order` (n,) their numbers.

    `low` and `high` (nodes, d) are boxes; `words` (leaves, d, w) the codes; `edges` (d, 129) bound the cells.
    """

    rows: np.ndarray
    ordered: np.ndarray
    order: np.ndarray
    low: np.ndarray
    high: np.ndarray
    words: np.ndarray
    edges: np.ndarray


@compiled
def grow(columns, order, levels, low, high):
    """Order `columns` (d, n) and `order` (n,) in place, node by node at the middle of its widest column."""
    d, n = columns.shape
    for level in range(levels + 1):
        for index in range(1 << level):
            node = (1 << level) - 1 + index
            first, last = (n * index) >> level, (n * (index + 1)) >> level
            for j in range(d):
                least = most = columns[j, first]
                for value in columns[j, first:last]:
                    least = value if value < least else least
                    most = value if value > most else most
                low[node, j], high[node, j] = least, most
            if level < levels:
                _select(columns, order, np.argmax(high[node] - low[node]), first, last)


@compiled
def _select(columns, order, axis, first, last):
    """Hoare's selection: no value of `axis` before the middle of [first, last) exceeds one after it."""
    middle, column = (first + last) >> 1, columns[axis]
    last -= 1
    while first < last:
        a, b, c = column[first], column[(first + last) >> 1], column[last]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = first, last
        while i <= j:
            while column[i] < pivot:
                i += 1
            while column[j] > pivot:
                j -= 1
            if i <= j:
                for axis_ in range(len(columns)):
                    columns[axis_, i], columns[axis_, j] = columns[axis_, j], columns[axis_, i]
                order[i], order[j] = order[j], order[i]
                i, j = i + 1, j - 1
        if middle <= j:
            last = j
        elif middle >= i:
            first = i
        else:
            return


@compiled
def _apart(row, point):
    """The distance of two rows."""
    most = 0.0
    for j in range(len(point)):
        apart = abs(row[j] - point[j])
        most = apart if apart > most else most
    return most


@compiled
def _outside(low, high, point):
    """The distance of a point to a box: 0 inside it."""
    most = 0.0
    for j in range(len(point)):
        apart = max(low[j] - point[j], point[j] - high[j])
        most = apart if apart > most else most
    return most


@compiled
def _farthest(low, high, point):
    """The distance of a point to the farthest place in a box."""
    most = 0.0
    for j in range(len(point)):
        apart = max(point[j] - low[j], high[j] - point[j])
        most = apart if apart > most else most
    return most


@compiled
def _cells(lower, upper, point, radius, ranges):
    """Of each column the range of cells c with value - lower[c] <= radius and upper[c] - value <= radius.

    As words (2, d). False if there may be none in a column.
    """
    some = True
    for j in range(len(point)):
        low, high, value = lower[j], upper[j], point[j]
        a, b = 0, CELLS - 1
        while a < b:
            middle = (a + b) >> 1
            if value - low[middle] <= radius:
                b = middle
            else:
                a = middle + 1
        c, d = 0, CELLS - 1
        while c < d:
            middle = (c + d + 1) >> 1
            if high[middle] - value <= radius:
                c = middle
            else:
                d = middle - 1
        some &= value - low[a] <= radius and high[c] - value <= radius
        ranges[0, j], ranges[1, j] = np.uint64(a) * ONES, np.uint64(c) * ONES | GUARD
    return some


@compiled
def _touched(edges, point, radius, ranges):
    """The cells that may hold values within the radius."""
    return _cells(edges[:, 1:], edges[:, :-1], point, radius, ranges)


@compiled
def _covered(edges, point, radius, ranges):
    """The cells that hold only values within the radius; whether there are any."""
    return _cells(edges[:, :-1], edges[:, 1:], point, radius, ranges)


@compiled
def _sieve(words, ranges, hit):
    """Set the high bit of each byte of `hit` whose codes lie in the ranges of all columns."""
    hit[:] = GUARD
    for j in range(len(words)):
        column, a, b = words[j], ranges[0, j], ranges[1, j]
        for i in range(len(hit)):
            hit[i] &= ((column[i] | GUARD) - a) & (b - column[i])


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
def _search_leaf(tree, leaf, hit, point, distance, found):
    """Compare the rows of a leaf that passed the sieve."""
    leaves, n = len(tree.words), len(tree.rows)
    first, k = n * leaf // leaves, len(distance)
    for w in range(0, len(hit), 4):
        if (hit[w] | hit[w + 1] | hit[w + 2] | hit[w + 3]) == 0:
            continue
        for v in range(w, w + 4):
            bits, i = hit[v] >> SEVEN, first + 8 * v
            while bits != 0:
                if bits & ONE:
                    apart = _apart(tree.ordered[i], point)
                    if apart <= distance[k - 1]:
                        _insert(apart, tree.order[i], distance, found)
                bits, i = bits >> EIGHT, i + 1


@compiled
def _near(tree, point, distance, found, work):
    """The nearest rows of one point. `distance` starts at a bound on the last of them."""
    ranges, hit, waiting, bound = work
    inner, k, seen, top = len(tree.words) - 1, len(distance), np.inf, 0
    waiting[0], bound[0] = 0, 0.0
    _touched(tree.edges, point, distance[k - 1], ranges)
    while top >= 0:
        node, far, top = waiting[top], bound[top], top - 1
        while node < inner and far <= distance[k - 1]:
            node, other = 2 * node + 1, 2 * node + 2
            far = _outside(tree.low[node], tree.high[node], point)
            beyond = _outside(tree.low[other], tree.high[other], point)
            if beyond < far:
                node, other, far, beyond = other, node, beyond, far
            if beyond <= distance[k - 1]:
                top += 1
                waiting[top], bound[top] = other, beyond
        if far > distance[k - 1]:
            continue
        if distance[k - 1] < 0.95 * seen:
            seen = distance[k - 1]
            _touched(tree.edges, point, seen, ranges)
        _sieve(tree.words[node - inner], ranges, hit)
        _search_leaf(tree, node - inner, hit, point, distance, found)
        if distance[k - 1] == 0.0 and found[k - 1] < len(tree.rows):
            return


@compiled
def search(tree, points, distance, found):
    """The nearest rows of each point in order: `distance` (m, k) and their numbers `found` (m, k)."""
    n, d = tree.rows.shape
    k = distance.shape[1]
    ranges, hit = np.empty((2, d), np.uint64), np.empty(tree.words.shape[2], np.uint64)
    work = ranges, hit, np.empty(DEEPEST, np.int64), np.empty(DEEPEST)
    for p in range(len(points)):
        limit = np.inf
        if p > 0:  # the rows found for the point before are k rows, so none of the k nearest is farther
            limit = 0.0
            for i in range(k):
                limit = max(limit, _apart(tree.rows[found[p - 1, i]], points[p]))
        distance[p], found[p] = limit, n
        _near(tree, points[p], distance[p], found[p], work)


@compiled
def _count_leaf(hit, sure, tree, first, point, radius):
    """How many rows of a leaf lie within the radius: those in covered cells, and those of the rest that do."""
    total = 0
    for w in range(len(hit)):
        if hit[w] == 0:
            continue
        total += np.int64(((sure[w] >> SEVEN) * ONES) >> LAST)
        bits, i = (hit[w] & ~sure[w]) >> SEVEN, first + 8 * w
        while bits != 0:
            if bits & ONE:
                total += _apart(tree.ordered[i], point) <= radius
            bits, i = bits >> EIGHT, i + 1
    return total


@compiled
def _count(tree, point, radius, work):
    """How many rows lie within the radius of one point."""
    ranges, covered, hit, sure, waiting = work
    n, leaves = len(tree.rows), len(tree.words)
    _touched(tree.edges, point, radius, ranges)
    some = _covered(tree.edges, point, radius, covered)
    sure[:] = 0
    total, top, waiting[0] = 0, 0, 1
    while top >= 0:
        place, top = waiting[top], top - 1  # one more than the node: its first binary digit is its level
        low, high = tree.low[place - 1], tree.high[place - 1]
        if _outside(low, high, point) > radius:
            continue
        width = 1
        while width * 2 <= place:
            width *= 2
        first, last = n * (place - width) // width, n * (place - width + 1) // width
        if _farthest(low, high, point) <= radius:
            total += last - first
        elif width < leaves:
            waiting[top + 1], waiting[top + 2], top = 2 * place, 2 * place + 1, top + 2
        else:
            _sieve(tree.words[place - width], ranges, hit)
            if some:
                _sieve(tree.words[place - width], covered, sure)
            total += _count_leaf(hit, sure, tree, first, point, radius)
    return total


@compiled
def count(tree, points, radius, total):
    """How many rows lie at a distance of at most radius (m,) from each point, into `total` (m,)."""
    d, w = tree.rows.shape[1], tree.words.shape[2]
    ranges, bits = np.empty((2, 2, d), np.uint64), np.empty((2, w), np.uint64)
    work = ranges[0], ranges[1], bits[0], bits[1], np.empty(DEEPEST, np.int64)
    for p in range(len(points)):
        total[p] = _count(tree, points[p], radius[p], work)
