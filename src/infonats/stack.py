"""Several contrastive objectives of one build as one: parameters stacked, each layer one product for all.

Critics broadcast over leading dimensions, so a stack is the critic itself with its affine maps stacked.
"""

import contextlib
import copy
from collections.abc import Sequence
from typing import TypeVar, cast, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.func import functional_call

from infonats._math import off_diagonal
from infonats.backprop import Backprop, by_hand
from infonats.bounds._slopes import Sloped
from infonats.bounds.base import Bound
from infonats.negatives import InBatch
from infonats.nn import ACTIVATIONS, StackedLinear
from infonats.objectives import Contrastive, Objective
from infonats.scores import Scores
from infonats.snapshot import described

M = TypeVar("M", bound=nn.Module)

PLAIN = (nn.Linear, *ACTIVATIONS.values())
"""What a stack can run side by side, besides modules that only hold others, and bounds."""


def stackable(objectives: Sequence[Objective]) -> bool:
    """Whether these can be trained as one: contrastive, of one build, dense, with negatives of the batch."""
    first = objectives[0]
    return (
        type(first) is Contrastive
        and isinstance(first.negatives, InBatch)
        and all(_plain(module) for module in first.modules())
        and all(parameter.requires_grad for parameter in first.parameters())
        and len({described(objective) for objective in objectives}) == 1
    )


@torch.no_grad()
def widest(objective: Contrastive, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> int:
    """How many numbers the largest result in a critic's pass over the batch x, y and its negatives has."""
    sizes = []
    with contextlib.ExitStack() as hooks:
        for module in objective.critic.modules():
            handle = module.register_forward_hook(lambda _, __, result: sizes.append(result.numel()))
            hooks.callback(handle.remove)
        scores = objective.negatives(objective.critic, x, y, torch.Generator().manual_seed(0))
    return max(*sizes, scores.product.numel())


def _plain(module: nn.Module) -> bool:
    own = [*module.parameters(False), *([] if isinstance(module, Bound) else module.buffers(False))]
    holds = isinstance(module, Bound) or list(module.children())
    return type(module) in PLAIN or (bool(holds) and not own)


@final
class Stack:
    """k objectives for which `stackable` holds, in training mode: `parameters` (k, p), bounds' `buffers`.

    Both are copies, put side by side in the order of `Module.parameters`; training moves them in place.
    """

    def __init__(self, objectives: Sequence[Contrastive], parameters: Float[Tensor, "k p"]) -> None:
        first = objectives[0]
        hand = by_hand(first) and not torch.is_autocast_enabled(parameters.device.type)
        self.network = (Backprop if hand else Graphs)(first, parameters)
        self.buffers = {
            name: torch.stack([dict(objective.named_buffers())[name] for objective in objectives])
            for name, _ in first.named_buffers()
        }
        self.ends = (Known if first.bound.knows_slopes else Traced)(first.bound, self.buffers)

    def step(
        self, x: Float[Tensor, "k n dx"], y: Float[Tensor, "k n dy"], rows: Int64[Tensor, "k n m"] | None
    ) -> tuple[Float[Tensor, "k"], Float[Tensor, "k"], Float[Tensor, "k p"]]:
        """Losses, values and gradients of the batches x, y; a row meets those numbered `rows` (None: all)."""
        losses, values, slopes = self.ends.sloped(self.network.forward(x, y, rows))
        return losses, values, self.network.backward(slopes)


@final
class Graphs:
    """As `Backprop`, by automatic differentiation, for critics that do not declare their terms."""

    def __init__(self, objective: Contrastive, parameters: Float[Tensor, "k p"]) -> None:
        self.leaves = {name: leaf.requires_grad_() for name, leaf in views(parameters, objective).items()}
        self.critic = self._stacked(objective.critic, "critic")
        self.baseline = None if objective.baseline is None else self._stacked(objective.baseline, "baseline")

    def forward(self, x: Tensor, y: Tensor, rows: Tensor | None) -> tuple[Tensor, ...]:
        """Scores of the pairs, (k, n), of those drawn apart, (k, n, m - 1), and the baseline's, if any."""
        baseline = () if self.baseline is None else (self.baseline(x, y),)
        if rows is None:
            matrix = self.critic.all_pairs(x, y)
            self.outputs = matrix.diagonal(dim1=-2, dim2=-1), off_diagonal(matrix), *baseline
        else:
            members = torch.arange(len(x), device=x.device)[:, None, None]
            scores = self.critic(x.unsqueeze(-2), y[members, rows])
            self.outputs = scores[..., 0], scores[..., 1:], *baseline
        return self.outputs

    def backward(self, slopes: Sequence[Tensor]) -> Float[Tensor, "k p"]:
        """From the gradients of what `forward` returned to that of the parameters."""
        gradients = torch.autograd.grad(self.outputs, list(self.leaves.values()), slopes)
        return torch.cat([g.flatten(1) for g in gradients], 1)

    def _stacked(self, module: M, prefix: str) -> M:
        """A copy with the affine maps of all members in place of its own."""
        copied = copy.deepcopy(module)
        for name, part in module.named_modules():
            if isinstance(part, nn.Linear):
                place = f"{prefix}.{name}"
                weight, bias = self.leaves[f"{place}.weight"], self.leaves.get(f"{place}.bias")
                owner, _, leaf = name.rpartition(".")
                setattr(copied.get_submodule(owner), leaf, StackedLinear(weight, bias))
        return copied


@final
class Known:
    """What a bound says of the scores of several members: their losses and values, and the slopes it knows."""

    def __init__(self, bound: Bound, buffers: dict[str, Tensor]) -> None:
        self.bound = copy.deepcopy(bound).train()
        _place(self.bound, {name.removeprefix("bound."): buffer for name, buffer in buffers.items()})

    @torch.no_grad()
    def sloped(self, scores: Sequence[Tensor]) -> tuple[Tensor, Tensor, Sequence[Tensor]]:
        """Losses, values, and the gradient of each loss in the scores of its member."""
        losses, values, slopes = cast(Sloped, self.bound.sloped(Scores(*scores)))
        return losses, values, slopes.parts


@final
class Traced:
    """As `Known`, by automatic differentiation, of a bound that is written for one member."""

    def __init__(self, bound: Bound, buffers: dict[str, Tensor]) -> None:
        self.measured, self.buffers = _Measured(copy.deepcopy(bound).train()), buffers

    def sloped(self, scores: Sequence[Tensor]) -> tuple[Tensor, Tensor, Sequence[Tensor]]:
        """Losses, values, and the gradient of each loss in the scores of its member."""
        leaves = [part.detach().requires_grad_() for part in scores]
        losses, values = torch.vmap(self._of_one)(self.buffers, *leaves)
        slopes = torch.autograd.grad(losses.sum(), leaves, materialize_grads=True, allow_unused=True)
        return losses.detach(), values, slopes

    def _of_one(self, buffers: dict[str, Tensor], *scores: Tensor) -> tuple[Tensor, Tensor]:
        return functional_call(self.measured, buffers, scores) if buffers else self.measured(*scores)


class _Measured(nn.Module):
    def __init__(self, bound: Bound) -> None:
        super().__init__()
        self.bound = bound

    def forward(self, *scores: Tensor) -> tuple[Tensor, Tensor]:
        return self.bound.measured(Scores(*scores))


def flat(objectives: Sequence[nn.Module]) -> Float[Tensor, "k p"]:
    """A copy of the parameters of modules of one build, side by side."""
    rows = [torch.cat([p.detach().flatten() for p in module.parameters()]) for module in objectives]
    return torch.stack(rows)


def views(parameters: Float[Tensor, "k p"], module: nn.Module) -> dict[str, Tensor]:
    """Parts of what `flat` made, by the names of the parameters of `module`, each (k, *shape)."""
    found, start = {}, 0
    for name, parameter in module.named_parameters():
        part = parameters.detach()[:, start : start + parameter.numel()]
        found[name], start = part.unflatten(1, parameter.shape), start + parameter.numel()
    return found


def lend(objective: Objective, parameters: Float[Tensor, "p"], buffers: dict[str, Tensor]) -> None:
    """Let the objective hold these, not copies, in place of its own."""
    lent = views(parameters[None], objective)
    for name, parameter in objective.named_parameters():
        parameter.data = lent[name][0]
    _place(objective, buffers)


def _place(module: nn.Module, buffers: dict[str, Tensor]) -> None:
    for name, buffer in buffers.items():
        owner, _, leaf = name.rpartition(".")
        setattr(module.get_submodule(owner), leaf, buffer)
