"""A side made ready at once is the side scaled, separated and sorted step by step."""

import numpy as np
import pytest

from infonats.closedform._columns import Scale
from infonats.closedform._ready import Ready
from infonats.closedform._ties import separate
from infonats.errors import InputError


@pytest.mark.parametrize("exponent", [-150, 0, 150])
@pytest.mark.parametrize("decimals", [1, 15])
def test_step_by_step_and_at_once(decimals, exponent):
    rows = np.random.default_rng(decimals).standard_normal((400, 3)) + np.array([0.0, 50.0, -3.0])
    rows[:, :2] = rows[:, :2].round(decimals)
    rows *= 10.0**exponent
    found = Ready.of(rows, "x", 5)
    np.testing.assert_array_equal(found.rows, separate(Scale.of(rows)(rows), 5))
    for column, values in zip(found.columns, found.rows.T, strict=True):
        np.testing.assert_array_equal(column.values[column.order], np.sort(values))
        np.testing.assert_array_equal(column.ordered, np.sort(values))
    assert not found.tied
    assert Ready.of(rows[:, :2], "x", 5).tied == (decimals == 1)


def test_sides_that_neighbours_cannot_use():
    rows = np.random.default_rng(0).standard_normal((400, 2))
    with pytest.raises(InputError, match="Column 1 of y has the same value in every row"):
        Ready.of(rows * [1.0, 0.0], "y", 0)
    with pytest.raises(InputError, match=r"Column 0 of x has .* looks discrete"):
        Ready.of(np.where([True, False], rows.round(), rows), "x", 0)
