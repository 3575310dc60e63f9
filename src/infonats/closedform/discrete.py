r"""Mutual information of discrete variables from counts: plug-in, with corrections of its bias.

A distinct row of x is a symbol, and so is a distinct row of y. With c rows of the pair, a of the x symbol
and b of the y symbol,

.. math:: I = \frac{1}{n} \sum_i \log \frac{n\, c_i}{a_i\, b_i} + \Delta, \qquad
          \Delta_{\text{miller\_madow}} = \frac{K_x + K_y - K_{xy} - 1}{2n},

where K counts the symbols seen. Every other correction gives H(X) + H(Y) - H(X, Y) with each entropy
corrected by the same rule (`entropy_discrete`), where the joint symbols that were possible are K_x K_y. The
exception is shrinkage: there, as in its source, the joint frequencies are shrunk towards uniform, and the
marginal ones are sums of those.

"shuffled" is nsb less what nsb shows of the same symbols paired at random, so that independent symbols read
zero on average however rare they are (`infonats.closedform._chance`).

"auto", the default of `infonats.Discrete` and of every command, is miller_madow where the pairs of values that
occur have `ROWS_PER_PAIR` rows each on average, and shuffled where they have fewer: of the corrections it has
the least error there (`benchmarks/corrections.py`). Exact relations, I(X;X) = H(X) among them, hold for
miller_madow and for neither of the two others.

References: G. A. Miller, "Note on the bias of information estimates", Information Theory in Psychology,
95-100 (1955); L. Paninski, "Estimation of entropy and mutual information", Neural Computation 15, 1191-1253
(2003), doi:10.1162/089976603321780272; those of the other corrections in `entropy_discrete`.

Assumes independent rows. Guarantees neither a lower nor an upper bound. Bias: the plug-in is too large by
about (K_x - 1)(K_y - 1) / 2n; Miller and Madow's term removes the first order as long as the pairs that can
occur have occurred, and leaves a positive bias where cells are sparse. The plug-in and shrinkage are never
negative; the other values may be.
"""

import numpy as np
from jaxtyping import Float64

from infonats.closedform._chance import chance
from infonats.closedform._columns import Rows, codes, paired
from infonats.closedform.entropy_discrete import (
    CORRECTIONS,
    Entropy,
    none,
    shrinkage_weight,
    shrunk_entropy,
)
from infonats.errors import InputError, unknown_name

ROWS_PER_PAIR = 5
SHUFFLED, BASE = "shuffled", "nsb"
"""The correction for chance, and what it corrects further."""


def discrete(
    x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"], *, correction: str = "miller_madow"
) -> float:
    """I(X;Y) in nats from the counts of distinct rows.

    `correction`: "auto", "shuffled" or one of `entropy_discrete.CORRECTIONS`. Raises UnknownNameError for
    another.
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


def correction_for(correction: str, n: int, pairs: int) -> str:
    """What "auto" stands for with n rows of so many different pairs; any other name itself.

    Raises UnknownNameError for a name that is none.
    """
    if correction == "auto":
        return "miller_madow" if n >= ROWS_PER_PAIR * pairs else SHUFFLED
    if correction not in (SHUFFLED, *CORRECTIONS):
        raise unknown_name("correction", correction, ("auto", SHUFFLED, *CORRECTIONS))
    return correction


def by_chance(x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"]) -> tuple[float, float]:
    """What "shuffled" takes off: mean and standard deviation of I by nsb over random pairings, in nats."""
    n_x, n_y = (np.bincount(codes(rows)).astype(np.float64) for rows in (x, y))
    return chance(n_x, n_y, CORRECTIONS[BASE])


def _shift(x: Rows, y: Rows, correction: str) -> float:
    """By how much the corrected value exceeds the plug-in."""
    n_x, n_y, n_xy = (np.bincount(codes(rows)).astype(np.float64) for rows in (x, y, np.hstack([x, y])))
    correction = correction_for(correction, len(x), len(n_xy))
    if correction == SHUFFLED:
        return _shift(x, y, BASE) - by_chance(x, y)[0]
    if correction == "shrinkage":
        return _shrunk(n_x, n_y, n_xy) - _information(none, n_x, n_y, n_xy)
    return _information(CORRECTIONS[correction], n_x, n_y, n_xy) - _information(none, n_x, n_y, n_xy)


def _information(entropy: Entropy, n_x: np.ndarray, n_y: np.ndarray, n_xy: np.ndarray) -> float:
    """H(X) + H(Y) - H(X, Y) of the counts of symbols."""
    joint = entropy(n_xy, len(n_x) * len(n_y))
    return entropy(n_x, len(n_x)) + entropy(n_y, len(n_y)) - joint


def _shrunk(n_x: np.ndarray, n_y: np.ndarray, n_xy: np.ndarray) -> float:
    """The plug-in of lambda / K_x K_y + (1 - lambda) n_xy / n, whose marginals are shrunk alike."""
    weight = shrinkage_weight(n_xy, len(n_x) * len(n_y))

    def entropy(counts: np.ndarray, possible: int) -> float:
        return shrunk_entropy(counts, possible, weight)

    return _information(entropy, n_x, n_y, n_xy)


def _counts(reference: Rows, rows: Rows) -> np.ndarray:
    """How many reference rows equal each of `rows`."""
    code = codes(np.vstack([reference, rows]))
    return np.bincount(code[: len(reference)], minlength=int(code.max()) + 1)[code[len(reference) :]]
