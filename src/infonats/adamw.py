"""AdamW over parameters that lie side by side in one tensor: every operation is a single kernel.

    m <- b1 m + (1 - b1) g,   v <- b2 v + (1 - b2) g^2
    w <- (1 - lr wd) w - lr (m / (1 - b1^t)) / (sqrt(v / (1 - b2^t)) + eps)

A small network has many small tensors, and its steps cost calls, not arithmetic. Rows are runs of their own:
each has its own norm of the gradient.
I. Loshchilov and F. Hutter (2019), arXiv 1711.05101.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.train_config import TrainConfig

EPSILON = 1e-8


class AdamW:
    """Moves `parameters` (k, p) in place; `first` and `second` are the moments, of the same shape."""

    def __init__(self, parameters: Float[Tensor, "k p"], config: TrainConfig) -> None:
        self.parameters, self.config = parameters, config
        self.first, self.second = torch.zeros_like(parameters), torch.zeros_like(parameters)
        self.steps = 0

    @torch.no_grad()
    def step(self, gradient: Float[Tensor, "k p"]) -> None:
        """One step against `gradient`, each row of which is first cut to the norm `clip`; it is overwritten."""
        config, (b1, b2) = self.config, self.config.betas
        self.steps += 1
        norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
        gradient.mul_((config.clip / (norm + 1e-6)).clamp_max_(1.0))
        self.first.lerp_(gradient, 1 - b1)
        self.second.mul_(b2).addcmul_(gradient, gradient, value=1 - b2)
        scale = (self.second / (1 - b2**self.steps)).sqrt_().add_(EPSILON)
        self.parameters.mul_(1 - config.learning_rate * config.weight_decay)
        self.parameters.addcdiv_(self.first, scale, value=-config.learning_rate / (1 - b1**self.steps))

    def keep(self, rows: Tensor) -> None:
        """Go on with these rows alone."""
        self.parameters, self.first, self.second = (t[rows] for t in (self.parameters, self.first, self.second))
