"""The keywords that every quantity takes, sorted from the parameters of its method."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform._ties import refuse_discrete
from infonats.data import discrete_columns
from infonats.errors import InputError, unknown_name
from infonats.quantities._counts import by_counts
from infonats.quantities._determinants import by_determinants
from infonats.quantities._locals import Local
from infonats.quantities._neighbours import by_neighbours
from infonats.quantities._variables import Variables

NATIVE: dict[str, Callable[..., Local]] = {
    "ksg": partial(by_neighbours, mixed=False),
    "mixed_ksg": partial(by_neighbours, k=5, mixed=True),
    "gaussian": partial(by_determinants, scores=False),
    "gaussian_copula": partial(by_determinants, scores=True),
    "discrete": by_counts,
}
"""The methods that add entropies up; every other method of the registry adds informations up."""

_FIXED = {"variables", "coefficients", "mixed", "scores", "seed"}
MANY_COLUMNS = 6
NEIGHBOURS = 3


@dataclasses.dataclass(frozen=True)
class Settings:
    """How to measure: `method`, its `parameters`, and what concerns no method in particular."""

    method: str = "auto"
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    seed: int = 0
    drop_missing: bool = False
    progress: Progress | None = None
    why: str | None = None

    @classmethod
    def of(cls, method: str, keywords: Mapping[str, Any]) -> Self:
        """Take seed, drop_missing and progress out of the `keywords`; the rest are the method's."""
        own = {name: keywords[name] for name in ("seed", "drop_missing", "progress") if name in keywords}
        check_seed(own.get("seed", 0))
        return cls(method, {name: value for name, value in keywords.items() if name not in own}, **own)

    def chosen(self, variables: Variables) -> "Settings":
        """The settings with "auto" replaced by a method that suits the variables."""
        if self.method != "auto":
            return self
        method, why = choose(variables)
        return dataclasses.replace(self, method=method, why=why)

    def native(self) -> Callable[..., Local] | None:
        """The function that measures with these settings, or None where the method knows only I(A;B)."""
        if self.method not in NATIVE:
            return None
        measure = NATIVE[self.method]
        allowed = [name for name in inspect.signature(measure).parameters if name not in _FIXED]
        for name in self.parameters:
            if name not in allowed:
                raise unknown_name("parameter", name, allowed, f" of {self.method}")
        seeded = {"seed": self.seed} if "ksg" in self.method else {}
        return partial(measure, **self.parameters, **seeded)


def choose(variables: Variables) -> tuple[str, str]:
    """The method that "auto" takes, and why: counts, neighbours with atoms, neighbours, or the Gaussian copula.

    Beyond six columns neighbours lose more than a copula that sees monotone dependence only.
    """
    discrete = [len(discrete_columns(block)) for block in variables.blocks]
    if sum(discrete) == variables.columns:
        return "discrete", "chosen because every column looks discrete"
    if any(discrete):
        return "mixed_ksg", "chosen because some columns look discrete and some continuous"
    if variables.columns > MANY_COLUMNS:
        return "gaussian_copula", (
            f"chosen because {variables.columns} continuous columns are many for nearest neighbours; it sees "
            "monotone dependence only"
        )
    try:
        everything = variables.joint(tuple(range(len(variables.blocks))))
        refuse_discrete(everything[:, :1], everything[:, 1:], NEIGHBOURS)
    except InputError:
        return "mixed_ksg", "chosen because values repeat too often for ksg"
    return "ksg", f"chosen because the {variables.columns} columns are continuous and few"
