"""Negatives by random permutations of the batch that leave no row in its place."""

import dataclasses

import torch
from torch import Tensor

from infonats.errors import InputError
from infonats.negatives.base import InBatch, permutation


@dataclasses.dataclass(frozen=True)
class Derangements(InBatch):
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

    def rows(self, n: int, generator: torch.Generator | None, device: torch.device) -> Tensor:
        """Shape (n, 1 + min(m, n - 1))."""
        cycle, steps = permutation(n, generator, device), permutation(n - 1, generator, device)[: self.m] + 1
        place = torch.argsort(cycle)
        return cycle[(place[:, None] + torch.cat([torch.zeros_like(steps[:1]), steps])) % n]
