"""Truths worked out by hand, published figures, and errors."""

import math

import pytest
import torch

from infonats._random import torch_generator
from infonats.tasks import (
    AdditiveUniform,
    Blocks,
    Elliptical,
    Mixture,
    Multinormal,
    NormalCDF,
    Spiral,
    Student,
    SwissRoll,
    covariances,
    make,
    monte_carlo,
)
from infonats.tasks.families.staircase import PREFIXES, STEPS

LOG_2 = math.log(2)


@pytest.mark.parametrize(
    ("name", "nats"),
    [
        ("1v1-normal-0.6", math.log(5 / 4)),  # -1/2 log(1 - 9/25)
        ("1v1-normal-0.8", math.log(5 / 3)),
        ("multinormal-sparse-25-25-2-2.0", 2 * math.log(5 / 3)),  # two pairs of correlation 4/5
        ("multinormal-dense-2-2-0.5", math.log(3 / math.sqrt(5))),  # |S_x| = 3/4, |S| = 5/16
        ("1v1-additive-0.1", 0.1 - math.log(0.2)),
        ("1v1-additive-0.75", 1 / 3),
        ("student-identity-1-1-1", math.log(8 * math.pi) - 3),  # the bivariate Cauchy
        ("student-identity-2-2-2", LOG_2 - 0.5),
        ("gaussian-160-80", 80.0),
        ("gaussian-128-20", 20.0),
    ],
)
def test_truths_by_hand(name, nats):
    assert make(name).mutual_information == pytest.approx(nats, abs=1e-12 * max(1, nats))


@pytest.mark.parametrize("nats", STEPS)
def test_every_stair_has_the_height_of_its_name(nats):
    names = [f"{prefix}gaussian-20-{nats}" for prefix in PREFIXES] + [f"student-20-10-{nats}"]
    for name in names:
        assert make(name).mutual_information == pytest.approx(nats, abs=1e-12 * 10)


@pytest.mark.parametrize(
    ("name", "published", "digits"),
    [
        ("mixed-gaussian-0.9", 0.40844, 0.005),
        ("mixed-gaussian-0.9-6", 6 * 0.40844, 0.005),
        ("mixed-gaussian-shared-0.9-6", 4.293, 0.005),
        ("correlated-normal-mixture-5", 6.85, 0.01),
    ],
)
def test_published_truths(name, published, digits):
    """Within five of our standard errors (0.001 each) or the last published digit."""
    assert make(name).mutual_information == pytest.approx(published, abs=digits)


def test_the_spread_of_the_log_ratio_of_the_correlated_normal_mixture():
    """Federici et al. give 1.77; the standard error of a spread over n rows is about spread / sqrt(2 n)."""
    task = make("correlated-normal-mixture-5")
    spread = task.pointwise(*task.sample(40_000, torch_generator(0))).std().item()
    assert spread == pytest.approx(1.77, abs=4.5 * 1.77 / math.sqrt(80_000))


def test_the_density_of_a_gaussian_and_of_a_t_at_a_point():
    at = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    zero, eye = torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64)
    assert Elliptical(zero, eye).log_prob(at).item() == pytest.approx(-0.5 - math.log(2 * math.pi), abs=1e-12)
    # the bivariate Cauchy at distance 1: 1 / (2 pi 2^(3/2))
    assert Elliptical(zero, eye, 1).log_prob(at).item() == pytest.approx(
        -math.log(2 * math.pi) - 1.5 * LOG_2, abs=1e-12
    )


def test_the_ratio_of_uniform_noise_is_the_length_of_what_is_in_reach():
    task, column = AdditiveUniform(0.25), lambda *v: torch.tensor(v, dtype=torch.float64)[:, None]
    ratio = task.pointwise(column(0.5, 0.0, 0.5), column(0.5, 0.0, 0.8))
    assert ratio.tolist() == pytest.approx([LOG_2, math.log(4), -math.inf], abs=1e-12)


def test_a_mixture_of_one_is_its_component():
    covariance = covariances.dense(2, 1)
    part = Elliptical(torch.zeros(3, dtype=torch.float64), covariance)
    mixture, plain = Mixture([1.0], [part], 2), Multinormal(covariance, 2)
    x, y = plain.sample(50, torch_generator(0))
    torch.testing.assert_close(mixture.pointwise(x, y), plain.pointwise(x, y), rtol=0, atol=1e-12)
    assert abs(mixture.mutual_information - plain.mutual_information) < 4.5 * mixture.mutual_information_stderr


def test_blocks_add_up():
    parts = [make("1v1-normal-0.8"), make("1v1-additive-0.1")]
    both = Blocks(parts)
    assert (both.dim_x, both.dim_y) == (2, 2)
    assert both.mutual_information == pytest.approx(math.log(5 / 3) + 0.1 - math.log(0.2), abs=1e-12)
    x, y = both.sample(20, torch_generator(0))
    summed = sum(part.pointwise(x[:, [i]], y[:, [i]]) for i, part in enumerate(parts))
    torch.testing.assert_close(both.pointwise(x, y), summed, rtol=0, atol=1e-12)


def test_the_classes_compose_as_the_names_do():
    by_hand = Spiral(NormalCDF(Multinormal(covariances.sparse(3, 3), 3)))
    named = make("spiral-normal_cdf-multinormal-sparse-3-3-2-2.0")
    for a, b in zip(by_hand.sample(10, torch_generator(0)), named.sample(10, torch_generator(0)), strict=True):
        assert torch.equal(a, b)


def test_monte_carlo_of_a_gaussian_finds_its_formula():
    task = make("1v1-normal-0.8")
    found = monte_carlo(task, target=0.003, seed=7)
    assert found.stderr < 0.003
    assert abs(found.value - task.mutual_information) < 4.5 * found.stderr


def test_what_cannot_be_built_says_what_can():
    eye = torch.eye(2, dtype=torch.float64)
    zero = torch.zeros(2, dtype=torch.float64)
    part = Elliptical(zero, eye)
    with pytest.raises(ValueError, match=r"df is 0; it must be a positive whole number"):
        Student(eye, 1, 0)
    with pytest.raises(ValueError, match=r"shape \(2, 2\); give a symmetric one, 2 x 2"):
        Elliptical(zero, torch.tensor([[1.0, 0.5], [0.0, 1.0]], dtype=torch.float64))
    with pytest.raises(ValueError, match=r"not positive definite; lower its correlations"):
        Multinormal(covariances.dense(2, 2, -0.9), 2)
    with pytest.raises(ValueError, match=r"give at most 1, each within \(-1, 1\)"):
        covariances.canonical([0.5, 0.5], 1, 2)
    with pytest.raises(ValueError, match=r"weights are \(0.5, 0.6\) for 2 components; give one positive"):
        Mixture([0.5, 0.6], [part, part], 1)
    with pytest.raises(ValueError, match=r"dim_x is 2; give all the same, more than dim_x"):
        Mixture([1.0], [part], 2)
    with pytest.raises(ValueError, match=r"epsilon is 0; it must be above 0"):
        AdditiveUniform(0)
    with pytest.raises(ValueError, match=r"Blocks of no tasks; give at least one"):
        Blocks([])
    with pytest.raises(ValueError, match=r"task with 1 \+ 1 columns; it needs 2 \+ 3 or more"):
        Spiral(make("1v1-X-0.9"))
    with pytest.raises(ValueError, match=r"2 columns of x; it rolls exactly one"):
        SwissRoll(make("multinormal-dense-2-2-0.5"))
