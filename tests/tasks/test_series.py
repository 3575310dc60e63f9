"""Coupled series: transfer entropy by formula, by regression and by a finer grid."""

import math

import pytest
import torch

from infonats._random import torch_generator
from infonats.tasks.families.series import BASES
from infonats.tasks.logistic import CoupledLogistic, reference
from infonats.tasks.series import CoupledAutoregression

ROWS = 20_000


def residual_variance(target, *given):
    design = torch.stack([torch.ones_like(target), *given], 1)
    fit = torch.linalg.lstsq(design, target[:, None]).solution
    return (target[:, None] - design @ fit).var().item()


def test_transfer_entropy_by_hand():
    """a = 0: Var X = 1, b = 0: Y' = c X + N', so T = 1/2 log(1 + c^2) and I(X; Y') is the same."""
    task = CoupledAutoregression(0.0, 0.0, 2.0)
    assert task.transfer_entropy == pytest.approx(0.5 * math.log(5), abs=1e-12)
    assert task.mutual_information == pytest.approx(0.5 * math.log(5), abs=1e-12)


def test_transfer_entropy_is_what_a_regression_finds():
    """T = 1/2 log of a ratio of residual variances, each known to about sqrt(2/n)."""
    task = BASES["coupled-autoregression-0.9-0.7-0.4"]()
    x, y = task.series(ROWS, torch_generator(0))
    with_x, without = residual_variance(y[1:], y[:-1], x[:-1]), residual_variance(y[1:], y[:-1])
    assert 0.5 * math.log(without / with_x) == pytest.approx(task.transfer_entropy, abs=4.5 / math.sqrt(ROWS))


def test_the_path_has_the_stationary_covariance():
    """The correlation time of the slowest component, 0.9, leaves about n / 19 independent rows."""
    task = BASES["coupled-autoregression-0.9-0.7-0.4"]()
    x, y = task.series(ROWS, torch_generator(1))
    found = torch.cov(torch.stack([x[:-1], y[:-1], y[1:]]))
    sizes = torch.outer(task.covariance.diagonal(), task.covariance.diagonal()).sqrt()
    assert ((found - task.covariance) / sizes).abs().max() < 4.5 * math.sqrt(2 * 19 / ROWS)


def test_rows_are_the_path_and_its_next_step():
    task = BASES["coupled-logistic-0.4-0.1"]()
    x, y = task.sample(50, torch_generator(2))
    path_x, path_y = task.series(51, torch_generator(2))
    assert torch.equal(x[:, 0], path_x[:-1])
    assert torch.equal(y[:, 0], path_y[1:])


def test_a_finer_grid_changes_little():
    """The error falls as the square of the cell: 48 to 96 by 0.0003, so 96 is good to 0.0001."""
    coarse, fine = reference(0.4, 0.1, 48), reference(0.4, 0.1)
    assert abs(coarse.transfer_entropy - fine.transfer_entropy) < 0.0003
    assert abs(coarse.lagged - fine.lagged) < 0.0003


def test_without_coupling_nothing_is_transferred():
    task = CoupledLogistic(0.0, 0.1)
    assert task.transfer_entropy == pytest.approx(0, abs=1e-12)
    assert task.mutual_information == pytest.approx(0, abs=1e-12)


def test_the_lagged_information_of_the_maps_is_seen_in_bins():
    """Plug-in in 16 x 16 cells with its bias (15 * 15) / 2n taken off: a lower limit close to the truth."""
    task = BASES["coupled-logistic-0.8-0.1"]()
    x, y = task.sample(ROWS, torch_generator(3))
    cells = torch.histogramdd(torch.cat([x, y], 1), [16, 16], range=[0.0, 1.0, 0.0, 1.0]).hist / ROWS
    expected = cells.sum(1, keepdim=True) * cells.sum(0, keepdim=True)
    found = torch.special.xlogy(cells, cells / expected).nansum().item() - 225 / (2 * ROWS)
    assert task.mutual_information - 0.05 < found < task.mutual_information + 4.5 / math.sqrt(ROWS)


def test_what_cannot_be_built_says_what_can():
    with pytest.raises(ValueError, match=r"a is 1.0, b is 0.5; both must lie within \(-1, 1\)"):
        CoupledAutoregression(1.0, 0.5, 0.1)
    with pytest.raises(
        ValueError, match=r"coupling is 2.0, noise is 0.1; they must lie in \[0, 1\] and be 0.05"
    ):
        CoupledLogistic(2.0, 0.1)
