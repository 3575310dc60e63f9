r"""Signed sums of entropies from counts of distinct rows, with the Miller-Madow correction.

.. math:: \sum_A c_A \left[-\frac1n \sum_i \log \frac{n_{A,i}}{n} + \frac{K_A - 1}{2 n}\right]

where n_{A,i} rows have the same values of A as row i, and K_A distinct values of A were seen. G. A. Miller
(1955), as in `infonats.closedform.discrete`, with which it agrees for I(X;Y).
"""

from collections.abc import Mapping

import numpy as np

from infonats.closedform._columns import codes
from infonats.closedform._stderr import standard_error
from infonats.closedform.discrete import CORRECTIONS
from infonats.errors import unknown_name
from infonats.quantities._locals import Local
from infonats.quantities._variables import Set, Variables

ROWS_PER_STATE = 5


def by_counts(variables: Variables, coefficients: Mapping[Set, int], correction: str = "miller_madow") -> Local:
    """The signed sum by counts, `correction` "miller_madow" or "none". Raises UnknownNameError for another."""
    if correction not in CORRECTIONS:
        raise unknown_name("correction", correction, CORRECTIONS)
    n, parameters, most = len(variables), 0, 0
    local = np.zeros(n)
    for members, c in coefficients.items():
        code = codes(variables.joint(members))
        counts = np.bincount(code)
        shift = (len(counts) - 1) / (2 * n) if correction == "miller_madow" else 0.0
        local += c * (shift - np.log(counts[code] / n))
        parameters, most = parameters + c * (len(counts) - 1), max(most, len(counts))
    return Local(local, standard_error(local, degrees=abs(parameters)), _notes(n, most))


def _notes(n: int, states: int) -> tuple[str, ...]:
    if n >= ROWS_PER_STATE * states:
        return ()
    return (
        f"{n} rows show {states} distinct combinations of values, fewer than {ROWS_PER_STATE} rows for each: "
        "counts this sparse are biased, and conditional quantities most of all. Give more rows, merge rare "
        "values, or condition on fewer variables.",
    )
