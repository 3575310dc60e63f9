"""The run of a grid: what is not in the store yet is measured, and each record kept at once."""

import dataclasses
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from itertools import islice

import numpy as np

from infonats._types import Progress
from infonats.benchmark.cell import Cell
from infonats.benchmark.methods import resolve
from infonats.benchmark.pool import Pool, pool
from infonats.benchmark.record import Record, failure
from infonats.benchmark.store import Store
from infonats.errors import InputError
from infonats.tasks import make


@dataclasses.dataclass(frozen=True)
class RunConfig:
    """How to run: `workers` processes, or a Dask cluster at `scheduler`; at most `timeout` seconds a cell.

    `retry` measures again the cells that failed or took too long before.
    """

    workers: int = 1
    timeout: float | None = None
    scheduler: str | None = None
    retry: bool = False

    def __post_init__(self) -> None:
        if self.timeout is not None and not self.timeout > 0:
            raise InputError(f"timeout is {self.timeout!r}; give seconds, more than 0, or none.")


def run(
    cells: Iterable[Cell], store: Store, config: RunConfig = RunConfig(), progress: Progress | None = None
) -> int:
    """Measure the cells that `store` lacks and return how many; killed at any moment, call it again.

    A cell that fails is recorded with its reason and stops nothing. Raises UnknownNameError or InputError
    before any work where a task or method does not exist, StoreError where results cannot be kept.
    """
    wanted = list(dict.fromkeys(cells))
    check_names(wanted)
    finished = store.finished(config.retry)
    todo = [cell for cell in wanted if cell not in finished]
    done = len(wanted) - len(todo)
    with pool(config.workers, config.scheduler) as team:
        for record in _records(_apart(todo), team, store, config):
            store.add(record, replace=config.retry)
            done += 1
            if progress:
                progress(done, len(wanted), _words(record))
    return len(todo)


def check_names(cells: Iterable[Cell]) -> None:
    """Raise where a task or method of the cells does not exist."""
    for task in dict.fromkeys(cell.task for cell in cells):
        make(task)
    for method in dict.fromkeys(cell.method for cell in cells):
        resolve(method)


def _records(todo: list[Cell], team: Pool, store: Store, config: RunConfig) -> Iterator[Record]:
    """The records as they come, with a cell in each slot at all times."""
    # A cell that another run on the same store has finished meanwhile is not begun.
    waiting = (cell for cell in todo if config.retry or cell not in store)
    flying: dict[Future[Record], Cell] = {}
    while True:
        flying |= {team.submit(c, config.timeout): c for c in islice(waiting, team.slots - len(flying))}
        if not flying:
            return
        for future in wait(flying, return_when=FIRST_COMPLETED).done:
            cell, error = flying.pop(future), future.exception()
            if isinstance(error, team.lost):
                raise error
            yield failure(cell, f"{type(error).__name__}: {error}") if error else future.result()


def _apart(cells: list[Cell]) -> list[Cell]:
    """In an order of this process's own: two runs on one store seldom begin the same cell, and the time left
    is foretold from cells of all kinds. No result depends on the order.
    """
    return [cells[i] for i in np.random.default_rng(os.getpid()).permutation(len(cells))]


def _words(record: Record) -> str:
    """What came of a cell, for the progress bar."""
    outcome = f"{record.value:.3f} of {record.truth:.3f}" if record.value is not None else record.status
    return f"{record.method}, {record.task}, n {record.n}: {outcome}"
