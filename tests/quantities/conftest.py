"""Samples whose mutual information is known."""

from collections.abc import Callable

import numpy as np
import pytest

Sample = tuple[np.ndarray, np.ndarray]


@pytest.fixture
def gaussian_pairs() -> Callable[..., Sample]:
    """n rows of d independent Gaussian pairs, each of correlation rho: I = -d/2 log(1 - rho^2)."""

    def draw(n: int, d: int, rho: float, seed: int = 0) -> Sample:
        rng = np.random.default_rng(seed)
        x = rng.standard_normal((n, d))
        return x, rho * x + np.sqrt(1 - rho**2) * rng.standard_normal((n, d))

    return draw
