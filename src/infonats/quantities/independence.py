"""Permutation tests: independence, and independence given z.

Given z, a plain permutation of x would destroy its dependence on z. The local permutation exchanges x only
between rows that are neighbours in z, each row preferring a neighbour whose x is not yet taken: J. Runge,
"Conditional independence testing based on a nearest-neighbor estimator of conditional mutual information",
AISTATS 2018, arXiv:1709.01447. Where z takes few values, x is permuted among rows of equal z, and the test is
exact; elsewhere it is approximate, and errs where x changes with z within a neighbourhood.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from infonats._random import spawn
from infonats.closedform._columns import Scale, codes
from infonats.closedform.neighbours import nearest
from infonats.errors import InputError
from infonats.quantities._variables import Variables

NEIGHBOURS = 5
FEWEST = 19


def p_value(value: float, nulls: Sequence[float]) -> float:
    """(1 + #{null >= value}) / (1 + permutations): never 0, and valid at any number of permutations."""
    return sequential_p(value, nulls)[0]


def sequential_p(value: float, nulls: Iterable[float], exceedances: int = 0) -> tuple[float, int]:
    """The p-value, and how many of the `nulls` were asked for.

    All of them; or with `exceedances` h only until h of them reach the value, say after m, when p = h / m:
    the first of m exchangeable values is among the h highest with probability h / m at most (J. Besag, P.
    Clifford, "Sequential Monte Carlo p-values", Biometrika 78, 301-304, 1991, doi:10.1093/biomet/78.2.301).
    Where nothing is to be found, few permutations show it.
    """
    reached = drawn = 0
    for drawn, null in enumerate(nulls, 1):
        reached += bool(null >= value)
        if exceedances and reached == exceedances:
            return reached / drawn, drawn
    return (1 + reached) / (1 + drawn), drawn


def check_exceedances(count: int) -> int:
    """Return `count` if it is a whole number of at least 0. Raises InputError otherwise."""
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 0:
        raise InputError(
            f"exceedances is {count!r}; it must be 0, for all permutations, or the whole number of "
            "permutations that reach the value before a test is over. 10 is a good start."
        )
    return int(count)


def check_permutations(count: int, what: str = "permutations") -> int:
    """Return `count` if at least 19, with which p = 0.05 can be reached. Raises InputError otherwise.

    `what` is what the caller's parameter is called.
    """
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < FEWEST:
        raise InputError(
            f"{what} is {count!r}; it must be a whole number of at least {FEWEST}, because p is never below "
            f"1 / (1 + {what}). 199 is a good start."
        )
    return int(count)


def local_permutations(variables: Variables, count: int, seed: int) -> Iterator[Variables]:
    """`count` copies of x, y, z with x permuted among rows of near or equal z, a function of `seed` alone.

    Raises InputError for fewer than 19, and for fewer rows than neighbours.
    """
    x, _, z = variables.blocks
    in_strata = variables.discrete(2) == z.shape[1]
    groups = codes(z) if in_strata else _neighbours_of(z)
    for state in spawn(seed, check_permutations(count)):
        rng = np.random.default_rng(state)
        order = _within(groups, rng) if in_strata else _exchange(groups, rng)
        yield dataclasses.replace(variables, blocks=(x[order], *variables.blocks[1:]))


def _neighbours_of(z: np.ndarray) -> np.ndarray:
    """For each row itself and its nearest in z, shape (n, 1 + NEIGHBOURS)."""
    if len(z) <= NEIGHBOURS:
        raise InputError(
            f"There are {len(z)} rows; local permutation needs more than {NEIGHBOURS}. Give more rows."
        )
    rows = Scale.of(z, "z")(z)
    return np.hstack([np.arange(len(z))[:, None], nearest(rows, rows, NEIGHBOURS)[1]])


def _within(strata: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random permutation of the rows within each stratum."""
    place = np.argsort(strata, kind="stable")
    drawn = np.lexsort((rng.random(len(strata)), strata))
    order = np.empty_like(place)
    order[place] = drawn
    return order


def _exchange(near: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each row a neighbour, in random order, one that no other row has taken where there is one."""
    choices = rng.permuted(near, axis=1).tolist()
    order, used = np.empty(len(choices), dtype=np.int64), [False] * len(choices)
    for i in rng.permutation(len(choices)).tolist():
        order[i] = next((j for j in choices[i] if not used[j]), choices[i][-1])
        used[order[i]] = True
    return order
