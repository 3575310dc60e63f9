"""A training run: everything that changes while training, and the two moves that change it."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from infonats import snapshot
from infonats.adamw import AdamW, release, side_by_side
from infonats.averaging import Average
from infonats.batches import Batch, Blocks
from infonats.callbacks import History, View
from infonats.evaluation import mean
from infonats.member import Member
from infonats.objectives.base import Objective, Step
from infonats.slopes import slope_of
from infonats.train_config import TrainConfig
from infonats.watch import Pace


class Run:
    """A training run: `evaluate` and `advance` in turn until it is `finished`. The loop is `infonats.train`."""

    def __init__(
        self, objective: Objective, data: Batch | Blocks, config: TrainConfig, generator: torch.Generator
    ) -> None:
        self.objective, self.config = objective, config
        self.member = Member(objective, data, config, generator)
        parameters = [p for p in objective.parameters() if p.requires_grad]
        together = side_by_side(parameters)
        self.optimiser = AdamW(together[None], config)
        self.slope = slope_of(objective, parameters, together)
        self.average = Average(parameters, together, config.averaging)
        self.total = config.max_steps
        self.step = 0
        self.recent: list[Step] = []
        self.pace = Pace()

    @property
    def due(self) -> bool:
        """Whether an evaluation is next."""
        return self.config.judges(self.step) and self.step not in self.member.history.steps[-1:]

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return not self.due and (bool(self.member.history.reason) or self.step >= self.total)

    def evaluate(self, validation: Batch, tell: Callable[[View], None]) -> None:
        """Evaluate the averaged parameters, keep them if they are the best so far, and `tell` of it."""
        if self.recent:
            means = mean(self.recent)
            self.member.history.train(means.value, means.loss)
            self.recent.clear()
        with self.average.applied():
            self.member.evaluate(self.step, validation)
            tell(self._view(validation))

    def advance(self, pause: Callable[[], bool]) -> None:
        """Take steps up to the next evaluation, or until `pause` says so."""
        self.objective.train()
        self.pace.begin(self.step)
        while True:
            self._take_step(*next(self.member.batches))
            if self.config.judges(self.step) or pause():
                break

    @property
    def members(self) -> list[Member]:
        """All that is trained."""
        return [self.member]

    def tensors(self) -> dict[str, Tensor]:
        """The part of the state that is tensors, by name; not copies."""
        recent = {name: [getattr(step, name) for step in self.recent] for name in ("loss", "value")}
        return {
            **snapshot.tensors(self.member),
            "optimiser/first": self.optimiser.first,
            "optimiser/second": self.optimiser.second,
            **{f"average/{i}": average for i, average in enumerate(self.average.averages)},
            **{f"recent/{name}": torch.stack(values) for name, values in recent.items() if values},
        }

    def facts(self) -> dict[str, Any]:
        """The rest of the state, as JSON holds it."""
        return snapshot.facts(self.member) | {"step": self.step}

    @torch.no_grad()
    def restore(self, kept: Mapping[str, Tensor], said: Mapping[str, Any]) -> None:
        """Before the first step, go on from `tensors` and `facts`. Raises what `snapshot.restore` does."""
        snapshot.restore(self.member, kept, said)
        optimiser = self.optimiser
        optimiser.first.copy_(kept["optimiser/first"])
        optimiser.second.copy_(kept["optimiser/second"])
        for i, average in enumerate(self.average.averages):
            average.copy_(kept[f"average/{i}"])
        recent = [list(kept.get(f"recent/{name}", ())) for name in ("loss", "value")]
        self.recent = [Step(*pair) for pair in zip(*recent, strict=True)]
        self.step = optimiser.steps = self.average.steps = int(said["step"])
        if self.step < 0:
            raise ValueError("its step is below zero")

    def close(self) -> History:
        """Go back to the best state; its history. Raises EstimationError where there is none."""
        release(self.objective)
        return self.member.close()

    def _take_step(self, x: Tensor, y: Tensor) -> None:
        step, gradient, touched = self.slope(x, y, self.member.generator)
        if self.objective.shared:
            torch.distributed.all_reduce(gradient)
            gradient /= torch.distributed.get_world_size()
        self.optimiser.step(gradient, touched)
        self.average.update()
        self.step += 1
        self.recent.append(step)

    def _view(self, validation: Batch) -> View:
        left = self.pace.seconds_left(self.step, self.total)
        return self.member.view(self.step, self.total, validation, left, self.finished)
