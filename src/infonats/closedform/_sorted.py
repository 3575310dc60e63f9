"""A column sorted once for all the work on it, and the spans of its values that lie around each of them."""

import dataclasses
from typing import Self

import numpy as np
from jaxtyping import Float64, Int

from infonats.closedform._fast import plain_seconds
from infonats.closedform._plane import Cells


@dataclasses.dataclass(frozen=True, eq=False)
class Sorted:
    """A column sorted once for all the work on it: `values` (n,), `order` that sorts them, its `cells`.

    Of equal values either may stand first in the order.
    """

    values: np.ndarray
    order: np.ndarray
    cells: Cells

    @classmethod
    def of(cls, values: Float64[np.ndarray, "n"]) -> Self:
        """Sort a column."""
        return cls.by(values, np.argsort(values))

    @classmethod
    def by(cls, values: Float64[np.ndarray, "n"], order: Int[np.ndarray, "n"]) -> Self:
        """A column whose `order` is known."""
        return cls(np.ascontiguousarray(values), order, Cells(values[order]))

    @property
    def ordered(self) -> np.ndarray:
        """The values (n,) in their order."""
        return self.cells.ordered

    def permuted(self, rows: Int[np.ndarray, "n"]) -> Self:
        """The column with its rows in another order; what is known of the values is shared."""
        place = np.empty_like(rows)
        place[rows] = np.arange(len(rows))
        return type(self)(self.values[rows], place[self.order], self.cells)

    def spans(self, radius: Float64[np.ndarray, "n"]) -> "Spans":
        """Which of its values lie within `radius` of each of its values."""
        found = self.cells.spans(self.order, radius, plain_seconds(len(radius), 1))
        if found is None:
            in_order = spans(self.ordered, self.ordered, radius[self.order])  # so they stay in the cache
            found = tuple(np.empty_like(place) for place in in_order)
            for ours, theirs in zip(found, in_order, strict=True):
                ours[self.order] = theirs
        return Spans(self.order, *found)


@dataclasses.dataclass(frozen=True)
class Spans:
    """Of each of m points the places of a sorted column that lie within its radius, [first, last).

    `order` (n,) says which row of the column stands in which place.
    """

    order: np.ndarray
    first: np.ndarray
    last: np.ndarray

    @classmethod
    def of(
        cls,
        reference: Float64[np.ndarray, "n 1"],
        points: Float64[np.ndarray, "m 1"],
        radius: Float64[np.ndarray, "m"],
    ) -> "Spans":
        """The spans of a single column of `reference` around `points`."""
        column = Sorted.of(reference[:, 0])
        if points is reference or np.array_equal(points, reference):
            return column.spans(radius)
        return cls(column.order, *spans(column.ordered, points[:, 0], radius))

    @property
    def count(self) -> np.ndarray:
        """How many places lie within the radius of each point, shape (m,)."""
        return self.last - self.first


def spans(
    ordered: Float64[np.ndarray, "n"], centres: Float64[np.ndarray, "m"], radius: Float64[np.ndarray, "m"]
) -> tuple[Int[np.ndarray, "m"], Int[np.ndarray, "m"]]:
    """The first position within radius_i of centre i among `ordered` values, and the first one past it."""
    last = len(ordered) - _first_within(-ordered[::-1], -centres, radius)
    return _first_within(ordered, centres, radius), last


def _first_within(ordered: np.ndarray, centres: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """The first position whose value v has centre - v <= radius, exactly as a distance would be computed.

    Sorted search for centre - radius, which is rounded, finds it or a position next to it.
    """
    first = np.searchsorted(ordered, centres - radius)
    fenced = np.concatenate([[-np.inf], ordered, [np.inf]])
    while True:
        early = centres - fenced[first] <= radius
        late = centres - fenced[first + 1] > radius
        if not (early | late).any():
            return first
        first[early] = np.searchsorted(ordered, fenced[first[early]], "left")
        first[late] = np.searchsorted(ordered, fenced[first[late] + 1], "right")
