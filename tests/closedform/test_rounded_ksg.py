import numpy as np
import pytest

from infonats.closedform import ksg, mixed_ksg, rounded_ksg, rounded_ksg_error, rounded_ksg_local
from infonats.closedform.rounded_ksg import _within_cells, rounded, spread
from infonats.errors import InputError
from infonats.estimators import make, mutual_information


def digits(n, seed=0):
    return np.random.default_rng(seed).integers(0, 10, (2, n, 1)).astype(float)


def test_values_spread_over_their_cells():
    """Values 0, 1, 3: the cells are [-.5, .5], [.5, 2], [2, 4]."""
    column = np.repeat([0.0, 1.0, 3.0], 200)
    moved = _within_cells(column, np.random.default_rng(0).random(600)).reshape(3, 200)
    for cell, (low, high) in zip(moved, ((-0.5, 0.5), (0.5, 2.0), (2.0, 4.0)), strict=True):
        assert low <= cell.min() < cell.max() <= high
        assert cell.max() - cell.min() > 0.9 * (high - low)


def test_which_columns_are_rounded():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((100, 1))
    few = np.vstack([z[:95], np.full((5, 1), 3.0)])
    np.testing.assert_array_equal(rounded(np.hstack([z, z.round(1), few])), [False, True, False])


def test_without_ties_it_is_ksg(gaussian_pairs):
    x, y = gaussian_pairs(150, 2, 0.7)
    assert rounded_ksg(x, y) == ksg(x, y)


def test_independent_digits_share_nothing():
    """100 rows on 100 cells: mixed_ksg reads half a nat. The standard deviation of one value is .06."""
    values = [rounded_ksg(*digits(100, seed)) for seed in range(20)]
    assert abs(np.mean(values)) < 4 * 0.06 / np.sqrt(20)
    assert mixed_ksg(*digits(100)) > 0.3


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_rounding_of_measurements_costs_next_to_nothing(gaussian_pairs, rho):
    """To a tenth of a standard deviation: mixed_ksg reads .45 for 0 and .69 for .22."""
    values = [rounded_ksg(*(side.round(1) for side in gaussian_pairs(1000, 1, rho, seed))) for seed in range(8)]
    truth = -0.5 * np.log1p(-(rho**2))
    # .03 is the deviation of one value; .01 for the bias of ksg and of the rounding
    assert abs(np.mean(values) - truth) < 4 * 0.03 / np.sqrt(8) + 0.01


def test_sides_may_change_places():
    x, y = digits(80)
    assert rounded_ksg(y, x, seed=3) == pytest.approx(rounded_ksg(x, y, seed=3), abs=1e-12)


def test_new_points_that_are_rows_have_their_values():
    x, y = digits(60)
    y = y + (np.arange(60) % 2)[:, None] * 0.25
    local = rounded_ksg_local(x, y)
    again = rounded_ksg_local(x, y, at=(x, y))
    assert again.mean() == pytest.approx(local.mean(), abs=1e-12)
    assert np.isfinite(rounded_ksg_local(x, y, at=(x[:5] + 0.1, y[:5]))).all()


def test_the_error_contains_the_draws():
    x, y = digits(200)
    local, stderr = rounded_ksg_error(x, y)
    means = [ksg(*drawn) for drawn in spread((x, y), 3, 4, 0)]
    assert local.mean() == pytest.approx(np.mean(means), abs=1e-12)
    assert stderr > np.std(means, ddof=1) / 2 > 0


@pytest.mark.parametrize("draws", [0, 1, 3, -2, True])
def test_draws_out_of_range(draws):
    with pytest.raises(InputError, match="give an even number from 2 on"):
        rounded_ksg(*digits(30), draws=draws)


def test_auto_takes_it_where_ksg_refuses():
    x, noise = np.random.default_rng(0).standard_normal((2, 400, 1))
    x, y = x.round(2), (0.6 * x + 0.8 * noise).round(2)
    x[:80] = x[0]
    y[:80] = y[0]
    estimate = mutual_information(x, y)
    assert estimate.method == "rounded_ksg"
    assert any("spread evenly" in sentence for sentence in estimate.diagnostics)


def test_estimator_is_the_function():
    x, y = digits(90)
    assert make("rounded_ksg", seed=2).fit(x, y).estimate_.value == rounded_ksg(x, y, seed=2)
