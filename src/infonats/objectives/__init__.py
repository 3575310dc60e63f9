"""Objectives: differentiable losses over batches of pairs, for any training loop.

Every bound is here under its own name as a function of a critic: `InfoNCE(critic)`, `NWJ(critic)`, ...;
and what is read off fitted densities: `DoE(conditional, marginal)`, `CLUB(conditional)`, ...
"""

from collections.abc import Callable
from typing import Any

from infonats.bounds import BOUNDS, Bound
from infonats.critics import Critic
from infonats.negatives import Negatives
from infonats.objectives.base import Objective, Step
from infonats.objectives.contrastive import Contrastive
from infonats.objectives.fitting import Fitting
from infonats.objectives.hybrid import Joint, OverRows
from infonats.objectives.large_batch import LargeBatch
from infonats.objectives.likelihood import BA, CLUB, GM, PQ, VCLUBS, VUB, DoE, L1Out, Likelihood

__all__ = [
    "BA",
    "CLUB",
    "GM",
    "PQ",
    "VCLUBS",
    "VUB",
    "Contrastive",
    "DoE",
    "Fitting",
    "Joint",
    "L1Out",
    "LargeBatch",
    "Likelihood",
    "Objective",
    "OverRows",
    "Step",
]


def _constructor(bound: type[Bound]) -> Callable[..., Contrastive]:
    def build(critic: Critic, negatives: Negatives | None = None, **parameters: Any) -> Contrastive:
        return Contrastive(critic, bound(**parameters), negatives)

    build.__name__ = build.__qualname__ = bound.__name__
    build.__doc__ = (
        f"The `{bound.name}` objective of a critic: {bound.summary}. Negatives: all pairs by default. "
        "A baseline that the bound needs is learned along, by a copy of the critic."
    )
    return build


_CONSTRUCTORS = {bound.__name__: _constructor(bound) for bound in BOUNDS}


def __getattr__(name: str) -> Callable[..., Contrastive]:
    if name in _CONSTRUCTORS:
        return _CONSTRUCTORS[name]
    raise AttributeError(f"module 'infonats.objectives' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted([*__all__, *_CONSTRUCTORS])
