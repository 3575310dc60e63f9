"""AdamW over parameters that lie side by side in one tensor: a step is a single kernel, besides the clipping.

    m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2
    w <- (1 - lr wd) w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)

A small network has many small tensors, and its steps cost calls, not arithmetic. Rows are runs of their own:
each has its own norm of the gradient.
I. Loshchilov and F. Hutter (2019), arXiv 1711.05101.
"""

from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from infonats.errors import InputError
from infonats.train_config import TrainConfig

aten: Any = torch.ops.aten
EPSILON = 1e-8


class AdamW:
    """Moves `parameters` (k, p) in place; `first` and `second` are the moments, of the same shape."""

    def __init__(self, parameters: Float[Tensor, "k p"], config: TrainConfig) -> None:
        self.parameters, self.config = parameters, config
        self.first, self.second = torch.zeros_like(parameters), torch.zeros_like(parameters)
        self.steps, self.count = 0, torch.zeros((), device=parameters.device)

    @torch.no_grad()
    def step(self, gradient: Float[Tensor, "k p"], touched: Bool[Tensor, "p"] | None = None) -> None:
        """One step against `gradient`, each row of which is first cut to the norm `clip`; it is overwritten.

        What is not `touched` stays as it is, moments included: a gradient of zero would let momentum and
        weight decay move it. It counts the step nevertheless.
        """
        before = None if touched is None else [t.clone() for t in (self.parameters, self.first, self.second)]
        self._move(gradient)
        if before is not None and touched is not None:
            for new, old in zip((self.parameters, self.first, self.second), before, strict=True):
                new.copy_(torch.where(touched, new, old))

    def _move(self, gradient: Float[Tensor, "k p"]) -> None:
        config, (b1, b2) = self.config, self.config.betas
        self.steps += 1
        norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
        gradient.mul_((config.clip / norm.add_(1e-6)).clamp_max_(1.0))
        aten._fused_adamw_(
            *([tensor] for tensor in (self.parameters, gradient, self.first, self.second)),
            [],
            [self.count.fill_(self.steps)],
            lr=config.rate(self.steps),
            beta1=b1,
            beta2=b2,
            weight_decay=config.weight_decay,
            eps=EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows alone."""
        self.parameters, self.first, self.second = (t[rows] for t in (self.parameters, self.first, self.second))


def side_by_side(parameters: Sequence[nn.Parameter]) -> Float[Tensor, "p"]:
    """A copy of these in one tensor, whose parts they become. Raises InputError unless of one kind."""
    kinds = {(parameter.dtype, parameter.device) for parameter in parameters}
    if len(kinds) != 1:
        listed = ", ".join(f"{dtype} on {device}" for dtype, device in kinds)
        raise InputError(f"The parameters to train are {listed or 'none'}; give some, all of one kind.")
    together = torch.cat([parameter.detach().flatten() for parameter in parameters])
    parts = together.split([parameter.numel() for parameter in parameters])
    for parameter, part in zip(parameters, parts, strict=True):
        parameter.data = part.view_as(parameter)
    return together


def release(module: nn.Module) -> None:
    """Let the module hold copies of what were parts of something larger."""
    for tensor in (*module.parameters(), *module.buffers()):
        tensor.data = tensor.data.clone()
