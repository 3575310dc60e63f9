"""The gradient of fitted densities by hand equals that of automatic differentiation, and steps aside."""

import pytest
import torch

from infonats.chains import Slots
from infonats.densities import DENSITIES, Categorical, DensityConfig, Gaussian, GaussianForm
from infonats.densities.parametric import Parametric
from infonats.laws import fitted_by_hand
from infonats.nn import ACTIVATIONS, seeded
from infonats.objectives import BA, CLUB, GM, PQ, VCLUBS, VUB, DoE, L1Out, Likelihood
from infonats.quantizers import Grid
from infonats.run import Run
from infonats.slopes import ByLaws, Graph, slope_of
from infonats.train import TrainConfig, train

CONFIG = DensityConfig(hidden=(8, 6), components=3)
PARAMETRIC = [name for name in DENSITIES if isinstance(DENSITIES[name](2, 2, CONFIG), Parametric)]
FORMS = [
    GaussianForm(mean, scale, correlation)
    for mean, scale in [("network", "network"), ("linear", "constant"), ("constant", "linear")]
    for correlation in ("none", "constant", "linear", "network")
]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def rows(seed=0, n=16):
    x, y = (torch.randn(n, d, generator=generator(seed + i), dtype=torch.float64) for i, d in enumerate((2, 3)))
    return x, y + x[:, :1]


def awake(build, seed=0):
    """With no parameter at zero, so that every one has a gradient to be compared."""
    density = seeded(build, generator(seed)).double()
    with torch.no_grad():
        for i, parameter in enumerate(density.parameters()):
            noise = torch.randn(parameter.shape, generator=generator(50 * seed + i), dtype=torch.float64)
            parameter.add_(0.3 * noise)
    return density


def law(name="gaussian", dx=2, dy=3, seed=0):
    return awake(lambda: DENSITIES[name](dx, dy, CONFIG), seed)


def pq():
    _, y = rows(n=60)
    quantizer = Grid.fit(y, 8, 0)
    codes = quantizer.codes
    return PQ(*(awake(lambda d=d: Categorical(d, codes, CONFIG), d) for d in (2, 0)), quantizer)


OBJECTIVES = {
    "likelihood": lambda: Likelihood(law()),
    "doe": lambda: DoE(law(), law(dx=0, seed=1)),
    "ba": lambda: BA(law(), 1.5),
    "gm": lambda: GM(law(dx=0, dy=5), law(dx=0, dy=2, seed=1), law(dx=0, seed=2)),
    "club": lambda: CLUB(law()),
    "vclub_s": lambda: VCLUBS(law()),
    "l1out": lambda: L1Out(law()),
    "vub": lambda: VUB(law(), law(dx=0, seed=1), 3),
    "pq": pq,
}


def by_hand_and_by_graph(objective, x, y):
    """Step and gradient, of one batch, as training takes them."""
    run = Run(objective.train(), (x, y), TrainConfig(batch_size=8), generator())
    assert type(run.slope) is ByLaws
    parameters = [p for p in objective.parameters() if p.requires_grad]
    return run.slope(x, y, generator(3)), Graph(objective, parameters)(x, y, generator(3))


def assert_equal(objective, x, y):
    """To 1e-12 of the largest number of a gradient: rounding of a sum is that of its parts."""
    for _ in range(2):
        (ours, gradient, touched), (theirs, expected, _) = by_hand_and_by_graph(objective, x, y)
        assert touched is None
        assert not ours.loss.requires_grad
        torch.testing.assert_close((ours.loss, ours.value), (theirs.loss, theirs.value), rtol=1e-12, atol=1e-12)
        assert expected.abs().max() > 1e-3, "nothing is compared"
        atol = 1e-12 * expected.abs().max().item()
        torch.testing.assert_close(gradient, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_objective(name):
    assert_equal(OBJECTIVES[name](), *rows())


@pytest.mark.parametrize("dx", [0, 2])
@pytest.mark.parametrize("name", PARAMETRIC)
def test_every_density(name, dx):
    assert_equal(Likelihood(law(name, dx)), *rows())


@pytest.mark.parametrize("dy", [1, 3])
@pytest.mark.parametrize("form", FORMS, ids=repr)
def test_every_form_of_a_gaussian(form, dy):
    x, y = rows()
    assert_equal(Likelihood(awake(lambda: Gaussian(2, dy, CONFIG, form))), x, y[:, :dy])


@pytest.mark.parametrize("act", ACTIVATIONS)
def test_every_activation(act):
    config = DensityConfig(hidden=(8, 6), act=act)
    assert_equal(Likelihood(awake(lambda: Gaussian(2, 3, config))), *rows())


@pytest.mark.parametrize("name", [*PARAMETRIC, "categorical"])
def test_slopes_that_a_density_knows(name):
    """In theta itself, at rows and at constants, whatever a network makes of them."""
    density = awake(lambda: Categorical(2, 4, CONFIG)) if name == "categorical" else law(name)
    x, y = rows()
    y = torch.arange(len(y))[:, None] % 4 if name == "categorical" else y
    theta = [function(x).detach() for function in density.functions()]
    for values in (theta, [t[..., :1, :].squeeze(-2) if t.ndim > 1 else t for t in theta]):
        before = [t.clone() for t in values]
        log_r, slopes = density.sloped(y, *values)
        expected_log_r, expected = Parametric.sloped(density, y, *values)
        torch.testing.assert_close((log_r, *slopes), (expected_log_r, *expected), rtol=1e-12, atol=1e-13)
        assert all(torch.equal(old, new) for old, new in zip(before, values, strict=True))


def test_a_frozen_density_is_read_and_not_moved():
    objective = DoE(law(), law(dx=0, seed=1).requires_grad_(False))
    assert_equal(objective, *rows())
    assert (
        sum(p.numel() for p in objective.conditional.parameters())
        == by_hand_and_by_graph(objective, *rows())[0][1].numel()
    )


def test_a_density_that_serves_twice_gets_both_gradients():
    both = law(dx=0, dy=2)
    assert_equal(GM(law(dx=0, dy=4), both, both), *(part[:, :2] for part in rows()))


@pytest.mark.parametrize("name", ["doe", "gm"])
def test_training_ends_at_the_same_values(name, monkeypatch):
    config = TrainConfig(max_steps=40, batch_size=16, evaluate_every=10, learning_rate=0.02)
    ours, theirs = OBJECTIVES[name](), OBJECTIVES[name]()
    data, held_out = rows(0, 90), rows(1, 50)
    history = train(ours, data, held_out, config, generator())
    monkeypatch.setattr("infonats.slopes.fitted_by_hand", lambda _: False)
    other = train(theirs, data, held_out, config, generator())
    assert history.steps == other.steps
    # In float64, as in test_ensemble.py: rounding of 1e-16 and forty steps of .02.
    assert history.validation_values == pytest.approx(other.validation_values, abs=1e-9)
    assert history.curves()["train"] == pytest.approx(other.curves()["train"], abs=1e-9)


# What is left to automatic differentiation


def hooked():
    objective = OBJECTIVES["doe"]()
    objective.conditional.mean.network.register_forward_hook(lambda *_: None)
    return objective


def half_frozen():
    objective = OBJECTIVES["doe"]()
    objective.conditional.scale.requires_grad_(False)
    return objective


class Doubled(Parametric):
    """Has a likelihood of its own beside what it declares."""

    def __init__(self):
        super().__init__()
        self.inner, self.dx, self.dy = law(), 2, 3

    def functions(self):
        return self.inner.functions()

    def at(self, y, *theta):
        return self.inner.at(y, *theta)

    def sample(self, x, generator, shape=()):
        return self.inner.sample(x, generator, shape)


class Otherwise(Doubled):
    def log_prob(self, y, x=None):
        return 2 * super().log_prob(y, x)


ASIDE = {
    "a flow": lambda: Likelihood(law("coupling")),
    "a hook": hooked,
    "a frozen part": half_frozen,
    "a likelihood of its own": lambda: Likelihood(Otherwise()),
    "nothing to train": lambda: Likelihood(law().requires_grad_(False)),
}


@pytest.mark.parametrize("build", ASIDE.values(), ids=ASIDE)
def test_others_are_differentiated_automatically(build):
    objective = build()
    assert not fitted_by_hand(objective)
    parameters = [p for p in objective.parameters() if p.requires_grad]
    assert type(slope_of(objective, parameters, torch.empty(0))) is Graph


def test_what_inherits_all_of_it_is_taken_by_hand():
    assert_equal(Likelihood(Doubled()), *rows())


def test_autocast_keeps_its_meaning():
    objective = Likelihood(law().float())
    x, y = (part.float() for part in rows())
    run = Run(objective, (x, y), TrainConfig(batch_size=8), generator())
    with torch.autocast("cpu", torch.bfloat16):
        ours, theirs = (
            run.slope(x, y, generator()),
            Graph(objective, list(objective.parameters()))(x, y, generator()),
        )
    assert torch.equal(ours[1], theirs[1])
    assert not torch.equal(ours[1], run.slope(x, y, generator())[1]), "autocast changed nothing"


def test_slots_add_what_is_given_twice():
    parameter = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
    slots = Slots([parameter], torch.zeros(1, 2, dtype=torch.float64))
    for _ in range(2):
        for gift in (1.0, 2.0):
            slots.give_sum(parameter, torch.full((1, 3, 2), gift, dtype=torch.float64))
        assert slots.collected().tolist() == [[9.0, 9.0]]
