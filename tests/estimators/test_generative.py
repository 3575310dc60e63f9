"""Estimators by fitted densities: truth, zero where there is nothing, honesty, scikit-learn's conventions."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from sklearn.base import clone

import infonats
from infonats.errors import InputError, UnknownNameError
from infonats.estimators import METHODS, Generative, GenerativeConfig, make, mutual_information
from infonats.estimators.generative_methods import GENERATIVE_METHODS
from infonats.train import TrainConfig

RHO = 0.8
TRUTH = -0.5 * math.log1p(-(RHO**2))
QUICK = {"max_steps": 200, "evaluate_every": 25, "patience": 4, "learning_rate": 5e-3, "hidden": (16,)}

every = pytest.mark.parametrize("method", GENERATIVE_METHODS)

MAPS = ("auto", "standardize")


def gaussian(n=600, seed=0, dx=1, dy=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, dx))
    noise = rng.normal(size=(n, dy))
    noise[:, 0] = RHO * x[:, 0] + math.sqrt(1 - RHO**2) * noise[:, 0]
    return x, noise


def fitted(method, *, n=600, seed=0, dx=1, dy=1, **parameters):
    return make(method, **QUICK | parameters).fit(*gaussian(n, seed, dx, dy))


@every
def test_the_truth_on_a_bivariate_gaussian(method):
    """Within four standard errors and .03 of what the fit may miss; vCLUB tends to rho^2 / (1 - rho^2)."""
    estimate = fitted(method, n=2000, folds=3).estimate_
    expected = RHO**2 / (1 - RHO**2) if "club" in method else TRUTH
    assert abs(estimate.value - expected) < 4 * estimate.stderr + 0.03
    low, high = estimate.interval
    assert low < estimate.value < high
    assert estimate.n_test == pytest.approx(2000, abs=10)


@every
def test_zero_where_there_is_nothing(method):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(1000, 10)), rng.normal(size=(1000, 10))
    estimate = make(method, patience=4).fit(x, y).estimate_
    assert abs(estimate.value) < 0.05


@every
def test_columns_may_differ_in_number(method):
    estimator = fitted(method, dx=3, dy=2)
    x, y = gaussian(40, 5, 3, 2)
    assert estimator.estimate_.value > 0.1
    assert estimator.pointwise(x, y).shape == (40,)


@every
def test_says_that_a_heuristic_is_none(method):
    estimate = fitted(method, n=200).estimate_
    heuristic = [note for note in estimate.diagnostics if "heuristic" in note]
    assert bool(heuristic) == (method in {"club", "vclub_s", "l1out", "vub"})
    assert estimate.side == "none"
    assert estimate.method == method


@every
def test_save_and_load(method, tmp_path):
    estimator, (x, y) = fitted(method, n=200), gaussian(50, 9)
    estimator.save(tmp_path / "it.safetensors")
    other = infonats.load(tmp_path / "it.safetensors")
    np.testing.assert_array_equal(other.pointwise(x, y), estimator.pointwise(x, y))
    assert other.estimate_.to_json() == estimator.estimate_.to_json()
    assert other.evaluate(x, y).value == estimator.evaluate(x, y).value


@pytest.mark.parametrize("method", ["doe", "gm", "pq"])
def test_save_and_load_of_independence(method, tmp_path):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(200, 3)), rng.normal(size=(200, 2))
    estimator = make(method, **QUICK).fit(x, y)
    if not estimator.folds_[0].independent:
        pytest.skip("something was found")
    estimator.save(tmp_path / "it.safetensors")
    other = infonats.load(tmp_path / "it.safetensors")
    assert np.abs(other.pointwise(x, y)).max() < 1e-5
    assert any("no fitted density beat the one that ignores x" in s for s in estimator.estimate_.diagnostics)


@every
def test_same_seed_same_bits(method):
    before = torch.get_rng_state()
    one, same = (fitted(method, n=200).estimate_ for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert one.value == same.value


@pytest.mark.parametrize(
    "families",
    [
        {"conditional": "mixture", "components": 3},
        {"conditional": "linear_gaussian", "marginal": "mixture"},
        {"conditional": "coupling", "transforms": 2},
        {"conditional": "diagonal_gaussian", "marginal": "gaussian"},
    ],
)
def test_families_of_densities(families):
    estimate = fitted("doe", n=1000, folds=3, **families).estimate_
    assert abs(estimate.value - TRUTH) < 4 * estimate.stderr + 0.05


def test_gm_with_a_joint_that_trains():
    estimate = fitted("gm", n=1000, folds=3, conditional="mixture", components=4).estimate_
    assert abs(estimate.value - TRUTH) < 4 * estimate.stderr + 0.1  # four diagonal parts fit it roughly
    assert estimate.history["step"]


def test_ba_with_a_known_entropy_is_a_lower_bound():
    x, y = gaussian(1500)
    entropy = 0.5 * math.log(2 * math.pi * math.e) + math.log(7.0)
    estimate = make("ba", entropy=entropy, **QUICK).fit(x, 7 * y + 3).estimate_
    assert estimate.side == "lower"
    assert abs(estimate.value - TRUTH) < 4 * estimate.stderr + 0.03


def test_ba_with_neighbours():
    estimate = fitted("ba", n=1500, entropy="knn").estimate_
    assert estimate.side == "none"
    assert abs(estimate.value - TRUTH) < 4 * estimate.stderr + 0.03
    assert any("nearest neighbours" in note for note in estimate.diagnostics)


@pytest.mark.parametrize("quantizer", ["grid", "vector_quantized"])
def test_pq_with_other_codes(quantizer):
    estimate = fitted("pq", n=1500, quantizer=quantizer, codes=12).estimate_
    assert abs(estimate.value - TRUTH) < 4 * estimate.stderr + 0.06


def test_pq_knows_its_ceiling():
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    estimate = make("pq", codes=4, **QUICK).fit(x, x + 0.01 * rng.normal(size=600)).estimate_
    assert estimate.value < math.log(4) + 0.05
    assert any("within 1 nat of pq's ceiling, log(4) = 1.39" in note for note in estimate.diagnostics)


def test_pointwise_is_the_log_ratio():
    estimator, (x, y) = fitted("doe", n=2000), gaussian(300, 4)
    exact = TRUTH + (RHO * x * y - 0.5 * RHO**2 * (x * x + y * y)) / (1 - RHO**2)
    assert np.corrcoef(estimator.pointwise(x, y), exact[:, 0])[0, 1] > 0.97


def test_evaluate_on_fresh_pairs():
    estimator = fitted("doe", n=1000)
    fresh = estimator.evaluate(*gaussian(2000, 8))
    assert abs(fresh.value - TRUTH) < 4 * fresh.stderr + 0.03
    assert fresh.n_test == 2000
    with pytest.raises(InputError, match="x has 2 columns"):
        estimator.evaluate(*gaussian(50, 8, dx=2))


def test_clone_parameters_and_progress():
    seen = []
    estimator = Generative("doe", config=GenerativeConfig(train=TrainConfig(max_steps=50, patience=1)))
    copy = clone(estimator)
    assert copy.get_params() == estimator.get_params()
    copy.fit(*gaussian(200), progress=lambda step, total, message: seen.append((step, total)))
    assert seen[0] == (0, 50)
    assert mutual_information(*gaussian(200), method="l1out", **QUICK).method == "l1out"


def test_warns_of_overfitting_and_of_too_few_steps():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(60, 8)), rng.normal(size=(60, 1))
    y[:, 0] += 2 * x[:, 0]
    long = make("doe", max_steps=100, learning_rate=1e-2, patience=50, hidden=(128,)).fit(x, y)
    assert any("Training used all its steps" in note for note in long.estimate_.diagnostics)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"method": "dow"}, "no generative method 'dow'.*Did you mean 'doe'"),
        ({"conditional": "gausian"}, "no density 'gausian'.*Did you mean 'gaussian'"),
        ({"marginal": "splin"}, "no density 'splin'.*Did you mean 'spline'"),
        ({"folds": 0}, "folds is 0; give 1"),
    ],
)
def test_names_that_do_not_exist(given, words):
    with pytest.raises(InputError, match=words):
        Generative(**given).fit(*gaussian(100))


def test_a_known_entropy_follows_y_through_an_affine_map_alone():
    """Of heavy tails as well: normal scores would change the entropy by an integral of their slopes."""
    x, y = np.random.default_rng(3).standard_t(2, (2, 400, 1))
    known = {map: make("ba", entropy=2.0, transform=map, **QUICK).fit(x, y).estimate_.value for map in MAPS}
    assert known["auto"] == known["standardize"]
    fitted = {map: make("ba", transform=map, **QUICK).fit(x, y).estimate_.value for map in MAPS}
    assert fitted["auto"] != fitted["standardize"], "these tails are not heavy"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"codes": 1}, "codes is 1; it must be 2 or more"),
        ({"draws": 0}, "draws is 0; it must be 1 or more"),
        ({"entropy": "kl"}, "entropy is 'kl'; give H.Y. as a finite number in nats, 'knn'"),
        ({"entropy": math.inf}, "entropy is inf"),
        ({"entropy": 1.0, "transform": "normal_scores"}, "lost under transform 'normal_scores'"),
        ({"device": "abacus"}, "device is 'abacus', which cannot be used here"),
    ],
)
def test_settings_that_make_no_sense(given, words):
    with pytest.raises(InputError, match=words):
        GenerativeConfig(**given)


def test_unknown_names_in_settings():
    with pytest.raises(UnknownNameError, match="no quantizer 'k_mean'"):
        GenerativeConfig(quantizer="k_mean")
    with pytest.raises(UnknownNameError, match="no transform 'rank'"):
        GenerativeConfig(transform="rank")


def test_every_method_is_registered():
    for name in GENERATIVE_METHODS:
        info = METHODS[name]().info
        assert (info.name, info.family, info.side) == (name, "generative", "none")
        assert info.reference.year >= 2003
    assert dataclasses.is_dataclass(GenerativeConfig())
