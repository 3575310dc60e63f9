"""Surrogates of rows that depend on their predecessors: circular shifts.

A circular shift of x, by a random number of rows of at least b either way, keeps how x depends on its own past
and breaks only what ties it to the rest: R. G. Andrzejak et al., "Bivariate surrogate techniques: necessity,
strengths, and caveats", Physical Review E 68, 066202 (2003), doi:10.1103/PhysRevE.68.066202. How long the rows
of a block are, and what they do to an error, stands in `infonats.data.blocks`.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

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

    Shifts are drawn without repetition, at least `block` rows either way. Raises InputError where the rows
    allow fewer shifts than `count`.
    """
    if block == 1:
        return (np.random.default_rng(state).permutation(n) for state in spawn(seed, count))
    allowed = np.arange(block, n - block + 1)
    if len(allowed) < count:
        raise InputError(
            f"{n} rows in blocks of {block} allow {len(allowed)} circular shifts, and {count} were "
            "asked for. Ask for fewer, or give a longer series."
        )
    shifts = np.random.default_rng(spawn(seed, 1)[0]).permutation(allowed)[:count]
    return ((np.arange(n) - shift) % n for shift in shifts)


def slowest(variables: Variables, block: int | str) -> int:
    """The block length for surrogates: `block` itself, or by the rule for the slowest column of all."""
    return int(block) if block != "auto" else max(map(block_length, variables.blocks))
