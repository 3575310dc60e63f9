r"""X uniform on (-1, 1), Y drawn from any density given x.

.. math:: \log \frac{p(y|x)}{\tfrac12 \int_{-1}^1 p(y|t)\, dt}

The integral is Gauss-Legendre on `NODES` points, more than the densities here need; the truth is a Monte Carlo
mean.
"""

import math
from collections.abc import Callable
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth, monte_carlo

NODES, ROWS = 1024, 512
"""Points of the integral, and rows for which it is done at once."""

Draw = Callable[[Float[Tensor, "n 1"], torch.Generator], Float[Tensor, "n d"]]
LogDensity = Callable[[Float[Tensor, "*b 1"], Float[Tensor, "*b d"]], Float[Tensor, "*b"]]


@final
class Regression(Task):
    """`draw` gives y (n, d) from x (n, 1); `log_density` log p(y | x), up to a constant, by broadcasting."""

    dim_x, exact = 1, False

    def __init__(self, draw: Draw, log_density: LogDensity, columns: int, name: str, hard: str) -> None:
        self.draw, self.log_density, self.dim_y = draw, log_density, columns
        self.name, self.hard = name, hard
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        self.nodes, self.log_weights = torch.from_numpy(nodes)[:, None], torch.from_numpy(weights / 2).log()

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = 2 * torch.rand(n, 1, generator=generator, dtype=torch.float64) - 1
        return x, self.draw(x, generator)

    def _truth(self) -> Truth:
        return monte_carlo(self)

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """The log density given x minus that of Y."""
        marginal = [
            torch.logsumexp(self.log_density(self.nodes, rows[:, None]) + self.log_weights, 1)
            for rows in y.split(ROWS)
        ]
        return self.log_density(x, y) - torch.cat(marginal)


def _noise(like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=generator, dtype=torch.float64)


def _log_normal(z: Tensor, sigma: Tensor | int | float) -> Tensor:
    """Of one column, less log(2 pi) / 2."""
    return (-0.5 * (z / sigma).square() - torch.as_tensor(sigma, dtype=torch.float64).log())[..., 0]


def _positive(name: str, value: int | float) -> None:
    if not value > 0:
        raise InputError(f"{name} is {value!r}; it must be above 0, for without noise I(X;Y) is infinite.")


def laplace_noise(scale: int | float) -> Task:
    """Y = X + Laplace noise. Raises InputError unless scale > 0."""
    _positive("scale", scale)

    def draw(x: Tensor, generator: torch.Generator) -> Tensor:
        waits = torch.empty(2, *x.shape, dtype=torch.float64).exponential_(generator=generator)
        return x + scale * (waits[0] - waits[1])

    def log_density(x: Tensor, y: Tensor) -> Tensor:
        return -((y - x).abs() / scale)[..., 0]

    return Regression(draw, log_density, 1, f"laplace-noise-{scale}", "noise with a peak and long tails")


def fan(narrow: int | float, wide: int | float) -> Task:
    """Y = sin 2X + s(X) N, s rising from `narrow` to `wide`. Raises InputError unless both are above 0."""
    _positive("narrow", narrow)
    _positive("wide", wide)

    def spread(x: Tensor) -> Tensor:
        return narrow + (wide - narrow) * (x + 1) / 2

    def draw(x: Tensor, generator: torch.Generator) -> Tensor:
        return torch.sin(2 * x) + spread(x) * _noise(x, generator)

    def log_density(x: Tensor, y: Tensor) -> Tensor:
        return _log_normal(y - torch.sin(2 * x), spread(x))

    return Regression(draw, log_density, 1, f"fan-{narrow}-{wide}", "noise that grows along a bent curve")


def product_noise(least: int | float) -> Task:
    """Y = (least + |X|) N: x tells the spread of y and nothing else. Raises InputError unless least > 0."""
    _positive("least", least)

    def draw(x: Tensor, generator: torch.Generator) -> Tensor:
        return (least + x.abs()) * _noise(x, generator)

    def log_density(x: Tensor, y: Tensor) -> Tensor:
        return _log_normal(y, least + x.abs())

    return Regression(draw, log_density, 1, f"product-noise-{least}", "uncorrelated: x scales the noise")


def two_regressions(sigma: int | float) -> Task:
    """Y is 3X/2 or cos 3X, each half of the time, plus sigma N. Raises InputError unless sigma > 0."""
    _positive("sigma", sigma)

    def draw(x: Tensor, generator: torch.Generator) -> Tensor:
        first = torch.rand(x.shape, generator=generator, dtype=torch.float64) < 0.5
        return torch.where(first, 1.5 * x, torch.cos(3 * x)) + sigma * _noise(x, generator)

    def log_density(x: Tensor, y: Tensor) -> Tensor:
        parts = (_log_normal(y - mean, sigma) for mean in (1.5 * x, torch.cos(3 * x)))
        return torch.logaddexp(*parts) - math.log(2)

    return Regression(draw, log_density, 1, f"two-regressions-{sigma}", "two curves that cross, not told apart")
