"""The one training loop: an objective, data on its device, and the best state by validation."""

import torch

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
    checkpoint of another run, Interrupted once the checkpoint is written if SIGTERM or Ctrl-C asked to stop.
    """
    watch, run = Watch.of(watch), Run(objective, data, config, generator)
    validation = judges(validation, config.validation_rows)
    with keeping(run, [validation], watch) as keeper, watch.opened(run.step) as tell:
        while not run.finished:
            if run.due:
                run.evaluate(validation, tell)
            else:
                run.advance(keeper.due)
            keeper.look()
    return run.close()
