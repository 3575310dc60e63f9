import numpy as np
import pytest

import infonats
from infonats.data import as_pairs
from infonats.estimators import METHODS
from infonats.estimators.choice import choose


def columns(kinds, n=100):
    """c: continuous, d: discrete with three values, r: rounded but not whole, h: to halves."""
    rng = np.random.default_rng(0)
    make = {
        "c": lambda: rng.standard_normal(n),
        "d": lambda: rng.integers(0, 3, n).astype(float),
        "h": lambda: np.round(2 * rng.standard_normal(n)) / 2,
        "r": lambda: rng.standard_normal(n).round(1),
    }
    return np.stack([make[kind]() for kind in kinds], 1)


@pytest.mark.parametrize(
    ("x", "y", "method", "reason"),
    [
        ("c", "c", "auto", "the columns are continuous"),
        ("ccc", "cc", "auto", "the columns are continuous"),
        ("r", "c", "auto", "the columns are continuous"),
        ("d", "d", "discrete", "every column looks discrete"),
        ("dd", "d", "discrete", "every column looks discrete"),
        ("d", "c", "ross", "one side looks discrete and the other continuous"),
        ("cc", "dd", "ross", "one side looks discrete"),
        ("c", "cd", "mixed_ksg", "some columns look discrete and some continuous"),
        ("dc", "dc", "mixed_ksg", "some columns look discrete"),
        ("d", "h", "rounded_ksg", "one side looks discrete and values of the others repeat as if rounded"),
        ("dh", "c", "rounded_ksg", "some columns look discrete and values of the others repeat"),
        ("h", "h", "rounded_ksg", "values repeat too often for ksg"),
    ],
)
def test_choice(x, y, method, reason):
    chosen, why = choose(as_pairs(columns(x), columns(y)[::-1]))
    assert chosen == method
    assert chosen in {*METHODS, "auto"}
    assert reason in why
    assert why.startswith("chosen because ")


def test_doses_are_labels():
    """Eleven numbers that are not whole, in 50 rows each, are no continuous column."""
    doses = np.r_[0.0, np.geomspace(0.01, 100, 10)][np.arange(550) % 11]
    assert choose(as_pairs(doses, columns("ccccc", 550)))[0] == "ross"
    assert choose(as_pairs(doses, columns("ccccc", 550)), "auto-closed")[0] == "ross"
    assert choose(as_pairs(doses[:540], columns("c", 540)))[0] == "rounded_ksg"


def test_counts_beside_labels_are_no_atoms():
    """More values than neighbours refuse, each in a few rows; a few frequent ones beside others are atoms."""
    rng = np.random.default_rng(0)
    y = np.c_[rng.integers(0, 3, 2000), rng.normal(size=2000)]
    counts = rng.integers(0, 400, 2000) + 0.5
    assert choose(as_pairs(counts, y))[0] == "rounded_ksg"
    assert choose(as_pairs(np.where(rng.random(2000) < 0.7, 0.5, rng.normal(size=2000)), y))[0] == "mixed_ksg"
    assert choose(as_pairs(rng.normal(size=2000), y))[0] == "mixed_ksg"


def test_no_choice_is_followed_by_the_advice_to_choose_another():
    x, y = columns("d")[:, 0], columns("h")[:, 0]
    found = infonats.mutual_information(x, y)
    assert found.method == "rounded_ksg"
    assert not any("use method" in note for note in found.diagnostics)


@pytest.mark.parametrize(("x", "method"), [("c", "ksg"), ("cccc", "infonce")])
def test_few_rows_are_no_contest(x, method):
    chosen, why = choose(as_pairs(columns(x, 99), columns("c", 99)[::-1]))
    assert chosen == method
    assert "continuous" in why


def test_columns_that_others_make_up_are_no_contest():
    x = columns("cccc")
    x[:, 3] = x[:, 0]
    assert choose(as_pairs(x, columns("c")[::-1]))[0] == "infonce"


@pytest.mark.parametrize(
    ("x", "y", "method"),
    [
        ("c", "c", "ksg"),
        ("d", "d", "discrete"),
        ("d", "c", "ross"),
        ("dc", "c", "mixed_ksg"),
        ("ccc", "cc", "t_copula"),
    ],
)
def test_choice_without_training(x, y, method):
    pairs = as_pairs(columns(x), columns(y)[::-1])
    chosen, why = choose(pairs, "auto-closed")
    assert chosen == method
    assert why.startswith("chosen because ")
    assert METHODS[chosen]().info.family == "closed form"
    assert infonats.mutual_information(pairs.x, pairs.y, method="auto-closed").provenance["choice"] == why


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_rows_are_no_error(n):
    assert choose(as_pairs(columns("c", n), columns("d", n), varying=False))[0] in METHODS
