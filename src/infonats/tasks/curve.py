"""Y = f(X) + sigma N with X uniform on (-1, 1): a curve in d dimensions under Gaussian noise.

    log p(x,y)/p(x)p(y) = log N(y; f(x), sigma^2) - log 1/2 integral of N(y; f(t), sigma^2) dt over (-1, 1)

The integral is Gauss-Legendre with nodes closer to each other than the noise is wide.
"""

import functools
import math
from collections.abc import Callable
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth, monte_carlo
from infonats.tasks.channel import divergence, log_marginal

Curve = Callable[[Float[Tensor, "n 1"]], Float[Tensor, "n d"]]


def identity(x: Tensor) -> Tensor:
    """The line x."""
    return x


def cube(x: Tensor) -> Tensor:
    """The curve x^3."""
    return x**3


def polynomial(degree: int) -> Curve:
    """[x - x^2, x^2 - x^3, ..., x^(n-1) - x^n, x^n]: coordinates that sum to x."""

    def f(x: Tensor) -> Tensor:
        powers = x ** torch.arange(1, degree + 1)
        return torch.cat([powers[:, :-1] - powers[:, 1:], powers[:, -1:]], 1)

    return f


def roots(count: int) -> Curve:
    """In turn sin, cos, log(2 + .), square, sinh, cosh and tanh of x, then of x/2, x/3, ...: `count` in all."""
    kinds = (torch.sin, torch.cos, lambda t: torch.log(2 + t), torch.square, torch.sinh, torch.cosh, torch.tanh)

    def f(x: Tensor) -> Tensor:
        return torch.cat([kinds[j % 7](x / (1 + j // 7)) for j in range(count)], 1)

    return f


@functools.cache
def _gauss_legendre(count: int) -> tuple[Tensor, Tensor]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return torch.from_numpy(nodes), torch.from_numpy(weights)


@final
class NoisyCurve(Task):
    """X uniform on (-1, 1), Y = f(X) + sigma N in as many columns as f has. Exact (quadrature) for one column.

    Raises InputError unless sigma > 0: without noise the mutual information is infinite.
    """

    def __init__(self, f: Curve, sigma: float, name: str, hard: str) -> None:
        if not sigma > 0:
            raise InputError(f"sigma is {sigma!r}; it must be above 0, for without noise I(X;Y) is infinite.")
        self.f, self.sigma, self.name, self.hard = f, sigma, name, hard
        line = f(torch.linspace(-1, 1, 2001, dtype=torch.float64)[:, None])
        self.dim_x, self.dim_y, self.exact = 1, line.shape[1], line.shape[1] == 1
        length = (line[1:] - line[:-1]).norm(dim=1).max().item() * 2000
        nodes, weights = _gauss_legendre(64 + math.ceil(3 * length / sigma))
        self.points, self.log_weights = f(nodes[:, None]), (weights / 2).log()

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = 2 * torch.rand(n, 1, generator=generator, dtype=torch.float64) - 1
        noise = torch.randn(n, self.dim_y, generator=generator, dtype=torch.float64)
        return x, self.f(x) + self.sigma * noise

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """The log density of the noise minus that of Y, whose common factor cancels."""
        distance = ((y - self.f(x)) / self.sigma).square().sum(1)
        return -0.5 * distance - self._log_marginal(y)

    def smoothed(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """What y tells of X: the mean of the ratio given y."""
        return divergence(y, self.points, self.log_weights, self.sigma)

    def _log_marginal(self, y: Tensor) -> Tensor:
        return log_marginal(y, self.points, self.log_weights, self.sigma)

    def _truth(self) -> Truth:
        """h(Y) - h(sigma N), by the trapezoidal rule in y."""
        if not self.exact:
            return monte_carlo(self)
        low, high = self.points.min().item() - 12 * self.sigma, self.points.max().item() + 12 * self.sigma
        y = torch.arange(low, high, self.sigma / 20, dtype=torch.float64)[:, None]
        log_p = self._log_marginal(y) - math.log(self.sigma * math.sqrt(2 * math.pi))
        entropy = -(log_p.exp() * log_p).sum().item() * self.sigma / 20
        return Truth(entropy - math.log(self.sigma) - 0.5 * math.log(2 * math.pi * math.e))
