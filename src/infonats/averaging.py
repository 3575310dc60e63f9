"""A moving average of parameters: what is evaluated and kept while the parameters go on exploring."""

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

aten: Any = torch.ops.aten


def weight(decay: float, steps: int) -> float:
    """1 - min(decay, t / (t + 9)): what the parameters after t `steps` count in their average."""
    return 1 - min(decay, steps / (steps + 9))


class Average:
    """w <- w + (1 - decay_t)(theta - w), decay_t = min(decay, t / (t + 9)), so that early steps count.

    B. T. Polyak and A. B. Juditsky (1992), doi 10.1137/0330046, in its exponential form.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.parameters = [p for p in module.parameters() if p.requires_grad]
        self.averages = [p.detach().clone() for p in self.parameters]
        self.decay = decay
        self.steps = 0

    @torch.no_grad()
    def update(self) -> None:
        """Count the present parameters."""
        self.steps += 1
        newest = weight(self.decay, self.steps)
        aten._foreach_lerp_(self.averages, self.parameters, newest)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Within the block the module holds the averages; afterwards its own parameters again."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for i, parameter in enumerate(self.parameters):
            parameter.data, self.averages[i] = self.averages[i], parameter.data
