"""A test of independence for every method, and errors of rows in order of time."""

import numpy as np
import pytest

from infonats.errors import InputError
from infonats.estimators import make
from infonats.quantities import permutation_test

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
    with pytest.raises(InputError, match="block is 30 for 120 rows; nwj holds rows out"):
        permutation_test(x, y, method="nwj", block=30)
    with pytest.raises(InputError, match="block is 0"):
        permutation_test(x, y, block=0)
