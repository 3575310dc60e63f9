"""A critic, a rule for negatives and a bound make a discriminative objective."""

import torch
from torch import Tensor

from infonats.bounds.base import Bound
from infonats.critics.base import Critic
from infonats.negatives import AllPairs, Negatives
from infonats.objectives.base import Objective, Step


class Contrastive(Objective):
    """bound(scores of critic on the batch and its negatives); all other rows by default.

    `validation_negatives` serve in evaluation mode, where more of them cost no gradients and make the
    criterion steadier; the same as in training by default.
    """

    def __init__(
        self,
        critic: Critic,
        bound: Bound,
        negatives: Negatives | None = None,
        validation_negatives: Negatives | None = None,
    ) -> None:
        super().__init__()
        self.critic = critic
        self.bound = bound
        self.negatives = negatives or AllPairs()
        self.validation_negatives = validation_negatives or self.negatives

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss and value of the bound on one batch of paired rows."""
        negatives = self.negatives if self.training else self.validation_negatives
        scores = negatives(self.critic, x, y, generator)
        return Step(self.bound.loss(scores), self.bound.value(scores).detach())
