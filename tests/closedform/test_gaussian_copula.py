import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import rankdata

from infonats.closedform import gaussian, gaussian_copula, gaussian_copula_local, standard_error
from infonats.closedform.gaussian_copula import Scores, normal_scores
from infonats.errors import InputError


def test_five_points_by_hand():
    x, y = np.array([1.0, 2, 4, 8, 16])[:, None], np.array([-1.0, -2, 0, 200, 3])[:, None]
    a, b = ndtri(5 / 6), ndtri(4 / 6)  # the scores are -a, -b, 0, b, a and -b, -a, 0, a, b
    r = 2 * a * b / (a**2 + b**2)
    plug_in = -0.5 * np.log(1 - r**2)
    assert gaussian_copula(x, y, bias_correction=False) == pytest.approx(plug_in, abs=1e-12)
    assert gaussian_copula(x, y) == pytest.approx(plug_in - np.log(2) + 0.5, abs=1e-12)


def test_scores_have_average_ranks():
    rows = np.random.default_rng(0).integers(0, 8, (50, 2)).astype(float)
    expected = ndtri(rankdata(rows, axis=0) / 51)
    np.testing.assert_allclose(Scores.of(rows)(rows), expected, atol=1e-14)
    np.testing.assert_array_equal(normal_scores(rows), Scores.of(rows)(rows))
    learnt, ranks = Scores.ranked(rows)
    np.testing.assert_array_equal(learnt.ordered, Scores.of(rows).ordered)
    np.testing.assert_array_equal(ranks, learnt.rank(rows))
    new = Scores.of(np.array([[1.0], [2.0], [4.0]]))(np.array([[0.0], [1.5], [2.0], [9.0]]))
    np.testing.assert_allclose(new[:, 0], ndtri(np.array([0.5, 1.5, 2.0, 3.5]) / 4), atol=1e-14)


@pytest.mark.parametrize(
    ("rho", "n", "d", "delta"), [(0.0, 1000, 1, 0.005), (0.8, 2000, 1, 0.05), (0.6, 2000, 3, 0.08)]
)
def test_closed_form_under_any_marginals(gaussian_pairs, rho, n, d, delta):
    x, y = gaussian_pairs(n, d, rho)
    x, y = np.exp(3 * x), np.sign(y) * np.abs(y) ** 5
    local = gaussian_copula_local(x, y)
    assert delta <= 5 * standard_error(local, degrees=d * d), "no wider than the error allows"
    assert gaussian_copula(x, y) == pytest.approx(-d / 2 * np.log(1 - rho**2), abs=delta)


def test_remaining_bias_is_small(gaussian_pairs):
    values = np.array([gaussian_copula(*gaussian_pairs(200, 2, 0.6, seed)) for seed in range(144)])
    truth = -np.log(1 - 0.36)
    assert -0.02 - 3 * values.std() / 12 < values.mean() - truth < 3 * values.std() / 12


def test_too_small_for_another_copula():
    rng = np.random.default_rng(0)
    scale = np.sqrt(1 / rng.chisquare(1, (4000, 1)))  # independent normals with one scale: a Cauchy copula
    x, y = scale * rng.standard_normal((4000, 1)), scale * rng.standard_normal((4000, 1))
    assert abs(gaussian_copula(x, y)) < 0.01  # the truth is 0.224 nats


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), power=st.sampled_from([1 / 3, 3.0]), exponent=st.integers(-150, 150))
def test_increasing_maps_change_nothing(seed, power, exponent):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((40, 2))
    y = x[:, :1] + rng.standard_normal((40, 1))
    value = gaussian_copula(x, y)
    bent = np.sign(x) * np.abs(x) ** power
    assert gaussian_copula(bent, np.exp(y)) == value
    assert gaussian_copula(10.0**exponent * x, y) == value
    assert gaussian_copula(-x, y) == pytest.approx(value, abs=1e-10)
    assert gaussian_copula(y, x) == pytest.approx(value, abs=1e-10)
    order = rng.permutation(40)
    assert gaussian_copula(x[order], y[order]) == pytest.approx(value, abs=1e-10)


def test_local_values_average_to_the_estimate(gaussian_pairs):
    x, y = gaussian_pairs(100, 2, 0.7)
    x = x.round(1)
    local = gaussian_copula_local(x, y)
    assert local.mean() == pytest.approx(gaussian_copula(x, y), abs=1e-10)
    np.testing.assert_array_equal(gaussian_copula_local(x, y, at=(x, y)), local)
    assert np.isfinite(gaussian_copula_local(x, y, at=(100 * x, -100 * y))).all()


def test_gaussian_of_the_scores(gaussian_pairs):
    x, y = gaussian_pairs(50, 2, 0.4)
    assert gaussian_copula(x, y) == gaussian(Scores.of(x)(x), Scores.of(y)(y))


def test_bad_input(gaussian_pairs):
    x, y = gaussian_pairs(20, 1, 0.5)
    with pytest.raises(InputError, match="infinite"):
        gaussian_copula(x, x**3)
    with pytest.raises(InputError, match="linear combination"):
        gaussian_copula(np.hstack([x, np.exp(x)]), y)
    with pytest.raises(InputError, match="3 rows for 1"):
        gaussian_copula(x[:3], y[:3])
    with pytest.raises(InputError, match="same value in every row"):
        gaussian_copula(np.ones((20, 1)), y)
