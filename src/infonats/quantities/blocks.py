r"""Rows that depend on their predecessors: errors from blocks of rows, surrogates by circular shifts.

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

A circular shift of x, by a random number of rows of at least b either way, keeps how x depends on its own past
and breaks only what ties it to the rest: R. G. Andrzejak et al., "Bivariate surrogate techniques: necessity,
strengths, and caveats", Physical Review E 68, 066202 (2003), doi:10.1103/PhysRevE.68.066202.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
from jaxtyping import Float64, Int

from infonats._random import spawn
from infonats.errors import InputError
from infonats.quantities._variables import Variables

QUIET = 5
"""So many autocorrelations in a row must be small."""
LARGEST = 5
"""A block is at most this part of the rows."""


def check_block(block: int | str) -> int | str:
    """Return `block` if it is "auto" or a whole number of at least 1. Raises InputError otherwise."""
    whole = isinstance(block, int | np.integer) and not isinstance(block, bool) and block >= 1
    if block != "auto" and not whole:
        raise InputError(
            f"block is {block!r}; it must be a whole number of rows of at least 1 (1: rows are "
            "independent), or 'auto'."
        )
    return block


def block_length(columns: Float64[np.ndarray, "n d"]) -> int:
    """The block length that the rule of the module gives for the slowest of the columns."""
    return max(map(_length, columns.T))


def _length(series: np.ndarray) -> int:
    n, centred = len(series), _unit(series)
    centred = _unit(centred - centred.mean())
    if not centred.any():
        return 1
    spectrum = np.abs(np.fft.rfft(centred, 2 * n)) ** 2
    covariance = np.fft.irfft(spectrum)[:n]
    loud = np.abs(covariance[1:] / covariance[0]) >= 2.0 * np.sqrt(np.log10(n) / n)
    most = max(1, n // LARGEST)
    m = next((m for m in range(most) if not loud[m : m + QUIET].any()), most)
    return min(max(1, 2 * m), most)


def _unit(series: np.ndarray) -> np.ndarray:
    """The series over its largest size, for squares of very small or large numbers would vanish or overflow."""
    return series / (np.abs(series).max() or 1.0)


def inflation(local: Float64[np.ndarray, "n"], block: int) -> float:
    """By what the standard error of independent rows must be multiplied for blocks of `block` rows; at least 1.

    Raises InputError for blocks of more than half of the rows.
    """
    n = len(local)
    if 2 * block > n:
        raise InputError(f"block is {block} for {n} rows; give at most half of the rows, {n // 2}.")
    alone = float(np.var(local))
    if block == 1 or alone == 0.0:
        return 1.0
    total = np.concatenate([[0.0], np.cumsum(local - local.mean())])
    means = (total[block:] - total[:-block]) / block
    together = n * block / ((n - block) * (n - block + 1)) * float((means**2).sum())
    return float(np.sqrt(max(1.0, together / alone)))


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
