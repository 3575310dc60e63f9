"""The one training loop: an objective, data on its device, and the best state by validation."""

import dataclasses
import itertools
import math
from collections.abc import Iterator

import torch
from torch import Tensor

from infonats._types import Progress
from infonats.averaging import Average
from infonats.callbacks import Best, EarlyStopping, History
from infonats.errors import EstimationError, InputError
from infonats.objectives.base import Objective, Step

Batch = tuple[Tensor, Tensor]

CHUNK = 4096
"""Rows that validation scores at once: bounds its memory without making the partition noisy."""


@dataclasses.dataclass(frozen=True)
class TrainConfig:
    """How to train. Steps count batches and are rounded up to whole evaluation periods; `patience` counts
    evaluations without improvement.

    `averaging` is the decay of the exponential moving average of parameters that is evaluated and kept
    (0: the parameters themselves); `clip` bounds the norm of the gradient.
    """

    max_steps: int = 3000
    batch_size: int = 256
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    averaging: float = 0.99
    clip: float = 10.0
    evaluate_every: int = 25
    patience: int = 20

    def __post_init__(self) -> None:
        positive = ("max_steps", "learning_rate", "clip", "evaluate_every", "patience")
        for name in positive:
            if not getattr(self, name) > 0:
                raise InputError(f"{name} is {getattr(self, name)!r}; it must be positive.")
        if self.batch_size < 2:
            raise InputError(f"batch_size is {self.batch_size!r}; negatives need batches of 2 or more.")
        if not self.weight_decay >= 0:
            raise InputError(f"weight_decay is {self.weight_decay!r}; it must be at least 0.")
        if not 0 <= self.averaging < 1:
            raise InputError(f"averaging is {self.averaging!r}; it must be at least 0 and below 1.")


def train(
    objective: Objective,
    data: Batch,
    validation: Batch,
    config: TrainConfig,
    generator: torch.Generator,
    progress: Progress | None = None,
) -> History:
    """Minimise the objective's loss on `data`; leave it in eval mode at its best state on `validation`.

    Both are (x, y) with paired rows on the objective's device. The untrained state counts as a candidate,
    so that training on independent data may end where it began. The result depends on the generator's
    state alone. Raises EstimationError if the objective is not finite before the first step.
    """
    optimiser = torch.optim.AdamW(
        objective.parameters(), config.learning_rate, weight_decay=config.weight_decay, fused=True
    )
    average = Average(objective, config.averaging)
    history, best, stopping = History(), Best(), EarlyStopping("min", config.patience)
    batches = _batches(data, config.batch_size, generator)
    last = math.ceil(config.max_steps / config.evaluate_every)
    for evaluation in range(last + 1):
        step = evaluation * config.evaluate_every
        with average.applied():
            check = evaluate(objective, validation)
            if stopping.update(check.loss.item()):
                best.keep(objective, step)
        history.validation(step, check.value.item(), check.loss.item())
        if progress:
            progress(step, last * config.evaluate_every, f"validation {check.value.item():.3f} nats")
        history.reason = stopping.reason
        if history.reason or evaluation == last:
            break
        history.train(_advance(objective, batches, optimiser, average, config, generator))
    if not best:
        raise EstimationError("The objective is not finite even before training; rescale the data.")
    history.best_step = best.restore(objective)
    objective.eval()
    return history


def _advance(
    objective: Objective,
    batches: Iterator[Batch],
    optimiser: torch.optim.Optimizer,
    average: Average,
    config: TrainConfig,
    generator: torch.Generator,
) -> Tensor:
    """Take the steps up to the next evaluation; the mean of their values, left on the device."""
    objective.train()
    values = []
    for x, y in itertools.islice(batches, config.evaluate_every):
        step = objective(x, y, generator)
        optimiser.zero_grad(set_to_none=True)
        step.loss.backward()
        torch.nn.utils.clip_grad_norm_(objective.parameters(), config.clip, foreach=True)
        optimiser.step()
        average.update()
        values.append(step.value)
    return torch.stack(values).mean()


def _batches(data: Batch, size: int, generator: torch.Generator) -> Iterator[Batch]:
    """Endless shuffled batches of min(size, n) rows; rows left over at the end of a pass return in the next."""
    x, y = data
    size = min(size, len(x))
    while True:
        order = torch.randperm(len(x), generator=generator).to(x.device)
        for rows in order[: len(x) // size * size].split(size):
            yield x[rows], y[rows]


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
    return Step(*(torch.stack([getattr(s, name) for s in steps]).mean() for name in ("loss", "value")))
