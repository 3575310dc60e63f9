"""Slow checks of bias and coverage over many samples: `make statistical`.

Each tolerance is four standard errors of what is measured; a stated bias is part of the row.
"""

import math

import jaxtyping
import numpy as np
import pytest
import torch

from infonats import inference
from infonats.bounds import DV, NWJ, InfoNCE
from infonats.closedform import student_information
from infonats.critics.base import Critic
from infonats.estimators import make
from infonats.inference import held_out, score_blocks
from infonats.scores import Scores

pytestmark = pytest.mark.statistical

Z = 4.0


@pytest.fixture(autouse=True)
def unchecked(monkeypatch):
    """Shapes are checked in the fast tests; here they would take most of the time."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def gaussian(rng, n, rho, d=1):
    x, noise = rng.standard_normal((2, n, d))
    return x, rho * x + math.sqrt(1 - rho**2) * noise


def truth(rho, d=1):
    return -0.5 * d * math.log1p(-(rho**2))


def coverage_error(share, count):
    return math.sqrt(share * (1 - share) / count)


class LogRatio(Critic):
    """`scale` times the exact log density ratio of a bivariate Gaussian, and an offset."""

    def __init__(self, rho, scale=1.0, offset=0.0):
        super().__init__()
        self.rho, self.scale, self.offset = rho, scale, offset

    def forward(self, x, y):
        x, y = x.squeeze(-1), y.squeeze(-1)
        quadratic = (self.rho * x * y - 0.5 * self.rho**2 * (x * x + y * y)) / (1 - self.rho**2)
        return self.scale * (truth(self.rho) + quadratic) + self.offset


# Held-out values of a fixed critic


@pytest.mark.parametrize("rho", [0.5, 0.8])
@pytest.mark.parametrize(("n", "block"), [(60, 60), (150, 150), (200, 40)])
@pytest.mark.parametrize(("bound", "offset"), [(InfoNCE, 0.0), (DV, 0.0), (NWJ, 1.0)])
def test_interval_of_the_exact_critic(bound, offset, n, block, rho, monkeypatch):
    """In one block and in several, 95 % of the intervals hold the truth, and the errors are the spread."""
    monkeypatch.setattr(inference, "SMALLEST_BLOCK", block)
    monkeypatch.setattr(inference, "LARGEST_BLOCK", block)
    rng, critic, count = np.random.default_rng(0), LogRatio(rho, offset=offset), 200
    samples = (map(torch.from_numpy, gaussian(rng, n, rho)) for _ in range(count))
    found = [held_out(bound(), score_blocks(critic, x, y)) for x, y in samples]
    values, claimed = np.array([m.value for m in found]), np.array([m.stderr**2 for m in found])
    kurtosis = ((values - values.mean()) ** 4).mean() / values.var() ** 2
    error = math.sqrt((kurtosis - 1) / count + claimed.var() / claimed.mean() ** 2 / count)
    assert abs(claimed.mean() / values.var(ddof=1) - 1) < Z * error
    covered = np.mean([m.interval[0] < truth(rho) < m.interval[1] for m in found])
    assert abs(covered - 0.95) < Z * coverage_error(0.95, count)


@pytest.mark.parametrize("scale", [0.5, 1.2])
@pytest.mark.parametrize(("bound", "offset"), [(InfoNCE, 0.0), (NWJ, 1.0)])
def test_lower_bounds_of_a_wrong_critic_stay_below(bound, offset, scale):
    rng, critic = np.random.default_rng(1), LogRatio(0.8, scale, offset)
    samples = (map(torch.from_numpy, gaussian(rng, 100, 0.8)) for _ in range(300))
    values = np.array([bound().value(Scores.from_all_pairs(score_blocks(critic, x, y))) for x, y in samples])
    assert values.mean() < truth(0.8) + Z * values.std() / math.sqrt(len(values))


# Closed forms


@pytest.mark.parametrize(
    ("method", "n", "rho", "d", "bias"),
    [
        ("gaussian", 30, 0.0, 2, 0.0),
        ("gaussian", 100, 0.8, 2, 0.0),
        ("gaussian", 1000, 0.6, 5, 0.0),
        ("gaussian_copula", 300, 0.6, 1, 0.01),
        ("gaussian_copula", 1000, 0.6, 5, 0.03),
        ("ksg", 300, 0.0, 1, 0.01),
        ("ksg", 1000, 0.6, 1, 0.01),
        ("ksg", 1000, 0.9, 1, 0.02),
        ("mixed_ksg", 1000, 0.6, 1, 0.02),
        ("t_copula", 300, 0.6, 1, 0.01),
        ("t_copula", 1000, 0.6, 5, 0.03),
        ("histogram", 2000, 0.6, 1, 0.02),
        ("kde", 300, 0.6, 1, 0.04),
    ],
)
def test_bias_of_closed_forms(method, n, rho, d, bias):
    rng = np.random.default_rng(2)
    values = np.array([make(method).fit(*gaussian(rng, n, rho, d)).estimate_.value for _ in range(200)])
    error = values.mean() - truth(rho, d)
    assert abs(error) < bias + Z * values.std() / math.sqrt(len(values))


@pytest.mark.parametrize(
    ("method", "n", "rho", "least"),
    [
        ("gaussian", 100, 0.6, 0.92),
        ("gaussian", 1000, 0.6, 0.94),
        ("gaussian_copula", 1000, 0.6, 0.90),
        ("ksg", 500, 0.0, 0.90),
        ("ksg", 500, 0.6, 0.90),
        ("mixed_ksg", 500, 0.6, 0.80),
        ("t_copula", 1000, 0.6, 0.90),
        ("histogram", 2000, 0.6, 0.80),
    ],
)
def test_coverage_of_closed_forms(method, n, rho, least):
    """At least the stated share of the 95 % intervals, whose standard errors know nothing of bias."""
    rng, count = np.random.default_rng(3), 200
    covered = 0
    for _ in range(count):
        low, high = make(method).fit(*gaussian(rng, n, rho)).estimate_.interval
        covered += low < truth(rho) < high
    assert covered / count > least - Z * coverage_error(least, count)


def student(rng, n, d, rho, nu):
    x, y = gaussian(rng, n, rho, d)
    radius = np.sqrt(nu / rng.chisquare(nu, (n, 1)))
    return radius * x, radius * y


@pytest.mark.parametrize(
    ("n", "d", "rho", "nu", "least"),
    [(500, 1, 0.6, 3.0, 0.88), (1000, 1, 0.0, 3.0, 0.88), (1000, 3, 0.4, 5.0, 0.90)],
)
def test_coverage_of_the_t_copula(n, d, rho, nu, least):
    """The stated error holds for fitted degrees of freedom."""
    rng, count, eye = np.random.default_rng(5), 150, np.eye(d)
    exact = student_information(np.block([[eye, rho * eye], [rho * eye, eye]]), d, nu)
    covered = 0
    for _ in range(count):
        low, high = make("t_copula").fit(*student(rng, n, d, rho, nu)).estimate_.interval
        covered += low < exact < high
    assert covered / count > least - Z * coverage_error(least, count)


@pytest.mark.parametrize(
    ("correction", "n", "least"),
    [("miller_madow", 1000, 0.95), ("grassberger", 100, 0.75), ("chao_shen", 100, 0.90), ("nsb", 100, 0.90)],
)
def test_coverage_of_counts(correction, n, least):
    """Ten by ten symbols of independent geometric shares: of I = 0, at least the stated share."""
    share = 0.8 ** np.arange(10)
    rng, count, covered = np.random.default_rng(6), 150, 0
    for _ in range(count):
        x, y = rng.choice(10, (2, n), p=share / share.sum())
        low, high = make("discrete", correction=correction).fit(x, y).estimate_.interval
        covered += low < 0 < high
    assert covered / count > least - Z * coverage_error(least, count)


# Trained critics


@pytest.mark.parametrize("method", ["dv", "mine", "nwj", "infonce"])
def test_independent_data_is_near_zero(method):
    """No estimate of I = 0 is far above zero: the value is on rows that the critic has not seen."""
    rng = np.random.default_rng(4)
    found = [make(method, max_steps=300).fit(*gaussian(rng, 600, 0.0)).estimate_ for _ in range(8)]
    values = np.array([e.value for e in found])
    assert values.mean() < Z * max(values.std(), 0.002) / math.sqrt(len(values))
    assert all(e.interval[0] < 0.005 for e in found)


@pytest.mark.parametrize("method", ["dv", "mine", "nwj", "infonce"])
def test_dependence_is_found(method):
    rng = np.random.default_rng(5)
    found = [make(method, max_steps=500).fit(*gaussian(rng, 1500, 0.7)).estimate_ for _ in range(4)]
    values = np.array([e.value for e in found])
    spread = math.sqrt(np.mean([e.stderr**2 for e in found]) / len(found))
    assert abs(values.mean() - truth(0.7)) < 0.02 + Z * spread
