"""Jointly Gaussian X and Y. I = 1/2 log(|S_x| |S_y| / |S|)."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.tasks.base import Task, Truth
from infonats.tasks.elliptical import Elliptical


@final
class Multinormal(Task):
    """N(0, covariance), split after the first `dim_x` coordinates. Exact."""

    def __init__(
        self,
        covariance: Float[Tensor, "d d"],
        dim_x: int,
        name: str = "multinormal",
        hard: str = "nothing: Gaussian, the calibration task",
    ) -> None:
        self.name, self.hard = name, hard
        self.dim_x, self.dim_y = dim_x, len(covariance) - dim_x
        self.joint = Elliptical(torch.zeros(len(covariance), dtype=torch.float64), covariance)
        self.x, self.y = self.joint.block(0, dim_x), self.joint.block(dim_x, len(covariance))

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x, y = self.joint.sample(n, generator).split([self.dim_x, self.dim_y], 1)
        return x, y

    def _truth(self) -> Truth:
        return Truth(self.x.half_log_det + self.y.half_log_det - self.joint.half_log_det)

    def pointwise(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> Float[Tensor, "n"]:
        """The difference of three Gaussian log densities."""
        return self.joint.log_prob(torch.cat([x, y], 1)) - self.x.log_prob(x) - self.y.log_prob(y)
