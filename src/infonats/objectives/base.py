"""The contract of an objective: from a batch of pairs to a loss and a value. The trainer knows no more."""

import abc
import dataclasses

import torch
from torch import Tensor, nn

from infonats._shapes import Scalar


@dataclasses.dataclass(frozen=True)
class Step:
    """`loss` to be minimised (carries gradients) and `value`, the estimate on this batch in nats."""

    loss: Scalar
    value: Scalar


class Objective(nn.Module, abc.ABC):
    """A module whose parameters and buffers are all that training changes."""

    @property
    def shared(self) -> bool:
        """Whether the processes of torch.distributed train it together: their gradients are to be averaged."""
        return False

    @abc.abstractmethod
    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Score one batch of paired rows. Differentiable in x, y and the parameters.

        In evaluation mode it changes nothing, and `loss` is the criterion for the best epoch.
        """

    def log_ratio(self, x: Tensor, y: Tensor) -> Tensor | None:
        """The log p(x,y) / p(x)p(y) in nats that it stands for, of paired rows, shape (n,); None if for none.

        Up to what the objective leaves unlearned, a constant or a function of x.
        """
        return None

    def information(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Scalar | None:
        """The value in nats with its gradient in x and y, for whoever lowers it; None where it has none.

        Changes nothing, in training mode either. What a critic minimises is `loss`.
        """
        return None
