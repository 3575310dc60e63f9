"""Images with known mutual information, and the three tests of self-consistency of Song and Ermon (2020)."""

import dataclasses
from functools import partial

from infonats.tasks import covariances
from infonats.tasks.base import Task
from infonats.tasks.composed import Blocks, repeated
from infonats.tasks.images import NoisyRows, SameClass, digits
from infonats.tasks.multinormal import Multinormal
from infonats.tasks.rendered import Plates, Rectangles, SeenAgain
from infonats.tasks.transformed import NormalCDF

NOISE = 0.5


@dataclasses.dataclass(frozen=True)
class Consistency:
    """I(numerator) / I(denominator) must be `ratio`: what a good estimator keeps even where it is biased.

    J. Song and S. Ermon (2020), arXiv 1910.06222. Theirs are images without noise and ratios in the limit; here
    B is noisy, so that all numbers are finite and known.
    """

    name: str
    numerator: str
    denominator: str
    ratio: float


CONSISTENCY = (
    Consistency("data processing", "digits-rows-8-again", "digits-rows-8", 1.0),
    Consistency("additivity", "digits-rows-2-twice", "digits-rows-2", 2.0),
)
"""Beside these: I(A; B_t) of ``digits-rows-t`` rises with t."""


def same_class(shuffled: float) -> Task:
    """Two digits of one class."""
    return SameClass(digits(), shuffled, name=f"digits-same-class-{shuffled}")


def binary(shuffled: float) -> SameClass:
    """Two digits, both 0 or both 1: one bit, less what is shuffled."""
    return SameClass(digits(), shuffled, (0, 1), name=f"digits-binary-{shuffled}")


def stitched(k: int) -> Task:
    """Images of k patches below each other, each a 0 or a 1: k bits."""
    task = repeated(binary(0.0), k, f"digits-stitched-{k}", "images: each patch carries one bit")
    task.picture = (8 * k, 8)
    return task


def rows(t: int) -> Task:
    """A digit against its first t rows under noise."""
    return NoisyRows(digits()[0], t, NOISE, f"digits-rows-{t}")


def again() -> Task:
    """All eight rows, and the first five once more."""
    return SeenAgain(rows(8), 40, "digits-rows-8-again")


def twice() -> Task:
    """Two digits against their noisy copies: twice the nats of one."""
    task: Blocks = repeated(rows(2), 2, "digits-rows-2-twice")
    task.picture = (16, 8)
    return task


def _uniform(columns: int, nats: int) -> Task:
    matrix = covariances.canonical([covariances.rho_for(nats, columns)] * columns, columns, columns)
    return NormalCDF(Multinormal(matrix, columns, f"latents-{columns}-{nats}"))


def plates(nats: int) -> Task:
    """Bumps whose centres share `nats`."""
    return Plates(_uniform(2, nats), f"plates-16-{nats}")


def rectangles(nats: int) -> Task:
    """Rectangles whose edges share `nats`."""
    return Rectangles(_uniform(4, nats), f"rectangles-16-{nats}")


BASES = {
    **{f"digits-same-class-{s}": partial(same_class, s) for s in (0.0, 0.5)},
    **{f"digits-binary-{s}": partial(binary, s) for s in (0.0, 0.1, 0.3, 0.5)},
    **{f"digits-stitched-{k}": partial(stitched, k) for k in (2, 4, 8)},
    **{f"plates-16-{nats}": partial(plates, nats) for nats in (1, 2, 4)},
    **{f"rectangles-16-{nats}": partial(rectangles, nats) for nats in (1, 2, 4)},
    **{f"digits-rows-{t}": partial(rows, t) for t in (2, 4, 6, 8)},
    "digits-rows-8-again": again,
    "digits-rows-2-twice": twice,
}
SUITES = {
    "images": tuple(name for name in BASES if "rows" not in name),
    "consistency": tuple(name for name in BASES if "rows" in name),
}
