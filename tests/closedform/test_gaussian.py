import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from infonats.closedform import gaussian, gaussian_local, standard_error
from infonats.closedform.gaussian import Canonical, wishart_bias
from infonats.errors import InputError


def draw(n, dx, dy, seed):
    rng = np.random.default_rng(seed)
    z = rng.standard_normal((n, dx + dy)) @ rng.standard_normal((dx + dy, dx + dy))
    return z[:, :dx], z[:, dx:]


def log_determinants(x, y):
    """The plug-in from covariance matrices."""
    s = [np.linalg.slogdet(np.atleast_2d(np.cov(z.T)))[1] for z in (x, y, np.hstack([x, y]))]
    return 0.5 * (s[0] + s[1] - s[2])


def test_five_points_by_hand():
    x, y = np.array([-2.0, -1, 0, 1, 2])[:, None], np.array([-1.0, -2, 0, 2, 1])[:, None]
    # r = 8/10, so the plug-in is -log 0.6; the bias is (psi(2) - psi(3/2)) / 2 = log 2 - 1/2.
    assert gaussian(x, y, bias_correction=False) == pytest.approx(-np.log(0.6), abs=1e-12)
    assert gaussian(x, y) == pytest.approx(-np.log(0.6) - np.log(2) + 0.5, abs=1e-12)
    # u = v = 0 at the middle point: the local value is -1/2 log(1 - r^2).
    assert gaussian_local(x, y, bias_correction=False)[2] == pytest.approx(-np.log(0.6), abs=1e-12)
    # u = -sqrt 2, v = -1/sqrt 2 at the first: subtract (0.64 * 2.5 - 1.6) / 0.72 = 0.
    assert gaussian_local(x, y, bias_correction=False)[0] == pytest.approx(-np.log(0.6), abs=1e-12)


@pytest.mark.parametrize(("n", "dx", "dy"), [(30, 1, 1), (40, 3, 2), (40, 2, 5), (200, 10, 10)])
def test_equals_log_determinants(n, dx, dy):
    x, y = draw(n, dx, dy, seed=n)
    assert gaussian(x, y, bias_correction=False) == pytest.approx(log_determinants(x, y), abs=1e-9)


@pytest.mark.parametrize(("n", "dx", "dy"), [(12, 3, 2), (50, 1, 4), (100, 5, 5)])
def test_bias_is_that_of_three_log_determinants(n, dx, dy):
    def expected(d):  # E log|S| - log|Sigma| - d log 2, from the chi-squares of the Bartlett decomposition
        return sum(digamma((n - 1 - i) / 2) for i in range(d))

    assert wishart_bias(n, dx, dy) == pytest.approx(
        0.5 * (expected(dx) + expected(dy) - expected(dx + dy)), abs=1e-12
    )
    assert wishart_bias(n, dx, dy) == pytest.approx(wishart_bias(n, dy, dx), abs=1e-12)
    assert wishart_bias(100000, dx, dy) == pytest.approx(dx * dy / 200000, rel=1e-3)


@pytest.mark.parametrize(("n", "d", "rho"), [(15, 3, 0.0), (15, 3, 0.8), (60, 5, 0.5)])
def test_corrected_value_is_unbiased_and_the_plug_in_is_not(gaussian_pairs, n, d, rho):
    truth = -d / 2 * np.log(1 - rho**2)
    values = np.array([gaussian(*gaussian_pairs(n, d, rho, seed)) for seed in range(225)])
    error = values.std(ddof=1) / 15
    assert abs(values.mean() - truth) < 3.5 * error
    assert wishart_bias(n, d, d) > 3.5 * error, "negative control: without the correction this test fails"


@pytest.mark.parametrize(("rho", "most"), [(0.0, np.sqrt(3)), (0.3, 1.0), (0.8, 1.0)])
def test_standard_error_is_that_of_repetitions(gaussian_pairs, rho, most):
    fits = [gaussian_pairs(200, 2, rho, seed) for seed in range(120)]
    spread = np.std([gaussian(*fit) for fit in fits])  # itself known to 6 %
    stated = np.mean([standard_error(gaussian_local(*fit), degrees=4) for fit in fits])
    assert 0.8 < stated / spread < 1.2 * most


def test_values_may_be_negative(gaussian_pairs):
    assert min(gaussian(*gaussian_pairs(50, 1, 0.0, seed)) for seed in range(10)) < 0


def test_too_small_for_dependence_that_is_not_linear():
    x = np.random.default_rng(0).standard_normal((2000, 1))
    assert abs(gaussian(x, x**2 + 0.1 * np.random.default_rng(1).standard_normal((2000, 1)))) < 0.01


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9])
def test_near_identity_keeps_its_digits(gap):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((500, 1))
    noise = rng.standard_normal((500, 1))
    noise -= x * (x - x.mean()).T @ noise / ((x - x.mean()).T @ (x - x.mean()))  # exactly uncorrelated
    expected = 0.5 * np.log1p(x.var() / (gap**2 * noise.var()))
    assert gaussian(x, x + gap * noise, bias_correction=False) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize(("dx", "dy"), [(1, 1), (2, 3), (4, 1)])
def test_local_values_are_log_density_ratios(dx, dy, corrected):
    x, y = draw(60, dx, dy, seed=3)
    local = gaussian_local(x, y, bias_correction=corrected)
    assert local.mean() == pytest.approx(gaussian(x, y, bias_correction=corrected), abs=1e-10)

    def log_density(z, at):
        gap, cov = at - z.mean(0), np.atleast_2d(np.cov(z.T, ddof=0))
        return -0.5 * (np.sum(gap @ np.linalg.inv(cov) * gap, axis=1) + np.linalg.slogdet(cov)[1])

    u, v = draw(7, dx, dy, seed=4)
    expected = log_density(np.hstack([x, y]), np.hstack([u, v])) - log_density(x, u) - log_density(y, v)
    shift = wishart_bias(60, dx, dy) if corrected else 0.0
    assert gaussian_local(x, y, bias_correction=corrected, at=(u, v)) == pytest.approx(
        expected - shift, abs=1e-9
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), dx=st.integers(1, 3), dy=st.integers(1, 3))
def test_invertible_linear_maps_symmetry_and_order(seed, dx, dy):
    x, y = draw(30, dx, dy, seed)
    rng = np.random.default_rng(seed)
    mix = np.linalg.qr(rng.standard_normal((dx, dx)))[0] * rng.uniform(0.1, 10, dx)
    value, order = gaussian(x, y), rng.permutation(30)
    assert gaussian(x @ mix + rng.standard_normal(dx), y) == pytest.approx(value, abs=1e-8)
    assert gaussian(y, x) == pytest.approx(value, abs=1e-9)
    assert gaussian(x[order], y[order]) == pytest.approx(value, abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), exponent=st.integers(-150, 150), offset=st.floats(-1e5, 1e5))
def test_units_do_not_matter(seed, exponent, offset):
    x, y = draw(30, 2, 1, seed)
    assert gaussian(10.0**exponent * x, y + offset) == pytest.approx(gaussian(x, y), abs=1e-7)


def test_a_fit_survives_as_arrays():
    x, y = draw(40, 2, 3, seed=0)
    fit = Canonical.fit(x, y)
    again = Canonical.from_arrays(fit.arrays())
    assert again.value(True) == fit.value(True)
    np.testing.assert_array_equal(again.local(x, y, True), fit.local(x, y, True))


A, B = draw(20, 2, 1, seed=1)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.hstack([A, A[:, :1]]), B, r"Column x\[(0|2)\] is a linear combination of x\[(0|2)\]: .*Drop one"),
        (
            np.hstack([A, A @ [[1.0], [2.0]] + 3]),
            B,
            r"Column x\[\d\] is a linear combination of x\[\d\], x\[\d\]:",
        ),
        (B, np.hstack([A, 1e6 * A[:, 1:]]), r"Column y\[(1|2)\] is a linear combination of y\[(1|2)\]:"),
        (A, A[:, :1] + A[:, 1:], "A linear combination of the columns of y equals one of x.*infinite"),
        (A[:4], B[:4], r"4 rows for 2 \+ 1 columns; .* more than dx \+ dy \+ 1 = 4"),
        (np.ones((20, 1)), B, "Column 0 of x has the same value"),
    ],
)
def test_bad_input(x, y, message):
    with pytest.raises(InputError, match=message):
        gaussian(x, y)


def test_messages_use_given_names():
    with pytest.raises(InputError, match=r"Column (a|c) is a linear combination of (a|c): "):
        Canonical.fit(np.hstack([A, A[:, :1]]), B, (["a", "b", "c"], ["d"]))
