import numpy as np
import pytest

from infonats.closedform import discrete, histogram, histogram_entropy, histogram_local
from infonats.closedform._adaptive import Partition
from infonats.closedform.histogram import bin_count
from infonats.errors import InputError, UnknownNameError


def test_equal_count_bins_by_hand():
    """Eight ranks in two bins of four: counts 3 1 / 1 3."""
    x = np.arange(8.0)[:, None] ** 3
    y = np.array([1.0, 2, 3, 6, 4, 5, 7, 8])[:, None]
    value = 0.75 * np.log(1.5) - 0.25 * np.log(2)
    assert histogram(x, y, bins=2, correction="none") == pytest.approx(value, abs=1e-12)
    assert histogram(x, y, bins=2) == pytest.approx(value - 1 / 16, abs=1e-12)
    halves = (x > 30).astype(float), (y > 4.5).astype(float)
    assert histogram_local(x, y, bins=2).mean() == pytest.approx(discrete(*halves), abs=1e-12)


@pytest.mark.parametrize(
    ("n", "d", "bins", "count"), [(500, 2, 0, 10), (499, 2, 0, 9), (5, 2, 0, 2), (5000, 3, 0, 10), (9, 2, 4, 4)]
)
def test_number_of_bins(n, d, bins, count):
    assert bin_count(n, d, bins) == count


def test_adaptive_partition_by_hand():
    """64 rows on the diagonal: cells of fewer than 8 rows are left, which four cuts make of 64."""
    x = np.arange(64.0)[:, None]
    assert histogram(x, x, partition="adaptive") == pytest.approx(np.log(16), abs=1e-12)


def test_adaptive_cells_tile_the_square():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((500, 1))
    found = Partition.of(x, x + 0.3 * rng.standard_normal((500, 1)))
    area = (found.cells[:, 1] - found.cells[:, 0]) * (found.cells[:, 3] - found.cells[:, 2])
    assert area.sum() == 500**2
    assert found.rows.sum() == 500


def test_adaptive_sees_dependence_without_a_slope():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((1000, 1))
    value = histogram(x, np.abs(x) + 0.3 * rng.standard_normal((1000, 1)), partition="adaptive")
    assert value > 0.4


def test_converges_from_below():
    """Binning loses information: at rho = 0.9, I = 0.83, and finer bins of more rows lose less."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((20_000, 1))
    y = 0.9 * x + np.sqrt(0.19) * rng.standard_normal((20_000, 1))
    values = [histogram(x[:n], y[:n]) for n in (200, 2000, 20_000)] + [-0.5 * np.log(0.19)]
    assert values == sorted(values)
    assert values[-1] - values[-2] < 0.03


def test_new_rows():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 200, 1))
    for partition in ("equal_count", "adaptive"):
        local = histogram_local(x, y, partition=partition)
        np.testing.assert_array_equal(histogram_local(x, y, partition=partition, at=(x[:9], y[:9])), local[:9])
        outside = histogram_local(x, y, partition=partition, at=(x[:1] + 99, y[:1] - 99))
        assert outside.shape == (1,)
        assert outside[0] < np.inf


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"bins": 1}, InputError, "bins is 1; give at least 2 bins"),
        ({"bins": -3}, InputError, "bins is -3"),
        ({"partition": "equal"}, UnknownNameError, "Did you mean 'equal_count'"),
        ({"correction": "mm"}, UnknownNameError, "There is no correction 'mm'"),
    ],
)
def test_unusable_parameters(parameters, error, message):
    x, y = np.random.default_rng(0).standard_normal((2, 50, 1))
    with pytest.raises(error, match=message):
        histogram(x, y, **parameters)


def test_adaptive_is_of_two_columns():
    x, y = np.random.default_rng(0).standard_normal((2, 50, 2))
    with pytest.raises(InputError, match=r"x has 2, y 2\. Use partition equal_count"):
        histogram(x, y, partition="adaptive")


def test_entropy_by_hand():
    """Two bins of width 1/2, one row in four in the second."""
    y = np.array([0.0, 0.1, 0.4, 1.0])[:, None]
    value = -0.75 * np.log(0.75) - 0.25 * np.log(0.25) + np.log(0.5)
    assert histogram_entropy(y, bins=2, correction="none") == pytest.approx(value, abs=1e-12)
    assert histogram_entropy(1e150 * y, bins=2, correction="none") == pytest.approx(
        value + 150 * np.log(10), abs=1e-9
    )


@pytest.mark.parametrize("d", [1, 2])
def test_entropy_of_a_normal(d):
    y = np.random.default_rng(0).standard_normal((4000, d))
    assert histogram_entropy(y) == pytest.approx(d / 2 * np.log(2 * np.pi * np.e), abs=0.05)


def test_entropy_of_a_constant():
    with pytest.raises(InputError, match="Column 0 of y has the same value in every row"):
        histogram_entropy(np.ones((9, 1)))
