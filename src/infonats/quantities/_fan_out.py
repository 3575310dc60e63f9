"""The same function over many blocks of work: here, on all cores, or on a Dask cluster."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from typing import Any, TypeVar

from infonats._cluster import connected
from infonats.errors import EstimationError, InputError

Block = TypeVar("Block")
Result = TypeVar("Result")


def fan_out(
    work: Callable[[Any, Block], Result],
    shared: Any,
    blocks: Sequence[Block],
    n_jobs: int,
    scheduler: str | None,
) -> Iterator[Result]:
    """Yield work(shared, block) for each block as it is finished, in any order.

    n_jobs: processes, -1 for one on each core; 1 works in this process. scheduler: the address of a Dask
    scheduler (``tcp://host:8786``), whose workers need infonats too; `shared` travels there once. Raises
    InputError for an n_jobs of 0 and for a scheduler that does not answer or has no workers, EstimationError
    where a process of this machine or the cluster is lost, or memory runs out.
    """
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, int) or n_jobs == 0:
        raise InputError(f"n_jobs is {n_jobs!r}; give a number of processes, or -1 for one on each core.")
    if scheduler is not None:
        yield from _on_dask(work, shared, blocks, scheduler)
    elif n_jobs == 1 or len(blocks) < 2:
        for block in blocks:
            yield work(shared, block)
    else:
        from joblib import Parallel, delayed

        parallel = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
        found: Any = parallel(delayed(work)(shared, block) for block in blocks)
        try:
            yield from found
        except (BrokenExecutor, MemoryError) as error:
            raise EstimationError(
                "A worker process was lost or ran out of memory, and the work stopped. Call again with fewer "
                "processes (n_jobs, --jobs); where a file keeps the progress (resume), it goes on from there."
            ) from error


def _on_dask(
    work: Callable[[Any, Block], Result], shared: Any, blocks: Sequence[Block], address: str
) -> Iterator[Result]:
    with connected(address) as client:
        from distributed import as_completed

        there = client.scatter(shared, broadcast=True)
        futures = [client.submit(work, there, block, pure=False) for block in blocks]
        for future in as_completed(futures, loop=client.loop):
            yield future.result()
