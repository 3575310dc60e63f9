"""Surrogates of rows that depend on their predecessors: circular shifts.

A circular shift of x keeps how x depends on its own past and breaks only what ties it to the rest: R. G.
Andrzejak et al., "Bivariate surrogate techniques: necessity, strengths, and caveats", Physical Review E 68,
066202 (2003), doi:10.1103/PhysRevE.68.066202. How long the rows of a block are, and what they do to an error,
stands in `infonats.data.blocks`.

A test draws from all shifts, those within a block too. They are a group: where nothing ties two series that are
stationary around the circle, the values of all n shifts are too, and the rank of the one as given among any
sample of the others is uniform (A. Hemerik, J. Goeman, TEST 27, 811-825, 2018, doi:10.1007/s11749-017-0571-1).
Leaving near shifts out, for they find much of what they are to be compared with, breaks this: values of
slow series go up and down together, a peak at 0 is compared with no value of the same peak, and p-values are
too small, the more so the fewer peaks there are. What is left of that is what the seam between the last and the
first row does. The price is paid where x and y are tied closest some rows off: shifts up to twice as far count
against them. A mean of what surrogates give is another matter: for that, `apart` tells the far ones.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int

from infonats._random import spawn
from infonats.data.blocks import block_length
from infonats.errors import InputError
from infonats.quantities._variables import Variables


def rearranged(variables: Variables, count: int, block: int, seed: int) -> Iterator[Variables]:
    """`count` copies with the rows of the first variable in the `orders` of these numbers."""
    first = variables.blocks[0]
    for order in orders(len(variables), count, block, seed):
        yield dataclasses.replace(variables, blocks=(first[order], *variables.blocks[1:]))


def orders(n: int, count: int, block: int, seed: int) -> Iterator[Int[np.ndarray, "n"]]:
    """`count` permutations of n rows, or circular shifts where `block` > 1.

    Shifts are drawn without repetition from all but that by no row. Raises InputError where the rows allow
    fewer than `count`.
    """
    if block == 1:
        return (np.random.default_rng(state).permutation(n) for state in spawn(seed, count))
    return ((np.arange(n) - shift) % n for shift in shifts(n, count, seed))


def apart(n: int, count: int, block: int, seed: int) -> Bool[np.ndarray, "count"]:
    """Which of the `orders` of these numbers move rows by at least `block`, either way: all permutations.

    Raises InputError where none does.
    """
    if block == 1:
        return np.ones(count, dtype=bool)
    by = shifts(n, count, seed)
    far = (by >= block) & (by <= n - block)
    if not far.any():
        raise InputError(
            f"None of {count} circular shifts of {n} rows is by a block of {block} rows or more. Ask for more, "
            "or give a smaller block or a longer series."
        )
    return far


def shifts(n: int, count: int, seed: int) -> Int[np.ndarray, "count"]:
    """By how many rows the shifts of `orders` are, 1 .. n - 1, none twice. Raises InputError as that does."""
    if count >= n:
        raise InputError(
            f"{n} rows allow {n - 1} circular shifts, and {count} were asked for. Ask for fewer, or give a "
            "longer series."
        )
    return 1 + np.random.default_rng(spawn(seed, 1)[0]).permutation(n - 1)[:count]


def slowest(variables: Variables, block: int | str) -> int:
    """The block length for surrogates: `block` itself, or by the rule for the slowest column of all."""
    return int(block) if block != "auto" else max(map(block_length, variables.blocks))
