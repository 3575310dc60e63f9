"""Rows that are images: their shape is kept, and pixels that never change are no columns."""

import numpy as np
import pytest

import infonats
from infonats.data import as_pairs
from infonats.data.grids import Grid
from infonats.errors import InputError
from infonats.estimators import make


def images(n=40, seed=0):
    """3 x 4 pixels whose border column is black."""
    rows = np.random.default_rng(seed).uniform(size=(n, 3, 4))
    rows[:, :, 0] = 0
    return rows


def test_constant_pixels_are_left_out_and_come_back():
    x, y = images(), np.arange(40.0)
    pairs = as_pairs(x, y)
    assert pairs.x.shape == (40, 9)
    assert pairs.x_names[:3] == ("x1", "x2", "x3")
    assert pairs.x_grid.shape == (3, 4)
    assert pairs.x_grid.constant == 3
    assert pairs.y_grid is None
    np.testing.assert_array_equal(pairs.x_grid.images(pairs.x), x)
    assert pairs.take([1, 2]).x_grid is pairs.x_grid


def test_columns_of_a_table_are_still_refused():
    with pytest.raises(InputError, match="Constant in all 40 rows of x"):
        as_pairs(images().reshape(40, 12), np.arange(40.0))
    with pytest.raises(InputError, match="Constant in all 40 rows of x"):
        as_pairs(np.zeros((40, 3, 4)), np.arange(40.0))


def test_places_by_hand():
    whole, part = Grid.whole((2, 2)), Grid((2, 2), np.array([1, 3]))
    assert part.places(whole).tolist() == [1, 3]
    assert whole.places(part) is None
    assert part.places(Grid.whole((4,))) is None


def test_a_fitted_method_takes_new_images_saved_or_not(tmp_path):
    x, y = images(), np.random.default_rng(1).standard_normal((40, 1))
    x[:, 1, 1] = 3 * y[:, 0]
    fitted = make("ksg").fit(x, y)
    assert any("3 of 12 columns of x are constant here" in note for note in fitted.estimate_.diagnostics)
    fitted.save(tmp_path / "fitted")
    again = infonats.load(tmp_path / "fitted")
    new = images(seed=2)
    np.testing.assert_array_equal(again.pointwise(new, y), fitted.pointwise(new, y))
    np.testing.assert_array_equal(fitted.pointwise(new[:, :, 1:].reshape(40, 9), y), fitted.pointwise(new, y))
    with pytest.raises(InputError, match=r"x has 16 columns .* fitted to 9 columns of x"):
        fitted.pointwise(np.ones((40, 4, 4)), y)
