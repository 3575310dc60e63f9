"""Stochastic codes: q(z|x) = N(m(x), diag s(x)^2), drawn so that gradients pass."""

import dataclasses
import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.densities.base import noise

LOG_2_PI = math.log(2 * math.pi)
SMALLEST = 1e-6


@dataclasses.dataclass(frozen=True, eq=False)
class Code:
    """The normal laws N(mean, scale^2) of n codes: mean and scale (n, k), all coordinates independent."""

    mean: Float[Tensor, "n k"]
    scale: Float[Tensor, "n k"]

    def draw(self, generator: torch.Generator) -> Float[Tensor, "n k"]:
        """Draw z = m + s eps, differentiable in m and s (Kingma and Welling 2014, arXiv 1312.6114)."""
        return self.mean + self.scale * noise(tuple(self.mean.shape), generator, self.mean)

    def log_prob(self, z: Float[Tensor, "n k"]) -> Float[Tensor, "n"]:
        """The log q(z_i | x_i) of paired rows."""
        terms = ((z - self.mean) / self.scale).square() + 2 * self.scale.log() + LOG_2_PI
        return -0.5 * terms.sum(-1)

    def kl(self, other: "Code") -> Float[Tensor, "n"]:
        """KL(N(m, s^2) || N(m', s'^2)) = sum_k (s^2 + (m - m')^2) / 2 s'^2 - 1/2 - log s / s', in nats."""
        ratio = self.scale / other.scale
        shift = (self.mean - other.mean) / other.scale
        return (0.5 * (ratio.square() + shift.square() - 1) - ratio.log()).sum(-1)

    def standard(self) -> "Code":
        """N(0, 1) of the same shape."""
        return Code(torch.zeros_like(self.mean), torch.ones_like(self.scale))


@final
class GaussianEncoder(nn.Module):
    """q(z|x) = N(m(x), s(x)^2), (m, log(e^s - 1) + shift) = trunk(x), which has 2 k outputs.

    A shift of 5 starts s near .007, so that training begins as if the code had no noise (Alemi et al. 2017,
    arXiv 1612.00410). A critic cannot see information that large: for an adversary start with shift 0, s = .7.
    """

    def __init__(self, trunk: nn.Module, shift: float = 5.0) -> None:
        super().__init__()
        self.trunk, self.shift = trunk, shift

    def forward(self, x: Tensor) -> Code:
        """The laws of the codes of x (n, ...)."""
        mean, raw = self.trunk(x).chunk(2, -1)
        return Code(mean, nn.functional.softplus(raw - self.shift) + SMALLEST)
