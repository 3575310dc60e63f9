"""What every density must do, parametrised over the registry: one that is added later is tested as it is."""

import math

import pytest
import torch

from infonats.densities import DENSITIES, Categorical, DensityConfig, Product
from infonats.errors import InputError, UnknownNameError
from infonats.nn import seeded

CONFIG = DensityConfig(hidden=(8, 6), components=3, transforms=2, bins=4)
CODES = 5
BUILD = {**DENSITIES, "categorical": lambda dx, dy, config: Categorical(dx, CODES, config)}
SHAPES = [(0, 1), (0, 3), (2, 1), (2, 3)]

every = pytest.mark.parametrize("name", BUILD)
continuous = pytest.mark.parametrize("name", DENSITIES)
shapes = pytest.mark.parametrize(("dx", "dy"), SHAPES)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=generator(seed), dtype=dtype)


def build(name, dx, dy, seed=0, awake=0.2, dtype=torch.float64):
    """A small density; awake, every parameter is moved away from where it starts."""
    density = seeded(lambda: BUILD[name](dx, dy, CONFIG), generator(seed)).to(dtype)
    with torch.no_grad():
        for i, parameter in enumerate(density.parameters()):
            parameter.add_(awake * normal(*parameter.shape, seed=100 + i, dtype=dtype))
    return density


def data(density, n=6, dtype=torch.float64):
    x = normal(n, density.dx, dtype=dtype)
    if isinstance(density, Categorical):
        return x, torch.arange(n)[:, None] % CODES
    return x, normal(n, density.dy, seed=1, dtype=dtype)


@every
@shapes
def test_shapes_and_broadcasting(name, dx, dy):
    density = build(name, dx, dy)
    x, y = data(density)
    whole = density.all_pairs(x, y[:4])
    assert whole.shape == (6, 4)
    assert density.log_prob(y, x).shape == (6,)
    close = {"rtol": 0, "atol": 1e-12}
    torch.testing.assert_close(density.log_prob(y[:4], x[:4]), whole[:4].diagonal(), **close)
    torch.testing.assert_close(density.log_prob(y[:4], x[0]), whole[0], **close)
    torch.testing.assert_close(density.log_prob(y[1], x), whole[:, 1], **close)
    torch.testing.assert_close(density.log_prob(y[:4], x[:, None]), whole, **close)
    blocks = density.all_pairs(x.reshape(2, 3, dx), y[:4].reshape(2, 2, density.dy))
    torch.testing.assert_close(blocks, torch.stack([whole[:3, :2], whole[3:, 2:]]), **close)


@every
@shapes
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-4)])
def test_all_pairs_equals_the_double_loop(name, dx, dy, dtype, tolerance):
    density = build(name, dx, dy, dtype=dtype)
    x, y = data(density, dtype=dtype)
    loop = torch.stack([torch.stack([density.log_prob(b[None], a[None])[0] for b in y[:4]]) for a in x])
    pairs = density.all_pairs(x, y[:4])
    assert pairs.dtype == dtype
    torch.testing.assert_close(pairs, loop, rtol=tolerance, atol=tolerance)


@every
def test_a_marginal_looks_at_no_x(name):
    density = build(name, 0, 2)
    _, y = data(density)
    expected = density.log_prob(y)
    assert torch.equal(density.log_prob(y, normal(6, 4)), expected)
    assert torch.equal(density.all_pairs(normal(3, 4), y), expected.expand(3, 6))
    assert density.sample(None, generator(), (7,)).shape == (7, density.dy)
    assert density.sample(normal(5, 4), generator(), (7,)).shape == (7, 5, density.dy)


@every
def test_a_conditional_needs_x(name):
    density = build(name, 2, 2)
    with pytest.raises(InputError, match="conditional on 2 columns of x, and x is None; give x"):
        density.log_prob(data(density)[1])
    with pytest.raises(InputError, match="x is None"):
        density.sample(None, generator())


@every
@shapes
def test_depends_on_x_only_after_training(name, dx, dy):
    asleep, awake = build(name, dx, dy, awake=0.0), build(name, dx, dy)
    x, y = data(asleep)
    assert torch.allclose(asleep.all_pairs(x, y).var(0), torch.zeros(6, dtype=torch.float64), atol=1e-20)
    assert dx == 0 or awake.all_pairs(x, y).var(0).max() > 1e-6


@every
@pytest.mark.parametrize("dy", [1, 2])
def test_every_parameter_gets_a_gradient(name, dy):
    density = build(name, 2, dy)
    x, y = data(density, 50)
    density.log_prob(y, x).square().sum().backward()
    assert not [key for key, p in density.named_parameters() if p.grad is None or not p.grad.any()]


@every
def test_gradients_flow_to_both_sides(name):
    density = build(name, 2, 2)
    x, y = data(density, 3)
    x = x.requires_grad_()
    if isinstance(density, Categorical):
        assert torch.autograd.gradcheck(lambda x: density.log_prob(y, x), (x,))
        return
    assert torch.autograd.gradcheck(lambda y, x: density.log_prob(y, x), (y.requires_grad_(), x))


@continuous
@pytest.mark.parametrize("dx", [0, 2])
def test_integrates_to_one(name, dx):
    """The trapezoidal rule on a line, and on a plane, far into the tails."""
    x = normal(3, dx)
    line = torch.linspace(-40, 40, 80_001, dtype=torch.float64)
    mass = torch.trapezoid(build(name, dx, 1).all_pairs(x, line[:, None]).exp(), line)
    torch.testing.assert_close(mass, torch.ones(3, dtype=torch.float64), rtol=0, atol=1e-4)
    line = torch.linspace(-12, 12, 481, dtype=torch.float64)
    plane = torch.cartesian_prod(line, line)
    mass = build(name, dx, 2).log_prob(plane, x[0]).exp().sum() * (line[1] - line[0]) ** 2
    assert mass.item() == pytest.approx(1, abs=1e-3)


@every
@pytest.mark.parametrize("dx", [0, 2])
def test_draws_follow_the_density(name, dx):
    """E[log r] and E[y] of draws against integrals, within four standard errors."""
    density, x, n = build(name, dx, 1), normal(1, dx), 4000
    drawn = density.sample(x[0] if dx else None, generator(3), (n,))
    if isinstance(density, Categorical):
        line, weight = torch.arange(CODES), 1.0
    else:
        line, weight = torch.linspace(-40, 40, 80_001, dtype=torch.float64), 1e-3
    log_r = density.log_prob(line[:, None], x[0])
    probability = log_r.exp() * weight
    for function in (lambda y: density.log_prob(y, x[0]), lambda y: y[:, 0].double()):
        values = function(drawn)
        expected = (probability * function(line[:, None])).sum()
        assert abs(values.mean() - expected) < 4 * values.std() / math.sqrt(n)


@every
@shapes
def test_draws_are_a_function_of_the_generator(name, dx, dy):
    density = build(name, dx, dy)
    x, _ = data(density)
    before = torch.get_rng_state()
    first, same, other = (density.sample(x, generator(seed), (4,)) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert first.shape == (4, 6, density.dy)
    assert not first.requires_grad
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert density.log_prob(first, x).shape == (4, 6)


@every
def test_a_function_of_the_seed_alone(name):
    states = []
    for seed, before in ((3, 0), (3, 1), (4, 0)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(before)
            states.append(build(name, 2, 2, seed, awake=0.0).state_dict())
    one, same, other = states
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert name == "linear_gaussian" or any(not torch.equal(one[key], other[key]) for key in one)


@every
def test_state_dict_round_trip(name):
    density, other = build(name, 2, 2), build(name, 2, 2, seed=1, awake=0.0)
    x, y = data(density)
    other.load_state_dict(density.state_dict())
    assert torch.equal(other.all_pairs(x, y), density.all_pairs(x, y))


@every
@pytest.mark.parametrize("dy", [1, 3])
def test_starts_at_a_marginal_of_its_class(name, dy):
    marginal, conditional = build(name, 0, dy), build(name, 2, dy, awake=0.0)
    x, y = data(conditional)
    conditional.start_at(marginal)
    torch.testing.assert_close(
        conditional.all_pairs(x, y), marginal.log_prob(y).expand(6, 6), rtol=0, atol=1e-10
    )
    assert conditional.log_prob(y, x).requires_grad


@every
def test_start_moves_towards_the_data(name):
    for dx in (0, 2):
        density = build(name, dx, 2, awake=0.0)
        if isinstance(density, Categorical):
            y = (torch.arange(600) % 7).clamp(max=CODES - 1)[:, None]
        else:
            y = 0.5 * normal(600, 2) + 1.5 * normal(600, 1, seed=5).sign()
        x = normal(600, dx, seed=9)
        before = density.log_prob(y, x).mean().item()
        done = density.start(y, generator())
        assert density.log_prob(y, x).mean().item() >= before
        assert done == (name == "categorical" or "gaussian" in name)


@every
def test_finite_far_out(name):
    bits = torch.float32
    density = build(name, 1, 2, dtype=bits)
    x = torch.tensor([[-1e3], [1e3]], dtype=bits)
    y = data(density, 2)[1] if name == "categorical" else torch.tensor([[-1e3, 1e3], [0.0, 0.0]], dtype=bits)
    assert torch.isfinite(density.all_pairs(x, y)).all()


def test_product_is_the_sum_of_logs():
    first, second = build("gaussian", 0, 2), build("spline", 0, 1)
    product, y = Product(first, second), normal(6, 3)
    assert torch.equal(product.log_prob(y), first.log_prob(y[:, :2]) + second.log_prob(y[:, 2:]))
    assert product.sample(None, generator(), (5,)).shape == (5, 3)
    assert product.all_pairs(normal(4, 2), y).shape == (4, 6)
    with pytest.raises(InputError, match=r"marginal densities \(dx = 0\); dx is 2 and 0"):
        Product(build("gaussian", 2, 1), second)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"hidden": ()}, "hidden is"),
        ({"hidden": (0,)}, "give positive widths"),
        ({"components": 0}, "components is 0; it must be 1 or more"),
        ({"transforms": 0}, "transforms is 0"),
        ({"bins": 1}, "bins is 1; it must be 2 or more"),
    ],
)
def test_settings_that_make_no_sense(given, words):
    with pytest.raises(InputError, match=words):
        DensityConfig(**given)


def test_unknown_activation():
    with pytest.raises(UnknownNameError, match="activation 'swish'"):
        DensityConfig(act="swish")
