r"""Mutual information of rounded measurements by nearest neighbours: values spread over what rounds to them.

In a column whose values repeat, a value v_j stands for everything between the midpoints to its neighbours,

.. math:: c_j = \left[\tfrac{v_{j-1} + v_j}{2}, \tfrac{v_j + v_{j+1}}{2}\right],

the first and the last as wide outside as inside. Each row gets a number drawn evenly from its value's c_j, and
KSG variant 1 (`ksg`) is run on the result; the value is the mean over `draws` such draws. A column is one to
one with its cells, so what KSG estimates is exactly I of the rounded columns, which is at most I of the exact
ones: nothing is lost but what the rounding took, and no two rows lie at one place.

References: A. Kraskov, H. Stögbauer, P. Grassberger, "Estimating mutual information", Physical Review E 69,
066138 (2004), doi:10.1103/PhysRevE.69.066138; L. Schuchman, "Dither signals and their effect on quantization
noise", IEEE Transactions on Communication Technology 12, 162-165 (1964), doi:10.1109/TCOM.1964.1088973.

Assumes independent rows. Guarantees neither a lower nor an upper bound. Bias: that of `ksg`. Columns in which
fewer than a tenth of the values repeat are left as they are; where that is all of them, the value is that of
`ksg`. The standard error is that of `ksg`, with the spread of the draws.

New points (`at`) count as one more sample row; a row that coincides with rows of the sample has their value.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from infonats.closedform._columns import Rows, Scale, codes, paired
from infonats.closedform._ties import twins
from infonats.closedform.ksg import ksg_error, ksg_local
from infonats.closedform.neighbours import check_k
from infonats.errors import InputError

SHARED = 0.1
"""The part of a column's values that must repeat for it to count as rounded."""


def rounded_ksg(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    draws: int = 4,
    seed: int = 0,
) -> float:
    """I(X;Y) in nats of columns whose values may be rounded; `draws` is an even number.

    Raises InputError as `ksg` does for n <= k and constant columns, and for draws that are odd or below 2.
    """
    return float(np.mean(rounded_ksg_error(x, y, k=k, draws=draws, seed=seed)[0]))


def rounded_ksg_error(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    draws: int = 4,
    seed: int = 0,
) -> tuple[Float64[np.ndarray, "n"], float]:
    """The local values, means over the draws, and the standard error of their mean, in nats."""
    return averaged([ksg_error(u, v, k=k) for u, v in spread(paired(x, y), k, draws, seed)])


def averaged(found: Sequence[tuple[np.ndarray, float]]) -> tuple[Float64[np.ndarray, "n"], float]:
    """The mean over draws of local values (n,); its error is their mean error with the spread of the draws."""
    local = np.mean([values for values, _ in found], axis=0)
    means = [values.mean() for values, _ in found]
    noise = np.std(means, ddof=1) / np.sqrt(len(found)) if len(found) > 1 else 0.0
    return local, float(np.hypot(np.mean([error for _, error in found]), noise))


def rounded_ksg_local(
    x: Float64[np.ndarray, "n dx"],
    y: Float64[np.ndarray, "n dy"],
    *,
    k: int = 3,
    draws: int = 4,
    at: tuple[Rows, Rows] | None = None,
    seed: int = 0,
) -> Float64[np.ndarray, "m"]:
    """The local values in nats, whose mean over the sample is the estimate; at new points with `at`."""
    local, _ = rounded_ksg_error(x, y, k=k, draws=draws, seed=seed)
    if at is None:
        return local
    (x, y), (u, v) = paired(x, y), paired(*at)
    to_x, to_y = Scale.of(x, "x"), Scale.of(y, "y")
    points = to_x(u), to_y(v)
    drawn = spread((x, y), k, draws, seed)
    new = np.mean([ksg_local(*sides, k=k, at=points) for sides in drawn], axis=0)
    rows = np.hstack([x, y])
    same, met = codes(rows), twins(rows, np.hstack([u, v]))
    shared = np.bincount(same, local) / np.bincount(same)
    return np.where(met >= 0, shared[same[met]], new)


def spread(sides: Sequence[Rows], k: int, draws: int, seed: int) -> list[tuple[Rows, ...]]:
    """All sides (n, d) in units of their deviations, spread, once for each draw; once where nothing repeats."""
    if isinstance(draws, bool) or not isinstance(draws, int | np.integer) or draws < 2 or draws % 2:
        raise InputError(f"draws is {draws!r}; they come in pairs, so give an even number from 2 on.")
    check_k(k, len(sides[0]))
    repeating = [rounded(rows) for rows in sides]  # before scaling, which may make far smaller values equal
    sides = tuple(Scale.of(rows, name)(rows) for rows, name in zip(sides, "xyzuvw", strict=False))
    if not any(which.any() for which in repeating):
        return [sides]
    rng, found = np.random.default_rng(seed), []
    for _ in range(draws // 2):
        noise = rng.random((len(sides), len(sides[0]), max(rows.shape[1] for rows in sides)))
        found += [
            tuple(map(_spread, sides, repeating, each)) for each in (noise, noise[::-1])
        ]  # I(X;Y) = I(Y;X)
    return found


def rounded(rows: Float64[np.ndarray, "n d"]) -> np.ndarray:
    """Which columns repeat enough of their values to count as rounded, (d,) of bool."""
    return np.array([_repeating(column) >= SHARED for column in rows.T])


def _repeating(column: np.ndarray) -> float:
    _, inverse, counts = np.unique(column, return_inverse=True, return_counts=True)
    return float(np.mean(counts[inverse] > 1))


def _spread(rows: Rows, repeating: np.ndarray, noise: np.ndarray) -> Rows:
    """The rounded columns moved within their cells by `noise` in [0, 1), the others as they are."""
    spread = [
        _within_cells(column, u) if is_rounded else column
        for column, u, is_rounded in zip(rows.T, noise.T, repeating, strict=False)
    ]
    return np.stack(spread, 1)


def _within_cells(column: np.ndarray, u: np.ndarray) -> np.ndarray:
    value, place = np.unique(column, return_inverse=True)
    middle = (value[1:] + value[:-1]) / 2
    low = np.concatenate([[2 * value[0] - middle[0]], middle])
    high = np.concatenate([middle, [2 * value[-1] - middle[-1]]])
    return low[place] + u * (high - low)[place]
