"""Layers one after the other, and their gradient without a graph: a few products for each, and nothing else.

    forward    z_l = W_l h_l-1 + b_l,   h_l = s(z_l)
    backward   dz_l = dh_l s'(z_l),   dW_l = dz_l h_l-1',   db_l = sum of dz_l over rows,   dh_l-1 = W_l' dz_l

D. E. Rumelhart, G. E. Hinton and R. J. Williams (1986), doi 10.1038/323533a0. In a small network automatic
differentiation costs as much as the arithmetic. For k members at once, whose parameters lie in the rows of one
tensor, and N rows of numbers in each: (k, N, width).
"""

from collections.abc import Callable, Sequence
from typing import Any, cast, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats.nn import MLP

aten: Any = torch.ops.aten

SLOPES: dict[type[nn.Module], Callable[[Any, Tensor, Tensor, Tensor], Tensor]] = {
    nn.ELU: lambda s, g, z, h: aten.elu_backward.grad_input(g, s.alpha, 1, 1, False, z, grad_input=g),
    nn.GELU: lambda s, g, z, h: aten.gelu_backward.grad_input(g, z, approximate=s.approximate, grad_input=g),
    nn.ReLU: lambda s, g, z, h: aten.threshold_backward.grad_input(g, h, 0, grad_input=g),
    nn.SiLU: lambda s, g, z, h: aten.silu_backward.grad_input(g, z, grad_input=g),
    nn.Softplus: lambda s, g, z, h: aten.softplus_backward.grad_input(g, z, s.beta, s.threshold, grad_input=g),
    nn.Tanh: lambda s, g, z, h: aten.tanh_backward.grad_input(g, h, grad_input=g),
}
"""For each activation s: from g = dh, z and h = s(z) to g s'(z), in place of g."""

IN_PLACE: dict[type[nn.Module], Callable[[Tensor], Tensor]] = {nn.ReLU: torch.relu_, nn.Tanh: torch.tanh_}
"""Activations whose slope needs h alone, so that h may take the place of z."""


@final
class Slots:
    """The parameters of all members by those of the first, and the gradients given for them, side by side.

    `own` are those of the first, which lie in this order in the rows of `parameters`. A parameter that serves
    twice in a pass is given the sum.
    """

    def __init__(self, own: Sequence[nn.Parameter], parameters: Float[Tensor, "k p"]) -> None:
        self.gradient = torch.zeros_like(parameters)
        self.parts, self.places = (self._split(whole, own) for whole in (parameters.detach(), self.gradient))
        self.given: set[int] = set()

    def give_product(self, parameter: Tensor, a: Tensor, b: Tensor) -> None:
        """Give the parameter the matrix product ab."""
        place = self.places[id(parameter)]
        torch.baddbmm(place, a, b, beta=self._again(parameter), out=place)

    def give_sum(self, parameter: Tensor, rows: Tensor) -> None:
        """Give the parameter the sum over the rows of each member."""
        place = self.places[id(parameter)]
        if self._again(parameter):
            place += rows.sum(1)
        else:
            torch.sum(rows, 1, out=place)

    def collected(self) -> Float[Tensor, "k p"]:
        """What was given since the last call; it is overwritten from the next gift on."""
        self.given.clear()
        return self.gradient

    def _again(self, parameter: Tensor) -> int:
        """1 where it was given something in this pass already, else 0."""
        again = id(parameter) in self.given
        self.given.add(id(parameter))
        return int(again)

    @staticmethod
    def _split(whole: Tensor, own: Sequence[Tensor]) -> dict[int, Tensor]:
        parts = whole.split([p.numel() for p in own], 1)
        return {id(p): part.unflatten(1, p.shape) for p, part in zip(own, parts, strict=True)}


@final
class Affine:
    """z = W h + b."""

    def __init__(self, weight: Tensor, bias: Tensor | None, slots: Slots) -> None:
        self.own, self.slots, self.weight = (weight, bias), slots, slots.parts[id(weight)]
        self.transposed = self.weight.mT
        self.bias = None if bias is None else slots.parts[id(bias)].unsqueeze(1)

    def forward(self, h: Tensor) -> Tensor:
        """The z of each row."""
        self.h = h
        if self.bias is None:
            return torch.bmm(h, self.transposed)
        return torch.baddbmm(self.bias, h, self.transposed)

    def backward(self, dz: Tensor, wanted: bool) -> Tensor | None:
        """Give W and b what is theirs; dh where it is wanted."""
        weight, bias = self.own
        self.slots.give_product(weight, dz.mT, self.h)
        if bias is not None:
            self.slots.give_sum(bias, dz)
        return torch.bmm(dz, self.weight) if wanted else None


@final
class Activation:
    """h = s(z), in the place of z where that is possible."""

    def __init__(self, module: nn.Module) -> None:
        self.module, self.slope = module, SLOPES[type(module)]
        self.apply = IN_PLACE.get(type(module), module)

    def forward(self, z: Tensor) -> Tensor:
        """The h of each z."""
        self.z, self.h = z, self.apply(z)
        return self.h

    def backward(self, dh: Tensor, wanted: bool) -> Tensor:
        """The dz, in the place of dh."""
        return self.slope(self.module, dh, self.z, self.h)


@final
class Chain:
    """Layers one after the other, which overwrite what they are given: sums or gradients, never data."""

    def __init__(self, module: nn.Module | None, slots: Slots) -> None:
        self.links = [
            Affine(layer.weight, layer.bias, slots) if isinstance(layer, nn.Linear) else Activation(layer)
            for layer in layers(module)
        ]

    def forward(self, h: Float[Tensor, "k N width"]) -> Float[Tensor, "k N out"]:
        """What the last layer makes of each row."""
        for link in self.links:
            h = link.forward(h)
        return h

    def backward(self, gradient: Tensor, wanted: bool = False) -> Tensor | None:
        """The gradient of what the chain was given, where it is wanted."""
        for link in reversed(self.links[1:]):
            gradient = cast(Tensor, link.backward(gradient, wanted=True))
        return self.links[0].backward(gradient, wanted) if self.links else gradient


def free(
    module: nn.Module, chains: Sequence[tuple[Sequence[nn.Module], bool]], besides: Sequence[nn.Parameter] = ()
) -> bool:
    """Whether the module's gradient can be taken by these chains: they, and `besides`, hold all its parameters.

    Of each chain its layers, and whether it starts from data. All are on a CPU and to be trained; nobody hooks
    into the module.
    """
    reached = {id(p) for links, _ in chains for layer in links for p in layer.parameters()}
    return (
        all(_known(*chain) for chain in chains)
        and reached | {id(p) for p in besides} == {id(p) for p in module.parameters()}
        and all(p.requires_grad and p.device.type == "cpu" for p in module.parameters())
        and not any(_hooked(part) for part in module.modules())
    )


def layers(module: nn.Module | None) -> list[nn.Module]:
    """What a chain of modules does, one after the other."""
    if module is None or type(module) is nn.Identity:
        return []
    if type(module) in (nn.Sequential, MLP):
        return [layer for part in module.children() for layer in layers(part)]
    return [module]


def _known(layers: Sequence[nn.Module], from_data: bool) -> bool:
    """Whether these are affine maps and activations, none of which would overwrite data."""
    kinds = [type(layer) for layer in layers]
    spoilt = [layer for layer in layers if getattr(layer, "inplace", False) and type(layer) not in IN_PLACE]
    return (
        all(kind is nn.Linear or kind in SLOPES for kind in kinds)
        and not spoilt
        and (not from_data or kinds[:1] in ([], [nn.Linear]))
    )


def _hooked(module: nn.Module) -> bool:
    """Whether somebody is to be called when the module is."""
    hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return any(getattr(module, name) for name in hooks)
