"""Negatives from the same batch: every other row, or a few cyclic shifts."""

import dataclasses

import torch
from torch import Tensor

from infonats.critics.base import Critic
from infonats.errors import InputError
from infonats.negatives.base import Negatives, check_batch, permutation
from infonats.scores import Scores


@dataclasses.dataclass(frozen=True)
class AllPairs(Negatives):
    """Each x with every other y of the batch: m = n - 1. Costs n^2 scores; deterministic."""

    def __call__(self, critic: Critic, x: Tensor, y: Tensor, generator: torch.Generator | None) -> Scores:
        """The diagonal of `critic.all_pairs` and the rest of it."""
        check_batch(len(x))
        return Scores.from_all_pairs(critic.all_pairs(x, y))


@dataclasses.dataclass(frozen=True)
class Shifts(Negatives):
    """Each x_i with y_(i+s mod n) for `m` distinct random shifts s in 1..n-1. Costs n (m + 1) scores.

    A shift has no fixed point, so no positive is ever taken for a negative, and every y is used
    equally often. Batches of n <= m rows use their n - 1 shifts.
    """

    m: int = 8

    def __post_init__(self) -> None:
        if self.m < 1:
            raise InputError(f"m is {self.m}; each pair needs 1 negative or more.")

    def __call__(self, critic: Critic, x: Tensor, y: Tensor, generator: torch.Generator | None) -> Scores:
        """Scores with product (n, min(m, n - 1))."""
        n = len(x)
        check_batch(n)
        shifts = permutation(n - 1, generator, x.device)[: self.m] + 1
        rows = torch.arange(n, device=x.device)[:, None]
        columns = torch.cat([torch.zeros_like(shifts[:1]), shifts])
        scores = critic(x[:, None], y[(rows + columns) % n])
        return Scores(scores[:, 0], scores[:, 1:])
