"""The 40 tasks of Czyz, Grabowski, Vogt, Beerenwinkel and Marx (2023), arXiv 2306.11078, and their bases."""

from functools import partial

import torch

from infonats.tasks import covariances
from infonats.tasks.additive import AdditiveUniform
from infonats.tasks.base import Task
from infonats.tasks.multinormal import Multinormal
from infonats.tasks.student import Student
from infonats.tasks.transformed import Bimodal


def normal(rho: float) -> Task:
    """A bivariate Gaussian."""
    return Multinormal(covariances.canonical([rho], 1, 1), 1, f"1v1-normal-{rho}")


def dense(d: int) -> Task:
    """Gaussian, d + d columns, every two with correlation 0.5."""
    hard = "many weak ties: every column has a share"
    return Multinormal(covariances.dense(d, d), d, f"multinormal-dense-{d}-{d}-0.5", hard)


def sparse(d: int) -> Task:
    """Gaussian, d + d columns, two pairs of which have correlation 0.8."""
    hard = f"{d - 2} + {d - 2} columns of noise" if d > 2 else "nothing: Gaussian, two pairs"
    return Multinormal(covariances.sparse(d, d), d, f"multinormal-sparse-{d}-{d}-2-2.0", hard)


def student(d: int, df: int) -> Task:
    """Student, d + d uncorrelated columns with a shared scale."""
    return Student(torch.eye(2 * d, dtype=torch.float64), d, df, f"student-identity-{d}-{d}-{df}")


def bimodal() -> Task:
    """The bivariate Gaussian with margins of two peaks."""
    return Bimodal(normal(0.75), "1v1-bimodal-0.75")


STUDENTS = ((1, 1), (2, 1), (2, 2), (3, 2), (3, 3), (5, 2), (5, 3))
BASES = {
    "1v1-normal-0.75": partial(normal, 0.75),
    "1v1-additive-0.1": partial(AdditiveUniform, 0.1),
    "1v1-additive-0.75": partial(AdditiveUniform, 0.75),
    "1v1-bimodal-0.75": bimodal,
    **{f"multinormal-dense-{d}-{d}-0.5": partial(dense, d) for d in (2, 3, 5, 25, 50)},
    **{f"multinormal-sparse-{d}-{d}-2-2.0": partial(sparse, d) for d in (2, 3, 5, 25)},
    **{f"student-identity-{d}-{d}-{df}": partial(student, d, df) for d, df in STUDENTS},
}

_PAIRS = tuple(f"multinormal-sparse-{d}-{d}-2-2.0" for d in (3, 5, 25))
SUITES = {
    "beyond-normal": (
        "1v1-normal-0.75",
        "normal_cdf-1v1-normal-0.75",
        "1v1-additive-0.1",
        "1v1-additive-0.75",
        "1v1-bimodal-0.75",
        "wiggly-1v1-normal-0.75",
        "half_cube-1v1-normal-0.75",
        "student-identity-1-1-1",
        "asinh-student-identity-1-1-1",
        "swissroll_x-normal_cdf-1v1-normal-0.75",
        *(f"multinormal-dense-{d}-{d}-0.5" for d in (2, 3, 5, 25, 50)),
        *(f"multinormal-sparse-{d}-{d}-2-2.0" for d in (2, 3, 5, 25)),
        *(f"student-identity-{d}-{d}-{df}" for d, df in STUDENTS[1:]),
        *(f"normal_cdf-{name}" for name in _PAIRS),
        *(f"half_cube-{name}" for name in _PAIRS),
        *(f"spiral-{name}" for name in _PAIRS),
        *(f"spiral-normal_cdf-{name}" for name in _PAIRS),
        "asinh-student-identity-2-2-1",
        "asinh-student-identity-3-3-2",
        "asinh-student-identity-5-5-2",
    )
}
