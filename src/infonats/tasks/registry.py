"""Every task by name, and the suites. A name may be any composition: ``spiral-normal_cdf-multinormal-...``."""

from collections.abc import Callable
from functools import partial

from infonats.errors import unknown_name
from infonats.tasks.base import Task, Truth
from infonats.tasks.catalogue import CATALOGUE
from infonats.tasks.composed import Independent
from infonats.tasks.families import (
    beyond_normal,
    discrete,
    fine,
    folders,
    images,
    independence,
    seeds,
    series,
    staircase,
    unseen,
)
from infonats.tasks.transformed import Asinh, Cubic, HalfCube, NormalCDF, Rotated, Spiral, SwissRoll, Wiggly

FAMILIES = (beyond_normal, fine, staircase, seeds, discrete, series, images, folders, unseen, independence)
BASES: dict[str, Callable[[], Task]] = {k: v for family in FAMILIES for k, v in family.BASES.items()}
"""The names that are no composition."""
PREFIXES: dict[str, Callable[[Task], Task]] = {
    "independent": Independent,
    **{c.prefix: c for c in (NormalCDF, HalfCube, Asinh, Cubic, Wiggly, SwissRoll, Spiral, Rotated)},
}
"""What may stand before a name, with a dash."""
SUITES: dict[str, tuple[str, ...]] = {k: v for family in FAMILIES for k, v in family.SUITES.items()}


def build(name: str) -> Task:
    """The task called `name` without the truth that the catalogue holds for it.

    Raises UnknownNameError, with the nearest name, where there is none.
    """
    if name in BASES:
        return BASES[name]()
    prefix, _, rest = name.partition("-")
    if prefix in PREFIXES and rest:
        return PREFIXES[prefix](build(rest))
    raise unknown_name("task", name, TASKS, "; 'infonats tasks' lists them all")


def make(name: str) -> Task:
    """The task called `name`. A Monte Carlo truth comes from the catalogue where it holds one.

    Raises UnknownNameError, with the nearest name, where there is none.
    """
    task = build(name)
    if not task.exact and name in CATALOGUE:
        task.remember(Truth(CATALOGUE[name].mutual_information, CATALOGUE[name].stderr))
    return task


TASKS: dict[str, Callable[[], Task]] = {
    name: partial(make, name) for suite in SUITES.values() for name in suite
}
"""Builders of all tasks that stand in a suite."""
