r"""Signed sums of entropies from counts of distinct rows, each with the same correction.

.. math:: \sum_A c_A \left[-\frac1n \sum_i \log \frac{n_{A,i}}{n} + b_A\right]

where n_{A,i} rows have the same values of A as row i, and b_A is what a correction of
`infonats.closedform.entropy_discrete` adds to the plug-in, (K_A - 1) / 2n for Miller and Madow. Possible
symbols of A are all combinations of those seen of its variables; shrinkage takes the weight of the joint
table for every A. For I(X;Y) this is `infonats.closedform.discrete`.
"""

import math
from collections.abc import Callable, Mapping

import numpy as np

from infonats.closedform._columns import codes
from infonats.closedform._stderr import standard_error
from infonats.closedform.discrete import BASE, SHUFFLED, by_chance, correction_for
from infonats.closedform.entropy_discrete import CORRECTIONS, none, shrinkage_weight, shrunk_entropy
from infonats.quantities._locals import Local
from infonats.quantities._variables import Set, Variables

ROWS_PER_STATE = 5


def by_counts(variables: Variables, coefficients: Mapping[Set, int], correction: str = "auto") -> Local:
    """The signed sum by counts, with a correction of CORRECTIONS. Raises UnknownNameError for another.

    "auto" is that of `infonats.closedform.discrete` for two variables, and miller_madow for any other number;
    "shuffled" is for two: the entropy of both gets what chance shows, so that I loses it.
    """
    together = len(_counted(variables, tuple(range(len(variables.blocks))))[1])
    several = correction == "auto" and len(variables.blocks) != 2
    correction = "miller_madow" if several else correction_for(correction, len(variables), together)
    n, parameters, most = len(variables), 0, 0
    entropy = _corrected(variables, correction)
    less = by_chance(*variables.blocks)[0] if correction == SHUFFLED else 0.0
    seen = [len(_counted(variables, (i,))[1]) for i in range(len(variables.blocks))]
    local = np.zeros(n)
    for members, c in coefficients.items():
        code, counts = _counted(variables, members)
        shift = entropy(counts, math.prod(seen[i] for i in members)) - none(counts, len(counts))
        shift += less if len(members) == 2 else 0.0
        local += c * (shift - np.log(counts[code] / n))
        parameters, most = parameters + c * (len(counts) - 1), max(most, len(counts))
    return Local(local, standard_error(local, degrees=abs(parameters)), _notes(n, most, correction))


def _counted(variables: Variables, members: Set) -> tuple[np.ndarray, np.ndarray]:
    """The symbol of each row, and how many rows have each."""
    code = codes(variables.joint(members))
    return code, np.bincount(code).astype(np.float64)


def _corrected(variables: Variables, correction: str) -> Callable[[np.ndarray, int], float]:
    """The entropy of counts among so many possible symbols."""
    if correction != "shrinkage":
        return CORRECTIONS[BASE if correction == SHUFFLED else correction]
    everything = tuple(range(len(variables.blocks)))
    possible = math.prod(len(_counted(variables, (i,))[1]) for i in everything)
    weight = shrinkage_weight(_counted(variables, everything)[1], possible)
    return lambda counts, symbols: shrunk_entropy(counts, symbols, weight)


def _notes(n: int, states: int, correction: str) -> tuple[str, ...]:
    if n >= ROWS_PER_STATE * states:
        return ()
    return (
        f"{n} rows show {states} distinct combinations of values, fewer than {ROWS_PER_STATE} rows for each: "
        f"counts this sparse are biased, also with correction {correction}, and conditional quantities most of "
        "all. Give more rows, merge rare values, or condition on fewer variables.",
    )
