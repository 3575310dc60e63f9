"""Families that no estimator here was tuned on: no t copulas, no mixtures of known papers.

The list was written before any method was run on it, and stays as it is: what a method does here tells how it
does on data that nobody chose.
"""

from collections.abc import Callable
from functools import partial

import torch

from infonats.tasks import regression
from infonats.tasks.archimedean import Clayton, Frank, Gumbel
from infonats.tasks.base import Task
from infonats.tasks.composed import Blocks, Independent
from infonats.tasks.conjugate import CauchyNoise, Circle, GammaRate, ParabolaBand
from infonats.tasks.elliptical import Elliptical
from infonats.tasks.families.beyond_normal import normal
from infonats.tasks.mixture import Mixture
from infonats.tasks.transformed import Layered, Polar


def pairs(noise: int, name: str) -> Task:
    """Five pairs of one column each, no two of a kind, and so many columns of noise on either side."""
    parts: list[Task] = [Clayton(2), Gumbel(2), Frank(8), Circle(0.6), GammaRate(4, 4)]
    parts += [Independent(normal(0.75))] * noise
    return Blocks(parts, name, f"five pairs, no two of a kind, and {noise} columns of noise on either side")


def blobs(d: int, count: int) -> Task:
    """`count` Gaussians in d + d columns with random means and covariances; a function of d and count alone."""
    generator, parts = torch.Generator().manual_seed(0), []
    for _ in range(count):
        mean = 1.5 * torch.randn(2 * d, generator=generator, dtype=torch.float64)
        root = torch.randn(2 * d, 3 * d, generator=generator, dtype=torch.float64)
        parts.append(Elliptical(mean, root @ root.T / (3 * d)))
    return Mixture([1 / count] * count, parts, d, f"blobs-{d}-{count}")


def rings() -> Task:
    """Angles that follow each other, at radii that do not."""
    hidden = Blocks([Circle(0.6), Independent(normal(0.75))], "angle-and-radius", "a band around the circle")
    return Polar(hidden, "rings-0.6")


BASES: dict[str, Callable[[], Task]] = {
    "clayton-2": partial(Clayton, 2),
    "gumbel-2": partial(Gumbel, 2),
    "frank-8": partial(Frank, 8),
    "cauchy-noise-0.5": partial(CauchyNoise, 0.5),
    "laplace-noise-0.2": partial(regression.laplace_noise, 0.2),
    "fan-0.05-0.5": partial(regression.fan, 0.05, 0.5),
    "product-noise-0.1": partial(regression.product_noise, 0.1),
    "two-regressions-0.2": partial(regression.two_regressions, 0.2),
    "circle-0.6": partial(Circle, 0.6),
    "gamma-rate-4-4": partial(GammaRate, 4, 4),
    "parabola-band-0.2": partial(ParabolaBand, 0.2),
    "rings-0.6": rings,
    "layered-blobs-3-4": lambda: Layered(blobs(3, 4)),
    "five-pairs": partial(pairs, 0, "five-pairs"),
    "ten-pairs": partial(pairs, 5, "ten-pairs"),
}
SUITES = {"unseen": (*list(BASES)[:-2], "rotated-five-pairs", "rotated-ten-pairs")}
