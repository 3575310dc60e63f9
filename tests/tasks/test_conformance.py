"""What every registered task must do, found through the registry."""

import math
import os

import pytest
import torch

from infonats._random import torch_generator
from infonats.tasks import catalogue, registry
from infonats.tasks.base import monte_carlo
from infonats.tasks.folders import FOLDERS, ClassPairs
from infonats.tasks.registry import BASES, PREFIXES, SUITES, TASKS, make
from infonats.tasks.transformed import Transformed

ROWS = 3000


def draw(task, n=ROWS, seed=0):
    if isinstance(task, ClassPairs) and not os.environ.get(FOLDERS[task.which]):
        pytest.skip(f"{FOLDERS[task.which]} names no folder")
    return task.sample(n, torch_generator(seed))


@pytest.mark.parametrize("name", TASKS)
def test_a_task_keeps_its_contract(name):
    """One drawing a task: shapes, float64, finite, reproducible, named, and a truth that its ratio confirms."""
    task = make(name)
    assert task.name == name
    assert task.hard
    assert "\n" not in task.hard
    x, y = draw(task, 300)
    assert x.shape == (300, task.dim_x)
    assert y.shape == (300, task.dim_y)
    assert x.dtype == y.dtype == torch.float64
    assert x.isfinite().all()
    assert y.isfinite().all()
    again, other = draw(task, 300), draw(task, 300, seed=1)
    assert torch.equal(x, again[0])
    assert torch.equal(y, again[1])
    assert not torch.equal(torch.cat([x, y], 1), torch.cat(other, 1))
    assert math.isfinite(task.mutual_information)
    assert task.mutual_information >= -1e-12  # rounding, where it is 0
    assert task.mutual_information_stderr < 0.002
    assert task.exact == (task.mutual_information_stderr == 0)


@pytest.mark.parametrize("name", TASKS)
def test_the_mean_pointwise_ratio_is_the_truth(name):
    """Within 4.5 standard errors: one in 150 000 by chance, for a few hundred tasks."""
    task = make(name)
    if not task.has_pointwise:
        with pytest.raises(ValueError, match="ask `has_pointwise` first"):
            task.pointwise(*draw(task, 2))
        return
    ratio = task.pointwise(*draw(task))
    assert ratio.shape == (ROWS,)
    assert ratio.dtype == torch.float64
    stderr = math.hypot(ratio.std().item() / math.sqrt(ROWS), task.mutual_information_stderr)
    assert abs(ratio.mean().item() - task.mutual_information) <= 4.5 * stderr + 1e-12


@pytest.mark.parametrize("name", ["polynomial-3-0.05", "digits-rows-2", "digits-rows-2-twice"])
def test_what_monte_carlo_averages_has_the_same_mean_and_less_spread(name):
    """The mean of the difference is 0, by its own standard error."""
    task = make(name)
    x, y = draw(task)
    ratio, smoothed = task.pointwise(x, y), task.smoothed(x, y)
    gap = ratio - smoothed
    assert abs(gap.mean().item()) < 4.5 * gap.std().item() / math.sqrt(ROWS)
    assert smoothed.std() < ratio.std()


@pytest.mark.parametrize("name", TASKS)
def test_the_catalogue_says_what_the_task_says(name):
    task, entry = make(name), catalogue.CATALOGUE[name]
    assert (entry.dim_x, entry.dim_y, entry.hard) == (task.dim_x, task.dim_y, task.hard)
    assert entry.suites == tuple(suite for suite, names in SUITES.items() if name in names)
    assert entry.stderr == task.mutual_information_stderr
    assert entry.mutual_information == pytest.approx(task.mutual_information, abs=1e-9)


def test_the_catalogue_lists_every_task_and_no_other():
    assert list(catalogue.CATALOGUE) == list(TASKS), "run python benchmarks/make_truths.py"


@pytest.mark.parametrize("name", [name for name in TASKS if isinstance(registry.build(name), Transformed)])
def test_transformations_are_inverted(name):
    task = make(name)
    for variable, change in zip(
        task.base.sample(200, torch_generator(3)), (task.x_map, task.y_map), strict=True
    ):
        moved = change.forward(variable)
        assert moved.shape[1] == variable.shape[1] + change.extra
        torch.testing.assert_close(change.inverse(moved), variable, rtol=1e-6, atol=1e-8)


def test_independent_tasks_are_exactly_independent():
    task = make("independent-spiral-multinormal-sparse-3-3-2-2.0")
    assert task.mutual_information == task.mutual_information_stderr == 0.0
    assert not task.pointwise(*draw(task, 10)).any()
    x, y = draw(task, 20_000)
    corners = torch.corrcoef(torch.cat([x, y], 1).T)[:3, 3:]
    assert corners.abs().max() < 5 / math.sqrt(20_000)


def test_any_composition_of_names_is_a_task():
    task = make("rotated-asinh-student-identity-2-2-1")
    assert task.name == "rotated-asinh-student-identity-2-2-1"
    assert task.mutual_information == make("student-identity-2-2-1").mutual_information


@pytest.mark.parametrize("name", ["spirale-multinormal-dense-3-3-0.5", "asinh-1v1-normal-0.7", "1v1-x"])
def test_an_unknown_name_suggests_the_nearest(name):
    with pytest.raises(
        LookupError, match=r"There is no task '.*'; 'infonats tasks' lists them all. Did you mean"
    ):
        make(name)


def test_names_cannot_be_read_in_two_ways():
    assert not {name.partition("-")[0] for name in BASES} & set(PREFIXES)


@pytest.mark.parametrize("n", [0, -1, True])
def test_a_sample_needs_a_positive_whole_number(n):
    with pytest.raises(ValueError, match=r"n is .*; ask task '1v1-X-0.9' for 1 pair or more"):
        registry.build("1v1-X-0.9").sample(n, torch_generator(0))


@pytest.mark.statistical
@pytest.mark.parametrize("name", [name for name in TASKS if not registry.build(name).exact])
def test_monte_carlo_truths_come_out_again(name):
    """With another seed, within 4.5 standard errors of the difference."""
    entry, again = catalogue.CATALOGUE[name], monte_carlo(registry.build(name), seed=1)
    assert abs(entry.mutual_information - again.value) < 4.5 * math.hypot(entry.stderr, again.stderr)
