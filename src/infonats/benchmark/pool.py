"""Where cells are measured: in processes here, or on the machines of a Dask cluster. One interface for both."""

import contextlib
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import Any, cast

from infonats._cluster import connected, lost
from infonats.benchmark.cell import Cell
from infonats.benchmark.record import Record
from infonats.benchmark.worker import Worker
from infonats.errors import InputError

RETRIES = 3
"""How often a cell is given to another machine when the one that had it is lost."""


class Pool:
    """`slots` cells at once; `submit` gives a future of the record. Errors of kinds `lost` are no cell's."""

    def __init__(
        self, executor: Executor, slots: int, measure: Any, lost: tuple[type[Exception], ...] = ()
    ) -> None:
        self._executor, self._measure, self.slots, self.lost = executor, measure, slots, lost

    def submit(self, cell: Cell, timeout: float | None) -> "Future[Record]":
        """Begin a cell as soon as there is room."""
        return self._executor.submit(self._measure, cell, timeout)


@contextlib.contextmanager
def pool(workers: int, scheduler: str | None) -> Iterator[Pool]:
    """`workers` processes on this machine, or all threads of the cluster at the address `scheduler`."""
    with _cluster(scheduler) if scheduler else _local(workers) as made:
        yield made


@contextlib.contextmanager
def _local(workers: int) -> Iterator[Pool]:
    if workers < 1:
        raise InputError(f"workers is {workers}; give 1 or more.")
    team = [Worker() for _ in range(workers)]
    free: queue.SimpleQueue[Worker] = queue.SimpleQueue()
    for worker in team:
        free.put(worker)

    def measure(cell: Cell, timeout: float | None) -> Record:
        worker = free.get()
        try:
            return worker.measure(cell, timeout)
        finally:
            free.put(worker)

    executor = ThreadPoolExecutor(workers)
    try:
        yield Pool(executor, workers, measure)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        for worker in team:
            worker.close()


@contextlib.contextmanager
def _cluster(scheduler: str) -> Iterator[Pool]:
    with connected(scheduler) as client:
        slots = sum(cast("dict[str, int]", client.nthreads()).values())
        executor = client.get_executor(retries=RETRIES, pure=False)
        try:
            yield Pool(executor, slots, measure_there, lost())
        finally:
            executor.shutdown(wait=False)


_here = threading.local()


def measure_there(cell: Cell, timeout: float | None) -> Record:
    """On a machine of the cluster: the record, measured in a process that belongs to the calling thread."""
    if not hasattr(_here, "worker"):
        _here.worker = Worker()
    return _here.worker.measure(cell, timeout)
