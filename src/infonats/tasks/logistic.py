"""Coupled noisy logistic maps on the circle, with transfer entropy and lagged mutual information by quadrature.

    X_{t+1} = f(X_t) + s N mod 1,   Y_{t+1} = f((1 - c) Y_t + c X_t) + s N' mod 1,   f(u) = 4 u (1 - u)

Coupled chaotic maps are a usual test of transfer entropy (T. Schreiber 2000, doi 10.1103/PhysRevLett.85.461);
without noise it is infinite wherever it is not zero, so here each step has some.
"""

import dataclasses
import functools
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import EstimationError, InputError
from infonats.tasks.base import Truth
from infonats.tasks.series import WARM_UP, Series

GRID = 96
WRAPS = 3


def f(u: Tensor) -> Tensor:
    """The logistic map 4 u (1 - u)."""
    return 4 * u * (1 - u)


@dataclasses.dataclass(frozen=True)
class Reference:
    """What the grid gives, in nats: T = I(Y'; X | Y), and I(X; Y')."""

    transfer_entropy: float
    lagged: float


@final
class CoupledLogistic(Series):
    """Coupling c in [0, 1], noise s of 0.05 or more, so that the grid resolves it. By quadrature.

    The stationary density on a grid of G x G cells is iterated to its fixed point; all integrals are midpoint
    sums over the circle, good to 0.0001 nats at noise 0.1. Raises InputError outside these ranges.
    """

    has_pointwise = False

    def __init__(self, coupling: float, noise: float, name: str = "coupled-logistic") -> None:
        if not (0 <= coupling <= 1 and noise >= 0.05):
            raise InputError(
                f"coupling is {coupling}, noise is {noise}; they must lie in [0, 1] and be 0.05 or more."
            )
        self.coupling, self.noise, self.name = coupling, noise, name

    def series(self, n: int, generator: torch.Generator) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
        """Paths from a uniform start, after 500 steps that are thrown away."""
        x, y = torch.rand(2, generator=generator, dtype=torch.float64).tolist()
        steps = self.noise * torch.randn(n + WARM_UP, 2, generator=generator, dtype=torch.float64)
        path = []
        for first, second in steps.tolist():
            mixed = (1 - self.coupling) * y + self.coupling * x
            x, y = (4 * x * (1 - x) + first) % 1, (4 * mixed * (1 - mixed) + second) % 1
            path.append((x, y))
        return tuple(torch.tensor(path[WARM_UP:], dtype=torch.float64).T)  # type: ignore[return-value]

    @property
    def transfer_entropy(self) -> float:
        """T = I(Y_{t+1}; X_t | Y_t) in nats."""
        return self._reference.transfer_entropy

    def _truth(self) -> Truth:
        return Truth(self._reference.lagged)

    @property
    def _reference(self) -> Reference:
        return reference(self.coupling, self.noise)


@functools.cache
def reference(coupling: float, noise: float, grid: int = GRID) -> Reference:
    """The integrals on a grid of `grid` cells a side. Twice as many change them by less than 0.0001 nats."""
    at = (torch.arange(grid, dtype=torch.float64) + 0.5) / grid
    x_step = _kernel(f(at), at, noise)  # x, x'
    mixed = (1 - coupling) * at + coupling * at[:, None]  # x, y
    y_step = _kernel(f(mixed), at, noise)  # x, y, y'
    now = _stationary(x_step, y_step)  # x, y
    joint = now[:, :, None] * y_step
    given_y = joint.sum(0) / now.sum(0)[:, None]  # y, y'
    given_x = joint.sum(1) / now.sum(1)[:, None]  # x, y'
    after = joint.sum((0, 1))
    transfer = (joint * (y_step / given_y).log()).sum().item()
    lagged = (now.sum(1)[:, None] * given_x * (given_x / after).log()).sum().item()
    return Reference(transfer, lagged)


def _kernel(centre: Tensor, at: Tensor, noise: float) -> Tensor:
    """The wrapped normal around `centre` at the grid points `at`, as probabilities of cells."""
    gap = at - centre[..., None]
    log_p = torch.full_like(gap, -torch.inf)
    for k in range(-WRAPS, WRAPS + 1):
        log_p = torch.logaddexp(log_p, -0.5 * ((gap + k) / noise) ** 2)
    return torch.softmax(log_p, -1)


def _stationary(x_step: Tensor, y_step: Tensor) -> Tensor:
    grid = len(x_step)
    now = torch.full((grid, grid), 1 / grid**2, dtype=torch.float64)
    for _ in range(500):
        then = x_step.T @ torch.einsum("xy,xyz->xz", now, y_step)
        if (then - now).abs().sum() < 1e-12:
            return then
        now = then
    raise EstimationError("The stationary density was not reached in 500 steps; raise the noise.")
