"""The contract of objectives that fit densities: what is fitted to what, and what is read off the fits."""

import abc
from collections.abc import Sequence

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from infonats.densities import Density
from infonats.objectives.base import Objective, Step

Fit = tuple[Density, Shaped[Tensor, "n dy"], Float[Tensor, "n dx"] | None]
"""A density, and the rows y and x of log r(y | x); None of a marginal."""


class Fitting(Objective, abc.ABC):
    """Its loss is the negative log-likelihood of every density that is trained, in nats a row."""

    @abc.abstractmethod
    def fits(self, x: Tensor, y: Tensor) -> tuple[Fit, ...]:
        """The densities, each with what it is fitted to."""

    @abc.abstractmethod
    def read(
        self, log_probs: Sequence[Float[Tensor, "n"]], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Float[Tensor, "..."]:
        """The value, or the terms of which it is the mean, where the `fits` say `log_probs`."""

    def step(
        self, log_probs: Sequence[Float[Tensor, "n"]], x: Tensor, y: Tensor, generator: torch.Generator | None
    ) -> Step:
        """Loss and value of a batch."""
        loss = -torch.stack([part.mean() for part in log_probs]).sum()
        with torch.no_grad():
            return Step(loss, self.read(log_probs, x, y, generator).mean())

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """As `step`, of the log-likelihoods of the fits."""
        log_probs = [density.log_prob(rows, given) for density, rows, given in self.fits(x, y)]
        return self.step(log_probs, x, y, generator)
