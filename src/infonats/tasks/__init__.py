"""Tasks: distributions that know their own mutual information, and transformations that keep it.

    task = tasks.make("spiral-multinormal-sparse-3-3-2-2.0")
    x, y = task.sample(1000, torch.Generator().manual_seed(0))
    task.mutual_information  # nats

Names load on first use; the list of tasks (`catalogue`) needs no torch.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from infonats.tasks import covariances
    from infonats.tasks.additive import AdditiveUniform
    from infonats.tasks.base import Task, Truth, monte_carlo
    from infonats.tasks.composed import Blocks, Independent, repeated
    from infonats.tasks.elliptical import Elliptical
    from infonats.tasks.mixture import Mixture
    from infonats.tasks.multinormal import Multinormal
    from infonats.tasks.registry import SUITES, TASKS, make
    from infonats.tasks.student import Student
    from infonats.tasks.transformed import (
        Asinh,
        Bimodal,
        Cubic,
        HalfCube,
        NormalCDF,
        Rotated,
        Spiral,
        SwissRoll,
        Transformed,
        Wiggly,
    )

_HOME = {
    "base": ("Task", "Truth", "monte_carlo"),
    "additive": ("AdditiveUniform",),
    "composed": ("Blocks", "Independent", "repeated"),
    "elliptical": ("Elliptical",),
    "mixture": ("Mixture",),
    "multinormal": ("Multinormal",),
    "registry": ("SUITES", "TASKS", "make"),
    "student": ("Student",),
    "transformed": (
        *("Asinh", "Bimodal", "Cubic", "HalfCube", "NormalCDF", "Rotated", "Spiral", "SwissRoll"),
        *("Transformed", "Wiggly"),
    ),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

_MODULES = ("covariances",)

__all__ = [
    "SUITES",
    "TASKS",
    "AdditiveUniform",
    "Asinh",
    "Bimodal",
    "Blocks",
    "Cubic",
    "Elliptical",
    "HalfCube",
    "Independent",
    "Mixture",
    "Multinormal",
    "NormalCDF",
    "Rotated",
    "Spiral",
    "Student",
    "SwissRoll",
    "Task",
    "Transformed",
    "Truth",
    "Wiggly",
    "covariances",
    "make",
    "monte_carlo",
    "repeated",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"infonats.tasks.{name}")
    if name in _MODULE:
        return getattr(importlib.import_module(f"infonats.tasks.{_MODULE[name]}"), name)
    raise AttributeError(f"module 'infonats.tasks' has no attribute '{name}'")
