import importlib

import numpy as np
import pytest

from infonats.closedform import kde, kde_entropy, kde_local
from infonats.errors import InputError, UnknownNameError


def sample(n=60, d=1, rho=0.6, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d))
    return x, rho * x + np.sqrt(1 - rho**2) * rng.standard_normal((n, d))


def left_out(z, h):
    """The log density at each row of z from the other rows, one at a time."""
    logs = []
    for i in range(len(z)):
        rest = np.delete(z, i, 0)
        squares = ((rest - z[i]) ** 2).sum(1) / h**2
        logs.append(np.log(np.exp(-squares / 2).mean()) - z.shape[1] * np.log(h * np.sqrt(2 * np.pi)))
    return np.array(logs)


@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize(("rule", "factor"), [("silverman", 4.0), ("scott", None)])
def test_equals_the_formula(d, rule, factor):
    x, y = sample(d=d)
    n, both = len(x), 2 * d
    h = ((factor or both + 2.0) / ((both + 2) * n)) ** (1 / (both + 4))
    x_unit, y_unit = x / x.std(0), y / y.std(0)
    joint = np.hstack([x_unit, y_unit])
    expected = left_out(joint, h) - left_out(x_unit, h) - left_out(y_unit, h)
    np.testing.assert_allclose(kde_local(x, y, bandwidth=rule), expected, atol=1e-10)


@pytest.mark.parametrize("rule", ["likelihood", "silverman"])
def test_blocks_make_no_difference(monkeypatch, rule):
    x, y = sample(200)
    whole = kde_local(x, y, bandwidth=rule)
    monkeypatch.setattr(importlib.import_module("infonats.closedform.kde"), "BLOCK", 1000)
    np.testing.assert_allclose(kde_local(x, y, bandwidth=rule), whole, atol=1e-12)


def test_likelihood_finds_a_narrower_kernel_for_strong_dependence():
    x, y = sample(300, rho=0.95)
    truth = -0.5 * np.log(1 - 0.95**2)
    assert abs(kde(x, y) - truth) < abs(kde(x, y, bandwidth="silverman") - truth)


def test_some_rows_choose_for_many():
    """Of 1200 rows 1000 choose the bandwidth; in whatever order they stand."""
    x, y = sample(1200)
    order = np.random.default_rng(1).permutation(1200)
    assert kde(x, y) == pytest.approx(kde(x[order], y[order]), abs=1e-10)
    assert kde(x, y) == pytest.approx(-0.5 * np.log(1 - 0.36), abs=0.06)


def test_new_rows_and_rows_far_away():
    x, y = sample(150)
    local = kde_local(x, y)
    np.testing.assert_allclose(kde_local(x, y, at=(x[:7], y[:7])), local[:7], atol=1e-12)
    assert np.isfinite(kde_local(x, y, at=(x[:2] + 1e6, y[:2] - 1e6))).all()
    x[0] = 1e9
    assert np.isfinite(kde_local(x, y)).all()


def test_repeated_rows_leave_one_out():
    x, y = sample(40)
    x, y = np.vstack([x, x]), np.vstack([y, y])
    assert np.isfinite(kde_local(x, y)).all()


@pytest.mark.parametrize("d", [1, 2])
def test_entropy_of_a_normal(d):
    y = np.random.default_rng(0).standard_normal((600, d))
    truth = d / 2 * np.log(2 * np.pi * np.e)
    assert kde_entropy(y) == pytest.approx(truth, abs=0.1)
    assert kde_entropy(1e150 * y) == pytest.approx(kde_entropy(y) + 150 * d * np.log(10), abs=1e-9)


def test_entropy_equals_the_formula():
    y, _ = sample()
    h = (4 / (3 * 60)) ** 0.2
    unit = y / y.std(0)
    expected = np.log(y.std()) - left_out(unit, h).mean()
    assert kde_entropy(y, bandwidth="silverman") == pytest.approx(expected, abs=1e-10)


def test_unusable():
    x, y = sample()
    with pytest.raises(UnknownNameError, match=r"There is no bandwidth 'silver'\. Did you mean 'silverman'"):
        kde(x, y, bandwidth="silver")
    with pytest.raises(InputError, match="Column 0 of x has the same value"):
        kde(0 * x, y)
    with pytest.raises(InputError, match="has the same value"):
        kde_entropy(x[:1])
