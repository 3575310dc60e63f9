"""LNC: equal to its definition row by row, KSG variant 2 where nothing is thin, right on thin curves."""

import numpy as np
import pytest

from infonats.closedform import ksg_local, lnc, lnc_error, lnc_local
from infonats.closedform.lnc import EPSILON, log_alpha
from infonats.errors import InputError


def sine(n, width, seed=0):
    """y = sin 2x + width * U: I = log(pi / 2) - log(2 width), but for the ends of the sine."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-np.pi, np.pi, (n, 1))
    return x, np.sin(2 * x) + width * rng.uniform(-1, 1, (n, 1))


def slowly(x, y, k):
    """The definition, one row at a time, by distances of all pairs."""
    z, terms = np.hstack([x / x.std(), y / y.std()]), []
    for i, centre in enumerate(z):
        others = np.delete(z, i, 0) - centre
        near = others[np.argsort(np.abs(others).max(1))[:k]]
        axes = np.linalg.svd(near)[2]
        log_ratio = np.log(np.abs(near @ axes.T).max(0)).sum() - np.log(np.abs(near).max(0)).sum()
        terms.append(-log_ratio if log_ratio < log_alpha(k) else 0.0)
    return np.array(terms)


@pytest.mark.parametrize("k", [3, 5, 8])
def test_equals_its_definition(k):
    x, y = sine(120, 0.05)
    plain, corrected = ksg_local(x, y, k=k, variant=2), lnc_local(x, y, k=k)
    np.testing.assert_allclose(corrected - plain, slowly(x, y, k), atol=1e-9)
    assert (corrected > plain).any()


def test_alpha_grows_with_the_neighbours():
    """More even points fill their box better."""
    assert EPSILON == 0.005
    assert -3.0 < log_alpha(5) < log_alpha(10) < 0.0


def test_is_ksg_where_nothing_is_thin():
    """At independence a correction stands at about EPSILON of the rows; a binomial of 2000 has sd 3.2."""
    x, y = np.random.default_rng(0).uniform(size=(2, 2000, 1))
    changed = np.sum(lnc_local(x, y) != ksg_local(x, y, k=5, variant=2))
    assert changed < 2000 * EPSILON + 4 * 3.2


def test_finds_what_neighbours_miss_on_a_thin_curve():
    """The sine of an even phase has an arcsine density, whose entropy is log(pi / 2); 5.76 nats here."""
    width = np.exp(-6.0)
    truth = np.log(np.pi / 2) - np.log(2 * width)
    x, y = sine(1000, width)
    local, stderr = lnc_error(x, y)
    assert ksg_local(x, y, k=5, variant=2).mean() < truth - 2.0
    assert truth - 0.6 < local.mean() < truth + 3 * stderr, "up to 0.6 nats are lost, as the module says"


def test_new_points_are_read_as_the_sample():
    x, y = sine(200, 0.05)
    np.testing.assert_array_equal(lnc_local(x, y, at=(x, y)), lnc_local(x, y))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y: (np.hstack([x, y]), y, 5), r"lnc was given 2 \+ 1 columns and takes one on each side"),
        (lambda x, y: (x, y, 2), "principal axes need at least 3 neighbours"),
        (lambda x, y: (x, 3 * x, 5), "all neighbours lie on a straight line"),
        (lambda x, y: (x, y, 100), "There are 60 rows and k = 100"),
        (lambda x, y: (x.round(), y, 5), "looks discrete"),
    ],
)
def test_unusable_input(change, message):
    *sides, k = change(*sine(60, 0.1))
    with pytest.raises(InputError, match=message):
        lnc(*sides, k=k)
