"""Series that depend on their own past: errors of blocks, tests that keep their size."""

import importlib
from pathlib import Path

import jaxtyping
import numpy as np
import pytest
from scipy.signal import lfilter

from infonats.data.blocks import block_length, inflation
from infonats.errors import InputError
from infonats.quantities import conditional_mutual_information, lag_profile, permutation_test, transfer_entropy
from infonats.quantities._variables import gather
from infonats.quantities.blocks import apart, orders, rearranged


def slow(n, memory, seed):
    """Two independent stationary series x_t = memory x_{t-1} + noise, (2, n)."""
    noise = np.random.default_rng(seed).normal(size=(2, n + 200))
    return lfilter([1.0], [1.0, -memory], noise)[:, 200:]


def test_blocks_by_hand():
    """Terms 1 1 -1 -1 in blocks of 2: means 1, 0, -1, so 4 * 2 / (2 * 3) * 2 over a variance of 1."""
    assert inflation(np.array([1.0, 1.0, -1.0, -1.0]), 2) == pytest.approx(np.sqrt(8 / 3), abs=1e-12)
    assert inflation(np.array([1.0, -1.0, 1.0, -1.0]), 2) == 1.0
    assert inflation(np.ones(9), 3) == 1.0


def test_the_length_follows_the_memory():
    lengths = [block_length(slow(2000, memory, 0)[:1].T) for memory in (0.0, 0.5, 0.9)]
    assert lengths[0] == 1
    assert lengths[0] < lengths[1] < lengths[2] <= 400
    assert block_length(np.ones((50, 1))) == 1


@pytest.mark.parametrize("memory", [0.0, 0.8])
def test_the_error_of_a_mean_in_blocks(memory):
    """An autoregression's mean has (1 + a) / (1 - a) times the variance of independent rows: 9 at 0.8."""
    exact = np.sqrt((1 + memory) / (1 - memory))
    found = [
        inflation(series, block_length(series[:, None]))
        for seed in range(20)
        for series in slow(2000, memory, seed)
    ]
    assert np.mean(found) == pytest.approx(exact, rel=0.15)  # blocks see a little too little: Kuensch's bias


def test_shifts_keep_the_series_and_differ():
    x, y = slow(60, 0.5, 0)
    variables = gather({"x": x, "y": y})
    shifted = [v.blocks[0][:, 0] for v in rearranged(variables, 19, 10, 0)]
    starts = [int(np.flatnonzero(series == x[0])[0]) for series in shifted]
    assert len(set(starts)) == 19
    assert 0 not in starts
    assert apart(60, 19, 10, 0).tolist() == [10 <= start <= 50 for start in starts]
    for start, series in zip(starts, shifted, strict=True):
        np.testing.assert_array_equal(series, np.roll(x, start))
    with pytest.raises(InputError, match="60 rows allow 59 circular shifts, and 60 were asked"):
        list(rearranged(variables, 60, 25, 0))
    again = [v.blocks[0][:, 0] for v in rearranged(variables, 19, 10, 0)]
    np.testing.assert_array_equal(shifted, again)


def test_every_shift_is_drawn_once():
    """So that a test counts a sample of the whole group, the shifts within a block too."""
    starts = {int(order.argmin()) for order in orders(60, 59, 25, 3)}
    assert starts == set(range(1, 60))
    assert apart(60, 59, 25, 3).sum() == 60 - 2 * 25 + 1
    assert apart(60, 19, 1, 3).all()  # permutations
    with pytest.raises(InputError, match="None of 59 circular shifts of 60 rows is by a block of 31"):
        apart(60, 59, 31, 3)


def test_a_peak_among_its_neighbours_counts_as_one():
    """Series tied closest as they stand, and by no other shift as close: the smallest p that there is.

    Where one is late by six rows, the twelve shifts up to twice as far tie them closer, or as close.
    """
    x, y = slow(400, 0.95, 3)
    y = x + 0.1 * y
    whole = {"method": "gaussian", "block": "auto"}
    found = permutation_test(x, y, permutations=399, **whole)
    assert found.provenance["p_value"] == 1 / 400
    late = permutation_test(x[6:], y[:-6], permutations=393, **whole)
    assert 7 / 394 <= late.provenance["p_value"] <= 16 / 394


@pytest.mark.parametrize("block", [0, -3, "often", True])
def test_a_block_is_a_number_of_rows(block):
    with pytest.raises(InputError, match=r"block is .*; it must be a whole number of rows of at least 1"):
        transfer_entropy(*slow(100, 0.5, 0), block=block)


def test_a_block_is_at_most_half_of_the_rows():
    with pytest.raises(InputError, match="block is 80 for 99 rows; give at most half of the rows, 49"):
        transfer_entropy(*slow(100, 0.5, 0), method="gaussian", block=80)


def test_independent_rows_keep_their_error_to_the_bit():
    x, y = np.random.default_rng(0).normal(size=(2, 500))
    one, auto = (transfer_entropy(x, y, method="gaussian", block=block) for block in (1, "auto"))
    assert (one.value, one.stderr) == (auto.value, auto.stderr)
    assert auto.provenance["block"] == 1
    assert any("show none" in note for note in auto.diagnostics)


def test_slow_series_have_wider_errors_and_say_so():
    rng = np.random.default_rng(1)
    x = lfilter([1.0], [1.0, -0.95], rng.normal(size=1000))
    y = x + rng.normal(size=1000)
    plain, blocks = (
        lag_profile(x, y, lags=[0], method="gaussian", block=b).ranked()[0][2] for b in (1, "auto")
    )
    assert blocks.value == plain.value
    assert blocks.stderr > plain.stderr
    assert blocks.provenance["block"] > 1
    assert any("is that of blocks of" in note for note in blocks.diagnostics)


def test_a_method_that_trains_holds_runs_of_rows_out():
    x, y = slow(300, 0.9, 0)
    found = transfer_entropy(x, y, method="nwj", max_steps=2, hidden=(4,))
    assert any("are runs of rows, more than 14 rows apart" in note for note in found.diagnostics)


def test_given_another_series_the_test_shifts():
    x, y = slow(300, 0.9, 0)
    z = slow(300, 0.9, 1)[0]
    found = conditional_mutual_information(x, y, z, method="gaussian", block=20, permutations=19)
    assert found.provenance["block"] == 20
    assert 1 / 20 <= found.provenance["p_value"] <= 1.0


def rejections(measure, samples, memory=0.95):
    return np.mean([measure(*slow(300, memory, seed)) <= 0.05 for seed in range(samples)])


def of_lag_zero(block):
    def p(x, y):
        found = lag_profile(x, y, lags=[0], method="gaussian", permutations=19, block=block)
        return found.p[0, 0]

    return p


def of_triple(block):
    def p(x, y):
        z = np.random.default_rng(0).normal(size=len(x))
        found = conditional_mutual_information(x, y, z, method="gaussian", permutations=19, block=block)
        return found.provenance["p_value"]

    return p


def of_delayed(block):
    """A target of two independent slow parts, of which its own past tells one."""

    def p(x, y):
        return transfer_entropy(x, y, method="gaussian", surrogates=19, block=block).provenance["p_value"]

    return p


@pytest.mark.statistical
@pytest.mark.parametrize("test", [of_lag_zero, of_triple], ids=["lags", "conditional"])
def test_shifts_keep_the_size_that_permutations_lose(test, monkeypatch):
    """Independent series with a memory of 20 rows, at 5 %: 200 samples know 0.05 to 0.015."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    assert rejections(test(1), 60) > 0.3
    assert rejections(test("auto"), 200) < 0.05 + 4 * 0.0154


@pytest.mark.statistical
def test_transfer_entropy_keeps_its_size(monkeypatch):
    """Given its own past a target's noise is white, so that here even permutations keep their size."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    assert rejections(of_delayed("auto"), 200) < 0.05 + 4 * 0.0154


def test_the_benchmark_of_shifts_tests_as_the_library_does(monkeypatch):
    """benchmarks/shifts.py takes the correlations of all shifts from one Fourier transform."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    shifts = importlib.import_module("shifts")
    for seed in range(3):
        x, y = shifts.series(200, 0.9, "r = 0.3", np.random.default_rng(seed))
        found = permutation_test(x, y, method="gaussian", block=2, permutations=shifts.SHIFTS, seed=seed)
        assert found.provenance["p_value"] == shifts.by_all(shifts.correlations(x, y), seed)


@pytest.mark.statistical
@pytest.mark.parametrize(("n", "memory"), [(200, 0.9), (500, 0.9), (1000, 0.95)])
def test_shifts_reject_one_in_twenty_of_short_slow_series(n, memory, monkeypatch):
    """4000 samples know 0.05 to 0.0034; leaving near shifts out rejected 0.075, 0.074 and 0.066."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    shifts = importlib.import_module("shifts")
    rng = np.random.default_rng(n)
    pairs = (shifts.series(n, memory, "none", rng) for _ in range(4000))
    hits = [shifts.by_all(shifts.correlations(x, y), seed) <= 0.05 for seed, (x, y) in enumerate(pairs)]
    assert 0.05 - 4 * 0.0034 < np.mean(hits) < 0.05 + 4 * 0.0034
