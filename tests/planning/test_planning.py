"""The theorem and the ceilings by hand; the pilot against what is known of its estimates."""

import json
import math

import numpy as np
import pytest
from scipy.special import digamma

from infonats import mutual_information
from infonats.data import as_pairs
from infonats.errors import InputError, UnknownNameError
from infonats.planning import CriticFamily, Simulator, Trial, ceilings, rows_by_theorem, simulate


def correlated(n, rho=0.8, seed=0):
    x, e = np.random.default_rng(seed).normal(size=(2, n))
    return x, rho * x + math.sqrt(1 - rho**2) * e


def test_theorem_3_by_hand():
    # d = 4, K = L = M = eps = 1: 2 (4 log 32 + 8 + log 40), delta = .05
    expected = 2 * (4 * math.log(32) + 8 + math.log(40))
    assert rows_by_theorem(CriticFamily(4, 1.0), 1.0) == math.ceil(expected) == 52
    # M = 2 and eps = .5 by hand as well: 2 * 4 / .25 (4 log 64 + 16 + log 20), delta = .1
    assert rows_by_theorem(CriticFamily(4, 2.0), 0.5, 0.1) == math.ceil(
        32 * (4 * math.log(64) + 16 + math.log(20))
    )
    # halving the error takes four times the rows, and a little more
    four, one = (rows_by_theorem(CriticFamily(100, 3.0), error) for error in (0.05, 0.1))
    assert 4 < four / one < 4 * (1 + math.log(2) / (2 * 3.0))
    # eps so large that a single ball covers all parameters: the covering number is 1, not less
    assert rows_by_theorem(CriticFamily(1, 1.0, radius=0.01), 1.0) == math.ceil(2 * (2 + math.log(40)))


def test_ceilings_by_hand():
    (ksg,) = ceilings("ksg", 1000, k=5)
    assert ksg.nats == pytest.approx(digamma(1000) - digamma(5), abs=1e-12)
    assert ksg.hard
    own, certified = ceilings("infonce", 1000)
    assert own.nats == pytest.approx(math.log(200), abs=1e-12)  # 200 held out, one block of them
    assert certified.nats == pytest.approx(math.log(200), abs=1e-12)
    assert (own.hard, certified.hard) == (True, False)
    (crossed,) = ceilings("nwj", 1000, folds=5)
    assert crossed.nats == pytest.approx(math.log(1000), abs=1e-12)
    assert ceilings("gaussian", 1000) == ceilings("doe", 1000) == ()


def test_a_ceiling_holds_where_the_truth_is_infinite():
    """Y a copy of X but for the last digits: no estimate may pass."""
    x = np.random.default_rng(0).normal(size=300)
    found = mutual_information(x, x + 1e-9 * np.random.default_rng(1).normal(size=300), method="ksg", k=3)
    (ceiling,) = ceilings("ksg", 300, k=3)
    assert 0.9 * ceiling.nats < found.value <= ceiling.nats + 1e-9


def test_the_simulator_knows_its_own_information():
    pilot = as_pairs(*correlated(4000))
    simulator = Simulator.of(pilot)
    assert simulator.truth == pytest.approx(-0.5 * math.log(1 - 0.8**2), abs=4 * 0.8 / math.sqrt(4000))
    drawn = simulator.draw(2000, 1)
    assert drawn.x.min() >= pilot.x.min()
    assert drawn.x.max() <= pilot.x.max()
    found = mutual_information(drawn.x, drawn.y, method="gaussian_copula")
    assert found.value == pytest.approx(simulator.truth, abs=4 * found.stderr)
    assert np.array_equal(drawn.x, simulator.draw(2000, 1).x)


def test_discrete_columns_keep_their_values():
    x, y = correlated(400)
    simulator = Simulator.of(as_pairs(np.round(x), y))
    assert simulator.truth is None
    assert {*np.unique(simulator.draw(500, 0).x)} <= {*np.unique(np.round(x))}


def test_a_pilot_says_how_spread_falls():
    told = []
    x, y = correlated(800)
    found = simulate(as_pairs(x, y), (400, 100, 3200), Trial("gaussian"), lambda *at: told.append(at))
    assert [(row.n, row.source) for row in found.rows] == [(100, "pilot"), (400, "pilot"), (3200, "simulator")]
    assert found.rows[0].bias is None
    first, last = found.rows[0], found.rows[-1]
    # sd of the Gaussian estimate is rho / sqrt(n); that of a standard deviation of 10 is 1 / sqrt(18) of it
    assert last.spread == pytest.approx(0.8 / math.sqrt(3200), rel=4 / math.sqrt(18))
    assert last.half_width == pytest.approx(1.96 * 0.8 / math.sqrt(3200), rel=0.1)
    assert first.half_width == pytest.approx(last.half_width * math.sqrt(32), rel=0.2)
    assert abs(last.bias) < 4 * last.spread / math.sqrt(10) + 0.001
    assert found.rows_for(last.half_width / 2) == 4 * 3200
    assert told[-1][:2] == (30, 30)
    assert "With 3200 rows gaussian gives" in str(found)
    again = simulate(as_pairs(x, y), (100, 400, 3200), Trial("gaussian"))
    assert again == found
    assert json.loads(found.to_json())["rows"][2]["bias"] == last.bias


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CriticFamily(0, 1.0), "parameters is 0"),
        (lambda: CriticFamily(3, math.inf), "bound is inf"),
        (lambda: rows_by_theorem(CriticFamily(3, 1.0), 0.0), r"error is 0\.0"),
        (lambda: rows_by_theorem(CriticFamily(3, 1.0), 1.0, 1.0), r"delta is 1\.0"),
        (lambda: ceilings("ksg", 5), "n is 5"),
        (lambda: simulate(as_pairs(*correlated(30)), (20,)), "a pilot was given 30 rows"),
        (lambda: simulate(as_pairs(*correlated(60)), (5,)), r"sizes are \(5,\), repeats 10"),
        (lambda: simulate(as_pairs(*correlated(60)), (20,), Trial(repeats=1)), "repeats 1"),
        (
            lambda: simulate(as_pairs(*correlated(60)), (20,), Trial("gaussian", repeats=2)).rows_for(0.0),
            r"half_width is 0\.0",
        ),
    ],
)
def test_what_cannot_be_planned_is_said(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_unknown_methods_are_answered():
    with pytest.raises(UnknownNameError, match="There is no method 'ksq'"):
        ceilings("ksq", 100)
