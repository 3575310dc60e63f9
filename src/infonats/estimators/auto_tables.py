r"""A log ratio of codes that stand side by side: one table of counts for each component.

.. math:: s(x, y) = \sum_j \log \frac{n_{ab} + r_a c_b}{(n + 1)\, r_a c_b} - \log Z,

with a and b the bins of the j-th codes of x and y, n_ab their counts among n rows, r and c the shares of
either side: counts with one row more, which is spread as if the sides were independent (a Dirichlet prior),
so that no ratio is infinite. Were the components independent, Z would be 1: the sum has a term for each of k
hidden bits and needs no more rows for ten of them than for one. Z is the mean of e^s over all pairs of
different rows, so that what two components tell both is not counted twice.
"""

import dataclasses
import math
import warnings
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor

ROUNDS = 50
NORMALISING = 2000
"""Rows whose pairs Z is the mean over, at most."""


@dataclasses.dataclass(frozen=True, eq=False)
class Tables:
    """Of q components the cuts between `bins` bins of x and of y (q, bins - 1), the logs (q, bins, bins) of
    the ratios, log Z, and the mean of s over the rows of the counts less what so many counts gain by chance:
    `gain`.
    """

    cuts_x: np.ndarray
    cuts_y: np.ndarray
    logs: np.ndarray
    log_z: float = 0.0
    gain: float = 0.0

    @classmethod
    def fit(
        cls, known: tuple[np.ndarray, np.ndarray], rows: tuple[np.ndarray, np.ndarray], bins: int
    ) -> "Tables":
        """Cuts from the codes `known`, (n, q) of either side, counts from other `rows` (m, q)."""
        (of_x, of_y), (x, y) = known, rows
        cuts_x, cuts_y = (np.stack([_cuts(column, bins) for column in side.T]) for side in (of_x, of_y))
        plain = cls(cuts_x, cuts_y, np.zeros((len(cuts_x), bins, bins)))
        a, b = plain._bins(torch.from_numpy(x), torch.from_numpy(y))
        logs = np.stack([_logs(i, j, bins) for i, j in zip(a.T.numpy(), b.T.numpy(), strict=True)])
        plain = dataclasses.replace(plain, logs=logs)
        few = slice(NORMALISING)
        scores = plain.all_pairs(torch.from_numpy(x[few]), torch.from_numpy(y[few]))
        m, value = len(scores), scores.diagonal().mean().item()
        log_z = torch.logsumexp(scores.fill_diagonal_(-math.inf).flatten(), 0).item() - math.log(m * (m - 1))
        chance = len(logs) * (bins - 1) ** 2 / (2 * len(x))
        return dataclasses.replace(plain, log_z=log_z, gain=value - log_z - 2 * chance)

    def all_pairs(self, x: Float[Tensor, "n q"], y: Float[Tensor, "m q"]) -> Float[Tensor, "n m"]:
        """The ratio in nats of every code with every code."""
        total = torch.full((len(x), len(y)), -self.log_z, dtype=torch.float64)
        for logs, a, b in zip(self.logs, *(side.T for side in self._bins(x, y)), strict=True):
            total += torch.from_numpy(logs)[a][:, b]
        return total

    def _bins(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        sides = []
        for rows, cuts in ((x, self.cuts_x), (y, self.cuts_y)):
            found = torch.searchsorted(torch.from_numpy(cuts), rows.double().T.contiguous())
            sides.append(found.T)
        return sides[0], sides[1]


def _cuts(column: np.ndarray, bins: int) -> np.ndarray:
    """Halfway between the centres of the best `bins` intervals in squared error, from the quantiles on."""
    start = np.quantile(column, (np.arange(bins) + 0.5) / bins)[:, None]
    if len(np.unique(start)) < bins:
        start = np.linspace(column.min(), column.max() + 1e-12, bins)[:, None]
    means: Any = KMeans(bins, init=start, n_init=1, max_iter=ROUNDS)  # pyright: ignore[reportArgumentType]
    with warnings.catch_warnings():  # a column of fewer values than bins leaves some empty
        warnings.simplefilter("ignore", ConvergenceWarning)
        centres = np.sort(means.fit(column[:, None]).cluster_centers_[:, 0])
    return (centres[1:] + centres[:-1]) / 2


def _logs(a: np.ndarray, b: np.ndarray, bins: int) -> np.ndarray:
    counts, n = np.zeros((bins, bins)), len(a)
    np.add.at(counts, (a, b), 1)
    independent = np.outer(counts.sum(1) + 1 / bins, counts.sum(0) + 1 / bins) / (n + 1) ** 2
    return np.log((counts + independent) / ((n + 1) * independent))
