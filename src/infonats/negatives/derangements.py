"""Negatives by random permutations of the batch that leave no row in its place."""

import dataclasses

import torch
from torch import Tensor

from infonats.critics.base import Critic
from infonats.errors import InputError
from infonats.negatives.base import Negatives, check_batch, permutation
from infonats.scores import Scores


@dataclasses.dataclass(frozen=True)
class Derangements(Negatives):
    """Each x_i with y_(d(i)) for `m` derangements d: distinct powers of one random cycle through the batch.

    The cycle is uniform among the (n - 1)! through all n rows, as by the algorithm of S. Sattolo (1986),
    doi 10.1016/0020-0190(86)90073-6. No power of it has a fixed point and no two agree anywhere, so each x
    meets distinct y's and each y is used equally often, whatever the order of the rows; in a shuffled batch
    `Shifts` does the same for less. Batches of n <= m rows use n - 1. Costs n (m + 1) scores.
    N. A. Letizia et al. (2024), arXiv 2305.20025, on why not any permutation.
    """

    m: int = 8

    def __post_init__(self) -> None:
        if self.m < 1:
            raise InputError(f"m is {self.m}; each pair needs 1 negative or more.")

    def __call__(self, critic: Critic, x: Tensor, y: Tensor, generator: torch.Generator | None) -> Scores:
        """Scores with product (n, min(m, n - 1))."""
        n = len(x)
        check_batch(n)
        cycle, steps = (
            permutation(n, generator, x.device),
            permutation(n - 1, generator, x.device)[: self.m] + 1,
        )
        place = torch.argsort(cycle)
        partners = cycle[(place[:, None] + torch.cat([torch.zeros_like(steps[:1]), steps])) % n]
        scores = critic(x[:, None], y[partners])
        return Scores(scores[:, 0], scores[:, 1:])
