"""Mixtures of Gaussian and t distributions: p = sum_k w_k p_k(x, y), with margins sum_k w_k p_k(x)."""

import math
from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth, monte_carlo
from infonats.tasks.elliptical import Elliptical


@final
class Mixture(Task):
    """Components over (x, y), each split after `dim_x` coordinates. The truth is Monte Carlo.

    P. Czyz, F. Grabowski, J. E. Vogt, N. Beerenwinkel and A. Marx (2023), arXiv 2310.10240.
    Raises InputError unless the weights are positive, sum to 1 and are one for each component.
    """

    exact = False

    def __init__(
        self,
        weights: Sequence[float],
        components: Sequence[Elliptical],
        dim_x: int,
        name: str = "mixture",
        hard: str = "several modes, each with a dependence of its own",
    ) -> None:
        if len(weights) != len(components) or min(weights) <= 0 or abs(math.fsum(weights) - 1) > 1e-9:
            raise InputError(
                f"weights are {tuple(weights)!r} for {len(components)} components; give one positive weight "
                "for each, with sum 1."
            )
        if len({part.dim for part in components}) > 1 or not 0 < dim_x < components[0].dim:
            raise InputError(
                f"Components have {[part.dim for part in components]} coordinates and dim_x is {dim_x}; "
                "give all the same, more than dim_x."
            )
        self.name, self.hard = name, hard
        self.dim_x, self.dim_y = dim_x, components[0].dim - dim_x
        self.weights = torch.tensor(weights, dtype=torch.float64)
        self.joint = tuple(components)
        self.x = [part.block(0, dim_x) for part in components]
        self.y = [part.block(dim_x, part.dim) for part in components]

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        chosen = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        z = torch.empty(n, self.dim_x + self.dim_y, dtype=torch.float64)
        for k, part in enumerate(self.joint):
            rows = (chosen == k).nonzero()[:, 0]
            z[rows] = part.sample(len(rows), generator)
        x, y = z.split([self.dim_x, self.dim_y], 1)
        return x, y

    def _truth(self) -> Truth:
        return monte_carlo(self)

    def pointwise(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> Float[Tensor, "n"]:
        """The difference of three log mixture densities."""
        joint = self._log_prob(self.joint, torch.cat([x, y], 1))
        return joint - self._log_prob(self.x, x) - self._log_prob(self.y, y)

    def _log_prob(self, parts: Sequence[Elliptical], z: Tensor) -> Tensor:
        logs = torch.stack([part.log_prob(z) for part in parts])
        return torch.logsumexp(logs + self.weights.log()[:, None], 0)
