import numpy as np
import pytest
from scipy.spatial import KDTree

from infonats.closedform._columns import Scale, codes, paired
from infonats.closedform._ties import NOISE, separate, twins
from infonats.closedform.neighbours import below, check_k, count_within, nearest
from infonats.errors import InputError


def lattice(n, d, seed):
    """Many equal distances, at which only exact comparisons count right."""
    return np.random.default_rng(seed).integers(0, 9, (n, d)) * 0.1


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_counts_are_exact_at_the_boundary(d, seed):
    reference, points = lattice(150, d, seed), lattice(60, d, seed + 9)
    distance = np.abs(points[:, None] - reference[None]).max(2)
    radius = np.where(distance[:, seed] > 0, distance[:, seed], 0.3)
    assert (count_within(reference, points, radius) == (distance <= radius[:, None]).sum(1)).all()
    assert (count_within(reference, points, below(radius)) == (distance < radius[:, None]).sum(1)).all()
    assert (count_within(reference, points, 0 * radius) == (distance == 0).sum(1)).all()


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_sorted_search_equals_a_scan(scale):
    rng = np.random.default_rng(1)
    values = scale * (rng.standard_normal((300, 1)) + 100.0)
    radius = np.abs(values - values[rng.permutation(300)])[:, 0]
    distance = np.abs(values - values.T)
    assert (count_within(values, values, radius) == (distance <= radius[:, None]).sum(1)).all()


def test_two_trees_count_alike():
    rng = np.random.default_rng(2)
    rows, radius = rng.standard_normal((500, 3)), rng.random(500)
    plain = KDTree(rows).query_ball_point(rows, radius, p=np.inf, return_length=True)
    np.testing.assert_array_equal(count_within(rows, rows, radius), plain)


def test_a_row_is_not_its_own_neighbour():
    rows = np.array([[0.0], [1.0], [3.0]])
    distance, row, itself = nearest(rows, np.array([[1.0], [2.5]]), 2)
    assert itself.tolist() == [1, 0]
    assert distance.tolist() == [[1.0, 2.0], [0.5, 1.5]]
    assert row.tolist() == [[0, 2], [2, 1]]


def test_below_is_the_next_number():
    assert below(np.array([1.0]))[0] == 1.0 - 2.0**-53


def test_scale_has_median_zero_and_unit_spread():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((101, 3)) * [1e-150, 1.0, 1e150] + [0, 1e6, 0]
    z = Scale.of(rows)(rows)
    assert np.median(z, axis=0) == pytest.approx([0, 0, 0], abs=1e-12)
    assert z.std(0) == pytest.approx([1, 1, 1], abs=1e-12)


def test_noise_goes_to_tied_columns_only():
    rng = np.random.default_rng(0)
    rows = np.hstack([rng.standard_normal((50, 1)), rng.standard_normal((50, 1)).round(1)])
    apart = separate(rows, seed=0)
    np.testing.assert_array_equal(apart[:, 0], rows[:, 0])
    moved = apart[:, 1] - rows[:, 1]
    assert len(np.unique(apart[:, 1])) == 50
    assert 0 < np.abs(moved).max() < 6 * NOISE
    assert separate(rows[:, :1], seed=0) is not apart


def test_codes_number_distinct_rows():
    rows = np.array([[1.0, 2.0], [0.0, 5.0], [1.0, 2.0], [-0.0, 5.0], [1.0, 1.0]])
    assert codes(rows).tolist() == [2, 0, 2, 0, 1]


def test_twins_pair_copies_in_order():
    reference = np.array([[5.0], [7.0], [5.0]])
    assert twins(reference, np.array([[5.0], [5.0], [5.0], [6.0], [7.0]])).tolist() == [0, 2, 0, -1, 1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: paired(np.zeros((3, 1)), np.zeros((4, 1))), "x has 3 rows and y has 4"),
        (lambda: paired(np.zeros(3), np.zeros((3, 1))), r"x has shape \(3,\).*x\[:, None\]"),
        (lambda: paired(np.zeros((3, 1)), np.zeros((3, 0))), r"y has shape \(3, 0\)"),
        (lambda: Scale.of(np.zeros((3, 1)), "y"), "Column 0 of y has the same value"),
        (lambda: check_k(0), "k is 0"),
        (lambda: check_k(True), "k is True"),
        (lambda: check_k(3, 3), "3 rows and k = 3"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(InputError, match=message):
        call()
