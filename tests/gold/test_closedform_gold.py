"""Gold rows of the closed-form methods: fixed samples, values by hand or by exact arithmetic at 1e-12."""

import numpy as np
import pytest

from infonats.closedform import (
    discrete,
    entropy_discrete,
    gaussian,
    gaussian_copula,
    gaussian_entropy,
    histogram,
    histogram_entropy,
    kde,
    kde_entropy,
    ksg,
    mixed_ksg,
    ross,
    student_information,
    wkl,
)

LOG_2 = np.log(2.0)
X = np.array([0.0, 1, 3, 7, 12])[:, None]
Y = np.array([7.0, 3, 12, 0, 1])[:, None]
U = np.array([-2.0, -1, 0, 1, 2])[:, None]
V = np.array([-1.0, -2, 0, 2, 1])[:, None]
HALF = np.repeat([0.0, 1.0], 4)[:, None]
EVEN = np.tile([0.0, 0.0, 1.0, 1.0], 2)[:, None]
SKEW = np.array([0.0, 0, 0, 1, 1, 1, 1, 0])[:, None]

A, B = 0.967421566101701, 0.4307272992954576  # the normal quantiles of 5/6 and 4/6
R = 2 * A * B / (A * A + B * B)

CLASS = np.array([0.0, 0, 0, 1, 1, 1])[:, None]
PLACE = np.array([0.0, 1, 3, 2.5, 7, 12])[:, None]
TWO = np.array([-1.0, 1.0])[:, None]
EIGHT = np.array([1.0, 2, 3, 6, 4, 5, 7, 8])[:, None]

ROUND = np.array([-1.0, 2, 0, -2, 1])[:, None]
"""U and this are uncorrelated and of equal variance, so that decorrelating them changes nothing."""

GOLD = [
    # weights (18 8 -7)/19 in one column and (4 1 -2)/3 in two; distances 1 2 3, 1 1 2 (thrice), 1 2 3 in each,
    # and 2 3 3 (four times), 2 2 2 in both
    (
        "wkl, k = 3",
        lambda: wkl(U, ROUND, k=3),
        np.euler_gamma + 5 / 19 - 2 / 3 + (6 - 2 / 19 - 98 / 15) * LOG_2 + (8 / 15 - 28 / 95) * np.log(3),
    ),
    # psi(6) + psi(1) - psi(3) less the mean psi of the counts 1 1 2 4 2 1 closer than 1 1 2 4.5 4.5 5
    ("ross, k = 1", lambda: ross(CLASS, PLACE, k=1), 47 / 60 - 23 / 36),
    ("t copula, uncorrelated Cauchy", lambda: student_information(np.eye(2), 1, 1.0), np.log(8 * np.pi) - 3),
    (
        "histogram",
        lambda: histogram(np.arange(8.0)[:, None], EIGHT, bins=2),
        0.75 * np.log(1.5) - 0.25 * LOG_2 - 1 / 16,
    ),
    # one other row, at a distance of 2: its product kernel factorises
    ("kde, two rows", lambda: kde(TWO, -TWO, bandwidth="scott"), 0.0),
    (
        "entropy, kde",
        lambda: kde_entropy(TWO, bandwidth="scott"),
        0.5 * np.log(2 * np.pi) - 0.2 * LOG_2 + 2 * 2**0.4,
    ),
    ("entropy, gaussian", lambda: gaussian_entropy(U, bias_correction=False), 0.5 * np.log(4 * np.pi * np.e)),
    (
        "entropy, histogram",
        lambda: histogram_entropy(U, bins=2, correction="none"),
        np.log(5) - 0.4 * LOG_2 - 0.6 * np.log(3) + LOG_2,
    ),
    ("entropy, discrete", lambda: entropy_discrete(SKEW), LOG_2 + 1 / 16),
    ("discrete, shrinkage to independence", lambda: discrete(HALF, EVEN, correction="shrinkage"), 0.0),
    ("ksg 1, k = 1", lambda: ksg(X, Y, k=1), 1 / 60),
    ("ksg 2, k = 1", lambda: ksg(X, Y, k=1, variant=2), 23 / 60),
    ("mixed ksg, no atoms", lambda: mixed_ksg(X, Y, k=1), 1 / 60),
    ("mixed ksg, two atoms", lambda: mixed_ksg(HALF, HALF, k=3), 1 / 4 + 1 / 5 + 1 / 6 + 1 / 7),
    ("mixed ksg, four atoms", lambda: mixed_ksg(HALF, EVEN, k=1), 1 - 11 / 3 + 363 / 140),
    ("gaussian, plug-in", lambda: gaussian(U, V, bias_correction=False), -np.log(0.6)),
    ("gaussian", lambda: gaussian(U, V), 0.5 - LOG_2 - np.log(0.6)),
    ("copula, plug-in", lambda: gaussian_copula(U**3, V, bias_correction=False), -0.5 * np.log(1 - R * R)),
    ("copula", lambda: gaussian_copula(U**3, V), 0.5 - LOG_2 - 0.5 * np.log(1 - R * R)),
    ("discrete, plug-in", lambda: discrete(HALF, SKEW, correction="none"), 0.75 * np.log(1.5) - 0.25 * LOG_2),
    ("discrete", lambda: discrete(HALF, SKEW), 0.75 * np.log(1.5) - 0.25 * LOG_2 - 1 / 16),
]


@pytest.mark.parametrize(("compute", "value"), [row[1:] for row in GOLD], ids=[row[0] for row in GOLD])
def test_gold(compute, value):
    assert compute() == pytest.approx(value, abs=1e-12)
