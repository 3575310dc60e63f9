"""A column made ready once for all the pairs that it stands in: scaled, separated from ties, sorted."""

import dataclasses
from typing import Self

import numpy as np
from scipy.special import digamma

from infonats.closedform._columns import Scale
from infonats.closedform._ties import separate
from infonats.closedform.neighbours import below, nearest, spans
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

    def counted(self, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many rows lie within `radius` (n,) of each, itself included, and its burden (`_influence`)."""
        first, last = spans(self.ordered, self.ordered, radius[self.order])  # sorted queries stay in the cache
        n, count, burden = len(self.order), np.empty(len(self.order)), np.empty(len(self.order))
        share = 1.0 / (last - first)
        steps = np.bincount(first, share, n + 1) - np.bincount(last, share, n + 1)
        count[self.order], burden[self.order] = last - first, np.cumsum(steps)[:n] - share
        return count, burden


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
    (count_x, burden_x), (count_y, burden_y) = x.counted(radius), y.counted(radius)
    local = digamma(k) + digamma(n) - digamma(count_x) - digamma(count_y)
    if not error:
        return float(local.mean()), float("nan")
    influence = local + np.bincount(row.ravel(), minlength=n) / k - burden_x - burden_y
    return float(local.mean()), float(np.sqrt(np.var(influence, ddof=1) / n))
