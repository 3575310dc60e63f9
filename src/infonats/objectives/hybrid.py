"""Objectives of a critic that corrects densities: over known rows and their partners, or jointly with them.

M. Federici, D. Ruhe and P. Forré (2023), arXiv 2306.00608.
"""

from typing import final

import torch
from jaxtyping import Int64
from torch import Tensor

from infonats.errors import InputError
from infonats.negatives import Table
from infonats.objectives.base import Objective, Step
from infonats.objectives.contrastive import Contrastive


@final
class OverRows(Objective):
    """A contrastive objective over the rows of a table, which a batch gives by their numbers, (n, 1), twice.

    So what a rule for partners needs of a frozen density is computed once for each row, not in each step.
    `validation` is the table of evaluation mode, whose rows are numbered by themselves. Tables are no part of
    the state.
    """

    def __init__(self, contrastive: Contrastive, training: Table, validation: Table) -> None:
        super().__init__()
        self.contrastive, self._tables = contrastive, (training, validation)

    def forward(
        self, x: Int64[Tensor, "n 1"], y: Int64[Tensor, "n 1"], generator: torch.Generator | None = None
    ) -> Step:
        """The step on the rows numbered `x`. Raises InputError without a generator."""
        if generator is None:
            raise InputError("Partners are drawn at random: give a generator, torch.Generator().")
        table, rows = self._tables[0 if self.training else 1], x.squeeze(-1)
        scores = table.scores(self.contrastive.critic, rows, generator)
        return self.contrastive.step(scores, table.x[rows], table.y[rows])


@final
class Joint(Objective):
    """Densities and the critic that corrects them, trained together: the sum of their losses, and of values.

    loss = -log-likelihood of the densities + loss of the bound on draws from them as they are at that step.
    No gradient passes through the draws, so the densities follow their likelihood alone, and the critic
    what is left of them.
    """

    def __init__(self, ratio: Objective, correction: Contrastive) -> None:
        super().__init__()
        self.ratio, self.correction = ratio, correction

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        steps = self.ratio(x, y, generator), self.correction(x, y, generator)
        return Step(steps[0].loss + steps[1].loss, steps[0].value + steps[1].value)

    def log_ratio(self, x: Tensor, y: Tensor) -> Tensor | None:
        """That of the densities plus what the critic adds to it; None where the densities have none."""
        ratio = self.ratio.log_ratio(x, y)
        return None if ratio is None else ratio + self.correction.log_ratio(x, y)
