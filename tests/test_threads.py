"""How many threads a piece of work uses, and that the caller's setting comes back."""

import numpy as np
import pytest
import scipy.linalg
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from infonats._threads import one_thread, threads


def linear_algebra():
    """The threads of every loaded library of it."""
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


def test_one_thread_is_for_torch_and_linear_algebra_and_both_come_back():
    scipy.linalg.solve_triangular(np.eye(2), np.eye(2))
    seen = []

    def stopped():
        with one_thread():
            seen.extend([torch.get_num_threads(), *linear_algebra()])
            raise ValueError("stop")

    with threads(2), threadpool_limits(2, user_api="blas"):
        before = linear_algebra()
        with pytest.raises(ValueError, match="stop"):
            stopped()
        assert (torch.get_num_threads(), linear_algebra()) == (2, before)
    assert len(seen) > 1
    assert set(seen) == {1}
