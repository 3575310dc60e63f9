"""Trunks: the plain networks inside critics, encoders and densities."""

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.errors import InputError

M = TypeVar("M", bound=nn.Module)

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "relu": nn.ReLU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


def activation(name: str) -> nn.Module:
    """The activation module called `name`; raises InputError that lists the known ones."""
    if name not in ACTIVATIONS:
        raise InputError(f"activation is {name!r}; it must be one of {', '.join(ACTIVATIONS)}.")
    return ACTIVATIONS[name]()


class MLP(nn.Module):
    """x (*b, d) -> (*b, out): affine maps with `hidden` widths and an activation between them.

    `zero_last` starts the network at exactly zero, so that what it corrects is at first unchanged.
    """

    def __init__(
        self, d: int, out: int, hidden: Sequence[int] = (128, 128), act: str = "silu", zero_last: bool = False
    ) -> None:
        super().__init__()
        widths = [d, *hidden]
        layers: list[nn.Module] = []
        for fan_in, fan_out in itertools.pairwise(widths):
            layers += [nn.Linear(fan_in, fan_out), activation(act)]
        last = nn.Linear(widths[-1], out)
        if zero_last:
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)
        self.layers = nn.Sequential(*layers, last)

    def forward(self, x: Float[Tensor, "*b d"]) -> Float[Tensor, "*b out"]:
        """Apply the network to the last dimension."""
        return self.layers(x)


class StackedLinear(nn.Module):
    """x (k, *b, in) -> (k, *b, out): k affine maps, each of its own slice, in one product.

    `weight` (k, out, in) and `bias` (k, out) are borrowed from whoever trains them, and no parameters here.
    """

    def __init__(self, weight: Float[Tensor, "k out in"], bias: Float[Tensor, "k out"] | None) -> None:
        super().__init__()
        self.weight, self.bias = weight, bias

    def forward(self, x: Float[Tensor, "k *b in"]) -> Float[Tensor, "k *b out"]:
        """Apply the maps to the last dimension."""
        rows = x.flatten(1, -2)
        if self.bias is None:
            out = torch.bmm(rows, self.weight.mT)
        else:
            out = torch.baddbmm(self.bias.unsqueeze(1), rows, self.weight.mT)
        return out.unflatten(1, x.shape[1:-1])


def seeded(build: Callable[[], M], generator: torch.Generator) -> M:
    """Build a module of linear layers whose initial parameters depend on `generator` alone.

    Layers that start at zero stay there; the others are drawn from U(-1/sqrt(d), 1/sqrt(d)), d inputs.
    """
    with torch.random.fork_rng(devices=[]):  # the layers' own initialisation draws from the global generator
        module = build()
    for layer in module.modules():
        weight = getattr(layer, "weight", None)  # not nn.Linear: other packages have linear layers of their own
        if isinstance(weight, nn.Parameter) and hasattr(layer, "in_features") and weight.any():
            limit = weight.shape[-1] ** -0.5
            for parameter in layer.parameters(recurse=False):
                nn.init.uniform_(parameter, -limit, limit, generator=generator)
    return module
