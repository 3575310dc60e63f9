# ruff: noqa: E402
"""Our tasks against those of the package benchmark-mi, where it is installed: the same laws, not only names.

It needs an old jax, so give it an environment of its own:

    python3.11 -m venv bmi && bmi/bin/pip install benchmark-mi 'jax==0.4.28' 'jaxlib==0.4.28' 'scipy<1.13'
    bmi/bin/pip install 'numpy<2' 'pydantic<2' 'typer<0.20' . pytest beartype
    bmi/bin/python -m pytest tests/differential/test_bmi.py
"""

import math

import numpy as np
import pytest
import torch

from infonats._random import torch_generator
from infonats.tasks.registry import SUITES, make

jax = pytest.importorskip("jax", reason="the package benchmark-mi is not installed")
jax.config.update("jax_enable_x64", True)  # before the package makes its constants
pytest.importorskip("bmi", reason="the package benchmark-mi is not installed")

from bmi.benchmark import BENCHMARK_TASKS
from bmi.benchmark.tasks import mixtures
from bmi.samplers import bmm
from bmi.samplers._split_student_t import SplitStudentT
from bmi.samplers._splitmultinormal import BivariateNormalSampler, SplitMultinormal
from bmi.samplers._transformed import TransformedSampler
from scipy import stats

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:tensorflow_probability")
ROWS = 4000
FINE = {
    "1v1-X-0.9": mixtures.task_x,
    "1v1-AI": mixtures.task_ai,
    "2v1-waves-12-5.0-3.0": mixtures.task_waves,
    "2v1-galaxy-0.5-3.0": mixtures.task_galaxy,
    **{
        f"{d}v1-concentric_gaussians-5": (lambda d=d: mixtures.task_concentric_multinormal(d, 5))
        for d in (3, 5, 25)
    },
    **{
        f"mult-sparse-w-inliers-{d}-{d}-2-2.0-{share}": (
            lambda d=d, s=share: mixtures.task_multinormal_sparse_w_inliers(d, d, inlier_fraction=s)
        )
        for d in (3, 5, 25)
        for share in (0.2, 0.5, 0.8)
    },
}
NAMES = [*BENCHMARK_TASKS, *FINE]


def theirs(name):
    return FINE[name]() if name in FINE else BENCHMARK_TASKS[name]


def draw_theirs(name, seed=1):
    x, y = theirs(name).sample(ROWS, seed)
    return np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)  # torch wants to be able to write


def draw_ours(name, seed=2):
    return [t.numpy() for t in make(name).sample(ROWS, torch_generator(seed))]


def test_the_suite_has_their_names_in_their_order():
    assert list(BENCHMARK_TASKS) == list(SUITES["beyond-normal"])
    assert [theirs(name).id for name in FINE] == list(FINE)


@pytest.mark.parametrize("name", BENCHMARK_TASKS)
def test_the_same_columns_and_the_same_truth(name):
    ours, other = make(name), theirs(name)
    assert (ours.dim_x, ours.dim_y) == (other.dim_x, other.dim_y)
    assert ours.mutual_information == pytest.approx(float(other.mutual_information), abs=1e-6)


@pytest.mark.parametrize("name", FINE)
def test_the_same_truth_within_their_monte_carlo_error(name):
    """Theirs is a mean over 100 000 draws of a ratio whose spread ours shows."""
    ours = make(name)
    spread = ours.pointwise(*ours.sample(ROWS, torch_generator(0))).std().item()
    stderr = math.hypot(spread / math.sqrt(100_000), ours.mutual_information_stderr)
    assert abs(ours.mutual_information - float(theirs(name).mutual_information)) < 4.5 * stderr


def law(sampler):
    """Their joint law of a sampler without transformations, which has a pointwise ratio."""
    if isinstance(sampler, BivariateNormalSampler):
        sampler = sampler._sampler
    if isinstance(sampler, SplitMultinormal):
        sizes = {"dim_x": sampler.dim_x, "dim_y": sampler.dim_y}
        return bmm.MultivariateNormalDistribution(**sizes, mean=sampler._mean, covariance=sampler._covariance)
    if isinstance(sampler, SplitStudentT):
        sizes = {"dim_x": sampler.dim_x, "dim_y": sampler.dim_y, "df": sampler.df}
        return bmm.MultivariateStudentDistribution(**sizes, dispersion=sampler._dispersion)
    return sampler._dist


def points_and_ratio(sampler):
    """The same points as they stand after their transformations, and their ratio at them."""
    if isinstance(sampler, TransformedSampler):
        x, y, ratio = points_and_ratio(sampler._base_sampler)
        return *sampler.transform(x, y), ratio
    joint = law(sampler)
    x, y = joint.sample(n_points=500, key=jax.random.PRNGKey(5))
    return x, y, joint.pmi(x, y)


@pytest.mark.parametrize("name", [name for name in NAMES if "additive" not in name])
def test_the_same_pointwise_ratio_at_the_same_points(name):
    """Points go through their transformations forwards and through ours backwards."""
    x, y, ratio = (np.array(t, dtype=np.float64) for t in points_and_ratio(theirs(name).sampler))
    ours = make(name).pointwise(torch.from_numpy(x), torch.from_numpy(y)).numpy()
    np.testing.assert_allclose(ours, ratio, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_margins(name):
    """Kolmogorov-Smirnov for every column; the smallest p-value times their number stays above 1e-4."""
    columns = zip(np.hstack(draw_ours(name)).T, np.hstack(draw_theirs(name)).T, strict=True)
    smallest = [stats.ks_2samp(a, b).pvalue for a, b in columns]
    assert min(smallest) * len(smallest) > 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_the_same_moments(name):
    """Means and second moments of asinh of every two columns, by the standard errors of both samples."""
    one, two = (np.arcsinh(np.hstack(pair)) for pair in (draw_ours(name), draw_theirs(name)))
    assert np.abs(difference(one, two)).max() < 5.5
    products = [(z[:, :, None] * z[:, None, :]).reshape(ROWS, -1) for z in (one, two)]
    assert np.abs(difference(*products)).max() < 5.5


def difference(one, two):
    stderr = np.sqrt((one.var(0) + two.var(0)) / ROWS)
    return (one.mean(0) - two.mean(0)) / stderr


@pytest.mark.parametrize("name", NAMES)
def test_the_same_copula(name):
    """Spearman's rho of all columns, of their distances from the middle, and Kendall's tau of x1 and y1."""
    one, two = (np.hstack(pair) for pair in (draw_ours(name), draw_theirs(name)))
    middle = np.median(np.vstack([one, two]), axis=0)  # one for both, or its noise would count as well
    for a, b in ((one, two), (np.abs(one - middle), np.abs(two - middle))):
        gap = np.corrcoef(ranks(a).T) - np.corrcoef(ranks(b).T)
        assert np.abs(gap).max() < 5.5 * math.sqrt(2 / ROWS)
    first = make(name).dim_x
    taus = [stats.kendalltau(z[:, 0], z[:, first]).statistic for z in (one, two)]
    assert abs(taus[0] - taus[1]) < 4.5 * math.sqrt(4 / ROWS)  # var tau <= 2 (1 - tau^2) / n


def ranks(z):
    return stats.rankdata(z, axis=0)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_joint_law(name):
    """The log ratio of their pairs is distributed as that of ours."""
    task = make(name)
    ours, other = (
        task.pointwise(*map(torch.from_numpy, pair)).numpy() for pair in (draw_ours(name), draw_theirs(name))
    )
    assert stats.ks_2samp(ours, other).pvalue > 1e-5
