"""Batches of paired rows, in an order that one generator decides."""

from typing import Self

import torch
from torch import Tensor

Batch = tuple[Tensor, Tensor]
"""x (n, dx) and y (n, dy) with paired rows."""


class Batches:
    """Endless shuffled batches of min(size, n) rows; rows left over at the end of a pass return in the next."""

    def __init__(self, data: Batch, size: int, generator: torch.Generator) -> None:
        self.x, self.y = data
        self.size = min(size, len(self.x))
        self.generator = generator
        self.order = torch.empty(0, dtype=torch.int64, device=self.x.device)
        self.position = 0

    def rows(self) -> Tensor:
        """The numbers of the rows of the next batch."""
        if self.position + self.size > len(self.order):
            self.order = torch.randperm(len(self.x), generator=self.generator).to(self.x.device)
            self.position = 0
        rows = self.order[self.position : self.position + self.size]
        self.position += self.size
        return rows

    def __next__(self) -> Batch:
        rows = self.rows()
        return self.x[rows], self.y[rows]

    def __iter__(self) -> Self:
        return self
