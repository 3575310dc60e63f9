"""Hybrids: the generative estimate where nothing is corrected, the truth where something is, every pair."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import infonats
from infonats.bounds import BOUNDS, CLUB, DV, FLO
from infonats.callbacks import History
from infonats.errors import InputError, UnknownNameError
from infonats.estimators import (
    GenerativeConfig,
    Hybrid,
    HybridConfig,
    VariationalConfig,
    make,
    mutual_information,
    references_of,
)
from infonats.estimators.hybrid_diagnostics import (
    correction_diagnostics,
    critic_diagnostics,
    partner_diagnostics,
)
from infonats.estimators.hybrid_names import OFFERED
from infonats.estimators.hybrid_value import Corrected, Generated, corrected
from infonats.inference import HeldOut, held_out, mean_of
from infonats.scores import Scores
from infonats.train import TrainConfig

RHO = 0.8
TRUTH = -0.5 * math.log1p(-(RHO**2))
QUICK = {"max_steps": 200, "evaluate_every": 25, "patience": 4, "learning_rate": 5e-3, "hidden": (16,)}
BRIEF = {"max_steps": 10, "evaluate_every": 5, "batch_size": 32, "hidden": (4,), "held_out_draws": 4}
DENSITIES = {"max_steps": 25, "hidden": (4,), "batch_size": 32}
NOTHING = TrainConfig(max_steps=1, evaluate_every=1, learning_rate=1e-60, weight_decay=0.0)

bounds = pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)


def gaussian(n=600, seed=0, dx=1, dy=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, dx))
    noise = rng.normal(size=(n, dy))
    noise[:, 0] = RHO * x[:, 0] + math.sqrt(1 - RHO**2) * noise[:, 0]
    return x, noise


def still(generative, bound):
    """A hybrid whose critic does not move, with densities of `make(generative, **DENSITIES)`."""
    hybrid = make(f"{generative}+{bound}", **DENSITIES, held_out_draws=4)
    critic = VariationalConfig(hidden=(4,), train=NOTHING)
    return hybrid.set_params(config=dataclasses.replace(hybrid.config, discriminative=critic))


def parabola(n, seed=0):
    """y = x^2 + noise, of which a linear Gaussian sees nothing; with the sample's own log ratios."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = x * x + 0.5 * rng.normal(size=n)
    grid = np.linspace(-8, 8, 4001)
    weight = np.exp(-0.5 * grid**2) / math.sqrt(2 * math.pi) * (grid[1] - grid[0])
    marginal = np.exp(-2 * (y[:, None] - grid**2) ** 2) @ weight
    return x, y, -2 * (y - x * x) ** 2 - np.log(marginal)


# The value


@bounds
@pytest.mark.parametrize("generative", OFFERED)
def test_no_correction_is_exactly_the_generative_estimate(generative, bound):
    """A critic that does not move leaves the same densities, the same rows, the same number."""
    estimate = still(generative, bound.name).fit(*gaussian(150)).estimate_
    alone = make(generative, **DENSITIES).fit(*gaussian(150)).estimate_
    assert estimate.provenance["generative"] == alone.value
    assert estimate.value == pytest.approx(alone.value, abs=1e-12)
    assert estimate.stderr == pytest.approx(alone.stderr, rel=0.5)


def test_the_truth_on_a_bivariate_gaussian():
    estimate = make("doe+infonce", **QUICK).fit(*gaussian(1500)).estimate_
    assert abs(estimate.value - TRUTH) < 4 * estimate.stderr + 0.03
    assert estimate.n_test == 300
    low, high = estimate.interval
    assert low < estimate.value < high


@pytest.mark.parametrize("bound", ["mine", "infonce"])
def test_corrects_densities_that_cannot_fit(bound):
    """Linear Gaussians see next to nothing of a parabola; the critic finds most of the rest."""
    x, y, exact = parabola(2000)
    settings = QUICK | {
        "max_steps": 300,
        "learning_rate": 0.02,
        "hidden": (32, 32),
        "conditional": "linear_gaussian",
        "marginal": "mixture",
    }
    hybrid = make(f"doe+{bound}", **settings).fit(x, y)
    estimate, truth = hybrid.estimate_, exact.mean()
    generative = estimate.provenance["generative"]
    assert generative < 0.2 * truth
    assert abs(estimate.value - truth) < 0.25 * abs(generative - truth)
    fresh_x, fresh_y, exact = parabola(500, 1)
    assert np.corrcoef(hybrid.pointwise(fresh_x, fresh_y), exact)[0, 1] > 0.9


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("doe+infonce", {"correction": "reweight"}),
        ("doe+infonce", {"training": "joint", "max_steps": 400}),
        ("gm+infonce", {}),
        ("pq+infonce", {"codes": 4}),
        ("pq+infonce", {"codes": 4, "correction": "reweight"}),
    ],
)
def test_every_correction_finds_the_truth(method, given):
    """Four codes cannot tell 0.51 nats, nor joint Gaussians of their own need a correction."""
    estimate = make(method, **QUICK | given).fit(*gaussian(1500)).estimate_
    assert abs(estimate.value - TRUTH) < 4 * estimate.stderr + 0.03


def test_codes_miss_what_their_correction_finds():
    """I(X;Q(Y)) of two codes is far below I; given the code, the rest is found."""
    estimate = make("pq+nce", **QUICK, codes=2).fit(*gaussian(2000)).estimate_
    generative = estimate.provenance["generative"]
    assert generative < 0.7 * TRUTH
    assert abs(estimate.value - TRUTH) < 4 * estimate.stderr + 0.03


@pytest.mark.parametrize("correction", ["resample", "reweight"])
def test_untrained_critics_change_nothing_however_corrected(correction):
    hybrid = still("doe", "mine")
    config = dataclasses.replace(hybrid.config, correction=correction)
    estimate = hybrid.set_params(config=config).fit(*gaussian(150)).estimate_
    assert estimate.value == pytest.approx(estimate.provenance["generative"], abs=1e-12)
    assert estimate.value == pytest.approx(make("doe", **DENSITIES).fit(*gaussian(150)).estimate_.value)


def test_joint_training_fits_the_densities_too():
    """A conditional density that starts at the marginal, and one history for both."""
    estimator = make("doe+mine", **QUICK, training="joint").fit(*gaussian(1000))
    estimate = estimator.estimate_
    assert estimate.provenance["generative"] > 0.8 * TRUTH
    assert max(estimate.history["validation"]) > 0.8 * TRUTH
    assert not any("critic overfits" in note for note in estimate.diagnostics)


@pytest.mark.parametrize("method", ["doe+mine", "l1out+flo"])
def test_zero_where_there_is_nothing(method):
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(1000, 10)), rng.normal(size=(1000, 10))
    estimate = make(method, patience=4).fit(x, y).estimate_
    assert abs(estimate.value) < 0.05


def test_the_jackknife_of_terms_and_of_blocks():
    """A correction of zero leaves the error of the base: of blocks to the bit, of a mean in expectation."""
    generator = torch.Generator().manual_seed(0)
    blocks = torch.randn((3, 40, 40), generator=generator, dtype=torch.float64)
    nothing = Scores(*(torch.zeros(shape, dtype=torch.float64) for shape in ((125,), (125, 5))))
    measured, alone = corrected(Generated(CLUB(), blocks), DV(), nothing), held_out(CLUB(), blocks)
    held = measured.held
    assert (held.value, held.stderr, held.interval) == (alone.value, alone.stderr, alone.interval)
    assert (held.n, held.negatives, measured.correction_stderr) == (120, 5, 0.0)
    terms = torch.randn(125, generator=generator, dtype=torch.float64)
    measured, alone = corrected(Generated(None, terms), DV(), nothing), mean_of(terms)
    assert measured.held.value == alone.value
    assert measured.held.stderr == pytest.approx(alone.stderr, rel=0.4)


def test_the_jackknife_leaves_the_same_rows_out_of_both():
    """Terms that the correction takes back leave no error."""
    terms = torch.randn(200, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    scores = Scores(-terms, torch.zeros(200, 3, dtype=torch.float64))
    measured = corrected(Generated(None, terms), DV(), scores)
    assert measured.held.stderr < 1e-12 < measured.correction_stderr


# The contract


@bounds
def test_every_bound_with_a_partner(bound):
    """Each bound once, the partners in turn: every pair is fitted by the test of no correction already."""
    generative = list(OFFERED)[BOUNDS.index(bound) % len(OFFERED)]
    method = f"{generative}+{bound.name}"
    estimator = make(method, **BRIEF).fit(*gaussian(100, dx=2, dy=3))
    estimate = estimator.estimate_
    assert (estimate.method, estimate.side, estimator.info.family) == (method, "none", "hybrid")
    assert math.isfinite(estimate.value)
    assert np.isfinite(estimator.pointwise(*gaussian(30, 2, 2, 3))).all()


@pytest.mark.parametrize(
    "method", ["doe+mine", "l1out+flo", "club+infonce", "ba+tuba", "vub+nwj", "pq+infonce", "gm+tuba"]
)
def test_save_and_load(method, tmp_path):
    estimator, (x, y) = make(method, folds=3, **BRIEF).fit(*gaussian(100)), gaussian(50, 9)
    estimator.save(tmp_path / "it.safetensors")
    other = infonats.load(tmp_path / "it.safetensors")
    np.testing.assert_array_equal(other.pointwise(x, y), estimator.pointwise(x, y))
    assert other.estimate_.to_json() == estimator.estimate_.to_json()
    assert other.evaluate(x, y).value == estimator.evaluate(x, y).value


def test_same_seed_same_bits():
    before = torch.get_rng_state()
    one, same, other = (
        mutual_information(*gaussian(200), method="doe+mine", seed=seed, **BRIEF) for seed in (1, 1, 2)
    )
    assert torch.equal(torch.get_rng_state(), before)
    assert one.value == same.value != other.value


def test_evaluate_on_fresh_pairs():
    estimator = make("doe+nwj", **QUICK).fit(*gaussian(1000))
    fresh = estimator.evaluate(*gaussian(2000, 8))
    assert abs(fresh.value - TRUTH) < 4 * fresh.stderr + 0.05
    assert fresh.n_test == 2000
    with pytest.raises(InputError, match="x has 2 columns"):
        estimator.evaluate(*gaussian(50, 8, dx=2))
    with pytest.raises(NotFittedError):
        Hybrid().evaluate(*gaussian(50))


def test_progress_goes_through_both_stages():
    seen = []
    estimator = clone(make("doe+mine", **BRIEF | {"max_steps": 50, "patience": 50}))
    estimator.fit(*gaussian(100), progress=lambda *args: seen.append(args))
    steps, totals, messages = zip(*seen, strict=True)
    assert list(steps) == sorted(steps)
    assert set(totals) == {100}
    assert steps[-1] == 100
    assert messages[0].startswith("stage 1 of 2, estimate")
    assert messages[-1].startswith("stage 2 of 2, estimate")
    assert len(estimator.estimate_.history["step"]) == 10


# What it says of itself


def test_a_bound_where_the_entropy_is_known():
    config = HybridConfig(generative=GenerativeConfig(entropy=1.0))
    assert [Hybrid("ba", bound, config=config).info.side for bound in ("nwj", "mine")] == ["lower", "none"]
    assert Hybrid("doe", "nwj", config=config).info.side == "none"
    reweighted = dataclasses.replace(config, correction="reweight")
    assert Hybrid("ba", "nwj", config=reweighted).info.side == "none"


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("doe+nwj", "may exceed a lower bound by KL(p(y) || r(y))"),
        ("ba+nwj", "H(Y) was taken from the fitted marginal"),
        ("club+nwj", "read the value as a heuristic"),
    ],
)
def test_caveats(method, words):
    assert any(words in note for note in make(method, **BRIEF).fit(*gaussian(100)).estimate_.diagnostics)


def test_says_that_the_critic_found_nothing():
    notes = still("doe", "mine").fit(*gaussian(150)).estimate_.diagnostics
    assert any("the correction is zero and the value that of the generative method" in note for note in notes)


def test_says_how_far_a_correction_can_be_trusted():
    held = HeldOut(1.0, 0.1, (0.8, 1.2), n=1000, negatives=64, effective=20.0, log_partition=0.0)
    notes = list(correction_diagnostics(DV(), [Corrected(held, 1.3, -0.3, 0.1)]))
    assert any("Of the correction: The average of e^T over pairs drawn apart" in note for note in notes)
    assert any("correction is below zero by more than two standard errors" in note for note in notes)


def test_says_how_many_have_no_partner_or_little_weight():
    held = HeldOut(1.0, 0.1, (0.8, 1.2), n=1000, negatives=64, effective=500.0, log_partition=0.0)
    part = Corrected(held, 0.9, 0.1, 0.1)
    assert not list(partner_diagnostics([part]))
    alone, light = (dataclasses.replace(part, **given) for given in ({"alone": 0.2}, {"weights": 3.25}))
    (note,) = partner_diagnostics([part, alone])
    assert note.startswith("20 % of the held-out rows are alone in their code")
    (note,) = partner_diagnostics([light])
    assert "about 3.2 carry the weight" in note


@pytest.mark.parametrize(
    ("method", "rho", "words"),
    [("pq+mine", 0.8, "are alone in their code"), ("gm+mine", 0.9999, "carry the weight of a typical x")],
)
def test_few_rows_are_said_to_be_few(method, rho, words):
    x, e = np.random.default_rng(0).normal(size=(2, 60, 1))
    y = rho * x + math.sqrt(1 - rho**2) * e
    notes = make(method, **BRIEF).fit(x, y).estimate_.diagnostics
    assert any(words in note for note in notes)


def test_says_that_the_critic_overfits():
    held = HeldOut(1.0, 0.1, (0.8, 1.2), n=1000, negatives=64, effective=2000.0, log_partition=0.0)
    history = History(
        [0, 25], [0.0, 0.1], [0.0, -0.1], [torch.tensor(0.9)], best_step=25, reason="no improvement"
    )
    notes = list(critic_diagnostics([Corrected(held, 0.9, 0.1, 0.1)], [history]))
    assert len(notes) == 1
    assert "correction is far larger on training rows" in notes[0]


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("dow+mine", "no generative method 'dow' in 'dow.mine'.*Did you mean 'doe'"),
        ("doe+mime", "no bound 'mime' in 'doe.mime'.*Did you mean 'mine'"),
        ("mine+doe", "no generative method 'mine'"),
        ("doe+", "no bound '' in 'doe.'"),
    ],
)
def test_names_that_do_not_exist(method, words):
    with pytest.raises(UnknownNameError, match=words):
        make(method)


@pytest.mark.parametrize(
    ("method", "given", "words"),
    [
        ("gm+mine", {"correction": "resample"}, "'resample' for 'gm': it fits a joint.*Available: reweight"),
        ("pq+mine", {"correction": "resample"}, "'resample' for 'pq': it predicts codes.*same_code, reweight"),
        ("doe+mine", {"correction": "same_code"}, "'same_code' for 'doe', whose y's have no codes. Avail"),
        ("doe+mine", {"correction": "reweight", "training": "joint"}, "looks up what frozen densities said"),
        ("pq+mine", {"training": "joint"}, "training is 'joint' and correction 'same_code'.*'frozen'"),
    ],
)
def test_corrections_that_a_method_does_not_offer(method, given, words):
    with pytest.raises(InputError, match=words):
        make(method, **given).fit(*gaussian(60))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"held_out_draws": 1}, "held_out_draws is 1; it must be 2 or more"),
        ({"discriminative": VariationalConfig(negatives=0)}, "negatives is 0; a hybrid finds them by"),
        (
            {"generative": GenerativeConfig(transform="none")},
            "transform is 'none' for the densities and 'auto' for the critic",
        ),
    ],
)
def test_settings_that_make_no_sense(given, words):
    with pytest.raises(InputError, match=words):
        HybridConfig(**given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"correction": "reweigh"}, "no correction 'reweigh'.*Did you mean 'reweight'"),
        ({"training": "join"}, "no training 'join'.*Did you mean 'joint'"),
        ({"conditional": "gausian"}, "no density 'gausian'.*Did you mean 'gaussian'"),
        ({"critic": "join"}, "no critic 'join'.*Did you mean 'joint'"),
    ],
)
def test_names_in_settings_that_do_not_exist(given, words):
    with pytest.raises(UnknownNameError, match=words):
        make("doe+mine", **given).fit(*gaussian(60))


def test_references_are_of_both_halves_and_their_combination():
    years = [reference.key for reference in references_of("doe+mine")]
    assert years == ["mcallester2020formal", "belghazi2018mine", "federici2023effectiveness"]
    assert references_of("flo") == (FLO.reference,)
    assert len(references_of("l1out+infonce_decoupled")) >= 2
    with pytest.raises(UnknownNameError, match="no method 'mime'"):
        references_of("mime")


def test_flat_names_are_set_in_both_halves():
    config = make("doe+mine", hidden="8,8", transform="normal_scores", max_steps=7, negatives=3).config
    assert config.generative.density.hidden == config.discriminative.hidden == (8, 8)
    assert config.generative.transform == config.discriminative.transform == "normal_scores"
    assert config.generative.train.max_steps == config.discriminative.train.max_steps == 7
