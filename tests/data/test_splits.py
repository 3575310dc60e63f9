import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infonats.data import k_folds, three_way
from infonats.errors import InputError

SEEDS = st.integers(0, 2**63 - 1)


def check_partition(split, n):
    parts = (split.train, split.validation, split.test)
    assert all(len(part) and part.dtype == np.int64 for part in parts)
    assert sorted(np.concatenate(parts).tolist()) == list(range(n))


@given(st.integers(3, 300), SEEDS, st.tuples(*[st.floats(0.01, 1.0)] * 3))
def test_three_way_covers_everything_once(n, seed, weights):
    total = sum(weights)
    check_partition(three_way(n, seed, tuple(w / total for w in weights)), n)


@pytest.mark.parametrize(("n", "sizes"), [(1000, (600, 200, 200)), (3, (1, 1, 1)), (7, (5, 1, 1))])
def test_three_way_sizes(n, sizes):
    split = three_way(n, 0)
    assert (len(split.train), len(split.validation), len(split.test)) == sizes


@given(st.integers(3, 9), st.integers(0, 100), SEEDS)
def test_k_folds_test_every_row_once_and_validate_on_the_next(folds, extra, seed):
    n = folds + extra
    splits = k_folds(n, folds, seed)
    assert len(splits) == folds
    for f, split in enumerate(splits):
        check_partition(split, n)
        np.testing.assert_array_equal(split.validation, splits[(f + 1) % folds].test)
    sizes = [len(split.test) for split in splits]
    assert sorted(np.concatenate([split.test for split in splits])) == list(range(n))
    assert max(sizes) - min(sizes) <= 1


def test_the_seed_alone_decides():
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - the global state must stay as it is
    a, b, c = three_way(50, 1), three_way(50, 1), three_way(50, 2)
    np.testing.assert_array_equal(a.train, b.train)
    assert a.train.tolist() != c.train.tolist()
    np.testing.assert_array_equal(k_folds(50, 5, 1)[2].train, k_folds(50, 5, 1)[2].train)
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002


def test_rows_are_shuffled():
    assert three_way(1000, 0).test.mean() == pytest.approx(499.5, abs=5 * 1000 / np.sqrt(12 * 200))


@pytest.mark.parametrize("n", [0, 1, 2])
def test_three_way_needs_three_rows(n):
    with pytest.raises(InputError, match=f"{n} rows cannot be split .*give at least 3 rows"):
        three_way(n, 0)


@pytest.mark.parametrize(
    "fractions", [(0.5, 0.5, 0.0), (0.8, 0.4, -0.2), (0.6, 0.2, 0.3), (float("nan"), 0.5, 0.5)]
)
def test_fractions_must_be_positive_and_sum_to_one(fractions):
    with pytest.raises(InputError, match=r"fractions are .*; give three positive numbers with sum 1"):
        three_way(100, 0, fractions)


@pytest.mark.parametrize(("n", "folds"), [(100, 2), (100, 0), (4, 5), (2, 3)])
def test_folds_are_bounded(n, folds):
    with pytest.raises(InputError, match=f"folds is {folds} for {n} rows; give a whole number from 3"):
        k_folds(n, folds, 0)


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_seeds_are_checked(seed):
    with pytest.raises(InputError, match=r"seed is .*; it must be a whole number"):
        three_way(10, seed)
    with pytest.raises(InputError, match=r"seed is .*; it must be a whole number"):
        k_folds(10, 3, seed)
