"""What every method must do, parametrised over the registry: one that is added later is tested as it is."""

import copy
import functools
import json
import math

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from safetensors.numpy import save_file
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import infonats
from infonats.errors import CheckpointError, EstimationError, InputError
from infonats.estimate import Estimate
from infonats.estimators import METHODS, Estimator, make

DISCRETE_ONLY = {"discrete"}
"""Methods that are given counts; the others are given continuous columns."""

ONE_DISCRETE = {"ross"}
"""Methods that are given counts on one side."""

QUICK = {
    "max_steps": 40,
    "hidden": (8,),
    "batch_size": 64,
    "evaluate_every": 10,
    "learning_rate": 0.02,
    "averaging": 0.0,
}
"""Settings that make training quick, for the methods that have them."""

OF_LMI = {"passes": 15, "hidden": (16, 8), "batch_size": 64, "learning_rate": 0.01, "dims": 2}
"""The same for `lmi`, which counts passes over the rows."""

OF_METHOD = {"pq": {"codes": 4}}
"""Settings that the small samples here force on a method: 90 rows cannot teach 32 codes."""

NEVER_NEGATIVE = {"vub", "lmi"}
"""Divergences between fitted densities, which no data can make negative; neighbours, which measure anew."""

pytestmark = pytest.mark.parametrize("method", METHODS)


def trains(method):
    return METHODS[method]().info.family != "closed form"


def quick(method):
    if method == "lmi":
        return make(method, **OF_LMI)
    return make(method, **(QUICK | OF_METHOD.get(method, {}) if trains(method) else {}))


def brief(method):
    """For what does not depend on learning anything."""
    if method == "lmi":
        return make(method, **OF_LMI | {"passes": 2})
    return make(method, **(QUICK | {"max_steps": 4, "evaluate_every": 4} if trains(method) else {}))


def sample(method, n=150, dx=1, dy=1, rho=0.8, seed=0):
    rng = np.random.default_rng(seed)
    x, noise = rng.standard_normal((n, dx)), rng.standard_normal((n, dy))
    y = rho * x[:, :1] + np.sqrt(1 - rho**2) * noise
    if method in ONE_DISCRETE:
        return x, y.round().clip(-1, 1)
    return (np.sign(x), y.round().clip(-1, 1)) if method in DISCRETE_ONLY else (x, y)


@functools.cache
def fitted(method):
    """One fit for all tests that only look; nobody may change it."""
    return quick(method).fit(*sample(method))


# scikit-learn's conventions


def test_answers_to_its_name(method):
    estimator = METHODS[method]()
    assert isinstance(estimator, Estimator)
    assert estimator.info.name == method
    assert estimator.info.side in ("lower", "upper", "none")
    assert estimator.info.summary


def test_parameters_are_stored_unchanged(method):
    cls = type(METHODS[method]())
    given = {name: copy.copy(value) for name, value in METHODS[method]().get_params(deep=False).items()}
    built = cls(**given)
    assert all(getattr(built, name) is given[name] for name in given)
    assert set(vars(built)) == set(given), "__init__ does more than store its parameters"


def test_get_set_and_clone(method):
    estimator = brief(method)
    parameters = estimator.get_params(deep=False)
    other = METHODS[method]().set_params(**parameters)
    assert other.get_params(deep=False) == parameters
    assert clone(estimator).get_params(deep=False) == parameters
    assert not hasattr(clone(fitted(method)), "estimate_")
    with pytest.raises(ValueError, match="Invalid parameter 'no_such'"):
        estimator.set_params(no_such=1)


def test_fit_returns_self_and_leaves_parameters_alone(method):
    estimator = brief(method)
    before = estimator.get_params(deep=False)
    assert estimator.fit(*sample(method, n=60)) is estimator
    assert estimator.get_params(deep=False) == before
    assert estimator.n_features_in_ == (1, 1)


@pytest.mark.parametrize("use", ["pointwise", "save"])
def test_before_fit(method, use, tmp_path):
    arguments = sample(method) if use == "pointwise" else (tmp_path / "e",)
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        getattr(METHODS[method](), use)(*arguments)
    assert not (tmp_path / "e").exists()


def test_repr_names_the_class(method):
    assert repr(fitted(method)).startswith(type(fitted(method)).__name__ + "(")


def test_fit_again_forgets(method):
    x, y = sample(method, n=60, seed=5)
    again = brief(method).fit(*sample(method)).fit(x, y)
    assert again.estimate_ == brief(method).fit(x, y).estimate_


# The estimate


def test_estimate(method):
    e = fitted(method).estimate_
    assert isinstance(e, Estimate)
    assert (e.method, e.side) == (method, fitted(method).info.side)
    assert all(type(number) is float for number in (e.value, e.stderr, e.bits, *e.interval))
    assert e.stderr >= 0
    assert e.interval[0] <= e.value <= e.interval[1]
    assert e.bits == pytest.approx(e.value / math.log(2), rel=1e-15)
    assert (e.n_train > 0) == (e.n_validation > 0) == trains(method) == bool(e.history)
    assert e.n_train + e.n_validation + e.n_test == 150
    assert len({len(curve) for curve in e.history.values()}) <= 1
    assert all(isinstance(note, str) and note.endswith(".") for note in e.diagnostics)
    assert str(e).startswith("I(x; y) = ")


def test_finds_dependence(method):
    e = fitted(method).estimate_
    assert e.value > 0.1
    assert e.interval[1] > 0.2


def test_the_sign_is_kept(method):
    """Independent data give some closed forms below zero, and reversed data every trained method."""
    if trains(method):
        x, y = sample(method)
        value = fitted(method).evaluate(x, -y).value
        assert (value < 0) != (method in NEVER_NEGATIVE)
    else:
        seeds = range(12)
        values = [quick(method).fit(*sample(method, n=80, rho=0.0, seed=s)).estimate_.value for s in seeds]
        assert min(values) < 0


def test_json_round_trip(method):
    e = fitted(method).estimate_
    assert Estimate.from_json(e.to_json()) == e


def test_provenance_says_how_the_number_was_made(method):
    provenance = fitted(method).estimate_.provenance
    assert json.loads(json.dumps(provenance)).keys() == provenance.keys()
    assert {"infonats", "python", "torch", "numpy", "scipy"} <= provenance.keys()
    assert provenance["infonats"] == infonats.__version__
    assert len(provenance["data"]) == 16
    assert (provenance["x"], provenance["y"]) == (["x"], ["y"])
    assert provenance["parameters"].keys() == fitted(method).get_params(deep=False).keys()


def test_fingerprint_follows_the_data(method):
    x, y = sample(method, n=60)
    other = brief(method).fit(x[::-1].copy(), y).estimate_.provenance["data"]
    assert other != brief(method).fit(x, y).estimate_.provenance["data"]


# Randomness


def test_same_seed_same_bits(method):
    again, x, y = quick(method).fit(*sample(method)), *sample(method)
    assert again.estimate_ == fitted(method).estimate_
    np.testing.assert_array_equal(again.pointwise(x, y), fitted(method).pointwise(x, y))


def test_the_seed_decides_what_is_trained(method):
    if not trains(method):
        return
    other = quick(method).set_params(seed=1).fit(*sample(method))
    assert other.estimate_.seed == 1
    assert other.estimate_.value != fitted(method).estimate_.value


def test_bad_seed(method):
    estimator = brief(method)
    if "seed" not in estimator.get_params():
        return
    with pytest.raises(InputError, match=r"seed is -1; it must be a whole number from 0"):
        estimator.set_params(seed=-1).fit(*sample(method))


# Input


KINDS = {
    "(n,)": np.ravel,
    "(n, 1)": lambda a: a,
    "(n, 1, 1)": lambda a: a[:, :, None],
    "Fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=0)[::2],
    "float32": lambda a: a.astype(np.float32),
    "list": lambda a: a.ravel().tolist(),
    "torch": torch.from_numpy,
    "torch float32": lambda a: torch.from_numpy(a).float().requires_grad_(),
    "pandas": lambda a: pd.DataFrame(a, columns=["column"]),
    "pandas series": lambda a: pd.Series(a.ravel()),
    "polars": lambda a: pl.DataFrame({"column": a.ravel()}),
    "polars series": lambda a: pl.Series(a.ravel()),
}


@functools.cache
def expected(method):
    x, y = (a.astype(np.float32).astype(np.float64) for a in sample(method, n=60))
    estimator = brief(method).fit(x, y)
    return estimator.estimate_.value, estimator.pointwise(x, y)


@pytest.mark.parametrize("kind", KINDS)
def test_takes_every_kind_of_array(method, kind):
    x, y = (a.astype(np.float32).astype(np.float64) for a in sample(method, n=60))
    value, pointwise = expected(method)
    x_given, y_given = KINDS[kind](x), KINDS[kind](y)
    estimator = brief(method).fit(x_given, y_given)
    assert estimator.estimate_.value == value
    np.testing.assert_array_equal(estimator.pointwise(x_given, y_given), pointwise)


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


def test_takes_read_only_arrays_and_changes_nothing(method):
    x, y = map(read_only, sample(method, n=60))
    brief(method).fit(x, y).pointwise(x, y)
    x, y = (a.copy() for a in (x, y))
    brief(method).fit(x, y).pointwise(x, y)
    np.testing.assert_array_equal(x, sample(method, n=60)[0])
    np.testing.assert_array_equal(y, sample(method, n=60)[1])


def test_takes_several_columns(method):
    if METHODS[method]().info.columns == 2:
        with pytest.raises(InputError, match=f"{method} was given 2 .* columns and takes one on each side"):
            brief(method).fit(*sample(method, dx=2, dy=3))
        return
    x, y = sample(method, dx=2, dy=3)
    estimator = brief(method).fit(x, y)
    assert estimator.n_features_in_ == (2, 3)
    assert estimator.estimate_.provenance["y"] == ["y0", "y1", "y2"]
    assert estimator.pointwise(x[:7], y[:7]).shape == (7,)


def test_too_few_rows(method):
    fewest = brief(method).minimum_rows
    with pytest.raises(InputError, match=f"{method} was given .* row.? and needs at least {fewest}"):
        brief(method).fit(*sample(method, n=fewest - 1))
    brief(method).fit(*sample(method, n=fewest))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x, y: (x, y[:-1]), "x has 150 rows and y has 149"),
        (lambda x, y: (np.where(x == x[3], np.nan, x), y), "NaN"),
        (lambda x, y: (x, np.where(y == y[3], np.inf, y)), "infinite"),
        (lambda x, y: (0 * x, y), "Constant in all 150 rows of x: 'x'"),
        (lambda x, y: (x + 0j, y), "only real numbers"),
        (lambda x, y: (x[:0], y[:0]), "x has 0 rows"),
    ],
)
def test_unusable_data(method, spoil, message):
    with pytest.raises(InputError, match=message):
        brief(method).fit(*spoil(*sample(method)))


# Row by row


def test_pointwise(method):
    x, y = sample(method)
    values = fitted(method).pointwise(x, y)
    assert (values.shape, values.dtype) == ((150,), np.float64)
    assert np.isfinite(values).all()
    np.testing.assert_allclose(fitted(method).pointwise(x[5:9], y[5:9]), values[5:9], rtol=1e-5, atol=1e-5)


def test_pointwise_of_a_single_row(method):
    x, y = sample(method)
    assert fitted(method).pointwise(x[:1], y[:1]).shape == (1,)


def test_pointwise_averages_to_the_estimate(method):
    x, y = sample(method)
    mean, e = fitted(method).pointwise(x, y).mean(), fitted(method).estimate_
    if trains(method):  # the value is that of held-out rows, and of a bound
        assert abs(mean - e.value) < 5 * e.stderr + 0.1
    else:
        assert mean == pytest.approx(e.value, abs=1e-9)


@pytest.mark.parametrize("widths", [(2, 1), (1, 2)])
def test_pointwise_of_other_columns(method, widths):
    with pytest.raises(InputError, match="the estimator was fitted to 1 column of x and 1 of y"):
        fitted(method).pointwise(*sample(method, dx=widths[0], dy=widths[1]))


# Symmetries of what is measured


def test_exchange_of_sides(method):
    if trains(method):
        return
    x, y = sample(method, dx=1 if METHODS[method]().info.columns == 2 else 2)
    there, back = quick(method).fit(x, y).estimate_, quick(method).fit(y, x).estimate_
    assert there.value == pytest.approx(back.value, abs=1e-10)
    assert there.stderr == pytest.approx(back.stderr, abs=1e-10)


def test_order_of_rows(method):
    if trains(method):
        return
    x, y = sample(method)
    order = np.random.default_rng(1).permutation(len(x))
    there, back = quick(method).fit(x, y).estimate_, quick(method).fit(x[order], y[order]).estimate_
    assert there.value == pytest.approx(back.value, abs=1e-10)


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_units_of_measurement(method, scale):
    """A change of units changes nothing beyond rounding: float32 in a network, float64 elsewhere."""
    x, y = sample(method)
    tolerance = 2e-3 if trains(method) else 1e-9
    value = brief(method).fit(scale * x, 3.0 - y).estimate_.value
    assert value == pytest.approx(brief(method).fit(x, 3.0 - y).estimate_.value, abs=tolerance)


# Save and load


def test_save_and_load(method, tmp_path):
    x, y = sample(method)
    fitted(method).save(tmp_path / "saved")
    loaded = infonats.load(str(tmp_path / "saved"))
    assert type(loaded) is type(fitted(method))
    assert loaded.estimate_ == fitted(method).estimate_
    assert loaded.get_params(deep=False) == fitted(method).get_params(deep=False)
    assert loaded.n_features_in_ == fitted(method).n_features_in_
    np.testing.assert_array_equal(loaded.pointwise(x, y), fitted(method).pointwise(x, y))
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.999])
def test_a_truncated_file(method, share, tmp_path):
    fitted(method).save(tmp_path / "whole")
    whole = (tmp_path / "whole").read_bytes()
    (tmp_path / "cut").write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(CheckpointError, match="truncated, foreign or of another version"):
        infonats.load(tmp_path / "cut")


def test_a_file_without_its_arrays(method, tmp_path):
    from safetensors import safe_open

    fitted(method).save(tmp_path / "whole")
    with safe_open(tmp_path / "whole", framework="numpy") as file:
        header = file.metadata()
    save_file({"other": np.zeros(3)}, tmp_path / "empty", header)
    with pytest.raises(CheckpointError, match="no fitted estimator of 'infonats estimator 1'"):
        infonats.load(tmp_path / "empty")


def test_errors_are_of_this_library(method):
    """Whatever is thrown at `fit`, it answers with an estimate or with an error of its own."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((60, 1))
    for hard in (x, -x, x**3, np.exp(20 * x), x.round(), 1e300 * x, 1e-300 * x, 1e12 + x):
        try:
            value = brief(method).fit(x, hard).estimate_.value
        except (InputError, EstimationError):
            continue
        assert math.isfinite(value)
