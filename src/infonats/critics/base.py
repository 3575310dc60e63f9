"""The contract of a critic: a learned score T(x, y) of pairs."""

import abc

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.critics.terms import Terms

CACHED = 131_072
"""Numbers that a layer makes at once where no gradient is wanted: half a MiB, which stays in the cache."""


class Critic(nn.Module, abc.ABC):
    """A network that scores pairs. Leading dimensions broadcast, so one rule serves every pairing."""

    @abc.abstractmethod
    def forward(self, x: Float[Tensor, "*#b dx"], y: Float[Tensor, "*#b dy"]) -> Float[Tensor, "*b"]:
        """T(x, y) of paired rows: (n, dx), (n, dy) -> (n,), or any shapes that broadcast."""

    def all_pairs(self, x: Float[Tensor, "*b n dx"], y: Float[Tensor, "*b m dy"]) -> Float[Tensor, "*b n m"]:
        """T(x_i, y_j) of every row with every row. Overridden for speed only."""
        size = max(1, at_once(self, x.shape[-2] * y.shape[-2]) // y.shape[-2])
        parts = [self(part.unsqueeze(-2), y.unsqueeze(-3)) for part in x.split(size, -2)]
        return torch.cat(parts, -2)

    def terms(self) -> Terms | None:
        """The sum that T(x, y) is, if it is one of networks that meet in simple ways: for speed only."""
        return None


def at_once(critic: nn.Module, pairs: int) -> int:
    """How many of `pairs` to score at once: all for a gradient or off the CPU, else what the cache holds."""
    if torch.is_grad_enabled() or any(p.device.type != "cpu" for p in critic.parameters()):
        return pairs
    return max(1, CACHED // max((p.shape[0] for p in critic.parameters() if p.ndim), default=1))
