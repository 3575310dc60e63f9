"""A training run: everything that changes while training, and the two moves that change it."""

import math
import time
from collections.abc import Callable

import torch
from torch import Tensor

from infonats.averaging import Average
from infonats.batches import Batch, Batches
from infonats.callbacks import Best, EarlyStopping, History, View
from infonats.errors import EstimationError
from infonats.objectives.base import Objective, Step
from infonats.train_config import TrainConfig

CHUNK = 4096
"""Rows that validation scores at once: bounds its memory without making the partition noisy."""


class Run:
    """A training run: `evaluate` and `advance` in turn until it is `finished`. The loop is `infonats.train`."""

    def __init__(
        self, objective: Objective, data: Batch, config: TrainConfig, generator: torch.Generator
    ) -> None:
        self.objective, self.config, self.generator = objective, config, generator
        self.parameters = list(objective.parameters())
        self.optimiser = torch.optim.AdamW(
            self.parameters,
            config.learning_rate,
            config.betas,
            weight_decay=config.weight_decay,
            fused=True,
        )
        self.average = Average(objective, config.averaging)
        self.batches = Batches(data, config.batch_size, generator)
        self.history, self.best, self.stopping = History(), Best(), EarlyStopping("min", config.patience)
        self.total = math.ceil(config.max_steps / config.evaluate_every) * config.evaluate_every
        self.step = 0
        self.recent: list[Step] = []
        self.started: tuple[int, float] | None = None

    @property
    def due(self) -> bool:
        """Whether an evaluation is next."""
        return self.step % self.config.evaluate_every == 0 and self.step not in self.history.steps[-1:]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return not self.due and (bool(self.history.reason) or self.step >= self.total)

    def evaluate(self, validation: Batch, tell: Callable[[View], None]) -> None:
        """Evaluate the averaged parameters, keep them if they are the best so far, and `tell` of it."""
        if self.recent:
            means = _mean(self.recent)
            self.history.train(means.value, means.loss)
            self.recent.clear()
        with self.average.applied():
            check = evaluate(self.objective, validation)
            self.history.validation(self.step, check.value.item(), check.loss.item())
            if self.stopping.update(check.loss.item()):
                self.best.keep(self.objective, self.step)
            self.history.reason = self.stopping.reason
            tell(self._view(validation))

    def advance(self, pause: Callable[[], bool]) -> None:
        """Take steps up to the next evaluation, or until `pause` says so."""
        self.objective.train()
        self.started = self.started or (self.step, time.monotonic())
        while True:
            self._take_step(*next(self.batches))
            if self.step % self.config.evaluate_every == 0 or pause():
                break

    def close(self) -> History:
        """Go back to the best state; its history. Raises EstimationError where there is none."""
        if not self.best:
            raise EstimationError("The objective is not finite even before training; rescale the data.")
        self.history.best_step = self.best.restore(self.objective)
        self.objective.eval()
        return self.history

    def _take_step(self, x: Tensor, y: Tensor) -> None:
        step = self.objective(x, y, self.generator)
        self.optimiser.zero_grad(set_to_none=True)
        step.loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.config.clip, foreach=True)
        self._set_rate()
        self.optimiser.step()
        self.average.update()
        self.step += 1
        self.recent.append(Step(step.loss.detach(), step.value))

    def _set_rate(self) -> None:
        """The learning rate of this step: a function of the step alone, so that a run goes on with it."""
        if self.config.decay < 1:
            rate = self.config.learning_rate * self.config.decay ** (self.step // self.config.decay_every)
            for group in self.optimiser.param_groups:
                group["lr"] = rate

    def _view(self, validation: Batch) -> View:
        history, left = self.history, None
        if self.started and self.step > self.started[0]:
            pace = (time.monotonic() - self.started[1]) / (self.step - self.started[0])
            left = pace * (self.total - self.step)
        best = history.validation_values[history.steps.index(self.best.step)]
        return View(self.objective, self.step, self.total, history, validation, best, left, self.finished)


@torch.no_grad()
def evaluate(objective: Objective, data: Batch) -> Step:
    """Loss and value on all of `data`, in eval mode, with the same negatives on each call.

    Data of more than 4096 rows is scored in equal parts whose results are averaged: a criterion to choose
    by, not an estimate to report.
    """
    objective.eval()
    parts = math.ceil(len(data[0]) / CHUNK)
    generator = torch.Generator().manual_seed(0)
    pairs = zip(data[0].chunk(parts), data[1].chunk(parts), strict=True)
    steps = [objective(x, y, generator) for x, y in pairs]
    return _mean(steps)


def _mean(steps: list[Step]) -> Step:
    return Step(*(torch.stack([getattr(step, name) for step in steps]).mean() for name in ("loss", "value")))
