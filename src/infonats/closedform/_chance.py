"""What discrete values show of each other when they are paired at random: the correction for chance.

N. X. Vinh, J. Epps, J. Bailey, "Information theoretic measures for clusterings comparison: variants,
properties, normalization and correction for chance", Journal of Machine Learning Research 11, 2837-2854 (2010).
"""

import numpy as np
from jaxtyping import Float64

from infonats.closedform.entropy_discrete import Entropy

PAIRINGS = 5
"""Random pairings that are measured: their mean is known better than the value that it is taken off."""


def chance(
    n_x: Float64[np.ndarray, "k"], n_y: Float64[np.ndarray, "m"], entropy: Entropy, pairings: int = PAIRINGS
) -> tuple[float, float]:
    """Mean and standard deviation of I in nats over random pairings of symbols with these counts.

    `entropy` takes counts and the number of possible symbols. A function of the two sets of counts alone:
    neither the order of the rows, nor the names of the symbols, nor which side is x matters.
    """
    few, many = sorted((np.sort(n_x), np.sort(n_y)), key=lambda counts: (len(counts), *counts))
    a, b = (np.repeat(np.arange(len(counts)), counts.astype(np.int64)) for counts in (few, many))
    alone, rng = entropy(few, len(few)) + entropy(many, len(many)), np.random.default_rng(0)
    found = []
    for _ in range(pairings):
        together = np.bincount(a * len(many) + rng.permutation(b)).astype(np.float64)
        found.append(alone - entropy(together[together > 0], len(few) * len(many)))
    return float(np.mean(found)), float(np.std(found, ddof=1))
