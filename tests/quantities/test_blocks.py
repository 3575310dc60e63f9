"""Series that depend on their own past: errors of blocks, tests that keep their size."""

import jaxtyping
import numpy as np
import pytest
from scipy.signal import lfilter

from infonats.data.blocks import block_length, inflation
from infonats.errors import InputError
from infonats.quantities import conditional_mutual_information, lag_profile, transfer_entropy
from infonats.quantities._variables import gather
from infonats.quantities.blocks import rearranged


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
    assert min(starts) >= 10
    assert max(starts) <= 50
    for start, series in zip(starts, shifted, strict=True):
        np.testing.assert_array_equal(series, np.roll(x, start))
    with pytest.raises(InputError, match="60 rows in blocks of 25 allow 11 circular shifts, and 19 were asked"):
        list(rearranged(variables, 19, 25, 0))
    again = [v.blocks[0][:, 0] for v in rearranged(variables, 19, 10, 0)]
    np.testing.assert_array_equal(shifted, again)


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
