"""Plain type aliases, free of torch."""

from collections.abc import Callable
from typing import Literal, TypeAlias

Side: TypeAlias = Literal["lower", "upper", "none"]
"""What a value guarantees in expectation at a fixed critic: a lower bound, an upper bound, neither."""

Invariance: TypeAlias = Literal["none", "shift", "row shift"]
"""Which offsets leave a value unchanged: none; a constant c; any c(x). What is unchanged is not learned."""

Values: TypeAlias = Literal["labels", "mixed", "untied", "any"]
"""What columns a method is made for: "labels", or few distinct values, alone; these "mixed" with continuous
ones; continuous ones of which no two values are equal ("untied": equal ones are told apart at random); "any"
other."""

Bias: TypeAlias = Literal["cells", "training", "corrected", "neighbours", "halfway", "densities", "other"]
"""How what a method misses on n rows falls with n: like 1 / n, of counts in "cells" and of what "training" a
critic misses; it is "corrected"; far slower in many columns, of "neighbours"; read off "halfway" between rows
fitted to and rows left out; little, of "densities"; in some "other" way."""

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called now and then as progress(step, total, message); raising from it stops the work."""

Needs: TypeAlias = Literal["nothing", "x", "pair"]
"""What the learned baseline of a bound is a function of: there is none; x alone; x and y."""
