"""A test of independence for every method, and errors of rows in order of time."""

import numpy as np
import pytest

from infonats.closedform import ksg, ksg_error
from infonats.closedform._ready import Ready
from infonats.errors import InputError
from infonats.estimators import make
from infonats.quantities import permutation_test
from infonats.quantities._prepared import ksg_of
from infonats.quantities.blocks import orders
from infonats.quantities.independence import p_value, sequential_p

QUICK = {"max_steps": 40, "hidden": (8,)}


def pairs(n=120, rho=0.8, seed=0):
    x, noise = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + np.sqrt(1 - rho**2) * noise


@pytest.mark.parametrize("method", ["ksg", "kde", "t_copula", "wkl", "histogram", "auto-closed"])
def test_closed_forms_are_computed_anew(method):
    x, y = pairs()
    found = permutation_test(x, y, method=method, permutations=19)
    assert (found.provenance["p_value"], found.provenance["permutations"]) == (1 / 20, 19)
    assert found.value == permutation_test(x, y, method=method, permutations=0).value
    assert found == permutation_test(x, y, method=method, permutations=19)


@pytest.mark.parametrize("method", ["nwj", "gm", "doe+nwj"])
def test_what_was_trained_is_held_fixed(method):
    x, y = pairs(200)
    quick = QUICK if method == "nwj" else {"max_steps": 40} if "+" in method else {}
    found = permutation_test(x, y, method=method, permutations=19, **quick)
    assert found.provenance["p_value"] == 1 / 20
    alone = make(method, **quick).fit(x, y).estimate_
    assert (found.value, found.interval) == (alone.value, alone.interval)


def test_the_held_out_rows_are_those_that_no_fold_has_seen():
    x, y = pairs(90)
    estimator = make("gm", folds=3).fit(x, y)
    from infonats.data import as_pairs

    parts = [rows for rows, _ in estimator.held_out(as_pairs(x, y))]
    assert sorted(np.concatenate([rows.x[:, 0] for rows in parts])) == sorted(x)


def test_the_contest_has_a_test_of_its_own():
    x, y = pairs(120)
    found = permutation_test(x, y, method="auto", permutations=19, budget="fast")
    assert found.provenance["permutations"] == 999


@pytest.mark.parametrize("method", ["gaussian", "gm"])
def test_p_is_uniform_at_independence(method):
    """Of 40 independent samples at level 1/4, about 10 are called dependent: within 4 standard errors."""
    called = 0
    for seed in range(40):
        x, y = pairs(50, 0.0, seed)
        called += permutation_test(x, y, method=method, permutations=19).provenance["p_value"] <= 0.25
    assert abs(called - 10) < 4 * np.sqrt(40 * 0.25 * 0.75)


def test_a_test_that_finds_nothing_ends_early():
    x, y = pairs(60, 0.0, 3)
    found = permutation_test(x, y, method="gaussian", permutations=199, exceedances=5)
    drawn = found.provenance["permutations"]
    assert drawn < 199
    assert found.provenance["p_value"] == 5 / drawn
    strong = permutation_test(*pairs(), method="gaussian", permutations=19, exceedances=5)
    assert (strong.provenance["p_value"], strong.provenance["permutations"]) == (1 / 20, 19)


def test_sequential_p_values_hold_their_level():
    """Of exchangeable values p <= h / m has the probability h / m at most, whenever a test ends."""
    rng = np.random.default_rng(0)
    p = np.array([sequential_p(v[0], v[1:], 4)[0] for v in rng.random((4000, 40))])
    for level in (0.025, 0.05, 0.1, 0.25, 0.5):
        assert (p <= level).mean() < level + 4 * np.sqrt(level * (1 - level) / len(p))
    assert sequential_p(1.0, [0.0, 1.0, 2.0, 5.0], 2) == (2 / 3, 3)
    assert sequential_p(1.0, [0.0, 0.5], 1) == (1 / 3, 2)


@pytest.mark.parametrize(("d", "decimals"), [(1, 9), (1, 1), (3, 9)])
def test_ksg_on_sides_made_ready_once_is_ksg(d, decimals):
    rng = np.random.default_rng(d)
    x, y = rng.normal(size=(2, 80, d)).round(decimals)
    sides = Ready.of(x, "x", 0), Ready.of(y, "y", 0)
    assert ksg_of(*sides, 3) == pytest.approx((ksg(x, y), ksg_error(x, y)[1]), rel=1e-12)
    order = rng.permutation(80)
    if decimals == 9:  # no ties, and so no noise that would move with the rows
        assert ksg_of(sides[0].permuted(order), sides[1], 3)[0] == ksg(x[order], y)


@pytest.mark.parametrize("block", [1, 10])
def test_many_values_at_once_are_those_of_fits(block):
    """The value alone, and KSG on sides made ready once, against a whole fit for each permutation."""
    x, y = pairs(80, 0.3)
    for method in ("ksg", "kde"):
        found = permutation_test(x, y, method=method, permutations=19, block=block)
        value = make(method).fit(x, y).estimate_.value
        nulls = [
            make(method).fit(x[order], y).estimate_.value
            for order in orders(80, 19, found.provenance.get("block", 1), 0)
        ]
        assert found.provenance["p_value"] == p_value(value, nulls)


def test_rows_in_order_of_time_have_the_error_of_blocks():
    rng = np.random.default_rng(3)
    x, y = (np.convolve(rng.normal(size=420), np.ones(20), "valid") for _ in range(2))
    alone = permutation_test(x, y, method="kde", permutations=0)
    blocks = permutation_test(x, y, method="kde", permutations=0, block="auto")
    assert any(d.startswith("Rows that follow each other are alike") for d in alone.diagnostics)
    assert not any(d.startswith("Rows that follow each other are alike") for d in blocks.diagnostics)
    assert blocks.provenance["block"] >= 10
    assert blocks.stderr > 1.5 * alone.stderr
    assert blocks.value == alone.value
    shifted = permutation_test(x, y, method="gaussian", permutations=19, block=40)
    assert shifted.provenance["p_value"] > 0.05
    assert shifted.provenance["block"] == 40
    shuffled = permutation_test(x, y, method="gaussian", permutations=19)
    assert shuffled.provenance["p_value"] == 0.05  # rows taken for independent: a false alarm


def test_mistakes_are_answered():
    x, y = pairs()
    with pytest.raises(InputError, match="permutations is 5; it must be a whole number of at least 19"):
        permutation_test(x, y, permutations=5)
    with pytest.raises(
        InputError, match=r"exceedances is -1; it must be 0, for all permutations, or the whole"
    ):
        permutation_test(x, y, exceedances=-1)
    with pytest.raises(InputError, match="block is 30 for 120 rows; nwj holds rows out"):
        permutation_test(x, y, method="nwj", block=30)
    with pytest.raises(InputError, match="block is 0"):
        permutation_test(x, y, block=0)
