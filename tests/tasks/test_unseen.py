"""The truths of the families that nobody tuned on, each by a second way."""

import math

import pytest
import torch

from infonats.tasks import make
from infonats.tasks.archimedean import Clayton, Frank, Gumbel
from infonats.tasks.conjugate import CauchyNoise, Circle, GammaRate, ParabolaBand
from infonats.tasks.registry import SUITES
from infonats.tasks.regression import Regression, fan, laplace_noise, product_noise, two_regressions
from infonats.tasks.transformed import Layered, Polar


def square(task, u, v, weight):
    """The integral of r log r over a grid of independent coordinates, r the ratio of densities at (u, v)."""
    x, y = (g.reshape(-1, 1) for g in torch.meshgrid(u, v, indexing="ij"))
    ratio = task.pointwise(x, y)
    return (weight.flatten() * torch.special.xlogy(ratio.exp(), ratio.exp())).sum().item()


def middles(k):
    """The k midpoints of equal parts of (0, 1)."""
    return (torch.arange(k, dtype=torch.float64) + 0.5) / k


@pytest.mark.parametrize("copula", [Clayton(2), Clayton(0.5), Frank(8), Frank(1.5), Gumbel(2), Gumbel(1.3)])
def test_the_information_of_a_copula_is_its_negative_entropy(copula):
    """Midpoints after the map t^2 (3 - 2 t), which flattens the corners where densities have no bound."""
    t = middles(1200)
    u, slope = t**2 * (3 - 2 * t), 6 * t * (1 - t) / 1200
    found = square(copula, u, u, slope[:, None] * slope)
    assert found == pytest.approx(copula.mutual_information, abs=1e-4)


def test_the_mean_ratio_over_quantiles_is_the_information_under_cauchy_and_uniform_noise():
    """The ratio at 2000 x 2000 quantiles of x and of the noise, where the truths are entropies of y.

    The logarithm of a Cauchy variable's tail costs about log k / k, of which both ends have one.
    """
    t, ones = middles(2000), torch.ones(2000, dtype=torch.float64)
    c, u = torch.tan(math.pi * (t - 0.5)), 2 * t - 1
    for task, x, y in (
        (CauchyNoise(0.5), c[:, None] * ones, c[:, None] + 0.5 * c),
        (ParabolaBand(0.2), u[:, None] * ones, u[:, None] ** 2 + 0.2 * u),
    ):
        found = task.pointwise(x.reshape(-1, 1), y.reshape(-1, 1)).mean().item()
        assert found == pytest.approx(task.mutual_information, abs=2 * math.log(2000) / 2000)


def test_the_information_of_a_circle_does_not_depend_on_the_angle_x():
    task, t = Circle(0.6), 2 * math.pi * middles(500)
    found = square(task, t[:3], t, torch.full((3, 500), 1 / 1500, dtype=torch.float64))
    assert found == pytest.approx(task.mutual_information, abs=1e-12)
    narrow = Circle(0.1)  # the turns do not overlap: log 2 pi less the entropy of a Gaussian
    assert narrow.mutual_information == pytest.approx(
        math.log(2 * math.pi / 0.1) - 0.5 * math.log(2 * math.pi * math.e), abs=1e-12
    )


def test_the_information_of_gamma_rates_by_hand():
    """At a = k = 1 the digammas differ by 1 and psi(1) is minus Euler's constant."""
    assert GammaRate(1, 1).mutual_information == pytest.approx(1 - 0.5772156649015329, abs=1e-12)


CHANNELS = [laplace_noise(0.2), fan(0.05, 0.5), product_noise(0.1), two_regressions(0.2)]


@pytest.mark.parametrize("task", CHANNELS, ids=lambda task: task.name)
def test_the_information_of_a_regression_by_quadrature(task):
    """Sums over a grid of 500 values of x and 3000 of y, where the tasks average log ratios of draws."""
    x, y = 2 * middles(500) - 1, 12 * middles(3000) - 6
    p = task.log_density(x[:, None, None], y[None, :, None]).exp()
    p /= p.sum(1, keepdim=True)
    found = torch.special.xlogy(p, p).sum() / 500 - torch.special.xlogy(p.mean(0), p.mean(0)).sum()
    assert found.item() == pytest.approx(make(task.name).mutual_information, abs=4.5 * 0.001)


def test_a_regression_of_no_noise_is_refused():
    for build in (laplace_noise, product_noise, two_regressions, lambda s: fan(s, 1), lambda s: fan(1, s)):
        with pytest.raises(ValueError, match="must be above 0, for without noise"):
            build(0)


def test_what_cannot_be_built_says_what_can():
    with pytest.raises(ValueError, match="theta is 0; it must be above 0"):
        Clayton(0)
    with pytest.raises(ValueError, match="theta is -1; it must be above 0"):
        Frank(-1)
    with pytest.raises(ValueError, match="theta is 1; it must be above 1"):
        Gumbel(1)
    with pytest.raises(ValueError, match="scale is 0; it must be above 0"):
        CauchyNoise(0)
    with pytest.raises(ValueError, match="sigma is 0; it must be above 0"):
        Circle(0)
    with pytest.raises(ValueError, match="width is 0; it must be above 0"):
        ParabolaBand(0)
    with pytest.raises(ValueError, match=r"The shapes are 0 and 2; give positive whole numbers"):
        GammaRate(0, 2)
    with pytest.raises(ValueError, match=r"1 \+ 1 columns; it needs 2 \+ 2"):
        Polar(make("1v1-normal-0.75"))


def test_the_families_are_those_of_no_other_suite():
    others = {name for suite, names in SUITES.items() if suite != "unseen" for name in names}
    assert not set(SUITES["unseen"]) & others
    kinds = {type(make(name)) for name in others if not name.startswith("independent")}
    assert not kinds & {
        Clayton,
        Frank,
        Gumbel,
        CauchyNoise,
        Circle,
        GammaRate,
        ParabolaBand,
        Regression,
        Polar,
        Layered,
    }
