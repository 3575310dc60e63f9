"""Whether rows tell of the rows before them: said of series, and not of independent rows."""

import numpy as np
import pytest
from scipy.signal import lfilter

from infonats.data import as_pairs, look
from infonats.data.blocks import autocorrelations, memory, ranks
from infonats.data.order import FOLLOWING, ordered, too_small


def said(x, y):
    x, y = (np.asarray(side, float).reshape(len(side), -1) for side in (x, y))
    return ordered(x, [f"x{j}" for j in range(x.shape[1])], y, [f"y{j}" for j in range(y.shape[1])])


def slow(n, memory, seed):
    """Two independent stationary series x_t = memory x_{t-1} + noise, (2, n)."""
    noise = np.random.default_rng(seed).normal(size=(2, n + 200))
    return lfilter([1.0], [1.0, -memory], noise)[:, 200:]


def test_autocorrelations_and_ranks_by_hand():
    assert autocorrelations(np.array([1.0, -1.0, 1.0, -1.0])) == pytest.approx(
        [1, -0.75, 0.5, -0.25], abs=1e-12
    )
    assert ranks(np.array([3.0, 1.0, 3.0, 7.0])).tolist() == [1.5, 0.0, 1.5, 3.0]
    assert autocorrelations(np.ones(4)).tolist() == [0.0] * 4


@pytest.mark.parametrize("memory", [0.5, 0.9])
def test_the_factor_is_that_of_autoregressions(memory):
    """sqrt((1 + a^2) / (1 - a^2)): 1.29 at a half, 3.09 at .9, where 5000 rows tell it to about a tenth."""
    found = [too_small(*slow(5000, memory, seed)) for seed in range(10)]
    assert np.mean(found) == pytest.approx(np.sqrt((1 + memory**2) / (1 - memory**2)), rel=0.12)


@pytest.mark.parametrize("memory", [0.7, 0.9, -0.9])
def test_series_are_seen(memory):
    note = said(*slow(500, memory, 0))
    assert note.startswith(FOLLOWING)
    assert "block='auto'" in note


def test_one_side_alone_does_no_harm():
    x, _ = slow(500, 0.95, 0)
    assert said(x, np.random.default_rng(1).normal(size=500)) == ""


def test_the_slowest_column_of_each_side_is_named():
    rng, (a, b) = np.random.default_rng(0), slow(500, 0.9, 1)
    x, y = np.column_stack([rng.normal(size=500), a]), np.column_stack([b, rng.normal(size=500)])
    assert "of 'x1'" in said(x, y)
    assert "of 'y0'" in said(x, y)


@pytest.mark.parametrize("n", [12, 30, 200])
def test_independent_rows_are_left_alone(n):
    """Of 600 tables: at one in 1000 more than four would be chance in one of 2500 such tests."""
    rng, count = np.random.default_rng(n), 0
    for _ in range(300):
        heavy, rare = rng.standard_cauchy(size=(n, 3)), (rng.random(n) < 0.05).astype(float)
        count += bool(said(heavy, heavy)) + bool(said(rare, rare))
    assert count <= 4


def test_what_cannot_be_judged_is_left_alone():
    x, y = slow(200, 0.9, 0)
    assert said(np.where(np.arange(200) == 7, np.nan, x), y) == ""
    assert said(np.ones(200), y) == ""
    assert said(x[:11], y[:11]) == ""
    assert said(1e300 * x, y) == said(x, y), "units do not matter"


def test_it_is_one_of_the_diagnostics():
    x, y = slow(300, 0.9, 0)
    assert any(note.startswith(FOLLOWING) for note in look(as_pairs(x, y), "gaussian"))


def test_memory_is_that_of_the_side_that_forgets_first():
    rng, (x, y) = np.random.default_rng(0), slow(2000, 0.9, 0)
    alone = memory(x[:, None], x[:, None])
    assert alone > 10
    assert memory(x[:, None], rng.normal(size=(2000, 1))) <= 2
    assert memory(x[:, None], y[:, None]) > 10
    size = np.exp(x / 2)[:, None] * rng.normal(size=(2000, 1))  # no memory of its sign, one of its size
    assert memory(size, x[:, None]) > 10
