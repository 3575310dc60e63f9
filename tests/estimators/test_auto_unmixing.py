"""Copulas of independent components give back what so few rows lose in finding these."""

import numpy as np
import pytest
import torch

from infonats import tasks
from infonats.data import as_pairs
from infonats.estimators import Auto, auto_reading
from infonats.estimators.auto_budget import BUDGETS, Budget
from infonats.estimators.auto_ratios import CopulaRatio
from infonats.estimators.auto_reading import RATE, Reading, still_mixed
from infonats.estimators.auto_unmixing import ROWS, unlike_halves, unmixing


def rows(name, n, seed):
    x, y = tasks.make(name).sample(n, torch.Generator().manual_seed(seed))
    return x.numpy(), y.numpy()


def test_halves_by_hand():
    x, y = (side[:, :3] for side in rows("rotated-cubic-gaussian-20-4", 600, 0))
    order, ratio = np.random.default_rng(0).permutation(600), CopulaRatio.fit(x, y)
    expected = []
    for half in (order[:300], order[300:]):
        other = CopulaRatio.fit(x, y, unmixing(x[half], y[half], 0), shrink=False)
        expected.append(ratio.local(x, y, True) - other.local(x, y, True))
    assert other.unmixed
    assert not ratio.unmixed
    np.testing.assert_allclose(unlike_halves(ratio, as_pairs(x, y)), expected, atol=1e-12)


def test_halves_are_of_the_rows_that_the_analysis_looks_at(monkeypatch):
    """Of more rows, halves would be as many as the whole, and tell nothing of it."""
    seen = []

    def look(x, y, seed):
        seen.append(len(x))
        return np.eye(2), np.eye(2)

    monkeypatch.setattr("infonats.estimators.auto_unmixing.unmixing", look)
    x, y = np.random.default_rng(0).standard_normal((2, ROWS + 10, 2))
    unlike_halves(CopulaRatio.fit(x, y), as_pairs(x, y))
    assert seen == [ROWS // 2, ROWS // 2]


def still(lacking, monkeypatch):
    """What is read where halves lack so much, (2, 400), of 1.0 nats with a wide reach down."""
    monkeypatch.setattr(auto_reading, "unlike_halves", lambda ratio, pairs: np.array(lacking))
    x, y = np.random.default_rng(0).standard_normal((2, 400, 2))
    return still_mixed(Reading("c", 1.0, 0.02, (0.5, 0.04)), CopulaRatio.fit(x, y), as_pairs(x, y))


def test_the_value_takes_the_middle_of_what_is_still_to_come(monkeypatch):
    """Halves lack .11 and .09 more; all rows .1 as 1 / n has it, and more as n^-.4 does."""
    found = still([np.full(400, 0.11), np.full(400, 0.09)], monkeypatch)
    slow = 0.1 / (2**RATE - 1)
    assert found.value == pytest.approx(1 + (0.1 + slow) / 2)
    assert found.added == pytest.approx(found.value - 1)
    error = np.hypot(0.02, (0.1 + slow) / 0.2 * 0.01)
    assert found.stderr == pytest.approx(error)
    wider = 1.959964 * (error - 0.02)
    assert found.interval == pytest.approx((1.1 - 0.5 - wider, 1 + slow + 0.04 + wider))


CHANCE = 0.1 * np.resize([1.0, -1.0], 400)


@pytest.mark.parametrize(
    ("lacking", "more"),
    [
        ([0.001 + CHANCE, 0.001 + CHANCE], 0.001 / (2**RATE - 1)),
        ([np.full(400, 0.3), np.full(400, -0.1)], 0.1 / (2**RATE - 1)),
        ([np.full(400, -0.1), np.full(400, -0.1)], 0.0),
    ],
)
def test_what_is_not_sure_moves_the_interval_alone(lacking, more, monkeypatch):
    """By chance among rows, where halves disagree, and where they find more."""
    found = still(lacking, monkeypatch)
    assert (found.value, found.stderr, found.added) == (1.0, 0.02, 0.0)
    assert found.interval == pytest.approx((0.5, 1.04 + more))


@pytest.mark.parametrize(("warp", "truth"), [("cube", 3.0), ("uniform", 3.0)])
def test_rotated_columns_are_read_whole(warp, truth, monkeypatch):
    """Heavy tails, of which components are found slowly, and none, of which they are found fast."""
    monkeypatch.setitem(BUDGETS, "normal", Budget(3, True, (), None))
    rng, d = np.random.default_rng(5), 4
    rho = np.sqrt(1 - np.exp(-2 * truth / d))
    z, noise = rng.standard_normal((2, 3000, d))
    shape = (lambda u: u**3) if warp == "cube" else (lambda u: torch.special.ndtr(torch.from_numpy(u)).numpy())
    turns = [np.linalg.qr(rng.standard_normal((d, d)))[0] for _ in range(2)]
    x, y = (shape(u) @ turn for u, turn in zip((z, rho * z + np.sqrt(1 - rho**2) * noise), turns, strict=True))
    auto = Auto().fit(x, y)
    e = auto.estimate_
    assert "t copula of independent components" in e.provenance["choice"]
    assert e.interval[0] < truth < e.interval[1]
    assert warp == "uniform" or any("nats that the rows do not show" in note for note in e.diagnostics)
    assert abs(e.value - truth) < 0.1
    assert auto.pointwise(x, y).mean() == pytest.approx(e.value, abs=1e-9)
