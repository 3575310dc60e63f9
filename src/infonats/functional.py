"""Every bound as a pure function of `Scores`: `functional.nwj(scores)` is the printed equation, in nats."""

import sys
from collections.abc import Callable
from typing import Any

from infonats.bounds import BOUNDS, GENERATIVE

_FUNCTIONS = {b.name: getattr(sys.modules[b.__module__], b.name) for b in (*BOUNDS, *GENERATIVE)}


def __getattr__(name: str) -> Callable[..., Any]:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    raise AttributeError(f"module 'infonats.functional' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(_FUNCTIONS)
