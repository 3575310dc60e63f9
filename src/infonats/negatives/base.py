"""The contract of negatives: from a critic and a batch to scores of pairs drawn together and apart."""

import abc
from collections.abc import Sequence
from typing import ClassVar

import torch
from jaxtyping import Int64
from torch import Tensor

from infonats.critics.base import Critic, at_once
from infonats.errors import InputError
from infonats.scores import Scores


class Negatives(abc.ABC):
    """A rule that pairs each x of a batch with y's that were not drawn with it.

    `fixed_points`: whether it may pair x_i with its own y_i nevertheless.
    """

    fixed_points: ClassVar[bool] = False

    @abc.abstractmethod
    def __call__(self, critic: Critic, x: Tensor, y: Tensor, generator: torch.Generator | None) -> Scores:
        """Scores of the n pairs and of each x_i with m negatives. Raises InputError for a batch of one."""


class InBatch(Negatives):
    """Negatives among the rows of the batch itself, chosen by number without looking at them."""

    @abc.abstractmethod
    def rows(
        self, n: int, generator: torch.Generator | None, device: torch.device
    ) -> Int64[Tensor, "n k"] | None:
        """The number of each of n rows, then those of the m rows whose y's it meets, k = m + 1; None: all."""

    def rows_of_many(
        self, n: int, generators: Sequence[torch.Generator], device: torch.device
    ) -> Int64[Tensor, "b n k"] | None:
        """The `rows` of several batches, each drawn by its own generator. Overridden for speed only."""
        drawn = [self.rows(n, generator, device) for generator in generators]
        return torch.stack([rows for rows in drawn if rows is not None]) if drawn[0] is not None else None

    def __call__(self, critic: Critic, x: Tensor, y: Tensor, generator: torch.Generator | None) -> Scores:
        """Scores with product (n, m)."""
        check_batch(len(x))
        rows = self.rows(len(x), generator, x.device)
        if rows is None:
            return Scores.from_all_pairs(critic.all_pairs(x, y))
        size = max(1, at_once(critic, rows.numel()) // rows.shape[1])
        parts = zip(x[:, None].split(size), rows.split(size), strict=True)
        scores = torch.cat([critic(part, y[numbers]) for part, numbers in parts])
        return Scores(scores[:, 0], scores[:, 1:])


def check_batch(n: int) -> None:
    """Raise InputError for a batch of fewer than two pairs."""
    if n < 2:
        raise InputError(f"Negatives need a batch of at least 2 pairs; {n} were given.")


def permutation(n: int, generator: torch.Generator | None, device: torch.device) -> Tensor:
    """A random order of n things, drawn where the generator lives, for use on `device`."""
    home = torch.device("cpu") if generator is None else generator.device
    return torch.randperm(n, generator=generator, device=home).to(device)
