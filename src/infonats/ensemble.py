"""Several objectives of one build trained at once: folds, seeds, members of an ensemble.

A small network costs calls rather than arithmetic, and k networks in one step cost hardly more calls than one.
"""

import contextlib
import dataclasses
from collections.abc import Sequence
from typing import cast

import torch

from infonats._types import Progress
from infonats.batches import Batch
from infonats.callbacks import History
from infonats.checkpoint import keeping
from infonats.errors import InputError
from infonats.evaluation import judges
from infonats.objectives import Contrastive, Objective
from infonats.stack import stackable, widest
from infonats.together import Together
from infonats.train import train
from infonats.train_config import TrainConfig
from infonats.watch import Watch

CACHED = 262_144
"""Numbers in the largest result of a step beyond which more members at once are no faster, by measurement."""


def train_many(
    objectives: Sequence[Objective],
    data: Sequence[Batch],
    validations: Sequence[Batch],
    config: TrainConfig,
    generators: Sequence[torch.Generator],
    watch: Watch | Progress | None = None,
) -> list[History]:
    """Do to each objective what `train` does, with the rows, validation rows and generator of the same place.

    Contrastive objectives of one build, with dense critics and negatives of the batch, take each step together,
    and each stops by itself; it ends as it would alone, to rounding. Others are trained one after another.
    A checkpoint keeps those that train together in one file. Raises InputError unless there is one of each for
    every objective, and what `train` raises.
    """
    counts = {len(objectives), len(data), len(validations), len(generators)}
    if len(counts) != 1 or not objectives:
        raise InputError(
            f"{len(objectives)} objectives have {len(data)} sets of rows, {len(validations)} of validation "
            f"rows and {len(generators)} generators; give one of each for every objective."
        )
    watch, count = Watch.of(watch), len(objectives)
    validations = [judges(validation, config.validation_rows) for validation in validations]
    stacked = alike(objectives, data, config)
    size = at_once(cast(Contrastive, objectives[0]), data[0], config) if stacked else 1
    histories: list[History] = []
    for start in range(0, count, size):
        some = slice(start, start + size)
        parts = [watch.part(i, count, watch.member) for i in range(count)[some]]
        if len(parts) == 1:
            rows = data[start], validations[start]
            histories.append(train(objectives[start], *rows, config, generators[start], parts[0]))
        else:
            run = Together(cast(Sequence[Contrastive], objectives[some]), data[some], config, generators[some])
            group = watch.under(f"{watch.member}s-{start + 1}-{start + len(parts)}")
            told = dataclasses.replace(group, progress=_share(watch, start, len(parts), count))
            histories += _run(run, validations[some], told, parts)
    return histories


def alike(objectives: Sequence[Objective], data: Sequence[Batch], config: TrainConfig) -> bool:
    """Whether these can take their steps together: of one build, on batches of one size and kind."""
    kinds = {
        (min(config.batch_size, len(x)), *((t.shape[1:], t.dtype, t.device) for t in (x, y))) for x, y in data
    }
    return len(kinds) == 1 and stackable(objectives)


def at_once(objective: Contrastive, data: Batch, config: TrainConfig) -> int:
    """How many of such objectives to train together: as many as keep what a step computes in a fast cache."""
    x, y = (rows[: config.batch_size] for rows in data)
    return max(1, CACHED // widest(objective, x, y))


def _run(run: Together, validations: Sequence[Batch], group: Watch, parts: Sequence[Watch]) -> list[History]:
    """Train to the end, kept as `group` says; the watchers of each part are told of it, progress of all."""
    with keeping(run, validations, group) as keeper, contextlib.ExitStack() as stack:
        silent = [dataclasses.replace(part, progress=None) for part in parts]
        tells = [stack.enter_context(part.opened(run.step)) for part in silent]
        while not run.finished:
            if run.due:
                run.evaluate(validations, lambda i, view: tells[i](view))
                group(*run.report())
            else:
                run.advance(keeper.due)
            keeper.look()
    return run.close()


def _share(watch: Watch, start: int, size: int, count: int) -> Progress:
    """Progress of `size` members as a share of all `count`, those before `start` being done."""

    def report(step: int, total: int, message: str) -> None:
        each = total // size
        watch(start * each + step, count * each, message)

    return report
