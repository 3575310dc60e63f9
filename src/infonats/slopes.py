"""The gradient of an objective on a batch: by automatic differentiation, or by hand where that is possible."""

import abc
from collections.abc import Sequence
from typing import cast, final

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from infonats.backprop import Backprop, by_hand
from infonats.bounds._slopes import Sloped
from infonats.laws import Laws, fitted_by_hand
from infonats.negatives import InBatch
from infonats.negatives.base import check_batch
from infonats.objectives import Contrastive, Fitting, Objective, Step
from infonats.scores import Scores


class Slope(abc.ABC):
    """From a batch to a step, whose tensors carry no graph, and to the gradient of its loss."""

    @abc.abstractmethod
    def __call__(
        self, x: Tensor, y: Tensor, generator: torch.Generator
    ) -> tuple[Step, Float[Tensor, "1 p"], Bool[Tensor, "p"] | None]:
        """The step, the gradient, and which numbers the loss reaches, where it does not reach all."""


def slope_of(objective: Objective, parameters: Sequence[nn.Parameter], together: Float[Tensor, "p"]) -> Slope:
    """The quickest way to the gradient of `parameters`, which lie side by side in `together`."""
    graph = Graph(objective, parameters)
    if by_hand(objective):
        return ByHand(cast(Contrastive, objective), together, graph)
    return ByLaws(cast(Fitting, objective), together, graph) if fitted_by_hand(objective) else graph


@final
class Graph(Slope):
    """By automatic differentiation."""

    def __init__(self, objective: Objective, parameters: Sequence[nn.Parameter]) -> None:
        self.objective, self.parameters = objective, parameters

    def __call__(self, x: Tensor, y: Tensor, generator: torch.Generator) -> tuple[Step, Tensor, Tensor | None]:
        step = self.objective(x, y, generator)
        gradients = torch.autograd.grad(step.loss, self.parameters, allow_unused=True)
        given = list(zip(gradients, self.parameters, strict=True))
        gradient = torch.cat([(torch.zeros_like(p) if g is None else g).flatten() for g, p in given])[None]
        # A player may wait for its turn: what the loss does not reach is not to be moved.
        reached = [torch.full((p.numel(),), g is not None, device=p.device) for g, p in given]
        touched = torch.cat(reached) if None in gradients else None
        return Step(step.loss.detach(), step.value), gradient, touched


@final
class ByHand(Slope):
    """By `Backprop`, the bound by its own slopes or automatically; all of it so within `torch.autocast`."""

    def __init__(self, objective: Contrastive, together: Float[Tensor, "p"], graph: Graph) -> None:
        self.objective, self.graph = objective, graph
        self.network, self.knows = Backprop(objective, together[None]), objective.bound.knows_slopes

    def __call__(self, x: Tensor, y: Tensor, generator: torch.Generator) -> tuple[Step, Tensor, Tensor | None]:
        if torch.is_autocast_enabled(x.device.type):
            return self.graph(x, y, generator)
        check_batch(len(x))
        rows = cast(InBatch, self.objective.negatives).rows(len(x), generator, x.device)
        outputs = self.network.forward(x[None], y[None], None if rows is None else rows[None])
        loss, value, slopes = self._ends([output[0] for output in outputs])
        return Step(loss, value), self.network.backward([slope[None] for slope in slopes]), None

    def _ends(self, scores: Sequence[Tensor]) -> tuple[Tensor, Tensor, Sequence[Tensor]]:
        """Loss, value, and the gradient of the loss in each of the scores."""
        bound = self.objective.bound
        if self.knows:
            with torch.no_grad():
                loss, value, slopes = cast(Sloped, bound.sloped(Scores(*scores)))
            return loss, value, slopes.parts
        leaves = [part.requires_grad_() for part in scores]
        loss, value = bound.measured(Scores(*leaves))
        slopes = torch.autograd.grad(loss, leaves, materialize_grads=True, allow_unused=True)
        return loss.detach(), value, slopes


@final
class ByLaws(Slope):
    """By `Laws`, for objectives that fit densities; automatically within `torch.autocast`."""

    def __init__(self, objective: Fitting, together: Float[Tensor, "p"], graph: Graph) -> None:
        self.objective, self.graph, self.laws = objective, graph, Laws(objective, together)

    def __call__(self, x: Tensor, y: Tensor, generator: torch.Generator) -> tuple[Step, Tensor, Tensor | None]:
        if torch.is_autocast_enabled(x.device.type):
            return self.graph(x, y, generator)
        with torch.no_grad():
            log_probs = [self.laws.log_prob(*fit) for fit in self.objective.fits(x, y)]
            return self.objective.step(log_probs, x, y, generator), self.laws.gradient(), None
