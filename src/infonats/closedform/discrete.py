r"""Mutual information of discrete variables from counts: plug-in, with the Miller-Madow correction.

A distinct row of x is a symbol, and so is a distinct row of y. With c rows of the pair, a of the x symbol
and b of the y symbol,

.. math:: I = \frac{1}{n} \sum_i \log \frac{n\, c_i}{a_i\, b_i}
          \;+\; \frac{K_x + K_y - K_{xy} - 1}{2n},

where K counts the symbols seen; the second term is the correction.

References: G. A. Miller, "Note on the bias of information estimates", Information Theory in Psychology,
95-100 (1955); L. Paninski, "Estimation of entropy and mutual information", Neural Computation 15, 1191-1253
(2003), doi:10.1162/089976603321780272.

Assumes independent rows. Guarantees neither a lower nor an upper bound. Bias: the plug-in is too large by
about (K_x - 1)(K_y - 1) / 2n; the correction removes the first order as long as the pairs that can occur
have occurred, and leaves a positive bias where cells are sparse. The plug-in itself is never negative;
the corrected value may be.
"""

import numpy as np
from jaxtyping import Float64

from infonats.closedform._columns import Rows, codes, paired
from infonats.errors import InputError, unknown_name

CORRECTIONS = ("miller_madow", "none")


def discrete(
    x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, correction: str = "miller_madow"
) -> float:
    """I(X;Y) in nats from the counts of distinct rows, `correction` "miller_madow" or "none".

    Raises UnknownNameError for another correction.
    """
    return float(np.mean(discrete_local(x, y, correction=correction)))


def discrete_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    correction: str = "miller_madow",
    at: tuple[Rows, Rows] | None = None,
) -> Float64[np.ndarray, "m"]:
    """The local values log(n c / a b) in nats, the correction spread evenly; at new rows with `at`.

    A new pair of known symbols that never occurred together has the value -inf, which is its plug-in
    log ratio. Raises InputError for a symbol that the sample does not have.
    """
    x, y = paired(x, y)
    u, v = (x, y) if at is None else paired(*at)
    n = len(x)
    a, b = _counts(x, u), _counts(y, v)
    c = _counts(np.hstack([x, y]), np.hstack([u, v]))
    for name, count in (("x", a), ("y", b)):
        if not count.all():
            raise InputError(
                f"{int((count == 0).sum())} of the new rows have a value of {name} that the sample never had, "
                "so the counts say nothing about them. Leave these rows out, or fit on data with every value."
            )
    with np.errstate(divide="ignore"):
        local = np.log(n * c / a / b)
    return local + _shift(x, y, correction)


def symbols(x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"]) -> tuple[int, int, int]:
    """The numbers of distinct rows of x, of y and of the pair: K_x, K_y, K_xy."""
    k_x, k_y, k_xy = (int(codes(rows).max()) + 1 for rows in (x, y, np.hstack([x, y])))
    return k_x, k_y, k_xy


def _shift(x: Rows, y: Rows, correction: str) -> float:
    if correction not in CORRECTIONS:
        raise unknown_name("correction", correction, CORRECTIONS)
    if correction == "none":
        return 0.0
    k_x, k_y, k_xy = symbols(x, y)
    return (k_x + k_y - k_xy - 1) / (2 * len(x))


def _counts(reference: Rows, rows: Rows) -> np.ndarray:
    """How many reference rows equal each of `rows`."""
    code = codes(np.vstack([reference, rows]))
    return np.bincount(code[: len(reference)], minlength=int(code.max()) + 1)[code[len(reference) :]]
