r"""Paired autoencoders that predict each other: what `LMI` reads its codes from.

With codes f(x) and g(y) of few numbers, the loss is the sum of four mean squared errors,

.. math:: \|x - A f(x)\|^2 + \|y - B g(y)\|^2 + \|y - C f(x)\|^2 + \|x - D g(y)\|^2,

so that a code keeps what rebuilds its own side and what tells of the other. G. Gowri, X.-K. Lun, A. M. Klein
and P. Yin (2024), arXiv 2409.02732. As there: three hidden layers, each half as wide as the last, leaky ReLU
of slope .2 behind every layer but the last of a decoder, half of the units dropped before each layer of the
decoders C and D, Glorot's uniform weights, no biases at first.
"""

import itertools
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.nn import dropped
from infonats.objectives.base import Objective, Step

SLOPE, DROPOUT = 0.2, 0.5


class Chain(nn.Module):
    """Affine maps of the given widths with leaky ReLU between them, and at the end where `bent`."""

    def __init__(self, widths: Sequence[int], bent: bool, dropout: float = 0.0) -> None:
        super().__init__()
        self.maps = nn.ModuleList(nn.Linear(a, b) for a, b in itertools.pairwise(widths))
        self.bent, self.dropout = bent, dropout

    def forward(
        self, x: Float[Tensor, "n d"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n k"]:
        """Apply the chain; with a generator units are dropped before each map."""
        for i, affine in enumerate(self.maps):
            x = affine(dropped(x, self.dropout, generator))
            if self.bent or i + 1 < len(self.maps):
                x = nn.functional.leaky_relu(x, SLOPE)
        return x


class CrossPredictive(Objective):
    """The four reconstructions of the module's formula, of x (n, dx) and y (n, dy) by codes of `dims`
    numbers.
    """

    def __init__(self, dx: int, dy: int, dims: int, hidden: Sequence[int]) -> None:
        super().__init__()
        up = tuple(reversed(hidden))
        self.of_x, self.of_y = (Chain((d, *hidden, dims), bent=True) for d in (dx, dy))
        self.own_x, self.own_y = (Chain((dims, *up, d), bent=False) for d in (dx, dy))
        self.other_x, self.other_y = (Chain((dims, *up, d), bent=False, dropout=DROPOUT) for d in (dx, dy))

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """The loss; its value is minus the loss, for there are no nats here."""
        drop = generator if self.training else None
        u, v, mse = self.of_x(x), self.of_y(y), nn.functional.mse_loss
        own = mse(self.own_x(u), x) + mse(self.own_y(v), y)
        loss = own + mse(self.other_x(v, drop), x) + mse(self.other_y(u, drop), y)
        return Step(loss, -loss.detach())

    @torch.no_grad()
    def start(self, generator: torch.Generator) -> "CrossPredictive":
        """Glorot's uniform weights and biases of zero, drawn from `generator`; returns self."""
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                limit = math.sqrt(6 / (layer.in_features + layer.out_features))
                layer.weight.uniform_(-limit, limit, generator=generator)
                layer.bias.zero_()
        return self
