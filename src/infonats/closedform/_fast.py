"""When compiled code pays: like skis, it is rented until the rent equals the price.

Importing numba and reading machine code from its cache takes about half a second; without a cache, compiling
takes about ten. So the plain path (SciPy) is taken until a process has spent about so long on it, and the
compiled one from then on: never much slower than the better of the two, and `infonats estimate` on a small
table never waits for a compiler. Both give the same numbers, bit by bit; a property test compares them.
"""

import importlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

CACHED, UNCACHED = 0.5, 10.0
"""Seconds until compiled code is ready."""
SHARE = 20_000
"""Points for which another thread pays."""


class Engine:
    """A module of kernels that is imported once the work asked of it would have paid for it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._spent = 0.0
        self._absent = False
        self._kernels: ModuleType | None = None

    def after(self, seconds: float) -> ModuleType | None:
        """The kernels, or None while plain work of so many `seconds` more is cheaper."""
        if self._kernels is None and not self._absent:
            self._spent += seconds
            if self._spent >= self._price():
                self._load()
        return self._kernels

    def _price(self) -> float:
        cache = Path(__file__).parent / "__pycache__"
        return CACHED if any(cache.glob(f"{self._name}.*.nbi")) else UNCACHED

    def _load(self) -> None:
        try:
            self._kernels = importlib.import_module(f"infonats.closedform.{self._name}")
        except ImportError:  # numba is missing, or does not support this Python or NumPy
            self._absent = True


def plain_seconds(m: int, d: int) -> float:
    """About how long the plain path takes for m points in d columns."""
    return m * 1e-6 * 1.6 ** min(d, 10)


def workers(points: int) -> int:
    """How many threads to use: the cores this process may run on, or OMP_NUM_THREADS; one for little work."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limit = os.environ.get("OMP_NUM_THREADS", "")
    if limit.isdecimal() and int(limit) > 0:
        available = min(available, int(limit))
    return max(1, min(available, points // SHARE))


def in_parts(points: int, work: Callable[[int, int], None]) -> None:
    """Call `work(first, last)` for parts of the points, in threads. What it writes must not overlap."""
    count = workers(points)
    if count == 1:
        return work(0, points)
    parts = 4 * count  # parts differ in their work; small ones even that out
    cuts = [points * part // parts for part in range(parts + 1)]
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(work, cuts[:-1], cuts[1:]))
