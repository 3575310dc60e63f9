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


@final
@dataclasses.dataclass(frozen=True)
class Terms:
    """The sum of `parts` and `offset`."""

    parts: tuple[Term, ...]
    offset: float = 0.0


@runtime_checkable
class Scoring(Protocol):
    """A critic."""

    def terms(self) -> Terms | None:
        """What T(x, y) is a sum of; None where it is no such sum."""
        ...


def terms_of(critic: Scoring) -> Terms | None:
    """What the critic declares, unless a subclass changed how it scores and not what it declares."""
    return critic.terms() if declares(type(critic), "terms", "forward", "all_pairs") else None
