"""How many CPU threads a piece of work uses; the caller's setting is restored afterwards."""

import contextlib
from collections.abc import Iterator

import torch


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
