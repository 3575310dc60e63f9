"""Staircases: one shape, mutual information rising step by step, in closed form.

B. Poole et al. (2019), arXiv 1905.06922; J. Song and S. Ermon (2020), arXiv 1910.06222; B. Rhodes, K. Xu and
M. Gutmann (2020), arXiv 2006.12204 (half a nat a pair: 160 + 160 columns, 80 nats).
"""

from functools import partial

import torch

from infonats.tasks import covariances
from infonats.tasks.base import Task
from infonats.tasks.multinormal import Multinormal
from infonats.tasks.student import Student, scale_information

STEPS = (2, 4, 6, 8, 10)


def gaussian(d: int, nats: int | float) -> Task:
    """Gaussian, d + d columns in d equally correlated pairs that share `nats`."""
    matrix = covariances.canonical([covariances.rho_for(nats, d)] * d, d, d)
    hard = "more nats than log n of most samples" if nats > 9 else "nothing: Gaussian, many pairs"
    return Multinormal(matrix, d, f"gaussian-{d}-{nats}", hard)


def student(d: int, df: int, nats: int | float) -> Task:
    """As `gaussian` with t columns: the pairs share what the common scale leaves of `nats`."""
    rho = covariances.rho_for(nats - scale_information(df, d, d), d)
    matrix: torch.Tensor = covariances.canonical([rho] * d, d, d)
    return Student(matrix, d, df, f"student-{d}-{df}-{nats}", "heavy tails and a shared scale")


BASES = {
    **{f"gaussian-20-{nats}": partial(gaussian, 20, nats) for nats in STEPS},
    **{f"gaussian-128-{nats}": partial(gaussian, 128, nats) for nats in (4, 8, 12, 16, 20)},
    **{f"gaussian-{d}-{d // 2}": partial(gaussian, d, d // 2) for d in (40, 80, 160)},
    **{f"student-20-10-{nats}": partial(student, 20, 10, nats) for nats in STEPS},
}
PREFIXES = ("", "cubic-", "half_cube-", "asinh-", "rotated-", "rotated-cubic-")
SUITES = {
    "staircase": (
        *(f"{prefix}gaussian-20-{nats}" for prefix in PREFIXES for nats in STEPS),
        *(name for name in BASES if "gaussian-20-" not in name),
    )
}
