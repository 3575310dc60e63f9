r"""Gaussian dependences between two standard normal sides, by the directions in which the sides go together.

With the cross-correlation C = L diag(s) R', a = L'u, b = R'v,

.. math:: \log \frac{\phi(u, v; C)}{\phi(u)\,\phi(v)} =
          \sum_j \frac{s_j a_j b_j - s_j^2 (a_j^2 + b_j^2) / 2}{1 - s_j^2} - \tfrac12 \log(1 - s_j^2).
"""

import dataclasses
from typing import Self

import numpy as np

from infonats.estimators.auto_ratios import shrunk_values

STRONGEST = 1 - 1e-6
"""The largest correlation of a component."""


@dataclasses.dataclass(frozen=True, eq=False)
class Modes:
    """C_k = left_k diag(strength_k) right_k' of each component k, by the singular values that are not zero.

    left (k, dx, r), strength (k, r), right (k, dy, r), where r is the largest number of these.
    """

    left: np.ndarray
    strength: np.ndarray
    right: np.ndarray

    @classmethod
    def of(cls, cross: np.ndarray, rows: np.ndarray) -> Self:
        """The modes of cross-correlations (k, dx, dy), freed of what chance adds: `rows` (k,) showed each."""
        left, rho, right = np.linalg.svd(cross, full_matrices=False)
        kept = np.minimum(shrunk_values(rho, cross.shape[1:], rows[:, None]), STRONGEST)
        some = (kept > 0).any(0)
        return cls(left[:, :, some], kept[:, some], right[:, some].mT)

    def paired(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The log ratio (k, n) by each component of each row of u (n, dx) with the same row of v (n, dy)."""
        (a, of_u), (b, of_v) = _alone(u, self.left, self._squares), _alone(v, self.right, self._squares)
        return self._constants[:, None] + ((a * b) @ self._products)[..., 0] - of_u - of_v

    def all_pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The same of every row of u (n, dx) with every row of v (m, dy), (k, n, m)."""
        (a, of_u), (b, of_v) = _alone(u, self.left, self._squares), _alone(v, self.right, self._squares)
        own = (self._constants[:, None] - of_u)[:, :, None]
        return (a * self._products.mT) @ b.mT + own - of_v[:, None]

    @property
    def _constants(self) -> np.ndarray:
        """- 1/2 sum log(1 - s^2), (k,)."""
        return -0.5 * np.log1p(-(self.strength**2)).sum(1)

    @property
    def _products(self) -> np.ndarray:
        """What stands with a_j b_j: s / (1 - s^2), (k, r, 1)."""
        return (self.strength / (1 - self.strength**2))[..., None]

    @property
    def _squares(self) -> np.ndarray:
        """What stands with a_j^2 / 2 and b_j^2 / 2: s^2 / (1 - s^2), (k, r, 1)."""
        return (self.strength**2 / (1 - self.strength**2))[..., None]


def _alone(rows: np.ndarray, vectors: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Projections (k, n, r) of rows (n, d) of one side, and what they alone take off the ratio, (k, n)."""
    along = rows @ vectors
    return along, 0.5 * (along**2 @ squares)[..., 0]
