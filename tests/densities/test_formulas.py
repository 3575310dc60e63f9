"""Densities against closed forms of SciPy and torch, at 1e-10."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from infonats.densities import Categorical, ColumnMixture, DensityConfig, Flow, Gaussian, GaussianForm, Mixture
from infonats.densities._parameters import LIMIT, bounded, unbounded
from infonats.errors import InputError, UnknownNameError
from infonats.nn import seeded
from infonats.objectives.likelihood import GM

CONFIG = DensityConfig(hidden=(8,), components=3)
RHO = 0.8


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def awake(density):
    density = density.double()
    with torch.no_grad():
        for i, parameter in enumerate(density.parameters()):
            parameter.add_(0.3 * normal(*parameter.shape, seed=50 + i))
    return density


def moments(density, x):
    """Mean and covariance of a Gaussian at one x, from its parameters as the docstring gives them."""
    d, s = density.dy, bounded(density.scale(x)).detach().numpy()
    c = np.eye(d)
    if density.correlation is not None:
        c[np.tril_indices(d, -1)] = density.correlation(x).detach().numpy()
    a = np.linalg.inv(c) @ np.diag(np.exp(s))
    return density.mean(x).detach().numpy(), a @ a.T


@pytest.mark.parametrize("correlation", ["constant", "linear"])
def test_drawing_undoes_the_factor(correlation):
    """exp(-s) C (y - m) is the noise: the same for one C of all rows as for one of each."""
    form = GaussianForm(correlation=correlation)
    density, x = awake(seeded(lambda: Gaussian(2, 4, CONFIG, form), generator())), normal(5, 2)
    drawn = density.sample(x, generator(1), (3,))
    eps = torch.randn(3, 5, 4, generator=generator(1), dtype=torch.float64)
    for i in range(5):
        mean, _ = moments(density, x[i])
        c = torch.eye(4, dtype=torch.float64)
        c[tuple(torch.tril_indices(4, 4, -1))] = density.correlation(x[i])
        noise = torch.exp(-bounded(density.scale(x[i]))) * ((drawn[:, i] - torch.as_tensor(mean)) @ c.T)
        torch.testing.assert_close(noise, eps[:, i], rtol=0, atol=1e-12)


def test_drawing_copies_no_shared_factor():
    """32 000 rows of 800 columns: a factor for each would be 82 GB, more than the machine has to give."""
    density = seeded(lambda: Gaussian(1, 800, CONFIG), generator())
    drawn = density.sample(torch.zeros(2000, 1), generator(1), (16,))
    assert drawn.shape == (16, 2000, 800)
    assert abs(drawn.std().item() - 1) < 0.01


FORMS = [
    GaussianForm(correlation="none"),
    GaussianForm(),
    GaussianForm(correlation="network"),
    GaussianForm(mean="linear", scale="constant"),
    GaussianForm(mean="linear", scale="network", correlation="linear"),
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dy", [1, 2, 4])
def test_gaussian_is_that_of_scipy(form, dy):
    density = awake(seeded(lambda: Gaussian(3, dy, CONFIG, form), generator()))
    x, y = normal(5, 3), normal(5, dy, seed=1)
    for a, b, log_r in zip(x, y, density.log_prob(y, x), strict=True):
        mean, covariance = moments(density, a)
        expected = stats.multivariate_normal(mean, covariance).logpdf(b.numpy())
        assert log_r.item() == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("form", FORMS)
def test_gaussian_draws_have_its_moments(form):
    density, n = awake(seeded(lambda: Gaussian(2, 3, CONFIG, form), generator())), 20_000
    x = normal(2)
    drawn, (mean, covariance) = density.sample(x, generator(1), (n,)).numpy(), moments(density, x)
    z = (drawn.mean(0) - mean) / np.sqrt(covariance.diagonal() / n)
    assert np.abs(z).max() < 4
    variances = np.outer(covariance.diagonal(), covariance.diagonal()) + covariance**2
    assert np.abs((np.cov(drawn.T) - covariance) / np.sqrt(variances / n)).max() < 4


def test_conditionally_linear_mean_is_affine():
    density = awake(seeded(lambda: Gaussian(2, 2, CONFIG, FORMS[3]), generator()))
    x = normal(4, 2)
    expected = x @ density.mean.linear.weight.T + density.mean.base
    torch.testing.assert_close(density.mean(x), expected, rtol=0, atol=1e-12)
    assert density.scale(x).shape == (2,)


def test_gaussian_start_is_the_maximum_likelihood():
    y = normal(500, 3) @ normal(3, 3, seed=1) + 2
    density = Gaussian(0, 3, CONFIG).double()
    assert density.start(y, generator())
    expected = stats.multivariate_normal(y.mean(0).numpy(), np.cov(y.numpy().T, bias=True)).logpdf(y.numpy())
    assert density.log_prob(y).mean().item() == pytest.approx(expected.mean(), abs=1e-9)
    density.log_prob(y).mean().backward()
    assert max(p.grad.abs().max().item() for p in density.parameters()) < 1e-4


def test_gaussian_start_survives_collinear_and_few_rows():
    y = normal(4, 1).expand(-1, 6).contiguous()
    density = Gaussian(0, 6, CONFIG).double()
    density.start(y, generator())
    assert torch.isfinite(density.log_prob(y)).all()


def test_scales_are_bounded():
    raw = torch.tensor([-1e9, -8.0, 0.0, 8.0, 1e9], dtype=torch.float64)
    assert bounded(raw).abs().max() <= LIMIT
    inside = torch.linspace(-7, 7, 15, dtype=torch.float64)
    torch.testing.assert_close(bounded(unbounded(inside)), inside, rtol=0, atol=1e-12)
    assert torch.isfinite(unbounded(raw)).all()


def test_mixture_is_that_of_torch():
    density = awake(seeded(lambda: Mixture(2, 3, CONFIG), generator()))
    x, y = normal(5, 2), normal(5, 3, seed=1)
    logits, mean, raw = density.parts(x).split([3, 9, 9], -1)
    components = torch.distributions.Normal(
        mean.unflatten(-1, (3, 3)), bounded(raw.unflatten(-1, (3, 3))).exp()
    )
    expected = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=logits), torch.distributions.Independent(components, 1)
    ).log_prob(y)
    torch.testing.assert_close(density.log_prob(y, x), expected, rtol=0, atol=1e-10)


def test_column_mixture_is_a_mixture_of_each_column():
    density = awake(seeded(lambda: ColumnMixture(2, 3, CONFIG), generator()))
    x, y = normal(5, 2), normal(5, 3, seed=1)
    logits, mean, raw = density.parts(x).unflatten(-1, (3, 3, 3)).unbind(1)
    expected = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=logits), torch.distributions.Normal(mean, bounded(raw).exp())
    ).log_prob(y)
    torch.testing.assert_close(density.log_prob(y, x), expected.sum(-1), rtol=0, atol=1e-10)


def test_column_mixture_of_one_column_is_a_mixture():
    one, other = (seeded(lambda c=c: c(2, 1, CONFIG), generator()) for c in (ColumnMixture, Mixture))
    other.load_state_dict(one.state_dict())
    x, y = normal(5, 2).float(), normal(5, 1, seed=1).float()
    torch.testing.assert_close(one.log_prob(y, x), other.log_prob(y, x), rtol=0, atol=1e-6)
    y = normal(100, 1).float()
    one.start(y, generator())
    other.start(y, generator())
    torch.testing.assert_close(one.log_prob(y, x[:1]), other.log_prob(y, x[:1]), rtol=0, atol=1e-5)


def test_column_mixture_has_more_peaks_than_components():
    """Two columns of two peaks each, independent: four peaks, of which two components of `Mixture` see two."""
    y = 3.0 * (torch.cartesian_prod(*[torch.tensor([-1.0, 1.0])] * 2).double()[torch.arange(2000) % 4])
    y = y + 0.1 * normal(2000, 2)
    config, heights = DensityConfig(components=2), []
    for cls in (ColumnMixture, Mixture):
        density = cls(0, 2, config).double()
        density.start(y, generator())
        heights.append(density.log_prob(y).mean().item())
    entropy = math.log(4) + 2 * (0.5 * math.log(2 * math.pi * math.e) + math.log(0.1))
    assert -heights[0] == pytest.approx(entropy, abs=0.02)
    assert heights[1] < heights[0] - 1


def test_mixture_start_finds_separate_clusters():
    """Four clusters of deviation .1: the entropy is log 4 plus that of one."""
    corner = torch.cartesian_prod(*[torch.tensor([-3.0, 3.0])] * 2).double()
    y = corner[torch.arange(2000) % 4] + 0.1 * normal(2000, 2)
    density = Mixture(0, 2, DensityConfig(components=16)).double()
    density.start(y, generator())
    entropy = math.log(4) + 2 * (0.5 * math.log(2 * math.pi * math.e) + math.log(0.1))
    # below by half a nat for each parameter that 2000 rows were fitted to, at most; above by floors of scales
    assert -density.log_prob(y).mean().item() == pytest.approx(entropy, abs=0.15)


def test_mixture_starts_on_fewer_rows_than_components():
    density = Mixture(0, 2, DensityConfig(components=8)).double()
    density.start(normal(3, 2), generator())
    assert torch.isfinite(density.log_prob(normal(5, 2))).all()


def test_categorical_is_a_log_softmax():
    density = awake(seeded(lambda: Categorical(2, 4, CONFIG), generator()))
    x, y = normal(6, 2), torch.tensor([0, 1, 2, 3, 3, 0])
    expected = -torch.nn.functional.cross_entropy(density.logits(x), y, reduction="none")
    torch.testing.assert_close(density.log_prob(y[:, None], x), expected, rtol=0, atol=1e-12)
    torch.testing.assert_close(density.log_prob(y[:, None].double(), x), expected, rtol=0, atol=1e-12)
    total = density.all_pairs(x, torch.arange(4)[:, None]).exp().sum(1)
    torch.testing.assert_close(total, torch.ones(6, dtype=torch.float64), rtol=0, atol=1e-12)


def test_categorical_start_counts():
    density = Categorical(0, 3, CONFIG).double()
    assert density.start(torch.tensor([[0], [0], [2]]), generator())
    expected = torch.tensor([2.5, 0.5, 1.5], dtype=torch.float64).div(4.5).log()
    torch.testing.assert_close(density.log_prob(torch.arange(3)[:, None]), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", ["spline", "autoregressive", "coupling"])
@pytest.mark.parametrize("dx", [0, 2])
def test_flow_starts_as_a_standard_normal(kind, dx):
    density = seeded(lambda: Flow(dx, 2, CONFIG, kind), generator()).double()
    y = normal(50, 2)
    expected = torch.distributions.Normal(0.0, 1.0).log_prob(y).sum(-1)
    torch.testing.assert_close(density.log_prob(y, normal(50, dx)), expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", ["spline", "autoregressive", "coupling"])
def test_flow_determinant_is_that_of_autograd(kind):
    density = awake(seeded(lambda: Flow(1, 2, CONFIG, kind), generator()))
    x, y = normal(1), normal(2, seed=1)

    def to_noise(y):
        return density.layers(x)(density.base()(y))

    z, jacobian = to_noise(y), torch.autograd.functional.jacobian(to_noise, y)
    expected = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum() + torch.linalg.slogdet(jacobian)[1]
    assert density.log_prob(y, x).item() == pytest.approx(expected.item(), abs=1e-8)


def test_forms_and_kinds_that_do_not_exist():
    with pytest.raises(InputError, match="mean is 'none'; it must be one of constant, linear, network"):
        GaussianForm(mean="none")
    with pytest.raises(UnknownNameError, match=r"no flow 'splin'.*Did you mean 'spline'"):
        Flow(1, 1, CONFIG, "splin")
    with pytest.raises(InputError, match="codes is 0"):
        Categorical(1, 0)


def test_a_column_that_was_constant_says_nothing_when_it_moves():
    """What is added to variances is the same in the joint density and in its margins, so that it cancels."""
    x, y = normal(500, 3), normal(500, 1, seed=1)
    x[:, 1:] = 0
    gm = GM(Gaussian(0, 4).double(), Gaussian(0, 3).double(), Gaussian(0, 1).double())
    for density, rows in zip(
        (gm.joint, gm.marginal_x, gm.marginal_y), (torch.cat([x, y], 1), x, y), strict=True
    ):
        density.start(rows, generator())
    moved = x.clone()
    moved[:, 1] = 1.0
    assert (gm.marginal_x.log_prob(moved) < -1e5).all()
    torch.testing.assert_close(gm.terms(moved, y), gm.terms(x, y), rtol=0, atol=1e-8)  # of terms near 5e5
