"""The contract of negatives: from a critic and a batch to scores of pairs drawn together and apart."""

import abc

import torch
from torch import Tensor

from infonats.critics.base import Critic
from infonats.scores import Scores


class Negatives(abc.ABC):
    """A rule that pairs each x of a batch with y's that were not drawn with it."""

    @abc.abstractmethod
    def __call__(self, critic: Critic, x: Tensor, y: Tensor, generator: torch.Generator | None) -> Scores:
        """Scores of the n pairs and of each x_i with m negatives. Never pairs x_i with its own y_i."""
