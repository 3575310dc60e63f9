"""The scores of a critic and their gradient without a graph, by the `chains` of its layers.

For k members at once, whose parameters lie in the rows of one tensor. From scores to the loss the bound knows.
"""

from collections.abc import Sequence
from typing import cast, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from infonats.chains import Chain, Slots, free, layers
from infonats.critics import Baseline, Critic
from infonats.critics.terms import Inner, Meeting, Terms, terms_of
from infonats.negatives import InBatch
from infonats.objectives import Contrastive, Objective
from infonats.pairings import Everybody, Numbered, Pairing


def by_hand(objective: Objective) -> bool:
    """Whether the gradient of this objective can be taken so: contrastive, dense, on a CPU, and all of it free.

    The critic declares its `terms`; negatives are those of the batch; nobody hooks into a module.
    """
    if type(objective) is not Contrastive or type(objective.negatives).__call__ is not InBatch.__call__:
        return False
    return free(objective, _chains(objective))


@final
class Backprop:
    """The network of k objectives for which `by_hand` holds, the first of which is given, at `parameters`.

    Those are read where they lie, in the order of `Module.parameters`, and may move between two passes.
    """

    def __init__(self, objective: Contrastive, parameters: Float[Tensor, "k p"]) -> None:
        self.slots = Slots(list(objective.parameters()), parameters)
        critic, baseline = objective.critic, cast(Baseline | None, objective.baseline)
        self.critic = _Sum(cast(Terms, _declared(critic)), self.slots)
        self.baseline = None if baseline is None else _Sum(cast(Terms, _declared(baseline)), self.slots)
        self.blind = baseline is not None and not baseline.of_pairs

    @torch.no_grad()
    def forward(
        self, x: Float[Tensor, "k n dx"], y: Float[Tensor, "k n dy"], rows: Int64[Tensor, "k n m"] | None
    ) -> tuple[Tensor, ...]:
        """Scores (k, n) of the pairs and (k, n, m - 1) of those drawn apart, and the baseline's, if any."""
        self.pairing = Everybody(x.shape[1]) if rows is None else Numbered(rows)
        scores = self.pairing.split(self.critic.forward(x, y, self.pairing))
        if self.baseline is None:
            return scores
        own = Numbered(torch.arange(x.shape[1]).expand(len(x), -1).unsqueeze(2))
        seen = torch.zeros_like(y) if self.blind else y
        return *scores, self.baseline.forward(x, seen, own)

    @torch.no_grad()
    def backward(self, slopes: Sequence[Tensor]) -> Float[Tensor, "k p"]:
        """From gradients of what `forward` returned, once, to that of the parameters, until the next."""
        self.critic.backward(self.pairing.joined(*slopes[:2]))
        if self.baseline is not None:
            self.baseline.backward(slopes[2])
        return self.slots.collected()


class _Sum:
    """The terms of a critic."""

    def __init__(self, terms: Terms, slots: Slots) -> None:
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
    def __init__(self, term: Meeting, slots: Slots) -> None:
        self.x, self.y, self.trunk = (Chain(part, slots) for part in (term.x, term.y, term.trunk))

    def forward(self, x: Tensor, y: Tensor, pairing: Pairing) -> Tensor:
        self.pairing = pairing
        met = pairing.add(self.x.forward(x), self.y.forward(y))
        return self.trunk.forward(met).squeeze(2)

    def backward(self, dt: Tensor) -> None:
        met = cast(Tensor, self.trunk.backward(dt.unsqueeze(2).clone(), wanted=True))
        for side, gradient in zip((self.x, self.y), self.pairing.added(met), strict=True):
            side.backward(gradient)


class _Inner:
    def __init__(self, term: Inner, slots: Slots) -> None:
        self.x, self.y, self.scale = Chain(term.x, slots), Chain(term.y, slots), term.scale

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
    trunks = [(layers(term.trunk), False) for term in terms if isinstance(term, Meeting)]
    return [(layers(side), True) for term in terms for side in (term.x, term.y)] + trunks
