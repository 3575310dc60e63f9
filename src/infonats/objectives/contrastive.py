"""A critic, a rule for negatives and a bound make a discriminative objective."""

import dataclasses

import torch
from torch import Tensor, nn

from infonats._shapes import Scalar
from infonats.bounds.base import Bound
from infonats.critics import Baseline, Critic
from infonats.negatives import AllPairs, Negatives
from infonats.objectives.base import Objective, Step
from infonats.scores import Scores


class Contrastive(Objective):
    """bound(scores of critic on the batch and its negatives); all other rows by default.

    `validation_negatives` serve in evaluation mode, where more of them cost no gradients and make the
    criterion steadier; the same as in training by default. `baseline` (x, y) -> (n,) is learned along, for
    a bound that needs one: by default a copy of the critic as it is, in y or not as the bound demands.
    """

    def __init__(
        self,
        critic: Critic,
        bound: Bound,
        negatives: Negatives | None = None,
        validation_negatives: Negatives | None = None,
        baseline: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.critic = critic
        self.bound = bound
        self.negatives = negatives or AllPairs()
        self.validation_negatives = validation_negatives or self.negatives
        if baseline is None and bound.needs != "nothing":
            baseline = Baseline(critic, of_pairs=bound.needs == "pair")
        self.baseline = baseline

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss and value of the bound on one batch of paired rows."""
        return self.step(self._scores(x, y, generator), x, y)

    def step(self, scores: Scores, x: Tensor, y: Tensor) -> Step:
        """Loss and value from scores of the pairs x (n, dx), y (n, dy); a baseline that is needed is added."""
        scores = self._complete(scores, x, y)
        return Step(*self.bound.measured(scores))

    def information(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Scalar:
        """The bound's value of one batch; its gradient in x and y is what an encoder follows."""
        scores = self._scores(x, y, generator)
        return self.bound.value(self._complete(scores, x, y))

    def log_ratio(self, x: Tensor, y: Tensor) -> Tensor:
        """What the bound reads off the scores of paired rows, and off the baseline where it has one."""
        return self.bound.log_ratio(self.critic(x, y), None if self.baseline is None else self.baseline(x, y))

    def _scores(self, x: Tensor, y: Tensor, generator: torch.Generator | None) -> Scores:
        negatives = self.negatives if self.training else self.validation_negatives
        return negatives(self.critic, x, y, generator)

    def _complete(self, scores: Scores, x: Tensor, y: Tensor) -> Scores:
        return scores if self.baseline is None else dataclasses.replace(scores, baseline=self.baseline(x, y))
