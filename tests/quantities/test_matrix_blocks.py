"""Matrices of series: each pair as the test of that pair has it, p-values that keep their size."""

import itertools

import numpy as np
import polars
import pytest
from scipy.signal import lfilter

from infonats.errors import InputError
from infonats.quantities import MatrixResult, mi_matrix, permutation_test


def series(n, d, memory=0.9, seed=0):
    """d independent stationary series x_t = memory x_{t-1} + noise, (n, d)."""
    noise = np.random.default_rng(seed).normal(size=(n + 200, d))
    return lfilter([1.0], [1.0, -memory], noise, axis=0)[200:]


@pytest.mark.parametrize("block", [7, "auto"])
@pytest.mark.parametrize("method", ["ksg", "gaussian", "gaussian_copula", "auto", "discrete", "nwj"])
def test_every_entry_is_the_test_of_the_pair(method, block):
    x = np.round(series(320, 3)) if method == "discrete" else series(320, 3)
    own = {"max_steps": 20, "hidden": (4,)} if method == "nwj" else {}
    keywords = {"permutations": 19, "block": block, "seed": 3, **own}
    found = mi_matrix(x, method=method, n_jobs=1, **keywords)
    single = "auto-closed" if method == "auto" else method
    for record, (i, j) in zip(found.records, itertools.combinations(range(3), 2), strict=True):
        expected = permutation_test(x[:, i], x[:, j], method=single, **keywords)
        assert (record.value, record.stderr, record.method) == (
            expected.value,
            expected.stderr,
            expected.method,
        )
        assert record.p == expected.provenance["p_value"]
        assert record.block == expected.provenance["block"]
    if method != "nwj":  # a closed form keeps its value
        plain = mi_matrix(x, method=method, n_jobs=1, seed=3)
        np.testing.assert_allclose(found.values, plain.values, atol=1e-12)
        assert (found.stderr >= plain.stderr * (1 - 1e-9))[np.isfinite(plain.stderr)].all()


def test_bins_keep_their_values_and_their_name():
    x = series(300, 4)
    plain, blocks = (mi_matrix(x, method="binned", bins=5, n_jobs=1, block=b) for b in (1, 20))
    np.testing.assert_allclose(blocks.values, plain.values, atol=1e-12)
    assert (blocks.stderr >= plain.stderr * (1 - 1e-9))[np.isfinite(plain.stderr)].all()
    assert {(r.method, r.block) for r in blocks.records} == {("binned", 20)}


def test_lags_and_gaps_are_those_of_the_rows_that_are_left():
    x = series(200, 2)
    x[50:60, 0] = np.nan
    found = mi_matrix(x, method="gaussian", lags=(3,), block=10, permutations=19, n_jobs=1)
    record = next(r for r in found.records if (r.x, r.y) == (0, 1))
    back, now = x[:-3, 0], x[3:, 1]
    keep = np.isfinite(back)
    expected = permutation_test(back[keep], now[keep], method="gaussian", block=10, permutations=19)
    assert (record.n, record.value, record.stderr) == (187, expected.value, expected.stderr)
    assert record.p == expected.provenance["p_value"]


def test_one_slow_column_does_not_stretch_the_blocks_of_others():
    quick = np.random.default_rng(1).normal(size=(400, 2))
    found = mi_matrix(np.c_[quick, np.cumsum(quick[:, 0])], method="gaussian", block="auto", n_jobs=1)
    assert found.records[0].block == 1
    slow = mi_matrix(series(400, 2, 0.95), method="gaussian", block="auto", n_jobs=1)
    assert slow.records[0].block > 10


def false_alarms(method, block, tables, d, n, permutations):
    """The share of pairs of independent series whose p-value is at most 0.05, and their number."""
    keywords = {"method": method, "block": block, "permutations": permutations, "n_jobs": 1}
    found = [r for seed in tables for r in mi_matrix(series(n, d, seed=seed), **keywords).records]
    return float(np.mean([r.p <= 0.05 for r in found])), len(found)


def test_shifts_keep_the_size_that_permutations_lose():
    plain, count = false_alarms("gaussian", 1, [0], 10, 300, 19)
    blocks, _ = false_alarms("gaussian", "auto", [0], 10, 300, 19)
    assert plain > 0.3
    assert blocks <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / count)


def test_blocks_are_told(tmp_path):
    found = mi_matrix(series(200, 3), method="gaussian", block=15, permutations=19, n_jobs=1)
    assert found.provenance["block"] == 15
    assert "order" not in found.provenance, "no news"
    assert {record.note for record in found.records} == {""}, "what every pair is told is said once"
    assert "with 19 permutations or shifts" in found.resolution
    assert MatrixResult.from_json(found.to_json()) == found
    assert polars.read_csv(found.write(tmp_path / "m.csv"))["block"].to_list() == [15] * 3
    plain = mi_matrix(series(200, 3), method="gaussian", n_jobs=1)
    assert "block" not in plain.provenance
    assert "order" in plain.provenance
    assert {record.block for record in plain.records} == {1}


def test_what_a_method_says_of_its_value_is_kept():
    rounded = series(300, 2).round(0) / 2
    (plain,), (blocks,) = (mi_matrix(rounded, n_jobs=1, block=b).records for b in (1, "auto"))
    assert blocks.method == plain.method == "rounded_ksg"
    assert blocks.note == plain.note != ""


def test_other_blocks_are_another_matrix(tmp_path):
    x, path = series(100, 3), tmp_path / "m.jsonl"
    one = mi_matrix(x, method="gaussian", block="auto", resume=path, n_jobs=1)
    assert mi_matrix(x, method="gaussian", block="auto", resume=path, n_jobs=1) == one
    for other in ({}, {"block": 4}):
        with pytest.raises(InputError, match="holds another matrix: its block differs"):
            mi_matrix(x, method="gaussian", resume=path, n_jobs=1, **other)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"block": 0}, "block is 0; it must be a whole number of rows of at least 1"),
        ({"block": "often"}, "block is 'often'; it must be a whole number"),
        ({"block": 80}, "block is 80 for 99 rows; give at most half of the rows, 49"),
        ({"block": 45, "permutations": 99}, "99 rows allow 98 circular shifts, and 99 were asked for"),
    ],
)
def test_blocks_that_do_not_fit_are_answered_before_the_work(keywords, message):
    with pytest.raises(InputError, match=message):
        mi_matrix(series(99, 3), method="gaussian", **keywords)


def test_pairs_without_room_for_blocks_say_so():
    found = mi_matrix(series(120, 2), method="nwj", block=30, n_jobs=1)
    assert "block is 30 for 120 rows; nwj holds rows out" in found.records[0].note
    x = series(120, 2)
    x[60:, 0] = np.nan
    found = mi_matrix(x, method="gaussian", block=40, n_jobs=1)
    assert "block is 40 for 60 rows; give at most half of the rows, 30" in found.records[0].note
