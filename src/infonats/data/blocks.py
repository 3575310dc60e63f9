r"""Rows in order of time that depend on their predecessors: how long, and what that does to an error.

The mean of n terms i_t of a stationary series has the variance sigma^2 / n, with

.. math:: \sigma^2 = \sum_{s} \operatorname{Cov}(i_t, i_{t+s}) \approx \frac{n\,b}{(n - b)(n - b + 1)} \sum_j
          (\bar i_{j..j+b-1} - \bar i)^2,

the variance of means of overlapping blocks of b rows (H. R. Künsch, "The jackknife and the bootstrap for
general stationary observations", Annals of Statistics 17, 1217-1241, 1989, doi:10.1214/aos/1176347265). A
standard error for independent rows is multiplied by the root of its ratio to Var(i_t), where that is above 1.

The rule for b: twice the smallest m after which the autocorrelations of the terms at five lags in a row lie
within 2 sqrt(log10(n) / n) (D. N. Politis, H. White, "Automatic block-length selection for the dependent
bootstrap", Econometric Reviews 23, 53-70, 2004, doi:10.1081/ETC-120028836, whose bandwidth this is), at most n
/ 5; 1 where already the first lie there. Blocks know of dependence within b rows only, and of none that is
slower than the series is long.

Before anything is fitted there are no terms yet. Rows to train on tell something of rows to test on where both
x and y remember, so the rule is applied to the ranks of every column and to their distances from the middle
(returns of a market have no memory of their sign, and a long one of their size); the slowest column speaks for
its side, and the faster side for both.
"""

from typing import Any

import numpy as np
from jaxtyping import Float64

from infonats.errors import InputError

QUIET = 5
"""So many autocorrelations in a row must be small."""
LARGEST = 5
"""A block is at most this part of the rows."""


def check_block(block: Any) -> int | str:
    """Return `block` if it is "auto" or a whole number of at least 1. Raises InputError otherwise."""
    whole = isinstance(block, int | np.integer) and not isinstance(block, bool) and block >= 1
    if block != "auto" and not whole:
        raise InputError(
            f"block is {block!r}; it must be a whole number of rows of at least 1 (1: rows are "
            "independent), or 'auto'."
        )
    return block if isinstance(block, str) else int(block)


def block_length(columns: Float64[np.ndarray, "n d"]) -> int:
    """The block length that the rule of the module gives for the slowest of the columns."""
    return max(map(_length, columns.T))


def memory(x: Float64[np.ndarray, "n dx"], y: Float64[np.ndarray, "n dy"]) -> int:
    """Over how many rows both x and y remember, by the rule of the module before anything is fitted."""
    return min(max(map(_memory, side.T)) for side in (x, y))


def inflation(local: Float64[np.ndarray, "n"], block: int) -> float:
    """By what the standard error of independent rows must be multiplied for blocks of `block` rows; at least 1.

    Raises InputError for blocks of more than half of the rows.
    """
    n, block = len(local), check_fits(block, len(local))
    alone = float(np.var(local))
    if block == 1 or alone == 0.0:
        return 1.0
    total = np.concatenate([[0.0], np.cumsum(local - local.mean())])
    means = (total[block:] - total[:-block]) / block
    together = n * block / ((n - block) * (n - block + 1)) * float((means**2).sum())
    return float(np.sqrt(max(1.0, together / alone)))


def check_fits(block: int, n: int) -> int:
    """Return `block` if it is at most half of `n` rows. Raises InputError otherwise."""
    if 2 * block > n:
        raise InputError(f"block is {block} for {n} rows; give at most half of the rows, {n // 2}.")
    return block


def autocorrelations(series: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "n"]:
    """The correlations of a series with itself 0 .. n - 1 rows earlier, by sums over n; 0 of a constant."""
    n, centred = len(series), _unit(series)
    centred = _unit(centred - centred.mean())
    if not centred.any():
        return np.zeros(n)
    spectrum = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    covariance = np.fft.irfft(spectrum)[:n]
    return covariance / covariance[0]


def ranks(series: Float64[np.ndarray, "n"]) -> Float64[np.ndarray, "n"]:
    """Ranks from 0 on; equal values share the mean of theirs."""
    _, place, counts = np.unique(series, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts + 1) / 2)[place]


def _memory(series: np.ndarray) -> int:
    centred = ranks(series) - (len(series) - 1) / 2
    return max(_length(centred), _length(np.abs(centred)))


def _unit(series: np.ndarray) -> np.ndarray:
    """The series over its largest size, for squares of very small or large numbers would vanish or overflow."""
    return series / (np.abs(series).max() or 1.0)


def _length(series: np.ndarray) -> int:
    n, found = len(series), autocorrelations(series)
    loud = np.abs(found[1:]) >= 2.0 * np.sqrt(np.log10(n) / n)
    most = max(1, n // LARGEST)
    m = next((m for m in range(most) if not loud[m : m + QUIET].any()), most)
    return min(max(1, 2 * m), most)
