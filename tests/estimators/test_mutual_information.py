import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

import infonats
from infonats.data import as_pairs
from infonats.errors import InputError, UnknownNameError
from infonats.estimators import KSG, mutual_information, mutual_information_of

TRUTH = -0.5 * np.log(1 - 0.8**2)


def sample(n=300, seed=0):
    rng = np.random.default_rng(seed)
    x, noise = rng.standard_normal((2, n))
    return x, 0.8 * x + 0.6 * noise


def test_is_the_estimate_of_the_estimator():
    x, y = sample()
    assert mutual_information(x, y, method="ksg", k=5) == KSG(k=5).fit(x, y).estimate_
    assert infonats.mutual_information is mutual_information


def test_says_what_it_chose():
    e = mutual_information(*sample())
    assert e.method == "auto"
    assert e.provenance["choice"].startswith("the t copula won on held-out rows; ")
    assert "choice" not in mutual_information(*sample(), method="ksg").provenance
    assert abs(e.value - TRUTH) < 4 * e.stderr


@pytest.mark.parametrize("method", ["auto", "gaussian"])
def test_every_kind_of_input(method):
    x, y = sample()
    value = mutual_information(x, y, method=method).value
    frame = {"a": x, "b": y}
    for kind in (pl.DataFrame(frame), pd.DataFrame(frame)):
        e = mutual_information(kind[["a"]], kind[["b"]], method=method)
        assert e.value == value
        assert str(e).startswith("I(a; b) = ")
    for given in ((torch.tensor(x), torch.tensor(y)), (x.tolist(), y.tolist()), (pd.Series(x), pl.Series(y))):
        assert mutual_information(*given, method=method).value == value


def test_pairs_that_are_validated_already():
    x, y = sample()
    e = mutual_information_of(as_pairs(x, y), method="gaussian")
    assert e == mutual_information(x, y, method="gaussian")


def test_seed():
    x, y = (v.round(1) for v in sample())
    first, same, other = (mutual_information(x, y, method="ksg", seed=seed) for seed in (3, 3, 4))
    assert first == same
    assert first.seed == 3
    assert first.value != other.value
    assert mutual_information(x, y, method="gaussian", seed=3).seed is None


def test_parameters_at_every_depth_and_progress():
    told = []
    e = mutual_information(
        *sample(),
        method="infonce",
        seed=2,
        max_steps=10,
        evaluate_every=5,
        hidden=(4,),
        critic="bilinear",
        progress=lambda *report: told.append(report),
    )
    assert [step for step, _, _ in told] == [0, 5, 10]
    assert e.provenance["parameters"]["config"]["hidden"] == [4]
    assert e.provenance["parameters"]["critic"] == "bilinear"
    assert e.seed == 2


def test_missing_values():
    x, y = sample()
    x[7], y[9] = np.nan, np.inf
    with pytest.raises(InputError, match=r"2 rows of 300 cannot be used.*drop_missing=True"):
        mutual_information(x, y)
    e = mutual_information(x, y, drop_missing=True)
    assert e.n_test == 298
    assert e.value == mutual_information(np.delete(x, [7, 9]), np.delete(y, [7, 9])).value


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"method": "kgs"}, UnknownNameError, "There is no method 'kgs'. Did you mean 'ksg'"),
        ({"method": "ksg", "kk": 3}, UnknownNameError, "There is no parameter 'kk'"),
        ({"kk": 3}, UnknownNameError, "There is no parameter 'kk'"),
        ({"method": "ksg", "k": "many"}, InputError, "k is 'many'; it must be a whole number"),
        ({"method": "ksg", "seed": -1}, InputError, "seed is -1"),
        ({"method": "mine", "seed": -1}, InputError, "seed is -1"),
        ({"method": "mine", "critic": "join"}, UnknownNameError, "no critic 'join'. Did you mean 'joint'"),
        ({"method": "mine", "bound": "dvv"}, UnknownNameError, "no bound 'dvv'. Did you mean 'dv'"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        mutual_information(*sample(), **arguments)


def test_interruption_passes_through():
    def interrupt(step, total, message):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mutual_information(*sample(), method="dv", progress=interrupt)
