"""Negatives from the same batch: every other row, or a few cyclic shifts."""

import dataclasses
from collections.abc import Sequence

import torch
from jaxtyping import Int64
from torch import Tensor, nn

from infonats.errors import InputError
from infonats.negatives.base import InBatch, permutation


@dataclasses.dataclass(frozen=True)
class AllPairs(InBatch):
    """Each x with every other y of the batch: m = n - 1. Costs n^2 scores; deterministic."""

    def rows(self, n: int, generator: torch.Generator | None, device: torch.device) -> None:
        """All: the diagonal of `critic.all_pairs` and the rest of it."""
        return None


@dataclasses.dataclass(frozen=True)
class Shifts(InBatch):
    """Each x_i with y_(i+s mod n) for `m` distinct random shifts s in 1..n-1. Costs n (m + 1) scores.

    A shift has no fixed point, so no positive is ever taken for a negative, and every y is used
    equally often. Batches of n <= m rows use their n - 1 shifts.
    """

    m: int = 8

    def __post_init__(self) -> None:
        if self.m < 1:
            raise InputError(f"m is {self.m}; each pair needs 1 negative or more.")

    def rows(self, n: int, generator: torch.Generator | None, device: torch.device) -> Tensor:
        """Shape (n, 1 + min(m, n - 1))."""
        return _around(n, permutation(n - 1, generator, device)[: self.m])

    def rows_of_many(
        self, n: int, generators: Sequence[torch.Generator], device: torch.device
    ) -> Int64[Tensor, "b n k"]:
        """As `rows`, put together at once."""
        return _around(n, torch.stack([permutation(n - 1, g, device)[: self.m] for g in generators]))


def _around(n: int, shifts: Int64[Tensor, "*b m"]) -> Int64[Tensor, "*b n k"]:
    """Each row, and those that follow it by 1 + each shift; the first follows the last."""
    steps = nn.functional.pad(shifts, (1, 0), value=-1).unsqueeze(-2)
    return torch.arange(1, n + 1, device=shifts.device).unsqueeze(1).add(steps).remainder_(n)
