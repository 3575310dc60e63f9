"""What `Auto` reads off: neighbours give back what they lose, and intervals know what is not sure."""

import math

import numpy as np
import pytest
import torch

from infonats import tasks
from infonats.closedform.gaussian_copula import Scores
from infonats.closedform.ksg import ksg_local
from infonats.closedform.ksg_copula import ksg_copula
from infonats.data import as_pairs
from infonats.estimators import Auto
from infonats.estimators.auto_neighbours import RADII, neighbours, rounded
from infonats.estimators.auto_reading import Reading, believed, fuller, refuting
from infonats.estimators.auto_scores import Independence


def rows(name, n, seed):
    x, y = tasks.make(name).sample(n, torch.Generator().manual_seed(seed))
    return x.numpy(), y.numpy()


def test_gaussian_columns_lose_nothing():
    x, y = rows("1v1-normal-0.75", 1000, 3)
    found = neighbours(as_pairs(x, y), 0)
    assert found.value == ksg_copula(x, y)
    twelve, three = (np.mean(ksg_local(Scores.of(x)(x), Scores.of(y)(y), k=k)) for k in (12, 3))
    assert found.reach[1] - found.reach[0] == pytest.approx(three - twelve, abs=1e-12), (
        "that may be chance, or loss"
    )


@pytest.mark.parametrize("name", ["1v1-additive-0.1", "1v1-additive-0.75"])
def test_edges_are_within_the_interval(name):
    """Uniform noise ends where neighbours reach across: three lose more than a line in k gives back."""
    truth = tasks.make(name).mutual_information
    held = [
        (found := neighbours(as_pairs(*rows(name, 1000, s)), s).interval)[0] < truth < found[1]
        for s in range(8)
    ]
    assert sum(held) >= 6


def test_what_few_neighbours_lose_is_given_back_in_waves():
    """Strips far thinner than the reach of three neighbours: 1.31 nats, of which these find .7."""
    name = "2v1-waves-12-5.0-3.0"
    truth, (x, y) = tasks.make(name).mutual_information, rows(name, 4000, 0)
    plain, found = ksg_copula(x, y), neighbours(as_pairs(x, y), 0)
    assert abs(found.value - truth) < abs(plain - truth) / 2
    assert found.interval[0] < truth < found.interval[1]
    scores = Scores.of(x)(x), Scores.of(y)(y)
    one, three = (np.mean(ksg_local(*scores, k=k)) for k in (1, 3))
    assert found.value == pytest.approx(plain + 1.5 * (one - three), abs=1e-12)


@pytest.mark.parametrize("copies", [2, 3])
def test_a_few_copies_of_a_row_are_no_error(copies):
    """Rounded columns with copies of a row: one neighbour lies at no distance, so that step is left out."""
    name = "2v1-waves-12-5.0-3.0"
    x, y = (side.round(2) for side in rows(name, 4000, 0))
    x[:copies], y[:copies] = 0.5, 0.25
    found = neighbours(as_pairs(x, y), 0)
    scores = Scores.of(x)(x), Scores.of(y)(y)
    six, three = (np.mean(ksg_local(*scores, k=k)) for k in (6, 3))
    assert found.value == pytest.approx(ksg_copula(x, y) + three - six, abs=1e-12)


def test_neighbours_are_believed_where_they_find_surely_more():
    low, high = Reading("low", 1.0, 0.3, (0.6, 0.6)), Reading("high", 2.0, 0.4, (0.8, 0.8))
    assert believed(low, high, 1.9) is high
    assert believed(low, high, 2.1) is low
    assert believed(high, low, 0.0) is high


@pytest.mark.parametrize(("lead", "taken"), [(0.4, False), (0.6, True)])
def test_a_copula_is_believed_against_a_critic_where_it_finds_more(lead, taken):
    critic, copula = Reading("critic", 1.0, 0.3, (0.6, 0.9)), Reading("copula", 1.0 + lead, 0.4, (0.5, 0.8))
    found = fuller(critic, copula)
    if not taken:
        assert found is critic
    else:
        assert (found.name, found.value) == ("copula", 1.6)
        assert found.interval == pytest.approx((1.0, 2.4)), "down to what the critic says"


def test_where_independence_is_refuted_the_interval_begins_above_zero():
    wide, narrow, below = (
        Reading("r", v, 0.1, (reach, 0.2)) for v, reach in ((0.1, 0.3), (0.1, 0.05), (-0.1, 0.2))
    )
    sure, unsure = Independence(0.01, 4.0), Independence(0.2, 0.5)
    assert refuting(wide, sure).interval == pytest.approx((0.1 / 4, 0.3)), "the root of a fourth is half"
    for reading, test in ((wide, unsure), (narrow, sure), (below, sure)):
        assert refuting(reading, test).interval == reading.interval


def test_what_just_refutes_independence_shows_hardly_anything():
    assert Independence(0.05, 1.0).least(0.3) == 0.0
    assert Independence(0.001, 100.0).least(0.3) == pytest.approx(0.3 * 0.81)


@pytest.mark.statistical
@pytest.mark.parametrize("correlation", [0.0, 0.08, 0.16])
def test_intervals_hold_little_information_as_often_as_none(correlation):
    """500 rows, 200 samples: the share of a 95 % interval has standard error .0154."""
    truth, held = -math.log1p(-(correlation**2)) / 2, 0
    for seed in range(200):
        x, noise = np.random.default_rng(9000 + seed).standard_normal((2, 500, 1))
        y = correlation * x + math.sqrt(1 - correlation**2) * noise
        low, high = Auto(budget="fast", seed=seed).fit(x, y).estimate_.interval
        held += low <= truth <= high
    assert held / 200 == pytest.approx(0.95, abs=4 * 0.0154)


NOTHING = Reading("nothing", 0.0, 0.01, (0.02, 0.02))


def test_radii_tell_rings_apart_that_lie_in_many_columns():
    """Spheres in 25 columns, of five sizes, and y says which: the radius knows all that x does."""
    name = "25v1-concentric_gaussians-5"
    found = rounded(NOTHING, as_pairs(*rows(name, 2000, 5)), 0)
    assert found.name == RADII
    assert found.interval[0] < tasks.make(name).mutual_information < found.interval[1]


def test_radii_do_not_depend_on_units_or_mixing():
    x, y = rows("5v1-concentric_gaussians-5", 1000, 6)
    turned = x @ np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0]
    values = [rounded(NOTHING, as_pairs(side, y), 0).value for side in (x, 1e6 * x + 3, turned)]
    assert values[0] == values[1]
    assert values[2] == pytest.approx(values[0], abs=0.05), "normal scores depend a little on the axes"


@pytest.mark.parametrize("name", ["independent-multinormal-dense-5-5-0.5", "multinormal-dense-5-5-0.5"])
def test_radii_are_not_believed_where_they_find_no_more(name):
    pairs = as_pairs(*rows(name, 1000, 7))
    assert rounded(NOTHING, pairs, 0) is NOTHING, "Gaussian radii know next to nothing of each other"
    more = Reading("more", 1.0, 0.01, (0.02, 0.02))
    assert rounded(more, pairs, 0) is more
