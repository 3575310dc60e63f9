"""The contract of a critic: a learned score T(x, y) of pairs."""

import abc

import torch
from jaxtyping import Float
from torch import Tensor, nn

AT_ONCE = 4096
"""Pairs that are scored at once where no gradient is wanted: what a layer makes of them stays in the cache."""


class Critic(nn.Module, abc.ABC):
    """A network that scores pairs. Leading dimensions broadcast, so one rule serves every pairing."""

    @abc.abstractmethod
    def forward(self, x: Float[Tensor, "*#b dx"], y: Float[Tensor, "*#b dy"]) -> Float[Tensor, "*b"]:
        """T(x, y) of paired rows: (n, dx), (n, dy) -> (n,), or any shapes that broadcast."""

    def all_pairs(self, x: Float[Tensor, "*b n dx"], y: Float[Tensor, "*b m dy"]) -> Float[Tensor, "*b n m"]:
        """T(x_i, y_j) of every row with every row. Overridden for speed only."""
        size = x.shape[-2] if torch.is_grad_enabled() else max(1, AT_ONCE // y.shape[-2])
        parts = [self(part.unsqueeze(-2), y.unsqueeze(-3)) for part in x.split(size, -2)]
        return torch.cat(parts, -2)
