"""Entropy by nearest neighbours: by hand, against closed forms, and what it refuses."""

import math

import numpy as np
import pytest
from scipy.special import digamma

from infonats.closedform import kl_entropy, kl_entropy_local
from infonats.errors import InputError


def test_by_hand():
    """Distances to the nearest of 0, 1, 3, 7: 1, 1, 2, 4."""
    y = np.array([0.0, 1, 3, 7])[:, None]
    local = digamma(4) - digamma(1) + np.log([2.0, 2.0, 4.0, 8.0])
    np.testing.assert_allclose(kl_entropy_local(y, k=1), local, rtol=0, atol=1e-12)
    assert kl_entropy(y, k=1) == pytest.approx(local.mean(), abs=1e-12)


@pytest.mark.parametrize(("d", "bias"), [(1, 0.005), (2, 0.02), (3, 0.05)])
def test_gaussian(d, bias):
    n = 4000
    y = np.random.default_rng(0).normal(size=(n, d))
    truth = 0.5 * d * math.log(2 * math.pi * math.e)
    stderr = math.sqrt((0.5 * d + 0.4) / n)
    assert abs(kl_entropy(y) - truth) < 3 * stderr + bias


def test_scale_adds_its_logarithm():
    y = np.random.default_rng(0).normal(size=(200, 2))
    assert kl_entropy(3 * y + 5) == pytest.approx(kl_entropy(y) + 2 * math.log(3), abs=1e-9)


def test_refuses_ties_and_few_rows():
    with pytest.raises(InputError, match="Some of the 4 rows are equal"):
        kl_entropy(np.array([0.0, 1, 1, 2])[:, None])
    with pytest.raises(InputError, match="There are 3 rows and k = 3"):
        kl_entropy(np.array([0.0, 1, 2])[:, None])
