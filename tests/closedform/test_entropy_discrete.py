import functools
import importlib
from collections import Counter

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from infonats.closedform import discrete, entropy_discrete, entropy_discrete_error, entropy_of_counts, nsb
from infonats.closedform.entropy_discrete import CORRECTIONS
from infonats.closedform.nsb import _Seen
from infonats.errors import InputError, UnknownNameError

BINS = np.array([4.0, 2, 3, 0, 2, 4, 0, 0, 2, 1, 1])
"""The counts of the examples of the R package entropy."""
SMALL = [7, 3, 5, 8, 9, 1, 3, 3, 1, 0, 2, 5, 2, 11, 4, 23, 5, 0, 8, 0]
"""The counts of the example of the Python package ndd, until 1.4.1."""
LOG_2 = np.log(2.0)
GAMMA = -digamma(1.0)


def rows(counts):
    return np.repeat(np.arange(len(counts)), np.asarray(counts, int)).astype(float)[:, None]


@pytest.mark.parametrize(
    ("correction", "counts", "value"),
    [
        ("none", [2, 1, 1], 1.5 * LOG_2),
        ("miller_madow", [2, 1, 1], 1.5 * LOG_2 + 0.25),
        # G(1) = -gamma - log 2 and G(2) = G(3) = 2 - gamma - log 2
        ("grassberger", [2, 1, 1], 3 * LOG_2 + GAMMA - 1.0),
        ("grassberger", [3, 1], 3 * LOG_2 + GAMMA - 1.5),
        # C = 1/2, C p = 1/4, 1/8, 1/8; 1 - (3/4)^4 = 175/256 and 1 - (7/8)^4 = 1695/4096
        ("chao_shen", [2, 1, 1], LOG_2 * (0.5 * 256 / 175 + 0.75 * 4096 / 1695)),
        # lambda = (1 - 3/8) / (3 (1/24)) > 1: uniform over three
        ("shrinkage", [2, 1, 1], np.log(3.0)),
        # lambda = (1 - 50/64) / (7 * (32/64 - 1/4) / ... ) with p = 7/8, 1/8: 14/64 / (7 * 18/64) = 1/9
        ("shrinkage", [7, 1], -(5 / 6) * np.log(5 / 6) - (1 / 6) * np.log(1 / 6)),
    ],
)
def test_by_hand(correction, counts, value):
    assert entropy_discrete(rows(counts), correction=correction) == pytest.approx(value, abs=1e-12)
    assert entropy_of_counts(np.array(counts, float), correction=correction) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "support", "value", "digits"),
    [
        # R package entropy, manual of entropy.NSB, by the authors' program nsb-entropy
        (BINS, 11, 2.187774, 5e-7),
        # Python package ndd 1.6.1, its README
        ([12, 4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2], 100, 2.840012048914245, 1e-10),
        # ndd 1.4.1, its README; 0.8 gives the same to 5e-12
        (SMALL, 20, 2.623634344888532, 1e-9),
        # ndd on PyPI, the latest README, whose integral stops at 5 digits
        ([4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2], 100, 2.8060922529931225, 1e-5),
    ],
)
def test_nsb_as_published(counts, support, value, digits):
    found = entropy_of_counts(np.array(counts, float), correction="nsb", support=support)
    assert found == pytest.approx(value, abs=digits)


def test_nsb_deviation_as_published():
    counts = np.array([4, 12, 4, 5, 3, 1, 5, 1, 2, 2, 2, 2, 11, 3, 4, 12, 12, 1, 2], float)
    assert nsb(counts, 100)[1] == pytest.approx(0.11945501149743358, abs=5e-5)
    assert entropy_discrete_error(rows(counts), correction="nsb", support=100)[1] == nsb(counts, 100)[1]


def nsb_by_the_definition(counts, support):
    """The integrals over log beta of the module's formulas, term by term, in 50 digits, by Gauss's rule."""
    symbols = Counter([int(n) for n in counts if n > 0] + [0] * (support - np.count_nonzero(counts)))
    rows = sum(n * times for n, times in symbols.items())
    psi, lgamma = mpmath.psi, mpmath.loggamma

    @functools.cache
    def terms(t):
        beta = mpmath.exp(t)
        total = rows + support * beta
        slope = support * psi(1, support * beta + 1) - psi(1, beta + 1)
        log_rho = lgamma(support * beta) - lgamma(total)
        mean = psi(0, total + 1)
        for n, times in symbols.items():
            log_rho += times * (lgamma(n + beta) - lgamma(beta))
            mean -= times * (n + beta) * psi(0, n + beta + 1) / total
        return log_rho + mpmath.log(slope * beta), mean

    with mpmath.workdps(50):
        most = max(terms(mpmath.mpf(t))[0] for t in range(-60, 61))  # mpmath's errors are absolute ones
        edges = [mpmath.mpf(t) for t in range(-60, 64, 4)]
        gauss = {"method": "gauss-legendre", "maxdegree": 5}
        weight = mpmath.quad(lambda t: mpmath.exp(terms(t)[0] - most), edges, **gauss)
        return float(
            mpmath.quad(lambda t: mpmath.exp(terms(t)[0] - most) * terms(t)[1], edges, **gauss) / weight
        )


@pytest.mark.parametrize(("counts", "support"), [(SMALL, 20), ([1, 1, 2, 1], 12)])
def test_nsb_is_its_defining_integral(counts, support):
    found = nsb(np.array([n for n in counts if n], float), support)[0]
    # The closed form takes its integral on nodes that give it to about this.
    assert found == pytest.approx(nsb_by_the_definition(counts, support), rel=1e-9)


@pytest.mark.parametrize("beta", [0.05, 0.7, 30.0])
def test_moments_of_entropy_under_a_dirichlet_posterior(beta):
    alpha = np.array([1.0, 2, 4, 4, 0, 0, 0]) + beta
    draws = np.random.default_rng(1).dirichlet(alpha, 20_000)
    entropy = -np.where(draws > 0, draws * np.log(np.maximum(draws, 1e-300)), 0.0).sum(1)
    mean, variance = _Seen(np.array([1.0, 2, 4]), np.array([1, 1, 2]), 7.0).moments(np.array([beta]))
    spread = entropy.var()
    assert mean[0] == pytest.approx(entropy.mean(), abs=4 * np.sqrt(spread / 20_000))
    kurtosis = ((entropy - entropy.mean()) ** 4).mean() / spread**2
    assert variance[0] == pytest.approx(spread, rel=4 * np.sqrt((kurtosis - 1) / 20_000))


@pytest.mark.parametrize(
    ("counts", "support"),
    [([1e6, 1], 2), ([5e5, 5e5], 2), ([1] * 10, 10**6), ([10], 10**6), ([1], 2), (range(1, 2000), 10**12)],
)
def test_nsb_of_extreme_counts_does_not_depend_on_the_nodes(monkeypatch, counts, support):
    counts = np.array(counts, float)
    value, deviation = nsb(counts, support)
    assert 0.0 < value < np.log(support)
    assert deviation > 0.0
    monkeypatch.setattr(importlib.import_module("infonats.closedform.nsb"), "POINTS", 1000)
    assert nsb(counts, support) == pytest.approx((value, deviation), rel=1e-8)


def test_nsb_of_one_possible_symbol():
    assert nsb(np.array([7.0]), 1) == (0.0, 0.0)


@settings(max_examples=25, deadline=None)
@given(
    counts=st.lists(st.integers(0, 30), min_size=1, max_size=12).filter(any),
    correction=st.sampled_from(list(CORRECTIONS)),
)
def test_properties(counts, correction):
    counts = np.array(counts, float)
    value = entropy_of_counts(counts, correction=correction)
    assert np.isfinite(value)
    assert entropy_of_counts(counts[::-1], correction=correction) == pytest.approx(value, abs=1e-10)
    assert entropy_of_counts(np.append(counts, 0), correction=correction) == value
    if correction in ("none", "shrinkage", "nsb"):
        assert -1e-12 <= value <= np.log((counts > 0).sum()) + 1e-10


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_many_rows_agree_with_the_plug_in(correction):
    counts = np.array([5e6, 3e6, 1e6, 1e6])
    plug_in = entropy_of_counts(counts, correction="none")
    assert entropy_of_counts(counts, correction=correction) == pytest.approx(plug_in, abs=1e-6)


@pytest.mark.parametrize("correction", ["miller_madow", "grassberger", "chao_shen", "shrinkage", "nsb"])
def test_every_correction_halves_the_bias_of_undersampling(correction):
    """30 rows of 20 equally likely symbols: the plug-in falls short by 0.3 nats."""
    rng, truth = np.random.default_rng(0), np.log(20.0)
    draws = [np.bincount(rng.integers(0, 20, 30), minlength=20).astype(float) for _ in range(200)]
    errors = np.array([entropy_of_counts(c, correction=correction, support=20) for c in draws]) - truth
    plain = np.array([entropy_of_counts(c, correction="none") for c in draws]) - truth
    assert plain.mean() < -0.25
    assert abs(errors.mean()) < 0.5 * abs(plain.mean())


@pytest.mark.parametrize("correction", ["none", "miller_madow", "grassberger", "chao_shen", "nsb"])
def test_information_is_a_sum_of_entropies(correction):
    x, y = np.random.default_rng(0).integers(0, 4, (2, 60, 1)).astype(float)
    h_x, h_y = (entropy_discrete(side, correction=correction) for side in (x, y))
    h_xy = entropy_discrete(np.hstack([x, y]), correction=correction, support=16)
    assert discrete(x, y, correction=correction) == pytest.approx(h_x + h_y - h_xy, abs=1e-12)


def test_shrunk_information_by_hand():
    """Counts 3 1 / 1 3: lambda = (1 - 20/64) / (7 (20/64 - 1/4)) > 1, so nothing but uniform is left."""
    x, y = rows([4, 4]), np.array([0.0, 0, 0, 1, 0, 1, 1, 1])[:, None]
    assert discrete(x, y, correction="shrinkage") == pytest.approx(0.0, abs=1e-12)
    x, y = np.tile(x, (8, 1)), np.tile(y, (8, 1))
    weight = (44 / 64) / (63 * 4 / 64)
    agree, differ = weight / 4 + (1 - weight) * 3 / 8, weight / 4 + (1 - weight) / 8
    value = 2 * (agree * np.log(4 * agree) + differ * np.log(4 * differ))
    assert discrete(x, y, correction="shrinkage") == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("correction", CORRECTIONS)
def test_standard_error_is_that_of_the_estimates(correction):
    """Within a quarter of the spread over samples of 100 rows of eight symbols."""
    rng, share = np.random.default_rng(0), 0.7 ** np.arange(8) / (0.7 ** np.arange(8)).sum()
    found = np.array(
        [entropy_discrete_error(rows(c), correction=correction) for c in rng.multinomial(100, share, 120)]
    )
    assert found[:, 1].mean() == pytest.approx(found[:, 0].std(), rel=0.25)


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
        (lambda: entropy_discrete(np.zeros((0, 1))), InputError, r"shape \(0, 1\); give \(n, d\)"),
        (lambda: entropy_discrete(np.array([[np.nan]])), InputError, "without NaN"),
        (lambda: entropy_of_counts(np.array([1.0, -1])), InputError, "from -1.0 on; give"),
        (lambda: entropy_of_counts(np.array([0.5])), InputError, "whole numbers"),
        (lambda: entropy_of_counts(np.zeros(3)), InputError, "at least one of them above zero"),
        (lambda: entropy_discrete(rows([1, 1]), support=1), InputError, "support is 1, and 2 different"),
        (lambda: entropy_discrete(rows([1]), correction="NSB"), UnknownNameError, "Did you mean 'nsb'"),
    ],
)
def test_bad_input(compute, error, message):
    with pytest.raises(error, match=message):
        compute()
