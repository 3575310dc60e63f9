r"""An adaptive partition of the plane: cells split in four while the rows in them look dependent.

Both columns are replaced by their ranks, and the first cell is the whole square of n x n ranks. A cell of N
rows is cut at the middle of each of its sides; it stays cut, and its quarters are treated in turn, where

.. math:: \frac{4}{N} \sum_{q=1}^{4} \left(N_q - \frac N4\right)^2 > \chi^2_{3,\,0.95} = 7.81

rejects evenly spread rows. The first cut, which marginal ranks alone make even on its sides, is always tried
one level deeper. With the final cells' rows N_c and sides w_c, h_c in ranks,

.. math:: I = \sum_c \frac{N_c}{n} \log \frac{n\, N_c}{w_c\, h_c}.

Reference: G. A. Darbellay, I. Vajda (1999), doi:10.1109/18.761290. The sides are halves in ranks, which is
their marginal equiquantisation.
"""

import dataclasses
from typing import Self

import numpy as np

from infonats.closedform._columns import Rows
from infonats.closedform.gaussian_copula import Scores
from infonats.errors import InputError

CHI_SQUARE = 7.814727903251179
"""The 0.95 quantile with three degrees of freedom."""
FEWEST = 8
"""Cells with fewer rows are not cut."""
LEVELS = 2
"""So many levels are cut without a test, so that dependence without a slope is seen."""

Box = tuple[float, float, float, float]


@dataclasses.dataclass(frozen=True)
class Partition:
    """The cells (c, 4) as x from, x to, y from, y to in ranks, the rows in each, and the ranks."""

    cells: np.ndarray
    rows: np.ndarray
    ranks_x: Scores
    ranks_y: Scores

    @classmethod
    def of(cls, x: Rows, y: Rows) -> Self:
        """Partition x (n, 1) and y (n, 1). Raises InputError for more columns."""
        if x.shape[1] != 1 or y.shape[1] != 1:
            raise InputError(
                f"The adaptive partition is of one column on each side, and x has {x.shape[1]}, y "
                f"{y.shape[1]}. Use partition equal_count, or ksg."
            )
        ranks_x, ranks_y = Scores.of(x), Scores.of(y)
        n = len(x)
        places = np.hstack([ranks_x.rank(x), ranks_y.rank(y)]) - 0.5
        found = list(_split(places, (0.0, float(n), 0.0, float(n)), 0))
        return cls(np.array([box for box, _ in found]), np.array([c for _, c in found]), ranks_x, ranks_y)

    def local(self, x: Rows, y: Rows) -> np.ndarray:
        """log(n N_c / w_c h_c) of the cell c of each row; -inf in an empty cell."""
        n = len(self.ranks_x.ordered)
        u, v = (np.clip(r.rank(z)[:, 0] - 0.5, 0.0, n - 0.5) for r, z in ((self.ranks_x, x), (self.ranks_y, y)))
        x_from, x_to, y_from, y_to = self.cells.T
        with np.errstate(divide="ignore"):
            value = np.log(n * self.rows / ((x_to - x_from) * (y_to - y_from)))
        local = np.empty(len(u))
        for each, (left, right, low, high) in zip(value, self.cells, strict=True):
            local[(left <= u) & (u < right) & (low <= v) & (v < high)] = each
        return local


def _split(places: np.ndarray, box: Box, level: int) -> list[tuple[Box, int]]:
    """The final cells of a box and how many of the `places` (N, 2) in it each holds."""
    left, right, low, high = box
    if len(places) < FEWEST or right - left < 2 or high - low < 2:
        return [(box, len(places))]
    middle_x, middle_y = (left + right) / 2, (low + high) / 2
    quarters: list[Box] = [
        (a, b, c, d)
        for a, b in ((left, middle_x), (middle_x, right))
        for c, d in ((low, middle_y), (middle_y, high))
    ]
    parts = [_inside(places, quarter) for quarter in quarters]
    counts = np.array([len(part) for part in parts])
    if level >= LEVELS and ((counts - len(places) / 4) ** 2).sum() * 4 <= CHI_SQUARE * len(places):
        return [(box, len(places))]
    below = zip(parts, quarters, strict=True)
    return [cell for part, quarter in below for cell in _split(part, quarter, level + 1)]


def _inside(places: np.ndarray, box: Box) -> np.ndarray:
    left, right, low, high = box
    x, y = places.T
    return places[(left <= x) & (x < right) & (low <= y) & (y < high)]
