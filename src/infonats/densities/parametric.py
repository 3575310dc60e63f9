"""Densities of a known form whose numbers are functions of x: r(y | x) = f(y; theta(x)).

All that such a density knows of x goes through theta, so that its likelihood is differentiated in two steps: in
theta, by a few formulas, and from theta back through the networks, as those of a critic are.
"""

import abc

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from infonats.densities._parameters import Parameters
from infonats.densities.base import Density, batch_of

Theta = Float[Tensor, "..."]
"""The values of one of the `functions`, (*b, size): a constant has no leading dimensions."""


class Parametric(Density, abc.ABC):
    """A density whose leaves say what it is `at` given values of its `functions`."""

    @abc.abstractmethod
    def functions(self) -> tuple[Parameters, ...]:
        """The functions theta of x, in the order in which the other methods take their values."""

    @abc.abstractmethod
    def at(self, y: Shaped[Tensor, "*#b dy"], *theta: Theta) -> Float[Tensor, "*b"]:
        """The log f(y; theta)."""

    def sloped(self, y: Shaped[Tensor, "n dy"], *theta: Theta) -> tuple[Float[Tensor, "n"], tuple[Tensor, ...]]:
        """As `at`, of values without a graph, and the gradient of the mean of -log f in each, of its shape.

        Automatic, unless a leaf knows it.
        """
        leaves = [values.detach().requires_grad_() for values in theta]
        with torch.enable_grad():
            log_r = self.at(y, *leaves)
            slopes = torch.autograd.grad(-log_r.mean(), leaves)
        return log_r.detach(), slopes

    def log_prob(
        self, y: Shaped[Tensor, "*#b dy"], x: Float[Tensor, "*#b dx"] | None = None
    ) -> Float[Tensor, "*b"]:
        """The log f(y; theta(x))."""
        x = self._given(x)
        log_r = self.at(y, *(function(x) for function in self.functions()))
        return log_r.expand(torch.broadcast_shapes(log_r.shape, batch_of(x)))
