"""Mixtures of Gaussian vector copulas, by hand and on tasks that are such mixtures."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from infonats import tasks
from infonats.estimators.auto_contest import paired
from infonats.estimators.auto_copulas import CopulaMixtureRatio
from infonats.estimators.auto_modes import Modes
from infonats.estimators.auto_ratios import CopulaRatio


def sample(name, n, seed=0):
    x, y = tasks.make(name).sample(n, torch.Generator().manual_seed(seed))
    return x.numpy(), y.numpy()


def test_a_component_is_the_ratio_of_normal_densities():
    """So many rows that nothing is shrunk but rounding."""
    cross = np.array([[0.5, 0.1, 0.0], [-0.2, 0.3, 0.4]])
    whole = np.block([[np.eye(2), cross], [cross.T, np.eye(3)]])
    rows = np.random.default_rng(0).standard_normal((7, 5))
    u, v = rows[:, :2], rows[:, 2:]
    expected = multivariate_normal(cov=whole).logpdf(rows) - multivariate_normal(cov=np.eye(5)).logpdf(rows)
    modes = Modes.of(np.stack([cross, 0 * cross]), np.array([1e18, 1e18]))
    np.testing.assert_allclose(modes.paired(u, v), [expected, 0 * expected], rtol=0, atol=1e-12)
    pairs = np.diagonal(modes.all_pairs(u, v), axis1=1, axis2=2)
    np.testing.assert_allclose(pairs, [expected, 0 * expected], rtol=0, atol=1e-12)


def test_a_component_of_what_chance_gives_is_none():
    cross = np.random.default_rng(0).standard_normal((4, 6)) / np.sqrt(500)
    modes = Modes.of(cross[None], np.array([200.0]))
    assert modes.strength.shape == (1, 0)
    assert modes.all_pairs(np.ones((2, 4)), np.ones((3, 6))).tolist() == [[[0.0] * 3] * 2]


def test_a_mixture_of_one_is_the_gaussian_copula():
    x, y = sample("multinormal-sparse-3-3-2-2.0", 2000)
    copula = CopulaRatio.fit(x, y)
    assert copula.student.nu > 100
    one = CopulaMixtureRatio.fit(x, y, 1, seed=0)
    assert paired(one, x, y).mean() == pytest.approx(paired(copula, x, y).mean(), abs=5e-3)


@pytest.mark.parametrize(
    ("name", "strengths", "chance"),
    [
        # A sign that is hidden: four errors (1 - rho^2) / sqrt(n) of a correlation in 2000 rows.
        ("mixed-gaussian-0.9", (0.9, 0.9), 4 * (1 - 0.9**2) / np.sqrt(2000)),
        # Half of the rows carry no dependence: what chance adds to 5 x 5 correlations of 2000 rows.
        ("mult-sparse-w-inliers-5-5-2-2.0-0.5", (0.0, 0.8), 2 * np.sqrt(5 / 2000)),
    ],
)
def test_a_mixture_finds_its_components(name, strengths, chance):
    """On fresh rows the mean ratio is the information, but for the sampling error and what is lost by fitting
    at most 51 parameters to 4000 rows: 51 / 8000 nats, under .01.
    """
    task, (x, y) = tasks.make(name), sample(name, 4000)
    ratio = CopulaMixtureRatio.fit(x, y, 2, seed=0)
    assert ratio.weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert ratio.weights.min() > 0.4
    found = sorted(ratio.modes.strength.max(1, initial=0.0))
    np.testing.assert_allclose(found, strengths, atol=chance)
    fresh = paired(ratio, *sample(name, 4000, seed=1))
    error = np.hypot(fresh.std() / np.sqrt(len(fresh)), task.mutual_information_stderr)
    assert abs(fresh.mean() - task.mutual_information) < 4 * error + 0.01


def test_the_same_seed_gives_the_same_bits():
    x, y = sample("mixed-gaussian-0.9", 300)
    one, two = (CopulaMixtureRatio.fit(x, y, 3, seed=5) for _ in range(2))
    np.testing.assert_array_equal(paired(one, x, y), paired(two, x, y))
