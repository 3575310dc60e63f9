"""Invertible maps of one variable, row by row: what a transformation does to x or to y.

A map is one-to-one onto its image, so it changes densities and not mutual information.
"""

import dataclasses
import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Rows = Float[Tensor, "n d"]


@dataclasses.dataclass(frozen=True)
class Map:
    """`inverse(forward(x)) == x` for x (n, d); forward may add `extra` columns."""

    forward: Callable[[Tensor], Tensor]
    inverse: Callable[[Tensor], Tensor]
    extra: int = 0


def identity(x: Rows) -> Rows:
    """No change."""
    return x


IDENTITY = Map(identity, identity)
NORMAL_CDF = Map(torch.special.ndtr, torch.special.ndtri)
ASINH = Map(torch.asinh, torch.sinh)
CUBE = Map(lambda x: x**3, lambda x: x.sign() * x.abs() ** (1 / 3))
HALF_CUBE = Map(lambda x: x * x.abs().sqrt(), lambda x: x.sign() * x.abs() ** (2 / 3))


def increasing(
    f: Callable[[Tensor], Tensor], low: float, high: float, steps: int = 80
) -> Callable[[Rows], Rows]:
    """The inverse of an increasing f, coordinate by coordinate, by bisection of (y + low, y + high)."""

    def inverse(y: Tensor) -> Tensor:
        a, b = y + low, y + high
        for _ in range(steps):
            middle = (a + b) / 2
            below = f(middle) < y
            a, b = torch.where(below, middle, a), torch.where(below, b, middle)
        return (a + b) / 2

    return inverse


def _wiggle_x(x: Tensor) -> Tensor:
    return x + 0.4 * torch.sin(x) + 0.2 * torch.sin(1.7 * x + 1) + 0.03 * torch.sin(3.3 * x - 2.5)


def _wiggle_y(y: Tensor) -> Tensor:
    return y - 0.4 * torch.sin(0.4 * y) + 0.17 * torch.sin(1.3 * y + 3.5) + 0.02 * torch.sin(4.3 * y - 2.5)


WIGGLE_X = Map(_wiggle_x, increasing(_wiggle_x, -0.7, 0.7))
WIGGLE_Y = Map(_wiggle_y, increasing(_wiggle_y, -0.7, 0.7))


def two_peaks(weight: float, first: float, second: float) -> Map:
    """A standard normal coordinate to weight N(first, 1) + (1 - weight) N(second, 1), quantile by quantile."""

    def cdf(x: Tensor) -> Tensor:
        return weight * torch.special.ndtr(x - first) + (1 - weight) * torch.special.ndtr(x - second)

    quantile = increasing(cdf, min(first, second) - 10, max(first, second) + 10)
    return Map(lambda x: quantile(torch.special.ndtr(x)), lambda x: torch.special.ndtri(cdf(x)))


def winding(i: int, j: int, speed: float) -> Map:
    """Turn the plane of coordinates i and j by the angle speed |x|^2: points far out turn further."""

    def turn(x: Tensor, direction: float) -> Tensor:
        angle = direction * speed * x.square().sum(1)
        out = x.clone()
        out[:, i] = angle.cos() * x[:, i] - angle.sin() * x[:, j]
        out[:, j] = angle.sin() * x[:, i] + angle.cos() * x[:, j]
        return out

    return Map(lambda x: turn(x, 1.0), lambda x: turn(x, -1.0))


def rotation(d: int, seed: int) -> Map:
    """A fixed orthogonal matrix, uniform over rotations and reflections: a function of d and `seed` alone."""
    generator = torch.Generator().manual_seed(seed)
    q, r = torch.linalg.qr(torch.randn(d, d, generator=generator, dtype=torch.float64))
    q = q * r.diagonal().sign()
    return Map(lambda x: x @ q.T, lambda x: x @ q)


def _roll(u: Tensor) -> Tensor:
    t = 1.5 * math.pi * (1 + 2 * u)
    return torch.cat([t * t.cos(), t * t.sin()], 1) / 21


def _unroll(v: Tensor) -> Tensor:
    return (21 * torch.linalg.vector_norm(v, dim=1, keepdim=True) / (1.5 * math.pi) - 1) / 2


SWISS_ROLL = Map(_roll, _unroll, extra=1)
"""One coordinate in (0, 1) to a curve in the plane, t (cos t, sin t) / 21 at t = 1.5 pi (1 + 2u)."""


def waves(amplitude: float, frequency: float) -> Map:
    """Shift the first of two columns by a sine of the second, then scale both."""

    def forward(x: Tensor) -> Tensor:
        a, b = x.unbind(1)
        return torch.stack([0.1 * (a + amplitude * torch.sin(frequency * b)) - 0.8, 0.5 * b], 1)

    def inverse(x: Tensor) -> Tensor:
        a, b = x[:, 0], 2 * x[:, 1]
        return torch.stack([10 * (a + 0.8) - amplitude * torch.sin(frequency * b), b], 1)

    return Map(forward, inverse)


def _polar(v: Tensor) -> Tensor:
    angle, radius = v[:, [0]], torch.exp(0.2 * v[:, [1]])
    return torch.cat([radius * angle.cos(), radius * angle.sin()], 1)


def _unpolar(v: Tensor) -> Tensor:
    angle = torch.remainder(torch.atan2(v[:, [1]], v[:, [0]]), 2 * math.pi)
    return torch.cat([angle, 5 * torch.linalg.vector_norm(v, dim=1, keepdim=True).log()], 1)


POLAR = Map(_polar, _unpolar)
"""An angle in (0, 2 pi) and a number r to the point of the plane at that angle and radius exp(r / 5)."""


def _ripple(x: Tensor) -> Tensor:
    return x + 0.6 * torch.sin(1.5 * x)


_unripple = increasing(_ripple, -0.7, 0.7)


def layers(d: int, seed: int, count: int = 3) -> Map:
    """`count` times a fixed orthogonal matrix and x + 0.6 sin 1.5 x in every column: a deep one-to-one map."""
    turns = [rotation(d, seed + 10 * k) for k in range(count)]

    def forward(x: Tensor) -> Tensor:
        for turn in turns:
            x = _ripple(turn.forward(x))
        return x

    def inverse(x: Tensor) -> Tensor:
        for turn in reversed(turns):
            x = turn.inverse(_unripple(x))
        return x

    return Map(forward, inverse)
