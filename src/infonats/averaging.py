"""A moving average of parameters: what is evaluated and kept while the parameters go on exploring."""

import contextlib
from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


def weight(decay: float, steps: int) -> float:
    """1 - min(decay, t / (t + 9)): what the parameters after t `steps` count in their average."""
    return 1 - min(decay, steps / (steps + 9))


class Average:
    """w <- w + (1 - decay_t)(theta - w), decay_t = min(decay, t / (t + 9)), so that early steps count.

    B. T. Polyak and A. B. Juditsky (1992), doi 10.1137/0330046, in its exponential form.
    """

    def __init__(self, parameters: Sequence[nn.Parameter], together: Float[Tensor, "p"], decay: float) -> None:
        """Of `parameters` that lie side by side in `together`."""
        self.parameters, self.together, self.decay, self.steps = parameters, together, decay, 0
        self.whole = together.detach().clone()
        parts = self.whole.split([p.numel() for p in parameters])
        self.averages = [part.view_as(p) for part, p in zip(parts, parameters, strict=True)]

    @torch.no_grad()
    def update(self) -> None:
        """Count the present parameters."""
        self.steps += 1
        self.whole.lerp_(self.together, weight(self.decay, self.steps))

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
