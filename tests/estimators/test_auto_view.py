"""What a critic of `Auto` sees: directions in which the sides go together, and how far out a row lies."""

import numpy as np
import pytest

from infonats.estimators import Auto
from infonats.estimators.auto_budget import BUDGETS, Budget
from infonats.estimators.auto_critic import CriticConfig
from infonats.estimators.auto_ratios import CopulaRatio
from infonats.estimators.auto_view import View, leading


def in_two_of(columns, n, seed=0):
    """Two pairs of columns with correlation .9, mixed with columns of their own on either side."""
    rng = np.random.default_rng(seed)
    x, noise, y = rng.standard_normal((3, n, columns))
    y[:, :2] = 0.9 * x[:, :2] + np.sqrt(1 - 0.81) * noise[:, :2]
    turns = [np.linalg.qr(rng.standard_normal((columns, columns)))[0] for _ in range(2)]
    return x, y, x @ turns[0], y @ turns[1]


def test_leading_directions_are_those_in_which_the_sides_go_together():
    x, y, mixed_x, mixed_y = in_two_of(12, 4000)
    base = CopulaRatio.fit(mixed_x, mixed_y)
    along_x, along_y = leading(base)
    assert along_x.shape == along_y.shape == (12, 2)
    u, v = base.student.ranks_x(mixed_x) @ along_x, base.student.ranks_y(mixed_y) @ along_y
    np.testing.assert_allclose(np.corrcoef(u.T), np.eye(2), atol=0.05)
    np.testing.assert_allclose(np.diag(np.corrcoef(u.T, v.T)[:2, 2:]), 0.9, atol=0.02)
    for known, found in ((x, u), (y, v)):  # the plane of the two columns, whatever its basis
        assert np.linalg.lstsq(found, known[:, :2], rcond=None)[1].max() / len(found) < 0.02


def test_independent_sides_have_no_leading_directions():
    x, y = np.random.default_rng(0).standard_normal((2, 500, 8))
    assert leading(CopulaRatio.fit(x, y))[0].shape == (8, 0)


def test_a_view_of_all_columns_and_of_few():
    *_, x, y = in_two_of(6, 1000)
    base = CopulaRatio.fit(x, y)
    whole, few = (View.fit(base, along, x, y) for along in (None, leading(base)))
    assert (whole.seen, few.seen) == ((7, 7), (3, 3))
    (u, _), (a, _) = whole.coordinates(x, y), few.coordinates(x, y)
    assert (u.shape, a.shape) == ((1000, 13), (1000, 9))
    np.testing.assert_array_equal(u[:, :6], a[:, :6])  # the copula's scores
    np.testing.assert_array_equal(u[:, -1], a[:, -1])  # the radius
    np.testing.assert_allclose(u[:, 6:12].numpy() @ leading(base)[0], a[:, 6:8], atol=1e-5)
    assert a[:, -1].std() == pytest.approx(1, abs=1e-3)


def test_few_directions_show_what_many_columns_hide(monkeypatch):
    """Where a pair of directions turns with the radius, which no critic of all 20 columns can learn."""
    monkeypatch.setitem(BUDGETS, "normal", Budget(3, False, (), CriticConfig(steps=600)))
    x, y, *_ = in_two_of(20, 1500, seed=1)
    angle = 0.15 * ((x**2).sum(1) - 20)
    cos, sin = np.cos(angle), np.sin(angle)
    x[:, 0], x[:, 1] = cos * x[:, 0] - sin * x[:, 1], sin * x[:, 0] + cos * x[:, 1]
    truth = -np.log(1 - 0.81)
    found = Auto().fit(x, y).estimate_
    assert "critic of few directions won" in found.provenance["choice"]
    copula = found.provenance["candidates"]["t copula"]["value"]
    assert found.value - copula > 0.4 * (truth - copula)
    assert found.interval[0] < truth
