import math

import numpy as np
import pytest
import torch

from infonats._math import effective_sample_size, log_mean_exp, log_sum_exp, off_diagonal


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("dim", [None, 0, 1, 2, -1, (0, 2), (-1, 0), (0, 1, 2)])
def test_log_mean_exp_is_the_log_of_the_mean_of_exponentials(dim):
    t = normal(3, 4, 5)
    expected = t.exp().mean().log() if dim is None else t.exp().mean(dim).log()
    torch.testing.assert_close(log_mean_exp(t, dim), expected, rtol=0, atol=1e-14)


def test_log_mean_exp_of_one_number_is_the_number():
    assert log_mean_exp(torch.tensor(3.0)).item() == 3.0
    assert log_mean_exp(torch.tensor([3.0])).item() == 3.0


@pytest.mark.parametrize("offset", [1000.0, -1000.0, 1e30])
def test_log_mean_exp_does_not_overflow(offset):
    t = torch.tensor([offset, offset], dtype=torch.float64)
    assert log_mean_exp(t).item() == pytest.approx(offset, rel=1e-15)


def test_log_mean_exp_of_no_weight():
    t = torch.full((4,), -math.inf)
    assert log_mean_exp(t).item() == -math.inf


def test_log_mean_exp_gradient():
    assert torch.autograd.gradcheck(lambda t: log_mean_exp(t, 1), normal(3, 4).requires_grad_())


@pytest.mark.parametrize("shape", [(7,), (3, 5), (2, 3, 4)])
def test_equal_weights_all_count(shape):
    t = torch.full(shape, -3.0)
    assert effective_sample_size(t) == pytest.approx(t.numel(), rel=1e-12)


def test_effective_sample_size_by_hand():
    weights = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    assert effective_sample_size(weights.log()) == pytest.approx(36 / 14, rel=1e-14)
    assert effective_sample_size(weights.log() + 700) == pytest.approx(36 / 14, rel=1e-12)


def test_one_heavy_weight_counts_alone():
    assert effective_sample_size(torch.tensor([0.0, 900.0, 1.0])) == pytest.approx(1.0)
    assert effective_sample_size(torch.tensor([-math.inf, 0.0])) == pytest.approx(1.0)


def test_effective_sample_size_needs_no_gradient():
    assert isinstance(effective_sample_size(normal(4).requires_grad_()), float)


def test_off_diagonal_keeps_the_order_of_rows():
    matrix = torch.arange(9.0).reshape(3, 3)
    assert off_diagonal(matrix).tolist() == [[1, 2], [3, 5], [6, 7]]


def test_off_diagonal_of_a_stack():
    stack = normal(2, 5, 4, 4)
    result = off_diagonal(stack)
    assert result.shape == (2, 5, 4, 3)
    assert torch.equal(result[1, 2], off_diagonal(stack[1, 2]))


def test_off_diagonal_passes_gradients_to_all_but_the_diagonal():
    matrix = normal(3, 3).requires_grad_()
    off_diagonal(matrix).sum().backward()
    assert torch.equal(matrix.grad, 1 - torch.eye(3, dtype=torch.float64))


def test_log_sum_exp_of_arrays():
    parts = np.random.default_rng(0).normal(size=(3, 4, 5)) * 400
    expected = torch.logsumexp(torch.from_numpy(parts), 0).numpy()
    np.testing.assert_allclose(log_sum_exp(parts), expected, rtol=1e-14)
    np.testing.assert_array_equal(log_sum_exp(list(parts)), log_sum_exp(parts))
