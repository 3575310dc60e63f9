import dataclasses
import json

import pytest

from infonats.errors import InputError, UnknownNameError
from infonats.estimators import KSG, Gaussian, Variational, VariationalConfig, make
from infonats.estimators.parameters import from_plain, plain_parameters, set_flat
from infonats.train import TrainConfig


def test_plain_parameters_are_json():
    estimator = Variational("nwj", config=VariationalConfig(hidden=(3, 4), train=TrainConfig(max_steps=7)))
    plain = plain_parameters(estimator)
    assert json.loads(json.dumps(plain)) == plain
    assert plain["bound"] == "nwj"
    assert plain["config"]["hidden"] == [3, 4]
    assert plain["config"]["train"]["max_steps"] == 7


@pytest.mark.parametrize(
    "estimator",
    [
        KSG(k=7, variant=2, seed=3),
        Gaussian(bias_correction=False),
        Variational("dv", "bilinear", 3, 5, VariationalConfig((9,), "tanh", threads=None)),
        make("infonce", fractions=(0.5, 0.25, 0.25), patience=3),
    ],
    ids=repr,
)
def test_plain_round_trip(estimator):
    again = type(estimator)()
    from_plain(again, json.loads(json.dumps(plain_parameters(estimator))))
    assert again.get_params(deep=False) == estimator.get_params(deep=False)


@pytest.mark.parametrize(
    ("plain", "name"),
    [({"kk": 1}, "kk"), ({"config": {"hiden": [3]}}, "hiden"), ({"config": {"train": {"x": 1}}}, "x")],
)
def test_plain_with_unknown_names(plain, name):
    with pytest.raises(UnknownNameError, match=f"There is no parameter '{name}'"):
        from_plain(Variational(), plain)


def test_flat_names_reach_every_depth():
    estimator = make("mine", folds=5, hidden=(64, 32), max_steps=1000, critic="bilinear", device="cpu")
    assert (estimator.bound, estimator.folds, estimator.critic) == ("mine", 5, "bilinear")
    train = dataclasses.replace(VariationalConfig().train, max_steps=1000)
    assert estimator.config == VariationalConfig(hidden=(64, 32), train=train)


def test_no_names_change_nothing():
    estimator = Variational()
    before = estimator.get_params(deep=False)
    set_flat(estimator, {})
    assert estimator.get_params(deep=False) == before


def test_a_whole_number_is_a_number():
    rate = make("mine", learning_rate=1).config.train.learning_rate
    assert (rate, type(rate)) == (1.0, float)


@pytest.mark.parametrize("given", ["64,32", [64, 32], (64, 32), "64, 32", ("64", "32")])
def test_tuples_from_what_a_command_line_gives(given):
    assert make("mine", hidden=given).config.hidden == (64, 32)


def test_a_single_number_is_a_tuple_of_one():
    assert make("mine", hidden=64).config.hidden == (64,)
    assert make("mine", hidden="64").config.hidden == (64,)


def test_nothing_may_be_given_for_nothing():
    assert make("mine", threads=None).config.threads is None
    assert make("mine", threads=2).config.threads == 2


@pytest.mark.parametrize(
    ("method", "parameters", "message"),
    [
        ("ksg", {"k": "3"}, "k is '3'; it must be a whole number, such as 3"),
        ("ksg", {"k": 3.0}, r"k is 3\.0; it must be a whole number"),
        ("ksg", {"k": True}, "k is True; it must be a whole number"),
        ("gaussian", {"bias_correction": "yes"}, "bias_correction is 'yes'; it must be true or false"),
        ("gaussian", {"bias_correction": 1}, "bias_correction is 1; it must be true or false"),
        ("mine", {"learning_rate": "fast"}, r"learning_rate is 'fast'; it must be a number, such as 0\.001"),
        ("mine", {"learning_rate": True}, "learning_rate is True; it must be a number"),
        ("mine", {"critic": 3}, "critic is 3; it must be a name, such as 'joint'"),
        ("mine", {"hidden": "a,b"}, "hidden is 'a,b'; it must be numbers between commas, such as 128,128"),
        ("mine", {"hidden": [None]}, r"hidden is \[None\]; it must be numbers"),
    ],
)
def test_values_of_another_type(method, parameters, message):
    with pytest.raises(InputError, match=message):
        make(method, **parameters)


@pytest.mark.parametrize(
    ("method", "name"), [("ksg", "k"), ("mine", "max_steps"), ("mine", "hidden"), ("mine", "negatives")]
)
def test_nothing_is_no_number(method, name):
    with pytest.raises(InputError, match=f"{name} is None; it must be"):
        make(method, **{name: None})


def test_none_is_a_name_where_names_are_expected():
    """A command line turns the text "none" into nothing before it knows what is expected."""
    assert make("mine", transform=None).config.transform == "none"
    assert make("discrete", correction=None).correction == "none"


@pytest.mark.parametrize(
    ("method", "name", "nearest"),
    [
        ("ksg", "kk", "k"),
        ("mine", "max_step", "max_steps"),
        ("mine", "hiden", "hidden"),
        ("dv", "fold", "folds"),
    ],
)
def test_unknown_parameters_name_the_nearest(method, name, nearest):
    with pytest.raises(
        UnknownNameError, match=f"There is no parameter '{name}'.* Did you mean '{nearest}'"
    ) as error:
        make(method, **{name: 1})
    assert "config" not in str(error.value)


def test_unknown_method_names_the_nearest():
    with pytest.raises(
        UnknownNameError, match=r"There is no method 'infonc'\. Did you mean 'infonce'\? Allowed: auto, "
    ):
        make("infonc")
