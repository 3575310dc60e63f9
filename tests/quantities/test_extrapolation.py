"""Counts followed to infinitely many rows."""

import numpy as np
import pytest

from infonats import mutual_information
from infonats.errors import InputError
from infonats.quantities import extrapolate
from infonats.quantities.extrapolation import PARTS, WEIGHTS


def table(rng, n, size=6):
    """Symbols of which half are equal: I = log 6 - H(7/12, five times 1/12)."""
    x = rng.integers(0, size, n)
    return x, np.where(rng.random(n) < 0.5, x, rng.integers(0, size, n))


TRUTH = np.log(6) + 7 / 12 * np.log(7 / 12) + 5 / 12 * np.log(1 / 12)


def test_terms_of_first_and_second_order_cancel():
    """J_m = I + a m / n + b m^2 / n^2: the weights sum to 1 and are orthogonal to m and m^2."""
    m = np.array(PARTS)
    assert np.array(WEIGHTS) @ np.stack([m**0, m, m**2], 1) == pytest.approx([1, 0, 0], abs=1e-15)


def test_it_takes_the_bias_off():
    """The plug-in has about (6 - 1)^2 / 2 n = .083 nats too many at 150 rows."""
    rng, plain, found, covered = np.random.default_rng(0), [], [], 0
    for seed in range(25):
        e = extrapolate(*table(rng, 150), seed=seed)
        plain.append(e.provenance["plug_in"] - TRUTH)
        found.append(e.value - TRUTH)
        covered += e.interval[0] < TRUTH < e.interval[1]
    assert np.mean(plain) > 0.06
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(25) + 0.005  # of third order
    assert covered >= 25 * 0.95 - 4 * np.sqrt(25 * 0.95 * 0.05)


def test_a_histogram_keeps_its_cells():
    rng = np.random.default_rng(1)
    x = rng.normal(size=200)
    y = rng.normal(size=200)
    e = extrapolate(x, y, method="histogram", bins=5)
    assert e.provenance["parameters"] == {"correction": "none", "bins": 5}
    assert abs(e.value) < abs(e.provenance["plug_in"])
    assert e == extrapolate(x, y, method="histogram", bins=5)
    assert extrapolate(x, y, method="histogram").provenance["parameters"]["bins"] > 1


def test_sparse_cells_are_told():
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 30, (2, 100))
    assert any("is not of the form that is extrapolated" in d for d in extrapolate(x, y).diagnostics)


def test_mistakes_are_answered():
    x, y = table(np.random.default_rng(3), 60)
    for method, why in (
        ("ksg", "ksg loses little in few columns"),
        ("t_copula", "t_copula is corrected for its bias already"),
        ("auto", "auto reads its winners off halfway"),
        ("gm", "gm fits densities, whose bias on Gaussians"),
        ("doe+nwj", r"doe\+nwj fits densities"),
        ("kde", "kde has a bias that is not one that falls like 1 / n"),
    ):
        with pytest.raises(InputError, match=why):
            extrapolate(x, y, method=method)
    with pytest.raises(InputError, match="extrapolation by infonce was given 60 rows and needs at least 100"):
        extrapolate(x, y, method="infonce")
    with pytest.raises(InputError, match="block is 5; parts of the rows are drawn at random"):
        extrapolate(x, y, block=5)
    with pytest.raises(InputError, match="it takes no parameter: the counts are not corrected besides"):
        extrapolate(x, y, correction="nsb")
    with pytest.raises(InputError, match="needs at least 40"):
        extrapolate(x[:30], y[:30])


@pytest.mark.parametrize("method", ["nwj", "infonce"])
def test_a_critic_is_followed_from_halves(method):
    """By hand from the values of all rows and of two halves, which differ."""
    x, noise = np.random.default_rng(0).normal(size=(2, 200))
    settings = {"max_steps": 20, "hidden": (8,)}
    found = extrapolate(x, x + noise, method=method, **settings)
    alone = mutual_information(x, x + noise, method=method, **settings)
    first, second = found.provenance["halves"]
    assert found.provenance["all_rows"] == alone.value
    assert found.value == pytest.approx(2 * alone.value - (first + second) / 2, abs=1e-12)
    assert first != second
    assert 2 * alone.stderr < found.stderr < 4 * alone.stderr
    assert found.side == "none"
    assert any("three trainings" in note for note in found.diagnostics)
    assert found == extrapolate(x, x + noise, method=method, **settings)
