"""The one training loop: an objective, data on its device, and the best state by validation."""

import torch

from infonats._processes import check_alike
from infonats._types import Progress
from infonats.batches import Batch, Blocks
from infonats.callbacks import History
from infonats.checkpoint import keeping
from infonats.evaluation import evaluate, judges
from infonats.objectives.base import Objective
from infonats.run import Run
from infonats.train_config import TrainConfig
from infonats.watch import Watch

__all__ = ["Batch", "Blocks", "TrainConfig", "evaluate", "train"]


def train(
    objective: Objective,
    data: Batch | Blocks,
    validation: Batch,
    config: TrainConfig,
    generator: torch.Generator,
    watch: Watch | Progress | None = None,
) -> History:
    """Minimise the objective's loss on `data`; leave it in eval mode at its best state on `validation`.

    Both are (x, y) with paired rows on the objective's device; `data` may be `Blocks`, of which a few are in
    memory at a time. The untrained state counts as a candidate, so that training on independent data may end
    where it began. The result depends on the generator's state alone. `watch` is told of every evaluation;
    where it names a checkpoint, the run is kept there, and the same call goes on where it stopped, to the same
    bits.

    Raises EstimationError if the objective is not finite before the first step, CheckpointError for a
    checkpoint of another run, Interrupted once the checkpoint is written if SIGTERM or Ctrl-C asked to stop,
    InputError in every process that trains a shared objective where they differ in what must be equal.
    """
    watch, run = Watch.of(watch), Run(objective, data, config, generator)
    validation = judges(validation, config.validation_rows)
    with keeping(run, [validation], watch) as keeper, watch.opened(run.step) as tell:
        if objective.shared:
            _check_shared(run, data, validation)
        while not run.finished:
            if run.due:
                run.evaluate(validation, tell)
            else:
                run.advance(keeper.due)
            keeper.look()
    return run.close()


def _check_shared(run: Run, data: Batch | Blocks, validation: Batch) -> None:
    """Raise InputError in every process unless all take batches and steps alike."""
    size = len(data) if isinstance(data, Blocks) else len(data[0])
    counts = {
        "rows of a batch": min(run.config.batch_size, size),
        "validation rows": len(validation[0]),
        "columns of x": validation[0].shape[1],
        "columns of y": validation[1].shape[1],
        "parameters": sum(p.numel() for p in run.objective.parameters() if p.requires_grad),
        "steps taken": run.step,
        "max_steps": run.config.max_steps,
        "evaluate_every": run.config.evaluate_every,
        "patience": run.config.patience,
    }
    check_alike(counts, validation[0].device)
