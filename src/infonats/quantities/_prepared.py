"""A column made ready once for all the pairs that it stands in: scaled, separated from ties, sorted."""

import dataclasses
import math
from typing import Self

import numpy as np
from scipy.special import digamma

from infonats.closedform._columns import Scale
from infonats.closedform._influence import Marginal
from infonats.closedform._plane import spans_of_rows
from infonats.closedform._ties import separate
from infonats.closedform.neighbours import Spans, below, nearest, spans
from infonats.closedform.neighbours import _seconds as seconds
from infonats.errors import InputError


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """`values` (n,) of unit scale without ties, `order` that sorts them, and `ordered` = values[order]."""

    values: np.ndarray
    order: np.ndarray
    ordered: np.ndarray

    @classmethod
    def of(cls, column: np.ndarray, seed: int) -> Self:
        """Prepare a column (n,) of finite values. Raises InputError where it does not vary."""
        rows = column[:, None]
        values = separate(Scale.of(rows)(rows), seed)[:, 0]
        order = np.argsort(values)
        return cls(values, order, values[order])

    def permuted(self, rows: np.ndarray) -> "Prepared":
        """The column with its rows in another order."""
        place = np.empty_like(rows)
        place[rows] = np.arange(len(rows))
        return Prepared(self.values[rows], place[self.order], self.ordered)

    def counted(self, radius: np.ndarray) -> Marginal:
        """The rows within `radius` (n,) of each row, itself included."""
        found = spans_of_rows(self.ordered, self.order, radius, seconds(len(radius), 1))
        if found is None:
            sorted_spans = spans(
                self.ordered, self.ordered, radius[self.order]
            )  # in order they stay in the cache
            found = tuple(np.empty_like(place) for place in sorted_spans)
            for ours, theirs in zip(found, sorted_spans, strict=True):
                ours[self.order] = theirs
        first, last = found
        return Marginal(self.values[:, None], radius, last - first, Spans(self.order, first, last))


def ksg_of(x: Prepared, y: Prepared, k: int, error: bool = True) -> tuple[float, float]:
    """I(X;Y) in nats by KSG variant 1, and its standard error: what `ksg_error` gives for the two columns."""
    n, joint = len(x.values), np.stack([x.values, y.values], axis=1)
    distance, row, _ = nearest(joint, joint, k)
    radius = below(distance[:, -1])
    if not radius.min() > 0.0:
        raise InputError(
            f"More than k = {k} rows are identical in both columns; nearest neighbours need distances. Use "
            "mixed_ksg, or discrete."
        )
    in_x, in_y = x.counted(radius), y.counted(radius)
    local = digamma(k) + digamma(n) - digamma(in_x.count) - digamma(in_y.count)
    if not error:
        return float(local.mean()), math.nan
    rows = np.arange(n)
    influence = local + np.bincount(row.ravel(), minlength=n) / k - in_x.burden(rows) - in_y.burden(rows)
    return float(local.mean()), float(np.sqrt(np.var(influence, ddof=1) / n))
