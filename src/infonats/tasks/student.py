"""A multivariate t: X and Y share a random scale, so they are dependent even where uncorrelated."""

import math
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.tasks.base import Task, Truth
from infonats.tasks.elliptical import Elliptical


def scale_information(df: int, dim_x: int, dim_y: int) -> float:
    """What the shared scale alone tells, in nats: h(x) + h(y) - h(x, y) at the identity scatter.

    R. B. Arellano-Valle, J. E. Contreras-Reyes and M. G. Genton (2013), doi 10.1111/j.1467-9469.2011.00774.x.
    """
    return _entropy(df, dim_x) + _entropy(df, dim_y) - _entropy(df, dim_x + dim_y)


def _entropy(df: int, d: int) -> float:
    digamma = torch.digamma(torch.tensor([(df + d) / 2, df / 2], dtype=torch.float64))
    gap = (digamma[0] - digamma[1]).item()
    constant = math.lgamma(df / 2) - math.lgamma((df + d) / 2) + 0.5 * d * math.log(math.pi * df)
    return constant + 0.5 * (df + d) * gap


@final
class Student(Task):
    """The t with `df` degrees of freedom and the given scatter, split after `dim_x` coordinates. Exact.

    I = 1/2 log(|S_x| |S_y| / |S|) + `scale_information(df, dim_x, dim_y)`.
    """

    def __init__(
        self,
        scatter: Float[Tensor, "d d"],
        dim_x: int,
        df: int,
        name: str = "student",
        hard: str = "heavy tails: a shared scale, no linear trace of it",
    ) -> None:
        self.name, self.hard, self.df = name, hard, df
        self.dim_x, self.dim_y = dim_x, len(scatter) - dim_x
        self.joint = Elliptical(torch.zeros(len(scatter), dtype=torch.float64), scatter, df)
        self.x, self.y = self.joint.block(0, dim_x), self.joint.block(dim_x, len(scatter))

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x, y = self.joint.sample(n, generator).split([self.dim_x, self.dim_y], 1)
        return x, y

    def _truth(self) -> Truth:
        gaussian = self.x.half_log_det + self.y.half_log_det - self.joint.half_log_det
        return Truth(gaussian + scale_information(self.df, self.dim_x, self.dim_y))

    def pointwise(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> Float[Tensor, "n"]:
        """The difference of three t log densities."""
        return self.joint.log_prob(torch.cat([x, y], 1)) - self.x.log_prob(x) - self.y.log_prob(y)
