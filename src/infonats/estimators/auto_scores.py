r"""How well a log ratio tells true partners from others, on rows that it has not seen: the score of `Auto`.

Every x of a block of b held-out rows meets every y of it. With s_ij the log ratio of x_i and y_j,

.. math:: t_i = s_{ii} - \tfrac12 \Big[ \log \tfrac1b \sum_j e^{s_{ij}} + \log \tfrac1b \sum_j e^{s_{ji}} \Big]

is log b less the log loss of naming the partner of x_i among all y, and of y_i among all x: a proper score,
whose maximum over all s is reached by the log density ratio. Its mean is the contrastive bound of A. van den
Oord et al. (2018, arXiv:1807.03748) taken both ways: I(X;Y) at least, and never above log b.

The same s gives a test of independence that no choice of s can spoil: pairing the rows of a block anew leaves
both sums as they are, so the sum of s_ii is compared with what other pairings give. They pair x_i with y_{i+k},
around the end of the block, with a k drawn for each block: such shifts are a group, of which a sample makes an
exact test (A. Hemerik, J. Goeman, TEST 27, 811-825, 2018, doi:10.1007/s11749-017-0571-1), and all b sums of a
block are its b diagonals, which are added up once.

Of a series, rows within a block of dependent rows are left out of both means, for they are not drawn apart.
Its rows are dealt out to the blocks in turn, so that blocks tell much the same, and all are shifted by one k:
together a circular shift of the series.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infonats._math import log_mean_exp
from infonats.inference import near_in

PAIRINGS = 999
"""Random shifts in the test of independence: the smallest p-value is 1 / 1000."""
LEVEL = 0.05
"""p-values up to this refute independence, as 95 % intervals do that do not hold 0."""


@dataclasses.dataclass(frozen=True, eq=False)
class Held:
    """What one fold's ratio gives on held-out rows: `terms` t_i (n,), `ratios` s_ii (n,), both in nats,
    and `paired` (pairings,), the sums of s over the same rows shifted at random. Of a series the first two
    are in order of time.
    """

    terms: np.ndarray
    ratios: np.ndarray
    paired: np.ndarray


def two_way(blocks: Float[Tensor, "c b b"], near: int = 0) -> Float[Tensor, "c b"]:
    """The terms t_i of each block; others within `near` positions, around the ends, stand in neither mean."""
    own, b = torch.diagonal(blocks, dim1=1, dim2=2), blocks.shape[-1]
    if near:
        apart = torch.arange(b)[:, None] - torch.arange(b)
        ring = torch.minimum(apart % b, -apart % b)
        blocks = blocks.masked_fill((ring > 0) & (ring <= near), -math.inf)
        own = own + math.log1p(-2 * near / b)
    return own - (log_mean_exp(blocks, dim=2) + log_mean_exp(blocks, dim=1)) / 2


def held(blocks: Float[Tensor, "c b b"], seed: int, pairings: int = PAIRINGS, block: int = 1) -> Held:
    """What the `score_blocks` of a ratio say; `seed` decides the random shifts.

    With a `block` above 1 they were taken with it, of rows in order of time that depend on each other.
    """
    own = torch.diagonal(blocks, dim1=1, dim2=2)
    rng, (count, b, _) = np.random.default_rng(seed), blocks.shape
    near = near_in(count, block)
    shifted = np.stack([diagonals(part) for part in blocks.numpy()]) if pairings else np.zeros((count, b))
    steps = rng.integers(0, b, size=(pairings, count if block == 1 else 1))
    sums = shifted[np.arange(count), steps].sum(1)
    terms, own = (rows if block == 1 else rows.mT for rows in (two_way(blocks, near), own))
    return Held(terms.flatten().numpy(), own.flatten().numpy(), sums)


def diagonals(block: Float[np.ndarray, "b b"]) -> Float[np.ndarray, "b"]:
    """For each k the sum of s_{i, i + k}, i + k taken around the end."""
    twice, b = np.hstack([block, block]), len(block)
    row, column = twice.strides
    return np.lib.stride_tricks.as_strided(twice, (b, b), (row + column, column), writeable=False).sum(0)


@dataclasses.dataclass(frozen=True)
class Independence:
    """A permutation test of independence: its `p_value`, and the largest sum as a multiple of the one that a
    share `LEVEL` of the shifts reaches: above 1 where independence is refuted.
    """

    p_value: float
    multiple: float

    @property
    def refuted(self) -> bool:
        """Whether p is at most `LEVEL`."""
        return self.p_value <= LEVEL

    def least(self, value: float) -> float:
        """What is surely there of a positive `value` in nats, if independence is refuted.

        Near independence n times the information is a square, as log likelihood ratios are: its root varies
        as much wherever the truth lies, and chance alone takes the root that refutes as far as `LEVEL` says.
        """
        return value * (1 - math.sqrt(1 / max(self.multiple, 1.0))) ** 2


def independence(candidates: Sequence[Sequence[Held]]) -> Independence:
    """The permutation test of independence by several candidates, each scored on the same rows of all folds.

    Each candidate's sum is measured in standard deviations of its own random shifts, which are the same
    for all, and the largest is compared with the largest of each shift: choosing among candidates by these
    rows is part of what is repeated (P. H. Westfall, S. S. Young, "Resampling-Based Multiple Testing", Wiley
    1993).
    """
    sums = []
    for parts in candidates:
        own = sum(part.ratios.sum() for part in parts)
        every = np.append(np.sum([part.paired for part in parts], axis=0), own)
        spread = every.std()
        sums.append((every - every.mean()) / spread if spread > 0 else np.zeros(len(every)))
    largest = np.max(sums, axis=0)
    p, refuting = np.mean(largest >= largest[-1]), np.quantile(largest, 1 - LEVEL)
    return Independence(float(p), float(largest[-1] / refuting) if refuting > 0 else 0.0)
