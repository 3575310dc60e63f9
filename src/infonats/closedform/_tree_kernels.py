"""A k-d tree in the max norm, compiled: nearest rows and counts within a radius, both exact.

The tree is balanced: level l cuts the n ordered rows into 2^l nodes, of which the i-th is
[n i / 2^l, n (i + 1) / 2^l), and the children of node v are 2 v + 1 and 2 v + 2. Pruning compares
distances to the box around a node's rows; a subtraction rounds monotonically, so no row at
a floating-point distance of at most r lies in a box farther away than r.

Leaves are wide, for a sieve that takes 64 rows at once. Each column is cut into 128 cells with equal numbers
of rows; of each leaf, column and cell edge a bitmap says which rows of the leaf lie before the edge (a
range-encoded bitmap index: C.-Y. Chan, Y. E. Ioannidis, "Bitmap index design and evaluation", SIGMOD 1998,
doi:10.1145/276304.276336). Two bitmaps of a column give the rows of a range of cells, so 2 d words say which
of 64 rows may be near. Those whose cells all lie within the radius do; the others are compared exactly.
"""

from typing import NamedTuple

import numpy as np

from infonats.closedform._compile import compiled
from infonats.closedform._insert_kernel import insert

CELLS = 128
ALL, ONE = np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64(1)
BLOCK = 64
"""Rows that stand together in the order and give a first bound."""
DEEPEST = 128


class Tree(NamedTuple):
    """The tree of rows (n, d). `ordered` (n, d) are the rows leaf by leaf, `order` (n,) their numbers.

    `low` and `high` (nodes, d) are boxes; `edges` (d, 129) bound the cells. Bit b of `before[leaf, j, c, w]` is
    set where row 64 w + b of the leaf lies in a cell of column j before cell c.
    """

    rows: np.ndarray
    ordered: np.ndarray
    order: np.ndarray
    low: np.ndarray
    high: np.ndarray
    edges: np.ndarray
    before: np.ndarray


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
def _apart(rows, i, point):
    """The distance of row i to a point."""
    most = 0.0
    for j in range(len(point)):
        apart = abs(rows[i, j] - point[j])
        most = apart if apart > most else most
    return most


@compiled
def _outside(tree, node, point):
    """The distance of a point to the box of a node: 0 inside it."""
    low, high, most = tree.low, tree.high, 0.0
    for j in range(len(point)):
        apart = max(low[node, j] - point[j], point[j] - high[node, j])
        most = apart if apart > most else most
    return most


@compiled
def _farthest(tree, node, point):
    """The distance of a point to the farthest place in the box of a node."""
    low, high, most = tree.low, tree.high, 0.0
    for j in range(len(point)):
        apart = max(point[j] - low[node, j], high[node, j] - point[j])
        most = apart if apart > most else most
    return most


@compiled
def mark(codes, before):
    """Set the bits of the empty `before` (leaves, d, 129, w) by the cells `codes` (d, n) of ordered rows."""
    (d, n), leaves = codes.shape, len(before)
    for leaf in range(leaves):
        first, last = n * leaf // leaves, n * (leaf + 1) // leaves
        for j in range(d):
            for i in range(last - first):
                before[leaf, j, codes[j, first + i] + 1, i >> 6] |= ONE << np.uint64(i & 63)
            for c in range(1, before.shape[2]):
                before[leaf, j, c] |= before[leaf, j, c - 1]


@compiled
def _reach(edges, point, radius, cells):
    """Of each column j the cells that may hold values within the radius, [cells[0, j], cells[1, j]).

    And those that hold only such values, [cells[2, j], cells[3, j]). Halving without branches.
    """
    for j in range(len(point)):
        value, low, high, half = point[j], 0, 0, CELLS >> 1
        while half > 0:
            low += half * (value - edges[j, low + half] > radius)
            high += half * (edges[j, high + half] - value <= radius)
            half >>= 1
        cells[0, j], cells[1, j] = low, high + 1
        cells[2, j] = low + (value - edges[j, low] > radius)
        cells[3, j] = high + (edges[j, high + 1] - value <= radius)


@compiled
def _sieve(before, leaf, first, end, hit):
    """Set the bits of the rows whose cells lie in the ranges [first, end) (d,) of all columns."""
    hit[:] = ALL
    for j in range(before.shape[1]):
        a, b = first[j], end[j]
        for i in range(len(hit)):
            hit[i] &= before[leaf, j, b, i] & ~before[leaf, j, a, i]


@compiled
def _ones(bits):
    """How many bits are set (compilers know this as one instruction)."""
    bits -= (bits >> np.uint64(1)) & np.uint64(0x5555555555555555)
    bits = (bits & np.uint64(0x3333333333333333)) + ((bits >> np.uint64(2)) & np.uint64(0x3333333333333333))
    bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((bits * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def _search_leaf(tree, leaf, hit, point, distance, found):
    """Compare the rows of a leaf that passed the sieve."""
    leaves, n = len(tree.before), len(tree.rows)
    first, k = n * leaf // leaves, len(distance)
    for w in range(len(hit)):
        bits = hit[w]
        while bits != 0:
            i = first + 64 * w + _ones((bits & -bits) - ONE)
            bits &= bits - ONE
            apart, row = _apart(tree.ordered, i, point), tree.order[i]
            if apart < distance[k - 1] or (apart == distance[k - 1] and row < found[k - 1]):
                insert(apart, row, distance, found)


@compiled
def _near(tree, point, distance, found, work):
    """The nearest rows of one point. `distance` starts at a bound on the last of them."""
    cells, hit, waiting, bound = work
    inner, k, seen, top = len(tree.before) - 1, len(distance), np.inf, 0
    waiting[0], bound[0] = 0, 0.0
    _reach(tree.edges, point, distance[k - 1], cells)
    while top >= 0:
        node, far, top = waiting[top], bound[top], top - 1
        while node < inner and far <= distance[k - 1]:
            node, other = 2 * node + 1, 2 * node + 2
            far = _outside(tree, node, point)
            beyond = _outside(tree, other, point)
            if beyond < far:
                node, other, far, beyond = other, node, beyond, far
            if beyond <= distance[k - 1]:
                top += 1
                waiting[top], bound[top] = other, beyond
        if far > distance[k - 1]:
            continue
        if distance[k - 1] < 0.95 * seen:
            seen = distance[k - 1]
            _reach(tree.edges, point, seen, cells)
        _sieve(tree.before, node - inner, cells[0], cells[1], hit)
        _search_leaf(tree, node - inner, hit, point, distance, found)
        if distance[k - 1] == 0.0 and found[k - 1] < len(tree.rows):
            return


@compiled
def search(tree, points, place, distance, found):
    """The nearest rows of each point in order: `distance` (m, k) and their numbers `found` (m, k).

    The points are the ordered rows from `place` on, or others where it is negative.
    """
    n, d = tree.rows.shape
    k = distance.shape[1]
    cells, hit = np.empty((4, d), np.int64), np.empty(tree.before.shape[3], np.uint64)
    work = cells, hit, np.empty(DEEPEST, np.int64), np.empty(DEEPEST)
    for p in range(len(points)):
        distance[p], found[p] = np.inf, n
        if place >= 0:  # the k-th of some rows around is at least as far as the k-th of all
            block = (place + p) // BLOCK * BLOCK
            for i in range(block, min(block + BLOCK, n)):
                apart = _apart(tree.ordered, i, points[p])
                if apart < distance[p, k - 1]:
                    insert(apart, n, distance[p], found[p])
            distance[p], found[p] = distance[p, k - 1], n
        _near(tree, points[p], distance[p], found[p], work)


@compiled
def _count_leaf(hit, sure, tree, first, point, radius):
    """How many rows of a leaf lie within the radius: those in covered cells, and those of the rest that do."""
    total = 0
    for w in range(len(hit)):
        total += _ones(sure[w])
        bits = hit[w] & ~sure[w]
        while bits != 0:
            i = first + 64 * w + _ones((bits & -bits) - ONE)
            bits &= bits - ONE
            total += _apart(tree.ordered, i, point) <= radius
    return total


@compiled
def _count(tree, point, radius, work):
    """How many rows lie within the radius of one point."""
    cells, hit, sure, waiting = work
    n, leaves = len(tree.rows), len(tree.before)
    _reach(tree.edges, point, radius, cells)
    total, top, waiting[0] = 0, 0, 1
    while top >= 0:
        place, top = waiting[top], top - 1  # one more than the node: its first binary digit is its level
        if _outside(tree, place - 1, point) > radius:
            continue
        width = 1
        while width * 2 <= place:
            width *= 2
        first, last = n * (place - width) // width, n * (place - width + 1) // width
        if _farthest(tree, place - 1, point) <= radius:
            total += last - first
        elif width < leaves:
            waiting[top + 1], waiting[top + 2], top = 2 * place, 2 * place + 1, top + 2
        else:
            _sieve(tree.before, place - width, cells[0], cells[1], hit)
            _sieve(tree.before, place - width, cells[2], cells[3], sure)
            total += _count_leaf(hit, sure, tree, first, point, radius)
    return total


@compiled
def count(tree, points, radius, total):
    """How many rows lie at a distance of at most radius (m,) from each point, into `total` (m,)."""
    cells, bits = np.empty((4, tree.rows.shape[1]), np.int64), np.empty((2, tree.before.shape[3]), np.uint64)
    work = cells, bits[0], bits[1], np.empty(DEEPEST, np.int64)
    for p in range(len(points)):
        total[p] = _count(tree, points[p], radius[p], work)
