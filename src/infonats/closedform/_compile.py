"""Compiled functions: numba, with an on-disk cache where there is a place for it.

Nothing imports this module but the kernels, and nothing imports those before there is enough work
(`_fast`): numba takes half a second to import.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numba


def compiled(function: Callable[..., Any]) -> Any:
    """The function as machine code, compiled at its first call for the types it is given.

    The order of arithmetic is kept, so that results are those of the same Python. No lock is held while it
    runs. Where nothing can be written (a read-only installation without a home), it compiles every time.
    """
    # The shape checks of the tests wrap every function of the package; numba needs what they wrap.
    bare = inspect.unwrap(function)
    options = {"nogil": True, "error_model": "numpy", "forceinline": bare.__name__.startswith("_")}
    try:
        return numba.njit(cache=True, **options)(bare)
    except RuntimeError:  # numba found no directory for the cache
        return numba.njit(**options)(bare)
