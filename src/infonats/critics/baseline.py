"""A baseline: the second function that some bounds learn beside the critic."""

import copy

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.critics.base import Critic


class Baseline(nn.Module):
    """log a(x), or u(x, y), by a network of the same build as a critic: a copy of it, trained apart.

    `of_pairs`: a function of x and y; otherwise of x alone, the copy seeing zeros in place of y.
    """

    def __init__(self, critic: Critic, of_pairs: bool) -> None:
        super().__init__()
        self.critic = copy.deepcopy(critic)
        self.of_pairs = of_pairs

    def forward(self, x: Float[Tensor, "*b dx"], y: Float[Tensor, "*b dy"]) -> Float[Tensor, "*b"]:
        """The baseline of paired rows."""
        return self.critic(x, y if self.of_pairs else torch.zeros_like(y))
