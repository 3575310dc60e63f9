r"""Channels whose output has a density in closed form: Cauchy, circular and uniform noise, waiting times."""

import math
from typing import final

import torch
from jaxtyping import Float
from scipy.special import digamma, gammaln
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth

TURNS = 8
"""Turns around the circle to either side that the density of a wrapped Gaussian adds up."""
MIDPOINTS = 1_000_000
"""Points of the integral over the output of `ParabolaBand`: square roots end there, errors are below 1e-6."""


@final
class CauchyNoise(Task):
    """X Cauchy of scale 1, Y = X + Cauchy noise of scale g: I = log(1 + 1/g). No moment exists.

    The sum of Cauchy variables is Cauchy, and the entropy of one is log(4 pi scale). Exact. Raises InputError
    unless g > 0.
    """

    dim_x = dim_y = 1

    def __init__(self, scale: int | float) -> None:
        if not scale > 0:
            raise InputError(f"scale is {scale!r}; it must be above 0, for without noise I(X;Y) is infinite.")
        self.scale, self.name, self.hard = scale, f"cauchy-noise-{scale}", "no moments, on neither side"

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        u = torch.rand(2, n, 1, generator=generator, dtype=torch.float64)
        x, noise = torch.tan(math.pi * (u - 0.5))
        return x, x + self.scale * noise

    def _truth(self) -> Truth:
        return Truth(math.log1p(1 / self.scale))

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The log density of the noise minus that of Y; 1 / pi cancels."""
        return (_log_cauchy(y - x, self.scale) - _log_cauchy(y, 1 + self.scale))[:, 0]


def _log_cauchy(z: Tensor, scale: int | float) -> Tensor:
    return math.log(scale) - (z.square() + scale**2).log()


@final
class Circle(Task):
    """X an angle uniform on (0, 2 pi), Y = X + sigma N around the circle: I = log 2 pi - h(wrapped noise).

    The entropy is the trapezoidal rule on a period, exact to rounding. Raises InputError unless sigma > 0.
    """

    dim_x = dim_y = 1

    def __init__(self, sigma: int | float) -> None:
        if not sigma > 0:
            raise InputError(f"sigma is {sigma!r}; it must be above 0, for without noise I(X;Y) is infinite.")
        self.sigma, self.name, self.hard = sigma, f"circle-{sigma}", "a band that leaves and comes in again"

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x = 2 * math.pi * torch.rand(n, 1, generator=generator, dtype=torch.float64)
        noise = torch.randn(n, 1, generator=generator, dtype=torch.float64)
        return x, torch.remainder(x + self.sigma * noise, 2 * math.pi)

    def _truth(self) -> Truth:
        grid = torch.arange(4096, dtype=torch.float64) * (2 * math.pi / 4096)
        ratio = self._log_ratio(grid)
        return Truth((ratio.exp() * ratio).mean().item())

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The log density of the wrapped noise at y - x, plus log 2 pi."""
        return self._log_ratio((y - x)[:, 0])

    def _log_ratio(self, angle: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
        turns = 2 * math.pi * torch.arange(-TURNS, TURNS + 1, dtype=torch.float64)
        exponent = -0.5 * ((angle[:, None] + turns) / self.sigma).square()
        return torch.logsumexp(exponent, 1) + 0.5 * math.log(2 * math.pi) - math.log(self.sigma)


@final
class ParabolaBand(Task):
    """X uniform on (-1, 1), Y uniform on (X^2 - w, X^2 + w): sharp edges, and no correlation.

    Y is reached from 2 (sqrt(y + w) - sqrt(y - w)) of the length 2 of X, both roots cut to (0, 1), so the ratio
    is minus the log of that share. I = h(Y) - log 2w by the midpoint rule. Raises InputError unless w > 0.
    """

    dim_x = dim_y = 1

    def __init__(self, width: int | float) -> None:
        if not width > 0:
            raise InputError(f"width is {width!r}; it must be above 0, for without noise I(X;Y) is infinite.")
        self.width, self.name = width, f"parabola-band-{width}"
        self.hard = "sharp edges around a parabola, uncorrelated"

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        u = 2 * torch.rand(2, n, 1, generator=generator, dtype=torch.float64) - 1
        return u[0], u[0].square() + self.width * u[1]

    def _share(self, y: Tensor) -> Tensor:
        """How much of (-1, 1) reaches y."""
        return (y + self.width).clamp(0, 1).sqrt() - (y - self.width).clamp(0, 1).sqrt()

    def _truth(self) -> Truth:
        step = (1 + 2 * self.width) / MIDPOINTS
        share = self._share(step * (torch.arange(MIDPOINTS, dtype=torch.float64) + 0.5) - self.width)
        return Truth(-torch.special.xlogy(share, share).sum().item() * step / (2 * self.width))

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """Minus the log of the share of x that reaches y; -inf where this x does not."""
        inside = (y - x.square()).abs() <= self.width * (1 + 1e-12)  # y is rounded
        return torch.where(inside, -self._share(y).log(), -math.inf)[:, 0]


@final
class GammaRate(Task):
    """X ~ Gamma(a) is the rate of Y ~ Gamma(k): the time to the k-th event at an unknown rate.

    With Y marginally beta-prime, psi the digamma function,

        I = k psi(a) - k - log Gamma(a + k) + log Gamma(a) + (a + k)(psi(a + k) - psi(a)).

    Exact. Raises InputError unless the shapes a and k are positive whole numbers.
    """

    dim_x = dim_y = 1

    def __init__(self, a: int, k: int) -> None:
        if min(a, k) < 1:
            raise InputError(f"The shapes are {a} and {k}; give positive whole numbers.")
        self.a, self.k, self.name = a, k, f"gamma-rate-{a}-{k}"
        self.hard = "skewed, the spread grows as the rate falls"

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        parts = torch.empty(n, self.a + self.k, dtype=torch.float64).exponential_(generator=generator)
        x = parts[:, : self.a].sum(1, keepdim=True)
        return x, parts[:, self.a :].sum(1, keepdim=True) / x

    def _truth(self) -> Truth:
        a, k = self.a, self.k
        rest = float(gammaln(a) - gammaln(a + k))
        return Truth(k * float(digamma(a)) - k + rest + (a + k) * float(digamma(a + k) - digamma(a)))

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The log of Gamma(y; k, x) over the beta-prime density of y; (k - 1) log y and log Gamma(k) cancel."""
        rest = float(gammaln(self.a) - gammaln(self.a + self.k))
        return (self.k * x.log() - x * y + (self.a + self.k) * y.log1p() + rest)[:, 0]
