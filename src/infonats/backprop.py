"""The scores of a critic and their gradient without a graph: a few products for each layer, and nothing else.

    forward    z_l = W_l h_l-1 + b_l,   h_l = s(z_l)
    backward   dz_l = dh_l s'(z_l),   dW_l = dz_l h_l-1',   db_l = sum of dz_l over rows,   dh_l-1 = W_l' dz_l

D. E. Rumelhart, G. E. Hinton and R. J. Williams (1986), doi 10.1038/323533a0. In a small network automatic
differentiation costs as much as the arithmetic. From scores to the loss there are few numbers, and a bound is
differentiated as it is written. For k members at once, whose parameters lie in the rows of one tensor.
"""

from collections.abc import Callable, Sequence
from typing import Any, cast, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from infonats.critics import Baseline, Critic
from infonats.critics.terms import Inner, Meeting, Terms, terms_of
from infonats.negatives import InBatch
from infonats.nn import MLP
from infonats.objectives import Contrastive, Objective
from infonats.pairings import Everybody, Numbered, Pairing

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


def by_hand(objective: Objective) -> bool:
    """Whether the gradient of this objective can be taken so: contrastive, dense, on a CPU, and all of it free.

    The critic declares its `terms`; negatives are those of the batch; nobody hooks into a module.
    """
    if type(objective) is not Contrastive or type(objective.negatives).__call__ is not InBatch.__call__:
        return False
    chains = _chains(objective)
    reached = {id(p) for layers, _ in chains for layer in layers for p in layer.parameters()}
    return (
        all(_known(*chain) for chain in chains)
        and reached == {id(p) for p in objective.parameters()}
        and all(p.requires_grad and p.device.type == "cpu" for p in objective.parameters())
        and not any(_hooked(module) for module in objective.modules())
    )


@final
class Backprop:
    """The network of k objectives for which `by_hand` holds, the first of which is given, at `parameters`.

    Those are read where they lie, in the order of `Module.parameters`, and may move between two passes.
    """

    def __init__(self, objective: Contrastive, parameters: Float[Tensor, "k p"]) -> None:
        self.slots = _Slots(objective, parameters)
        critic, baseline = objective.critic, cast(Baseline | None, objective.baseline)
        self.critic = _Sum(cast(Terms, _declared(critic)), self.slots)
        self.baseline = None if baseline is None else _Sum(cast(Terms, _declared(baseline)), self.slots)
        self.blind = baseline is not None and not baseline.of_pairs

    @torch.no_grad()
    def forward(
        self, x: Float[Tensor, "k n dx"], y: Float[Tensor, "k n dy"], rows: Int64[Tensor, "k n m"] | None
    ) -> tuple[Tensor, ...]:
        """Scores (k, n) of the pairs and (k, n, m - 1) of those drawn apart, and the baseline's, if any."""
        self.pairing = Everybody() if rows is None else Numbered(rows)
        scores = self.pairing.split(self.critic.forward(x, y, self.pairing))
        if self.baseline is None:
            return scores
        own = Numbered(torch.arange(x.shape[1]).expand(len(x), -1).unsqueeze(2))
        seen = torch.zeros_like(y) if self.blind else y
        return *scores, self.baseline.forward(x, seen, own).squeeze(2)

    @torch.no_grad()
    def backward(self, slopes: Sequence[Tensor]) -> Float[Tensor, "k p"]:
        """From gradients of what `forward` returned, once, to that of the parameters, until the next."""
        self.critic.backward(self.pairing.joined(*slopes[:2]))
        if self.baseline is not None:
            self.baseline.backward(slopes[2].unsqueeze(2))
        return self.slots.collected()


class _Slots:
    """The parameters of all members by those of the first, and the gradients given for them, side by side.

    A parameter that serves twice in a pass is given the sum.
    """

    def __init__(self, objective: nn.Module, parameters: Tensor) -> None:
        own = list(objective.parameters())
        self.gradient = torch.zeros_like(parameters)
        self.parts, self.places = (self._split(whole, own) for whole in (parameters.detach(), self.gradient))
        self.given: set[int] = set()

    def give_product(self, parameter: Tensor, a: Tensor, b: Tensor) -> None:
        place = self.places[id(parameter)]
        torch.baddbmm(place, a, b, beta=self._again(parameter), out=place)

    def give_sum(self, parameter: Tensor, rows: Tensor) -> None:
        place = self.places[id(parameter)]
        if self._again(parameter):
            place += rows.sum(1)
        else:
            torch.sum(rows, 1, out=place)

    def collected(self) -> Tensor:
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


class _Affine:
    def __init__(self, layer: nn.Linear, slots: _Slots) -> None:
        self.layer, self.slots, self.weight = layer, slots, slots.parts[id(layer.weight)]
        self.bias = None if layer.bias is None else slots.parts[id(layer.bias)].unsqueeze(1)

    def forward(self, h: Tensor) -> Tensor:
        self.h = h
        if self.bias is None:
            return torch.bmm(h, self.weight.mT)
        return torch.baddbmm(self.bias, h, self.weight.mT)

    def backward(self, dz: Tensor, wanted: bool) -> Tensor | None:
        self.slots.give_product(self.layer.weight, dz.mT, self.h)
        if self.bias is not None:
            self.slots.give_sum(self.layer.bias, dz)
        return torch.bmm(dz, self.weight) if wanted else None


class _Activation:
    def __init__(self, module: nn.Module) -> None:
        self.module, self.slope = module, SLOPES[type(module)]
        self.apply = IN_PLACE.get(type(module), module)

    def forward(self, z: Tensor) -> Tensor:
        self.z, self.h = z, self.apply(z)
        return self.h

    def backward(self, dh: Tensor, wanted: bool) -> Tensor:
        return self.slope(self.module, dh, self.z, self.h)


class _Chain:
    """Layers one after the other, which overwrite what they are given: sums or gradients, never data."""

    def __init__(self, module: nn.Module | None, slots: _Slots) -> None:
        self.links = [
            _Affine(layer, slots) if isinstance(layer, nn.Linear) else _Activation(layer)
            for layer in _layers(module)
        ]

    def forward(self, h: Tensor) -> Tensor:
        for link in self.links:
            h = link.forward(h)
        return h

    def backward(self, gradient: Tensor, wanted: bool = False) -> Tensor | None:
        """The gradient of what the chain was given, where it is wanted."""
        for link in reversed(self.links[1:]):
            gradient = cast(Tensor, link.backward(gradient, wanted=True))
        return self.links[0].backward(gradient, wanted) if self.links else gradient


class _Sum:
    """The terms of a critic."""

    def __init__(self, terms: Terms, slots: _Slots) -> None:
        self.offset = terms.offset
        self.parts = [
            _Meeting(term, slots) if isinstance(term, Meeting) else _Inner(term, slots) for term in terms.parts
        ]

    def forward(self, x: Tensor, y: Tensor, pairing: Pairing) -> Tensor:
        t = self.parts[0].forward(x, y, pairing)
        for part in self.parts[1:]:
            t += part.forward(x, y, pairing)
        return t + self.offset if self.offset else t

    def backward(self, dt: Tensor) -> None:
        for part in self.parts:
            part.backward(dt)


class _Meeting:
    def __init__(self, term: Meeting, slots: _Slots) -> None:
        self.x, self.y, self.trunk = (_Chain(part, slots) for part in (term.x, term.y, term.trunk))

    def forward(self, x: Tensor, y: Tensor, pairing: Pairing) -> Tensor:
        self.pairing = pairing
        met = pairing.add(self.x.forward(x), self.y.forward(y))
        return self.trunk.forward(met).view(*x.shape[:2], -1)

    def backward(self, dt: Tensor) -> None:
        met = cast(Tensor, self.trunk.backward(dt.flatten(1).unsqueeze(2).clone(), wanted=True))
        for side, gradient in zip((self.x, self.y), self.pairing.added(met), strict=True):
            side.backward(gradient)


class _Inner:
    def __init__(self, term: Inner, slots: _Slots) -> None:
        self.x, self.y, self.scale = _Chain(term.x, slots), _Chain(term.y, slots), term.scale

    def forward(self, x: Tensor, y: Tensor, pairing: Pairing) -> Tensor:
        self.pairing, self.u, self.v = pairing, self.x.forward(x), self.y.forward(y)
        t = pairing.inner(self.u, self.v)
        return t if self.scale == 1 else t.mul_(self.scale)

    def backward(self, dt: Tensor) -> None:
        dt = dt if self.scale == 1 else dt * self.scale
        self.x.backward(self.pairing.inner_x(dt, self.v))
        if self.y.links:
            self.y.backward(self.pairing.inner_y(dt, self.u))


def _declared(module: nn.Module) -> Terms | None:
    """The terms of a critic, or of a baseline, which is one."""
    critic = module.critic if type(module) is Baseline else module
    return terms_of(critic) if isinstance(critic, Critic) else None


def _chains(objective: Contrastive) -> list[tuple[list[nn.Module], bool]]:
    """The layers of each network, and whether it starts from data; none where a network is not declared."""
    modules = [module for module in (objective.critic, objective.baseline) if module is not None]
    declared = [_declared(module) for module in modules]
    if None in declared:
        return []
    terms = [term for found in declared if found for term in found.parts]
    trunks = [(_layers(term.trunk), False) for term in terms if isinstance(term, Meeting)]
    return [(_layers(side), True) for term in terms for side in (term.x, term.y)] + trunks


def _layers(module: nn.Module | None) -> list[nn.Module]:
    """What a chain of modules does, one after the other."""
    if module is None or type(module) is nn.Identity:
        return []
    if type(module) in (nn.Sequential, MLP):
        return [layer for part in module.children() for layer in _layers(part)]
    return [module]


def _known(layers: list[nn.Module], from_data: bool) -> bool:
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
