"""Plain type aliases, free of torch."""

from collections.abc import Callable
from typing import Literal, TypeAlias

Side: TypeAlias = Literal["lower", "upper", "none"]
"""What a value guarantees in expectation at a fixed critic: a lower bound, an upper bound, neither."""

Invariance: TypeAlias = Literal["none", "shift", "row shift"]
"""Which offsets leave a value unchanged: none; a constant c; any c(x). What is unchanged is not learned."""

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called now and then as progress(step, total, message); raising from it stops the work."""

Needs: TypeAlias = Literal["nothing", "x", "pair"]
"""What the learned baseline of a bound is a function of: there is none; x alone; x and y."""
