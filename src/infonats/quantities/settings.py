"""The keywords that every quantity takes, sorted from the parameters of its method."""

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Self

import numpy as np

from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform._ties import refuse_discrete
from infonats.closedform.neighbours import check_k
from infonats.data.blocks import check_block
from infonats.errors import InputError, unknown_name
from infonats.estimators import info_of, make
from infonats.estimators.base import Estimator
from infonats.estimators.choice import CHOICES, labelled, rounded_off, ties_beside_atoms
from infonats.estimators.choice import choose as choose_for_pairs
from infonats.estimators.parameters import checked
from infonats.quantities._counts import by_counts
from infonats.quantities._determinants import by_determinants
from infonats.quantities._locals import Local
from infonats.quantities._neighbours import by_neighbours, by_spread
from infonats.quantities._variables import Variables

NATIVE: dict[str, Callable[..., Local]] = {
    "ksg": partial(by_neighbours, mixed=False),
    "mixed_ksg": partial(by_neighbours, k=5, mixed=True),
    "rounded_ksg": by_spread,
    "gaussian": partial(by_determinants, scores=False),
    "gaussian_copula": partial(by_determinants, scores=True),
    "discrete": by_counts,
}
"""The methods that add entropies up; every other method of the registry adds informations up."""

_OWN = ("seed", "drop_missing", "progress", "block")
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
    block: int | str = 1
    """Rows that depend on each other stand in blocks of so many (see `infonats.data.blocks`)."""

    @classmethod
    def of(cls, method: str, keywords: Mapping[str, Any]) -> Self:
        """Take seed, drop_missing, progress and block out of the `keywords`; the rest are the method's."""
        own = {name: keywords[name] for name in _OWN if name in keywords}
        check_seed(own.get("seed", 0))
        check_block(own.get("block", 1))
        return cls(method, {name: value for name, value in keywords.items() if name not in own}, **own)

    def chosen(self, variables: Variables) -> "Settings":
        """The settings with "auto" replaced by a method that suits the variables."""
        method, why = choose(variables) if self.method in CHOICES else (self.method, self.why)
        if variables.text and method in NATIVE and not info_of(method).text:
            raise InputError(
                f"Text, of which {method} can make nothing: {variables.text}. Words have neither order nor "
                "distance; use mixed_ksg, which sets them equally far apart, or discrete where all columns "
                "take few values."
            )
        return dataclasses.replace(self, method=method, why=why)

    def estimator(self) -> Estimator:
        """The estimator of I(A;B) with these parameters and this seed. Raises as `make` does."""
        estimator = make(self.method, **self.parameters)
        if "seed" in estimator.get_params():
            estimator.set_params(seed=self.seed)
        return estimator

    def native(self) -> Callable[..., Local] | None:
        """The function that measures with these settings, or None where the method knows only I(A;B)."""
        if self.method not in NATIVE:
            return None
        measure = NATIVE[self.method]
        known = inspect.signature(measure).parameters.items()
        defaults = {name: parameter.default for name, parameter in known if name not in _FIXED}
        for name in self.parameters:
            if name not in defaults:
                raise unknown_name("parameter", name, defaults, f" of {self.method}")
        given = {name: checked(name, value, defaults[name]) for name, value in self.parameters.items()}
        if "k" in given:
            check_k(given["k"])
        seeded = {"seed": self.seed} if "ksg" in self.method else {}
        return partial(measure, **given, **seeded)


def choose(variables: Variables) -> tuple[str, str]:
    """The method that "auto" takes, and why.

    For two variables what "auto-closed" takes in `infonats.mutual_information`. For more, counts, neighbours
    with atoms, neighbours, or the Gaussian copula: beyond six columns neighbours lose more than a copula that
    sees monotone dependence only. Where a continuous column's values repeat too often for either kind of
    neighbours, these are spread over what rounds to them.
    """
    if len(variables.blocks) == 2:
        return choose_for_pairs(variables.pairs((0,), (1,)), "auto-closed")
    discrete = sum(variables.discrete(i) for i in range(len(variables.blocks)))
    if discrete == variables.columns:
        return "discrete", "chosen because every column looks discrete"
    if _repeats(variables):
        return "rounded_ksg", "chosen because values repeat as if rounded"
    if discrete:
        return "mixed_ksg", "chosen because some columns look discrete and some continuous"
    if variables.columns > MANY_COLUMNS:
        return "gaussian_copula", (
            f"chosen because {variables.columns} continuous columns are many for nearest neighbours; it sees "
            "monotone dependence only"
        )
    return "ksg", f"chosen because the {variables.columns} columns are continuous and few"


def _repeats(variables: Variables) -> bool:
    """Whether neighbours would refuse a continuous column, or all together, for their ties."""
    everything = tuple(range(len(variables.blocks)))
    joint = variables.pairs(everything, everything)
    labels = labelled(joint.x, joint.x_levels)
    if labels:
        beside = np.delete(joint.x, list(labels), 1)
        return rounded_off(beside) or ties_beside_atoms(beside)
    try:
        refuse_discrete(joint.x[:, :1], joint.x[:, 1:], NEIGHBOURS)
    except InputError:
        return True
    return False
