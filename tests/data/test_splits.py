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


# Rows in order of time


def spaced(split, block):
    """Every row of one part is more than `block` rows from those of another."""
    parts = [split.train, split.validation, split.test]
    return all(np.abs(a[:, None] - b).min() > block for i, a in enumerate(parts) for b in parts[i + 1 :])


@given(st.integers(100, 600), st.integers(2, 5), st.integers(0, 2**32))
def test_parts_of_a_series_are_runs_with_gaps(n, block, seed):
    split = three_way(n, seed, block=block)
    assert spaced(split, block)
    assert len(split.test) == pytest.approx(n / 5, abs=max(2, n // (30 * block)) + 1)
    assert all((np.diff(part) > 0).all() for part in (split.train, split.validation, split.test))
    lost = n - len(split.train) - len(split.validation) - len(split.test)
    assert lost <= max(n / 10, 4 * block) + 3 * n // (30 * block)


@given(st.integers(100, 600), st.integers(3, 6), st.integers(2, 5), st.integers(0, 2**32))
def test_every_row_of_a_series_is_tested_once(n, folds, block, seed):
    splits = k_folds(n, folds, seed, block)
    assert all(spaced(split, block) for split in splits)
    np.testing.assert_array_equal(np.sort(np.concatenate([s.test for s in splits])), np.arange(n))


@given(st.integers(3, 60), st.integers(0, 2**32))
def test_independent_rows_are_split_as_ever(n, seed):
    for a, b in zip(
        (three_way(n, seed), *k_folds(n, 3, seed)),
        (three_way(n, seed, block=1), *k_folds(n, 3, seed, 1)),
        strict=True,
    ):
        assert all(
            np.array_equal(getattr(a, part), getattr(b, part)) for part in ("train", "validation", "test")
        )


def test_a_long_series_is_cut_into_many_stretches():
    assert (np.diff(three_way(3000, 0, block=10).test) > 1).sum() in (9, 10)
    assert (np.diff(three_way(3000, 0, block=100).test) > 1).sum() in (0, 1)


def test_blocks_too_long_for_the_rows_are_refused():
    with pytest.raises(
        InputError, match=r"Blocks of 20 rows leave \d+ of 100 rows to train on, .* smaller block"
    ):
        three_way(100, 0, block=20)
    with pytest.raises(InputError, match="Give a smaller block, fewer folds, or a longer series"):
        k_folds(100, 10, 0, 5)
