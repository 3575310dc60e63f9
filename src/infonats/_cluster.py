"""A connection to a Dask cluster whose troubles are sentences."""

import contextlib
import logging
from collections.abc import Iterator
from concurrent.futures import CancelledError
from typing import Any

from infonats.errors import EstimationError, InputError

ANSWER = 20
"""Seconds to wait for a scheduler to answer."""
WORKERS = 60
"""Seconds to wait for its first worker."""


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """A `distributed.Client` of the scheduler at `address` (``tcp://host:8786``), which has a worker.

    Raises InputError where the package is missing, no scheduler answers, or no worker comes; EstimationError
    where the cluster is lost within the block. Dask's own account of it, several pages, is not logged.
    """
    try:
        from distributed import KilledWorker
    except ImportError:
        raise InputError(
            "A Dask cluster was named, and the package 'distributed' is not installed; install it by "
            "pip install 'infonats[distributed]', or name no scheduler."
        ) from None
    with _unlogged(), _client(address) as client:
        try:
            yield client
        except (KilledWorker, *lost()) as error:
            what = "its workers died" if isinstance(error, KilledWorker) else "the scheduler is gone"
            raise EstimationError(
                f"The Dask cluster at '{address}' was lost: {what}. Start it again and give the same command; "
                "a benchmark, or a matrix with --resume, goes on where it stopped."
            ) from None


def lost() -> tuple[type[Exception], ...]:
    """What a future of the client raises where the scheduler is gone."""
    from distributed.comm.core import CommClosedError

    return CancelledError, CommClosedError


def _client(address: str) -> Any:
    from distributed import Client

    try:
        client = Client(address, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(
            f"No Dask scheduler answers at '{address}' ({error}). Start one by 'dask scheduler' and workers by "
            "'dask worker ADDRESS', then give its address, such as tcp://localhost:8786."
        ) from None
    try:
        client.wait_for_workers(1, timeout=WORKERS)
    except TimeoutError:
        client.close()
        raise InputError(
            f"The Dask scheduler at '{address}' has no workers, after {WORKERS} s. Start some by "
            f"'dask worker {address}' where infonats is installed, and give the same command again."
        ) from None
    return client


@contextlib.contextmanager
def _unlogged() -> Iterator[None]:
    """Within the block Dask's client logs no errors: what is raised says what happened."""
    logger = logging.getLogger("distributed.client")

    def passes(record: logging.LogRecord) -> bool:
        return record.levelno < logging.ERROR

    logger.addFilter(passes)
    try:
        yield
    finally:
        logger.removeFilter(passes)
