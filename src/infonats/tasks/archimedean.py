r"""Archimedean copulas: uniform columns that depend on each other in one tail, the other, or neither.

R. B. Nelsen, "An introduction to copulas", Springer 2006, doi:10.1007/0-387-28678-0, has the densities. With
K(t) = P(C(U, V) <= t) the mean of each log density is a formula; for theta = t, gamma Euler's constant, E_1 the
exponential integral, D_1 the first Debye function and c = t - 1, I(U;V) is

    Clayton:  log(1 + t) - t / (1 + t)
    Frank:    log(t / (1 - e^-t)) - 2 + 2 D_1(t)
    Gumbel:   gamma - 1 + log c + e^c E_1(c) + (1 - c e^c E_1(c)) / t
"""

import math
from typing import final

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import exp1
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth


def _uniform(n: int, columns: int, generator: torch.Generator) -> tuple[Tensor, ...]:
    """`columns` columns (n, 1), uniform on the open interval (0, 1)."""
    u = torch.rand(columns, n, 1, generator=generator, dtype=torch.float64)
    return tuple(u.clamp(min=2.0**-54))


def _above(theta: int | float, least: int) -> int | float:
    if not theta > least:
        raise InputError(f"theta is {theta!r}; it must be above {least}, where the columns are independent.")
    return theta


@final
class Clayton(Task):
    """C = (u^-t + v^-t - 1)^(-1/t): small values come together. Raises InputError unless theta > 0."""

    dim_x = dim_y = 1

    def __init__(self, theta: int | float) -> None:
        self.theta, self.name = _above(theta, 0), f"clayton-{theta}"
        self.hard = "small values come together, large ones do not"

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        (u, w), t = _uniform(n, 2, generator), self.theta
        return u, (1 + u**-t * (w ** (-t / (1 + t)) - 1)) ** (-1 / t)

    def _truth(self) -> Truth:
        return Truth(math.log1p(self.theta) - self.theta / (1 + self.theta))

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The log density of the copula."""
        t = self.theta
        ratio = math.log1p(t) - (1 + t) * (x * y).log() - (2 + 1 / t) * (x**-t + y**-t - 1).log()
        return ratio[:, 0]


@final
class Frank(Task):
    """e^-tC = 1 - (1 - e^-tu)(1 - e^-tv) / (1 - e^-t): no tail ties. Raises InputError unless theta > 0."""

    dim_x = dim_y = 1

    def __init__(self, theta: int | float) -> None:
        self.theta, self.name = _above(theta, 0), f"frank-{theta}"
        self.hard = "a band that is widest in the middle, no ties in the tails"

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        (u, w), t = _uniform(n, 2, generator), self.theta
        a = torch.exp(-t * u)
        return u, -torch.log1p(w * math.expm1(-t) / (a * (1 - w) + w)) / t

    def _truth(self) -> Truth:
        nodes, weights = np.polynomial.legendre.leggauss(64)
        s = self.theta * (nodes + 1) / 2
        debye = float(weights @ (s / np.expm1(s))) / 2
        return Truth(math.log(self.theta / -math.expm1(-self.theta)) - 2 + 2 * debye)

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The log density of the copula."""
        t, whole = self.theta, -math.expm1(-self.theta)
        inner = whole - torch.expm1(-t * x) * torch.expm1(-t * y)
        return (math.log(t * whole) - t * (x + y) - 2 * inner.log())[:, 0]


@final
class Gumbel(Task):
    """-log C = ((-log u)^t + (-log v)^t)^(1/t): large values come together. Raises InputError unless theta > 1.

    Drawn by a positive stable frailty: A. W. Marshall, I. Olkin, JASA 83, 834-841 (1988); J. M. Chambers,
    C. L. Mallows, B. W. Stuck, JASA 71, 340-344 (1976).
    """

    dim_x = dim_y = 1

    def __init__(self, theta: int | float) -> None:
        self.theta, self.name = _above(theta, 1), f"gumbel-{theta}"
        self.hard = "large values come together, small ones hardly"

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        (w, *others), alpha = _uniform(n, 4, generator), 1 / self.theta
        angle, (e, a, b) = math.pi * w, (-u.log() for u in others)
        turned = torch.sin(alpha * angle) / torch.sin(angle) ** self.theta
        stable = turned * (torch.sin((1 - alpha) * angle) / e) ** (self.theta - 1)
        return torch.exp(-((a / stable) ** alpha)), torch.exp(-((b / stable) ** alpha))

    def _truth(self) -> Truth:
        c = self.theta - 1
        tail = math.exp(c) * float(exp1(c))
        return Truth(float(np.euler_gamma) - 1 + math.log(c) + tail + (1 - c * tail) / self.theta)

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The log density of the copula."""
        t, a, b = self.theta, -x.log(), -y.log()
        s = (a**t + b**t) ** (1 / t)
        ratio = a + b - s + (t - 1) * (a * b).log() + (1 - 2 * t) * s.log() + (s + t - 1).log()
        return ratio[:, 0]
