r"""The standard error of a nearest-neighbour estimate from the influence of each row.

The local values f_i are not independent: a row enters the counts of the rows around it, and f_i itself is
an average over a neighbourhood, so sd(f) / sqrt(n) is too small, by a factor of 1.3 in 1 + 1 dimensions and
1.5 in 5 + 5. To first order, row j adds to the sum of all local values its own f_j, raises f_i by 1/k where
it is one of the k neighbours of i, and lowers f_i by 1/c_{x,i} where it is counted in x (psi'(c) ~ 1/c):

.. math:: L_j = f_j + \sum_{i \ne j} \left(\frac{1[j \in kNN(i)]}{k} - \frac{1[j \in x_i]}{c_{x,i}}
          - \frac{1[j \in y_i]}{c_{y,i}}\right), \qquad \sigma^2 = \frac{\operatorname{Var}(L)}{n}

This is the infinitesimal jackknife (L. A. Jaeckel, "The infinitesimal jackknife", Bell Laboratories
Memorandum MM 72-1215-11, 1972) with the counts as the statistic. It was measured against repeated Gaussian
samples: 0.9 to 1.4 times the true error for k = 1 to 10 and 1 + 1 to 5 + 5 dimensions, most at independence.
It knows nothing of the bias.
"""

import dataclasses
from typing import Self

import numpy as np

from infonats.closedform._sorted import Sorted, Spans
from infonats.closedform.neighbours import count_within

PAIRS = 10_000_000
FEWEST, MOST = 200, 600
"""In more than 1 + 1 dimensions Var(L) is taken over so many evenly spaced rows that about PAIRS pairs are
compared, over all rows up to `MOST`."""
BLOCK = 50_000
"""Pairs held in memory at once: few enough for the cache."""


@dataclasses.dataclass(frozen=True)
class Marginal:
    """Rows (n, d) of one side, the radius (n,) within which each counts, and its count (n,) as psi sees it.

    In one dimension also the spans that were counted.
    """

    rows: np.ndarray
    radius: np.ndarray
    count: np.ndarray
    spans: Spans | None = None

    @classmethod
    def counted(
        cls,
        reference: np.ndarray,
        rows: np.ndarray,
        radius: np.ndarray,
        more: np.ndarray | int,
        column: Sorted | None = None,
    ) -> Self:
        """The side with the rows of `reference` (m, d) within each radius counted, and `more` added.

        `column` is the only one of both `reference` and `rows`, where it has been sorted already.
        """
        if rows.shape[1] > 1:
            return cls(rows, radius, count_within(reference, rows, radius) + more)
        found = Spans.of(reference, rows, radius) if column is None else column.spans(radius)
        return cls(rows, radius, found.count + more, found)

    def burden(self, chosen: np.ndarray | slice) -> np.ndarray:
        """For each chosen row j the sum of 1 / c_i over all other rows i that count it."""
        share = 1.0 / self.count
        if self.spans is not None:
            return (_added_up(self.spans, share) - share)[chosen]
        chosen = np.arange(len(share))[chosen]
        blocks = np.array_split(chosen, max(1, len(chosen) * len(self.rows) // BLOCK))
        return np.concatenate([self._within(block) @ share for block in blocks]) - share[chosen]

    def _within(self, chosen: np.ndarray) -> np.ndarray:
        within = np.ones((len(chosen), len(self.rows)), dtype=bool)
        for column in self.rows.T:
            within &= np.abs(column - column[chosen, None]) <= self.radius
        return within


def _added_up(spans: Spans, share: np.ndarray) -> np.ndarray:
    """In one dimension row i counts a span of the sorted rows: add up where spans begin and end."""
    n = len(share)
    steps = np.bincount(spans.first, share, n + 1) - np.bincount(spans.last, share, n + 1)
    total = np.empty(n)
    total[spans.order] = np.cumsum(steps)[:n]
    return total


def neighbour_error(local: np.ndarray, joint: np.ndarray, *marginals: Marginal) -> float:
    """The standard error in nats of the mean of `local` (n,), from the counts in one or two marginals.

    `joint` (n,) is what each row adds to other rows' local values as their neighbour: the sum of 1 / k.
    """
    n = len(local)
    quick = all(side.rows.shape[1] == 1 for side in marginals)
    rows: np.ndarray | slice = slice(None)
    if not quick:
        rows = np.linspace(0, n - 1, min(n, int(np.clip(PAIRS / n, FEWEST, MOST)))).astype(int)
    influence = local[rows] + joint[rows] - sum(side.burden(rows) for side in marginals)
    return float(np.sqrt(np.var(influence, ddof=1) / n))
