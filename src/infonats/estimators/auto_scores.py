r"""How well a log ratio tells true partners from others, on rows that it has not seen: the score of `Auto`.

Every x of a block of b held-out rows meets every y of it. With s_ij the log ratio of x_i and y_j,

.. math:: t_i = s_{ii} - \tfrac12 \Big[ \log \tfrac1b \sum_j e^{s_{ij}} + \log \tfrac1b \sum_j e^{s_{ji}} \Big]

is log b less the log loss of naming the partner of x_i among all y, and of y_i among all x: a proper score,
whose maximum over all s is reached by the log density ratio. Its mean is the contrastive bound of A. van den
Oord et al. (2018, arXiv:1807.03748) taken both ways: I(X;Y) at least, and never above log b.

The same s gives a test of independence that no choice of s can spoil: pairing the rows of a block anew leaves
both sums as they are, so the sum of s_ii is compared with what random pairings give.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infonats._math import log_mean_exp
from infonats.inference import PairScorer, score_blocks

PAIRINGS = 999
"""Random pairings in the test of independence: the smallest p-value is 1 / 1000."""


@dataclasses.dataclass(frozen=True, eq=False)
class Held:
    """What one fold's ratio gives on held-out rows: `terms` t_i (n,), `ratios` s_ii (n,), both in nats,
    and `paired` (PAIRINGS,), the sums of s over the same rows paired at random.
    """

    terms: np.ndarray
    ratios: np.ndarray
    paired: np.ndarray


def two_way(blocks: Float[Tensor, "c b b"]) -> Float[Tensor, "c b"]:
    """The terms t_i of each block."""
    own = torch.diagonal(blocks, dim1=1, dim2=2)
    return own - (log_mean_exp(blocks, dim=2) + log_mean_exp(blocks, dim=1)) / 2


def held(ratio: PairScorer, x: Tensor, y: Tensor, seed: int) -> Held:
    """Score `ratio` on rows x (n, dx) and y (n, dy) in its coordinates; `seed` decides the random pairings."""
    blocks = score_blocks(ratio, x, y)
    own = torch.diagonal(blocks, dim1=1, dim2=2)
    rng, (_, b, _) = np.random.default_rng(seed), blocks.shape
    rows = np.arange(b)
    sums = [_paired(blocks.numpy(), rows, rng) for _ in range(PAIRINGS)]
    return Held(two_way(blocks).flatten().numpy(), own.flatten().numpy(), np.array(sums))


def _paired(blocks: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> float:
    """The sum of s over rows of every block paired at random."""
    return sum(float(block[rows, rng.permutation(rows)].sum()) for block in blocks)


def p_value(candidates: Sequence[Sequence[Held]]) -> float:
    """The permutation p-value of independence by several candidates, each scored on the same rows of all folds.

    Each candidate's sum is measured in standard deviations of its own random pairings, which are the same
    for all, and the largest is compared with the largest of each pairing: choosing among candidates by these
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
    return float(np.count_nonzero(largest >= largest[-1]) / len(largest))
