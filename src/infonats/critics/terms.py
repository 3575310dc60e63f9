"""What a critic's score is a sum of, for training that differentiates it by hand.

T(x, y) = offset + sum of f(a(x) + b(y)) + sum of scale u(x)'v(y).
"""

import dataclasses
from typing import Protocol, final, runtime_checkable

from torch import nn

from infonats._declared import declares


@final
@dataclasses.dataclass(frozen=True)
class Meeting:
    """f(a(x) + b(y)): a network of each side alone, `x` and `y`, and a `trunk` to one number over their sum."""

    x: nn.Module
    y: nn.Module
    trunk: nn.Module


@final
@dataclasses.dataclass(frozen=True)
class Inner:
    """scale u(x)'v(y): a network of each side alone; without one of `y`, y itself."""

    x: nn.Module
    y: nn.Module | None
    scale: float = 1.0


Term = Meeting | Inner
ENTRIES = 128 * 128
"""Of the matrix of a bilinear form, up to which it is learnt as it stands."""


@final
@dataclasses.dataclass(frozen=True)
class Terms:
    """The sum of `parts` and `offset`."""

    parts: tuple[Term, ...]
    offset: float = 0.0


def form_scale(dx: int, dy: int) -> float:
    """What x'By is multiplied by: 1 up to 16384 entries of B, then 16384 over their number.

    Adam moves every entry by about the learning rate, whatever the size of the gradient. In columns that go
    together the moves add up, and one step changes T by up to dx dy rates: for two images hundreds of nats.
    """
    return min(1.0, ENTRIES / (dx * dy))


@runtime_checkable
class Scoring(Protocol):
    """A critic."""

    def terms(self) -> Terms | None:
        """What T(x, y) is a sum of; None where it is no such sum."""
        ...


def terms_of(critic: Scoring) -> Terms | None:
    """What the critic declares, unless a subclass changed how it scores and not what it declares."""
    return critic.terms() if declares(type(critic), "terms", "forward", "all_pairs") else None
