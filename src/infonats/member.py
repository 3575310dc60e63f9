"""An objective in training: its batches, its learning curve, its best state, its end."""

import torch

from infonats.batches import Batch, Batches, Blocks
from infonats.callbacks import Best, EarlyStopping, History, View
from infonats.errors import EstimationError
from infonats.evaluation import evaluate
from infonats.objectives.base import Objective
from infonats.train_config import TrainConfig


class Member:
    """One objective with what belongs to it alone, whether it is trained by itself or with others."""

    def __init__(
        self, objective: Objective, data: Batch | Blocks, config: TrainConfig, generator: torch.Generator
    ) -> None:
        self.objective, self.generator = objective, generator
        self.batches = Batches.of(data, config.batch_size, generator)
        self.history, self.best, self.stopping = History(), Best(), EarlyStopping("min", config.patience)

    def evaluate(self, step: int, validation: Batch) -> None:
        """Judge the state that the objective holds after `step` steps, and keep it if it is the best so far."""
        check = evaluate(self.objective, validation)
        value, loss = check.value.item(), check.loss.item()
        self.history.validation(step, value, loss)
        if self.stopping.update(loss):
            self.best.keep(self.objective, step)
        self.history.reason = self.stopping.reason

    def view(self, step: int, total: int, validation: Batch, seconds_left: float | None, last: bool) -> View:
        """What watchers see at an evaluation."""
        return View(self.objective, step, total, self.history, validation, self.best_value, seconds_left, last)

    @property
    def best_value(self) -> float:
        """The validation value of the state kept so far, in nats."""
        return self.history.validation_values[self.history.steps.index(self.best.step)]

    def close(self) -> History:
        """Go back to the best state; its history. Raises EstimationError where there is none."""
        if not self.best:
            raise EstimationError("The objective is not finite even before training; rescale the data.")
        self.history.best_step = self.best.restore(self.objective)
        self.objective.eval()
        return self.history
