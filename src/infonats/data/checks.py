"""Diagnostics that need no estimate: sentences on what the data shows and what to change."""

import dataclasses
from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Float, Float64, Int, Int32

from infonats._types import Values
from infonats.data._words import listing, percent
from infonats.data.order import ordered
from infonats.data.pairs import Pairs

HEAVY_TIES = 0.1
NOTABLE_DUPLICATES = 0.01
ROWS_PER_COLUMN = 10
DOSES, ROWS_PER_DOSE = 20, 50
"""So few numbers, in so many rows each on average, are labels even where they are not whole."""
REPEATED = 3
"""So many rows with one value far from all others are no accident."""
CHANCE_ROWS = 12
"""Below this many rows two independent columns may agree in order by chance."""


def look(pairs: Pairs, method: str, values: Values = "any") -> tuple[str, ...]:
    """What an analyst should know of `pairs` before believing `method`; empty where nothing stands out.

    `values` is what columns the method is made for.

    Reports columns that look discrete, a repeated value far from all others, heavy ties, a column of y
    that is a monotone function of a column of x, repeated rows, few rows for the number of columns, and rows
    like those before them.
    O((dx + dy) n log n).
    """
    x, y = _profile(pairs.x, pairs.x_names), _profile(pairs.y, pairs.y_names)
    found = (
        "" if values in ("labels", "mixed") else _discrete(x, y, method),
        _far(x, y),
        _ties(x, y, method) if values == "untied" else "",
        "" if values == "labels" else _copies(x, y),
        _repeated(x, y),
        _few_rows(x, y),
        ordered(pairs.x, pairs.x_names, pairs.y, pairs.y_names),
    )
    return tuple(sentence for sentence in found if sentence)


def discrete_columns(values: Float64[np.ndarray, "n d"]) -> tuple[int, ...]:
    """The columns that look discrete: whole numbers of which few are distinct, or a handful of any numbers,
    each in many rows, such as doses.
    """
    return tuple(np.flatnonzero(_profile(values, ()).discrete).tolist())


@dataclasses.dataclass(frozen=True, eq=False)
class _Profile:
    """Of each of d columns: name, dense ranks (equal values, equal ranks), counts of values, verdicts.

    `far` is the value that stands far from all others in several rows, and in how many.
    """

    names: tuple[str, ...]
    ranks: Int32[np.ndarray, "d n"]
    distinct: Int[np.ndarray, "d"]
    tied: Float[np.ndarray, "d"]
    few: Bool[np.ndarray, "d"]
    discrete: Bool[np.ndarray, "d"]
    far: tuple[tuple[float, int] | None, ...]


def _profile(values: Float64[np.ndarray, "n d"], names: tuple[str, ...]) -> _Profile:
    columns = np.ascontiguousarray(values.T)
    order = np.argsort(columns, axis=1)
    ordered = np.take_along_axis(columns, order, 1)
    step = ordered[:, 1:] != ordered[:, :-1]
    edge = np.ones((len(columns), 1), bool)
    new, last = np.hstack([edge, step]), np.hstack([step, edge])
    ranks = np.empty(columns.shape, np.int32)
    np.put_along_axis(ranks, order, np.cumsum(new, axis=1, dtype=np.int32), 1)
    distinct = new.sum(1)
    few = distinct <= max(2, min(100, columns.shape[1] // 5))
    whole = (columns == np.rint(columns)).all(1)
    doses = (distinct > 1) & (distinct <= DOSES) & (ROWS_PER_DOSE * distinct <= columns.shape[1])
    far = tuple(_lone(column, bool(f)) for column, f in zip(ordered, few, strict=True))
    return _Profile(names, ranks, distinct, 1.0 - (new & last).mean(1), few, few & whole | doses, far)


def _lone(ordered: Float64[np.ndarray, "n"], few: bool) -> tuple[float, int] | None:
    """The least or greatest value with its count, if it repeats and lies further off than all others spread.

    Of a column of few values only one of nines, such as -999: there codes are values like others.
    """
    n, low, high = len(ordered), ordered[0], ordered[-1]
    below, above = np.searchsorted(ordered, low, "right"), np.searchsorted(ordered, high, "left")
    if below >= above:  # two values or fewer
        return None
    with np.errstate(over="ignore"):
        ends = (
            (low, int(below), ordered[below] - low, high - ordered[below]),
            (high, int(n - above), high - ordered[above - 1], ordered[above - 1] - low),
        )
    for value, count, gap, spread in ends:
        nines = set(f"{abs(value):.0f}") == {"9"} and abs(value) >= 99
        if REPEATED <= count < n / 2 and gap > spread and (nines or not few):
            return float(value), count
    return None


def _far(x: _Profile, y: _Profile) -> str:
    found = [
        f"'{name}' ({far[0]:g} in {far[1]} rows)"
        for side in (x, y)
        for name, far in zip(side.names, side.far, strict=True)
        if far
    ]
    if not found:
        return ""
    return (
        f"One value stands far from all others and repeats: {listing(found)}. If it marks what is missing, "
        "empty these cells or leave their rows out; it is measured like any other value."
    )


def _discrete(x: _Profile, y: _Profile, method: str) -> str:
    found = [
        f"'{name}' ({distinct} distinct)"
        for side in (x, y)
        for name, distinct, discrete in zip(side.names, side.distinct, side.discrete, strict=True)
        if discrete
    ]
    if not found:
        return ""
    sides = [side.discrete for side in (x, y)]
    if all(side.all() for side in sides):
        better = "'discrete', made for discrete columns"
    elif any(side.all() for side in sides) and not all(side.any() for side in sides):
        better = "'ross', made for labels on one side"
    else:
        better = "'mixed_ksg', made for mixtures of both"
    return (
        f"Few distinct values, which look discrete: {listing(found)}. "
        f"'{method}' takes them for continuous; use method {better}."
    )


def _ties(x: _Profile, y: _Profile, method: str) -> str:
    """Columns that look discrete have a sentence of their own and are left out here."""
    found = [
        f"'{name}' ({percent(tied)} tied)"
        for side in (x, y)
        for name, tied, discrete in zip(side.names, side.tied, side.discrete, strict=True)
        if tied > HEAVY_TIES and not discrete
    ]
    if not found:
        return ""
    return (
        f"Heavy ties: {listing(found)} of the values occur more than once. '{method}' assumes that none do "
        "and breaks them at random; compare with method 'rounded_ksg', or give values with more digits."
    )


def _copies(x: _Profile, y: _Profile) -> str:
    if x.ranks.shape[1] < CHANCE_ROWS:
        return ""
    found = [f"'{a}' of x and '{b}' of y" for a, b in _same_order(x, y)]
    if not found:
        return ""
    return (
        f"In the same or the opposite order throughout (|rank correlation| 1): {listing(found)}. "
        "For continuous columns I(X;Y) is then infinite, and every estimate is a floor set by the number of "
        "rows; leave one of the two out."
    )


def _same_order(x: _Profile, y: _Profile) -> Iterator[tuple[str, str]]:
    """Pairs of columns with many values whose ranks agree or run opposite, by looking up whole columns."""
    known: dict[bytes, str] = {}
    for name, ranks, distinct, few in zip(y.names, y.ranks, y.distinct, y.few, strict=True):
        if not few:
            known.setdefault(ranks.tobytes(), name)
            known.setdefault((np.int32(distinct + 1) - ranks).tobytes(), name)
    for name, ranks in zip(x.names, x.ranks, strict=True):
        match = known.get(ranks.tobytes()) if known else None
        if match is not None:
            yield name, match


def _repeated(x: _Profile, y: _Profile) -> str:
    """Rows are expected to repeat where every column takes few values; elsewhere they are copies."""
    if x.few.all() and y.few.all():
        return ""
    _, where, counts = np.unique(_row_keys(x, y), return_inverse=True, return_counts=True)
    share = float((counts[where] > 1).mean())
    if share <= NOTABLE_DUPLICATES:
        return ""
    return (
        f"{percent(share)} of the rows are exact duplicates of another row. Copies are not new evidence: they "
        "bias neighbour methods upwards, leak from training to test data, and make intervals too short. "
        "Remove them unless they are independent measurements."
    )


def _row_keys(x: _Profile, y: _Profile) -> np.ndarray:
    """A 64-bit key for each row: its ranks times fixed random numbers, modulo 2**64.

    Equal rows have equal keys; of a million different rows two share a key with probability below 1e-5.
    """
    ranks = [*x.ranks, *y.ranks]
    factors = np.random.default_rng(0).integers(2**63, size=len(ranks), dtype=np.uint64)
    factors = 2 * factors + 1  # odd, so that no rank is lost
    keys = np.zeros(len(ranks[0]), np.uint64)
    for column, factor in zip(ranks, factors, strict=True):
        keys += column.astype(np.uint64) * factor
    return keys


def _few_rows(x: _Profile, y: _Profile) -> str:
    n, d = x.ranks.shape[1], len(x.names) + len(y.names)
    if n >= ROWS_PER_COLUMN * d:
        return ""
    return (
        f"{n} rows for {d} columns are few (fewer than {ROWS_PER_COLUMN} for each column), and the "
        "estimate may be mostly noise or bias; give more rows or fewer columns."
    )
