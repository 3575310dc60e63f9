"""The likelihood of densities and its gradient without a graph: that of theta, then back through its networks.

    theta(x) = theta_0 + A x + f(x),   d theta_0 = sum of d theta over rows,   dA = d theta' x

as `infonats.densities.parametric` has it; from theta to log r the density's own `sloped`.
"""

from typing import cast, final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats._declared import declares
from infonats.chains import Affine, Chain, Slots, free, layers
from infonats.densities import Density
from infonats.densities._parameters import Parameters
from infonats.densities.parametric import Parametric
from infonats.objectives import Fitting, Objective


def fitted_by_hand(objective: Objective) -> bool:
    """Whether the gradient of this objective can be taken so: all that it trains are parametric densities."""
    if not isinstance(objective, Fitting):
        return False
    trained, free_ones = _trained(objective), {id(p) for p in objective.parameters() if p.requires_grad}
    reached = {id(p) for density in trained for p in density.parameters()}
    return bool(trained) and all(map(_plain, trained)) and reached == free_ones


@final
class Laws:
    """The densities that an objective trains, their parameters being read from `together` where they lie."""

    def __init__(self, objective: Fitting, together: Float[Tensor, "p"]) -> None:
        own = [p for p in objective.parameters() if p.requires_grad]
        self.slots = Slots(own, together[None])
        self.functions = {
            id(density): [_Function(part, self.slots) for part in cast(Parametric, density).functions()]
            for density in _trained(objective)
        }

    @torch.no_grad()
    def log_prob(self, density: Density, y: Tensor, x: Tensor | None) -> Float[Tensor, "n"]:
        """The log r(y | x) of paired rows; the gradient of the mean of -log r is counted, if it is trained."""
        functions = self.functions.get(id(density))
        if functions is None:
            return density.log_prob(y, x)
        log_r, slopes = cast(Parametric, density).sloped(y, *(function.forward(x) for function in functions))
        for function, slope in zip(functions, slopes, strict=True):
            function.backward(slope)
        return log_r

    def gradient(self) -> Float[Tensor, "1 p"]:
        """What was counted, once, until the next."""
        return self.slots.collected()


@final
class _Function:
    """One theta, at rows of x (n, dx); a constant has the shape (size,)."""

    def __init__(self, function: Parameters, slots: Slots) -> None:
        self.base, self.slots, self.constant = function.base, slots, slots.parts[id(function.base)][0]
        linear, network = function.linear, function.network
        self.affine = None if linear is None else Affine(linear.weight, function.base, slots)
        self.network = None if network is None else Chain(network, slots)

    def forward(self, x: Tensor | None) -> Tensor:
        if self.affine is None or x is None:
            return self.constant
        theta = self.affine.forward(x[None])
        if self.network is not None:
            theta += self.network.forward(x[None])
        return theta[0]

    def backward(self, slope: Tensor) -> None:
        if self.affine is None:
            self.slots.give_sum(self.base, slope[None, None])
            return
        self.affine.backward(slope[None], wanted=False)
        if self.network is not None:
            self.network.backward(slope[None])


def _trained(objective: Fitting) -> list[Density]:
    """The densities with parameters to be moved."""
    densities = [child for child in objective.children() if isinstance(child, Density)]
    return [density for density in densities if any(p.requires_grad for p in density.parameters())]


def _plain(density: Density) -> bool:
    """Whether what it says of itself holds, and its functions are made of layers that a chain knows."""
    if not isinstance(density, Parametric) or not declares(type(density), "at", "log_prob"):
        return False
    functions = density.functions()
    chains = [(layers(part), True) for f in functions for part in (f.linear, f.network) if part is not None]
    return free(density, chains, [function.base for function in functions])
