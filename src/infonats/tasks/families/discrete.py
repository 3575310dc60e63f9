"""Discrete alphabets, and atoms mixed with densities."""

from functools import partial

import torch

from infonats.tasks.base import Task
from infonats.tasks.families.beyond_normal import normal, sparse
from infonats.tasks.mixed import UniformOnAtoms, ZeroInflated, ZeroInflatedPoisson
from infonats.tasks.table import Table, erasure, symmetric, zipf

COIN = torch.tensor([0.5, 0.5], dtype=torch.float64)


def binary_symmetric(error: float) -> Task:
    """A fair bit, turned with chance `error`: log 2 - H(error)."""
    return Table(symmetric(COIN, error), f"binary-symmetric-{error}", "discrete: nothing but ties")


def binary_erasure(loss: float) -> Task:
    """A fair bit, lost with chance `loss`: (1 - loss) log 2."""
    return Table(erasure(COIN, loss), f"binary-erasure-{loss}", "discrete: nothing but ties")


def zipf_letters(letters: int, error: float) -> Task:
    """A letter from Zipf's law, replaced by another one with chance `error`."""
    hard = f"discrete: {letters} letters, most of them rare"
    return Table(symmetric(zipf(letters), error), f"zipf-{letters}-{error}", hard)


def atoms(m: int) -> Task:
    """A discrete X seen through overlapping uniform noise."""
    return UniformOnAtoms(m, f"uniform-on-atoms-{m}")


def poisson(p: float) -> Task:
    """Counts of an exponential rate, with added zeros."""
    return ZeroInflatedPoisson(p, f"zero-inflated-poisson-{p}")


BASES = {
    **{f"binary-symmetric-{error}": partial(binary_symmetric, error) for error in (0.0, 0.11, 0.5)},
    **{f"binary-erasure-{loss}": partial(binary_erasure, loss) for loss in (0.25, 0.5)},
    **{f"zipf-{k}-0.2": partial(zipf_letters, k, 0.2) for k in (10, 100, 1000)},
    **{f"uniform-on-atoms-{m}": partial(atoms, m) for m in (5, 20)},
    **{f"zero-inflated-poisson-{p}": partial(poisson, p) for p in (0.0, 0.15)},
    "zero-inflated-0.3-1v1-normal-0.8": lambda: ZeroInflated(normal(0.8), 0.3),
    "zero-inflated-0.5-multinormal-sparse-5-5-2-2.0": lambda: ZeroInflated(sparse(5), 0.5),
}
_MIXED = tuple(name for name in BASES if name.startswith(("uniform", "zero")))
SUITES = {"discrete": tuple(name for name in BASES if name not in _MIXED), "mixed": _MIXED}
