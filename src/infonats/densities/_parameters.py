"""The numbers that describe a density, as a function of x that starts out constant.

    theta(x) = theta_0 + A x + f(x),   A = 0 and f = 0 at the start

The linear path carries linear dependence, which a network learns slowly in many dimensions.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.densities.base import DensityConfig
from infonats.nn import MLP

KINDS = ("constant", "linear", "network")


class Parameters(nn.Module):
    """theta(x), (*b, dx) -> (*b, size): constant, affine in x, or affine plus a network. dx = 0: constant.

    A constant has shape (size,), whatever x is.
    """

    def __init__(self, dx: int, size: int, kind: str, config: DensityConfig) -> None:
        super().__init__()
        self.base = nn.Parameter(torch.zeros(size))
        self.linear = self.network = None
        if dx > 0 and kind != "constant":
            self.linear = nn.Linear(dx, size, bias=False)
            nn.init.zeros_(self.linear.weight)
        if dx > 0 and kind == "network":
            self.network = MLP(dx, size, config.hidden, config.act, zero_last=True)

    def forward(self, x: Float[Tensor, "*b dx"] | None) -> Float[Tensor, "..."]:
        """theta(x), or theta_0 where that is all."""
        if self.linear is None or x is None:
            return self.base
        theta = self.base + self.linear(x)
        return theta if self.network is None else theta + self.network(x)


LIMIT = 8.0
"""Logarithms of scales stay within -8 and 8, so scales within 3e-4 and 3e3: for data of unit scale, a
density can neither collapse on a point nor spread beyond use, and gradients vanish at neither end."""


def bounded(raw: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """8 tanh(raw / 8): the identity near zero, within (-8, 8) everywhere."""
    return LIMIT * torch.tanh(raw / LIMIT)


def bounded_slope(log_scale: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The derivative of `bounded` where its value is `log_scale`."""
    return 1 - (log_scale / LIMIT).square()


def unbounded(log_scale: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """The inverse of `bounded`, of what lies within 99.9 % of its range."""
    return LIMIT * torch.atanh((log_scale / LIMIT).clamp(-0.999, 0.999))
