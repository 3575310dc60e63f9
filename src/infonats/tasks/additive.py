"""Y = X + N with X uniform on (0, 1) and N uniform on (-epsilon, epsilon)."""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth


@final
class AdditiveUniform(Task):
    """I = epsilon - log(2 epsilon) for epsilon <= 1/2, else 1/(4 epsilon). Exact.

    Czyz et al. (2023), arXiv 2306.11078. Raises InputError unless epsilon > 0.
    """

    def __init__(self, epsilon: int | float, hard: str = "sharp edges: the ratio jumps to zero") -> None:
        if not epsilon > 0:
            raise InputError(f"epsilon is {epsilon!r}; it must be above 0.")
        self.name, self.hard, self.epsilon = f"1v1-additive-{epsilon}", hard, epsilon
        self.dim_x = self.dim_y = 1

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x, u = torch.rand(2, n, 1, generator=generator, dtype=torch.float64)
        return x, x + self.epsilon * (2 * u - 1)

    def _truth(self) -> Truth:
        e = self.epsilon
        return Truth(e - math.log(2 * e) if e <= 0.5 else 1 / (4 * e))

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """Minus the log of the length of {x' in (0, 1): |y - x'| < epsilon}; -inf out of x's reach."""
        length = (y + self.epsilon).clamp(max=1) - (y - self.epsilon).clamp(min=0)
        inside = ((y - x).abs() <= self.epsilon * (1 + 1e-12)) & (x >= 0) & (x <= 1)  # y is rounded
        return torch.where(inside, -length.log(), -math.inf)[:, 0]
