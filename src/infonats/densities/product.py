"""The density of two independent parts: r(x, y) = r(x) s(y)."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.densities.base import Density
from infonats.errors import InputError


@final
class Product(Density):
    """r(x) s(y) over the columns of x, then those of y: what a joint density must beat."""

    def __init__(self, first: Density, second: Density) -> None:
        super().__init__()
        if first.dx or second.dx:
            raise InputError(f"A product takes marginal densities (dx = 0); dx is {first.dx} and {second.dx}.")
        self.first, self.second = first, second
        self.dx, self.dy = 0, first.dy + second.dy

    def log_prob(
        self, y: Float[Tensor, "*#b dy"], x: Float[Tensor, "*#b dx"] | None = None
    ) -> Float[Tensor, "*b"]:
        """The sum log r + log s."""
        one, other = y.split([self.first.dy, self.second.dy], -1)
        return self.first.log_prob(one, x) + self.second.log_prob(other, x)

    def sample(
        self, x: Float[Tensor, "*b dx"] | None, generator: torch.Generator, shape: tuple[int, ...] = ()
    ) -> Float[Tensor, "*s_b dy"]:
        """Independent draws of both parts."""
        return torch.cat([part.sample(x, generator, shape) for part in (self.first, self.second)], -1)
