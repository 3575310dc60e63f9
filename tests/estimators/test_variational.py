"""Estimators that train, beyond what every method must do."""

import math

import jaxtyping
import numpy as np
import pytest
import torch

import infonats
from infonats import tasks
from infonats._random import spawn
from infonats.bounds import BOUNDS, DV, InfoNCE
from infonats.callbacks import History
from infonats.critics import CRITICS
from infonats.data import as_pairs, k_folds, three_way
from infonats.errors import InputError, UnknownNameError
from infonats.estimators import Variational, VariationalConfig, make
from infonats.estimators.cross_fit import splits
from infonats.estimators.variational_diagnostics import held_out_diagnostics, training_diagnostics
from infonats.inference import HeldOut

QUICK = {
    "hidden": (8,),
    "max_steps": 40,
    "evaluate_every": 10,
    "batch_size": 64,
    "learning_rate": 0.02,
    "averaging": 0.0,
}
BRIEF = QUICK | {"max_steps": 4, "evaluate_every": 4}


def sample(n=200, rho=0.8, d=1, seed=0):
    rng = np.random.default_rng(seed)
    x, noise = rng.standard_normal((2, n, d))
    return x, rho * x + math.sqrt(1 - rho**2) * noise


@pytest.fixture
def unchecked(monkeypatch):
    """What a user meets, whose arguments no test decorator checks against the annotations first."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


# Splits


@pytest.mark.parametrize(("folds", "sizes"), [(1, (120, 40, 40)), (4, (100, 50, 200))])
def test_sample_sizes(folds, sizes):
    e = make("infonce", folds=folds, **BRIEF).fit(*sample()).estimate_
    assert (e.n_train, e.n_validation, e.n_test) == sizes
    assert e.provenance["folds"] == folds
    assert len(e.provenance["best_steps"]) == folds
    assert ("cross-fitted" in str(e)) == (folds > 1)


def test_fractions():
    e = make("infonce", fractions=(0.2, 0.3, 0.5), **BRIEF).fit(*sample()).estimate_
    assert (e.n_train, e.n_validation, e.n_test) == (40, 60, 100)


def spied_rows(monkeypatch, folds):
    """The rows that each stage of a fit was given, by their numbers hidden in x."""
    from infonats.estimators import fold as module

    seen = []

    def spy_train(objectives, data, validations, *rest):
        for (x, _), (other, _) in zip(data, validations, strict=True):
            seen.append({"train": x, "validation": other})
        return original_train(objectives, data, validations, *rest)

    def spy_blocks(critic, x, y, block):
        seen[len(tested)]["test"] = x
        tested.append(x)
        return original_blocks(critic, x, y, block)

    tested = []
    original_train, original_blocks = module.train_many, module.score_blocks
    monkeypatch.setattr(module, "train_many", spy_train)
    monkeypatch.setattr(module, "score_blocks", spy_blocks)
    x, y = np.arange(100.0), np.random.default_rng(0).standard_normal(100)
    make("infonce", folds=folds, transform="none", **BRIEF).fit(x, y)
    return [{part: set(rows.flatten().tolist()) for part, rows in parts.items()} for parts in seen]


@pytest.mark.parametrize("folds", [1, 3, 5])
def test_no_row_both_fits_and_measures(monkeypatch, folds):
    seen = spied_rows(monkeypatch, folds)
    assert len(seen) == folds
    for parts in seen:
        assert set().union(*parts.values()) == set(map(float, range(100)))
        assert sum(map(len, parts.values())) == 100, "the parts overlap"
    tested = [row for parts in seen for row in parts["test"]]
    assert len(tested) == len(set(tested)) == (20 if folds == 1 else 100)


@pytest.mark.parametrize("transform", ["auto", "standardize", "normal_scores"])
def test_transforms_are_fitted_to_training_rows(transform):
    x, y = sample()
    estimator = make("infonce", transform=transform, **BRIEF).fit(x, y)
    changed, split = x.copy(), splits_of(estimator)[0]
    changed[split.test] *= 3.0
    other = make("infonce", transform=transform, **BRIEF).fit(changed, y)
    for name, array in estimator.folds_[0].x_map.state().items():
        np.testing.assert_array_equal(array, other.folds_[0].x_map.state()[name])
    assert estimator.estimate_.history == other.estimate_.history, "test rows took part in the training"


@pytest.mark.parametrize("method", ["mine", "js"])
def test_tails_without_a_variance_do_not_hide_the_rest(method):
    """A Cauchy pair of .22 nats, of which critics on standardised columns see nothing, or read -1e7."""
    task = tasks.make("student-identity-1-1-1")
    x, y = task.sample(1000, torch.Generator().manual_seed(5))
    value = infonats.mutual_information(x, y, method=method, max_steps=500).value
    assert 0.5 * task.mutual_information < value < 1.2 * task.mutual_information


def splits_of(estimator, n=200):
    seed = spawn(estimator.seed, 1 + estimator.folds)[0]
    return splits(n, estimator.folds, estimator.config.fractions, seed)


def test_cross_fit_pools_its_folds():
    estimator = make("infonce", folds=3, **QUICK).fit(*sample())
    parts = [
        fold.measure(*(side[split.test] for side in sample()))
        for fold, split in zip(estimator.folds_, splits_of(estimator), strict=True)
    ]
    e = estimator.estimate_
    assert e.value == pytest.approx(np.mean([p.value for p in parts]), abs=1e-9)
    assert e.stderr == pytest.approx(math.sqrt(sum(p.stderr**2 for p in parts)) / 3, rel=1e-6)
    assert e.interval[0] + e.interval[1] == pytest.approx(2 * e.value, abs=1e-9)
    alone = math.sqrt(sum((p.interval[1] - p.value) ** 2 for p in parts)) / 3
    assert e.interval[1] - e.value == pytest.approx(alone, rel=1e-6)


def test_splits_are_those_of_the_data_package():
    fractions = VariationalConfig().fractions
    np.testing.assert_array_equal(splits(50, 1, fractions, 7)[0].test, three_way(50, 7).test)
    np.testing.assert_array_equal(splits(50, 3, fractions, 7)[2].test, k_folds(50, 3, 7)[2].test)


# Training and measuring


@pytest.mark.parametrize("critic", CRITICS)
def test_every_critic_with_every_setting(critic):
    e = make("infonce", critic=critic, **QUICK).fit(*sample()).estimate_
    assert 0.15 < e.value < 0.9
    assert e.provenance["parameters"]["critic"] == critic


@pytest.mark.parametrize("negatives", [0, 1, 8])
def test_every_number_of_negatives(negatives):
    e = make("infonce", negatives=negatives, **QUICK).fit(*sample()).estimate_
    assert 0.15 < e.value < 0.9


def test_side_and_source_are_the_bounds():
    for bound in BOUNDS:
        info = Variational(bound.name).info
        assert (info.name, info.side, info.reference) == (bound.name, bound.side, bound.reference)
        assert info.family == "discriminative"


def test_threads_are_given_back():
    before = torch.get_num_threads()
    make("infonce", threads=2, **BRIEF).fit(*sample())
    assert torch.get_num_threads() == before
    with pytest.raises(KeyboardInterrupt):
        make("infonce", threads=2, **BRIEF).fit(*sample(), progress=_interrupt)
    assert torch.get_num_threads() == before


def _interrupt(step, total, message):
    raise KeyboardInterrupt


def test_progress_runs_once_over_all_folds():
    told = []
    make("infonce", folds=3, **BRIEF).fit(*sample(), progress=lambda *report: told.append(report))
    assert [step for step, _, _ in told] == [0, 12]
    assert {total for _, total, _ in told} == {12}
    assert told[1][2].endswith(" nats, mean of 3 at once")


# Row by row


@pytest.mark.parametrize("method", ["dv", "nwj", "infonce"])
def test_pointwise_is_a_log_ratio(method):
    """Over pairs drawn apart its exponential averages to one, up to sampling; T alone need not."""
    x, y = sample(400)
    estimator = make(method, **QUICK).fit(x, y)
    fresh_x, fresh_y = sample(400, seed=5)
    w = np.exp(estimator.pointwise(fresh_x, np.roll(fresh_y, 7, axis=0)))
    assert abs(w.mean() - 1) < 5 * w.std() / math.sqrt(len(w)) + 0.1


def test_pointwise_normalises_each_x_where_the_bound_does_not():
    x, y = sample()
    estimator = make("infonce", **QUICK).fit(x, y)
    fold = estimator.folds_[0]
    with torch.no_grad():
        critic = fold.objective.critic
        t = critic(fold._tensor(fold.x_map(x)), fold._tensor(fold.y_map(y))).double()
        z = critic.all_pairs(fold._tensor(fold.x_map(x)), fold.reference).double().exp().mean(1).log()
    np.testing.assert_allclose(estimator.pointwise(x, y), (t - z).numpy(), rtol=0, atol=1e-6)


def test_pointwise_averages_the_folds():
    x, y = sample()
    estimator = make("dv", folds=3, **BRIEF).fit(x, y)
    each = [fold.log_ratio(x, y) for fold in estimator.folds_]
    np.testing.assert_allclose(estimator.pointwise(x, y), np.mean(each, axis=0), rtol=0, atol=1e-12)


# Fresh data


def test_evaluate_on_fresh_pairs():
    estimator = make("infonce", **QUICK).fit(*sample())
    e = estimator.evaluate(*sample(500, seed=9))
    assert (e.method, e.n_test, e.n_train) == ("infonce", 500, 120)
    assert e.provenance["data"] != estimator.estimate_.provenance["data"]
    assert e.history == estimator.estimate_.history
    assert abs(e.value - 0.51) < 0.3
    assert e == estimator.evaluate(*sample(500, seed=9))


def test_evaluate_after_loading(tmp_path):
    from infonats import load

    estimator = make("infonce", folds=3, **BRIEF).fit(*sample())
    estimator.save(tmp_path / "e")
    assert load(tmp_path / "e").evaluate(*sample(50, seed=9)) == estimator.evaluate(*sample(50, seed=9))


@pytest.mark.parametrize(
    ("shape", "message"),
    [({"d": 2}, "the estimator was fitted to 1 column of x and 1 of y"), ({"n": 9}, "needs at least 10")],
)
def test_evaluate_on_what_does_not_fit(shape, message):
    estimator = make("infonce", **BRIEF).fit(*sample())
    with pytest.raises(InputError, match=message):
        estimator.evaluate(*sample(**{"n": 50, **shape}))


def test_evaluate_before_fit():
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError, match="not fitted yet"):
        Variational().evaluate(*sample())


# Bad parameters


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"bound": "infonc"}, UnknownNameError, "There is no bound 'infonc'. Did you mean 'infonce'"),
        ({"critic": "joined"}, UnknownNameError, "There is no critic 'joined'. Did you mean 'joint'"),
        ({"folds": 0}, InputError, "folds is 0; give 1"),
        ({"folds": 2}, InputError, "folds is 2 for 200 rows; give a whole number from 3"),
        ({"folds": 2.0}, InputError, r"folds is 2\.0; give 1"),
        ({"folds": True}, InputError, "folds is True; give 1"),
        ({"folds": 500}, InputError, "folds is 500 for 200 rows"),
        ({"seed": 1.5}, InputError, r"seed is 1\.5"),
    ],
)
def test_bad_parameters(parameters, error, message, unchecked):
    with pytest.raises(error, match=message):
        Variational().set_params(**parameters).fit(*sample())


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"hidden": ()}, InputError, r"hidden is \(\); give positive widths"),
        ({"hidden": (4, 0)}, InputError, r"hidden is \(4, 0\); give positive widths"),
        ({"hidden": (4.0,)}, InputError, r"hidden is \(4\.0,\); give positive widths"),
        ({"act": "slu"}, UnknownNameError, "There is no activation 'slu'. Did you mean 'silu'"),
        ({"transform": "standard"}, UnknownNameError, "no transform 'standard'. Did you mean 'standardize'"),
        ({"negatives": -1}, InputError, r"negatives is -1; give 0 \(all pairs\) or more"),
        ({"threads": 0}, InputError, "threads is 0; give 1 to 1024, or None"),
        ({"fractions": (0.5, 0.5)}, InputError, r"fractions are \(0\.5, 0\.5\); give three: to train"),
        ({"device": "gpu"}, InputError, "device is 'gpu', which cannot be used here"),
    ],
)
def test_bad_configuration(parameters, error, message, unchecked):
    with pytest.raises(error, match=message):
        VariationalConfig(**parameters)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a CUDA device is here")
def test_a_device_that_is_not_here():
    with pytest.raises(InputError, match="device is 'cuda', which cannot be used here"):
        VariationalConfig(device="cuda")


def test_bad_fractions():
    with pytest.raises(InputError, match=r"fractions are \(0\.5, 0\.2, 0\.2\); give three positive numbers"):
        make("mine", fractions=(0.5, 0.2, 0.2)).fit(*sample())


# Diagnostics


def part(value=0.5, negatives=255, effective=1e4, n=256):
    return HeldOut(value, 0.05, (value - 0.1, value + 0.1), n, negatives, effective, 0.0)


def said(bound, **fields):
    made = part(**fields)
    return " ".join(held_out_diagnostics(bound(), made.value, [made]))


def test_nothing_is_said_of_a_good_estimate():
    assert said(InfoNCE) == said(DV) == ""


def test_near_the_ceiling():
    note = said(InfoNCE, value=4.8, n=10**4)
    assert "4.80 nats are within 1 nat of infonce's ceiling with 255 negatives, 5.55" in note
    assert said(DV, value=4.8, n=10**4) == ""


def test_more_than_the_rows_can_certify():
    assert "4.80 nats are above 0.8 log n = 4.44 nats for 256 test rows" in said(DV, value=4.8)


def test_few_effective_pairs():
    assert "rests on about 12 of them" in said(DV, effective=12.0)
    assert said(InfoNCE, effective=12.0) == ""


def history(reason="no improvement", train=0.5):
    made = History(steps=[0, 5], validation_values=[0.0, 0.4], validation_losses=[0.0, -0.4], best_step=5)
    made.train_values, made.reason = [torch.tensor(train)], reason
    return made


@pytest.mark.parametrize(
    ("value", "made", "sentence"),
    [
        (0.5, {}, ""),
        (0.5, {"train": 2.0}, "The training value, 2.00 nats, is far above the held-out one"),
        (0.5, {"reason": "diverged"}, "Training diverged and went back to its best state"),
        (0.5, {"reason": ""}, "Training used all its steps and may still have been improving"),
        (-0.5, {"train": -0.5}, "below zero by more than two standard errors"),
    ],
)
def test_training_diagnostics(value, made, sentence):
    notes = list(training_diagnostics(value, 0.05, [history(**made)]))
    assert notes == [] if not sentence else len(notes) == 1 and sentence in notes[0]


def test_a_lost_value_is_said_to_be_lost_whatever_its_error():
    """A few wrong pairs that score high make the value and its standard error alike."""
    made = history(train=-1.6e8)
    (note,) = training_diagnostics(-1.58e8, 1.92e8, [made])
    assert "-1.58e+08 nats, is far below zero and rests on a few wrong pairs" in note
    assert list(training_diagnostics(-0.9, 1.0, [history(train=-0.9)])) == []


@pytest.mark.parametrize("bound", ["infonce", "js", "smile", "nwj"])
def test_columns_in_the_hundreds_that_go_together_are_learnt(bound):
    """Sixteen causes show in 400 noisy columns of each side; the causes share 2 nats, the columns less.

    A bilinear form that learns as fast as in few columns overshoots at its first steps: 0, or huge numbers.
    """
    rng, rho = np.random.default_rng(0), math.sqrt(1 - math.exp(-2 * 2 / 16))
    causes, apart = rng.standard_normal((2, 1000, 16))
    mixed = rng.standard_normal((16, 400)) / 4
    sides = causes @ mixed, (rho * causes + math.sqrt(1 - rho**2) * apart) @ mixed
    x, y = (side + 0.5 * rng.standard_normal((1000, 400)) for side in sides)
    e = make(bound, critic="separable", negatives=0, max_steps=75).fit(x, y).estimate_
    assert 1.0 < e.value < 2.0 + 4 * e.stderr


def test_diagnostics_reach_the_estimate():
    e = make("infonce", **BRIEF).fit(*sample()).estimate_
    assert any("Training used all its steps" in note for note in e.diagnostics)


def test_pairs_with_names():
    pairs = as_pairs(*sample())
    assert make("infonce", **BRIEF).fit_pairs(pairs).estimate_.provenance["x"] == ["x"]
