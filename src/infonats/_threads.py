"""How many CPU threads a piece of work uses; the caller's setting is restored afterwards."""

import contextlib
from collections.abc import Iterator

import torch
from threadpoolctl import threadpool_limits

from infonats.errors import InputError

MOST = 1024
"""More threads than any machine has use for; torch dies of some more instead of refusing."""


def check_threads(count: int | None) -> None:
    """Raise InputError unless `count` is None or a number of threads that can be asked for."""
    if count is not None and not 1 <= count <= MOST:
        raise InputError(f"threads is {count}; give 1 to {MOST}, or None to leave torch as it is set.")


@contextlib.contextmanager
def threads(count: int | None) -> Iterator[None]:
    """Run with `count` intra-operation threads (None: as they are), then restore.

    One thread is the fastest for small networks, where synchronisation costs more than the arithmetic,
    and it makes results independent of the number of cores.
    """
    before = torch.get_num_threads()
    try:
        if count is not None:
            torch.set_num_threads(count)
        yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Run torch and the linear algebra of numpy and scipy with one thread, then restore both.

    For thousands of small matrices: waking a second thread for each takes longer than the arithmetic, and far
    longer where another process has the core.
    """
    with threads(1), threadpool_limits(1, user_api="blas"):
        yield
