"""From a seed outside to generators inside. Nothing global is ever seeded."""

from typing import TYPE_CHECKING

import numpy as np

from infonats.errors import InputError

if TYPE_CHECKING:
    import torch


def check_seed(seed: int | np.integer) -> int:
    """Return `seed` if it is a whole number in [0, 2**63), else say what is allowed."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**63:
        raise InputError(f"seed is {seed!r}; it must be a whole number from 0 to 2**63 - 1.")
    return int(seed)


def torch_generator(seed: int | np.integer) -> "torch.Generator":
    """A fresh CPU generator, a function of `seed` alone."""
    import torch

    return torch.Generator().manual_seed(check_seed(seed))


def spawn(seed: int | np.integer, count: int) -> list[int]:
    """`count` independent seeds derived from `seed`: for folds, members and stages."""
    states = np.random.SeedSequence(check_seed(seed)).generate_state(count, np.uint64)
    return [int(state >> np.uint64(1)) for state in states]
