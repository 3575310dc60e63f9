"""One negative for each pair, by a random permutation of the batch: as MINE was first published."""

import dataclasses

import torch
from torch import Tensor

from infonats.negatives.base import InBatch, permutation


@dataclasses.dataclass(frozen=True)
class Permutation(InBatch):
    """Each x_i with y_(p(i)) for one uniformly random permutation p, fixed points and all: m = 1.

    One row in n, on average, meets its own y, so the negatives come from (1 - 1/n) p(x)p(y) + (1/n) p(x,y).
    The log ratio to that is below log n everywhere, which caps the estimate: N. A. Letizia et al. (2024),
    arXiv 2305.20025. Here for comparison with published work; `Derangements` and `Shifts` have no such cap.
    M. I. Belghazi et al. (2018), arXiv 1801.04062. Costs 2 n scores.
    """

    fixed_points = True

    def rows(self, n: int, generator: torch.Generator | None, device: torch.device) -> Tensor:
        """Shape (n, 2)."""
        return torch.stack([torch.arange(n, device=device), permutation(n, generator, device)], 1)
