"""The tasks of the papers and notebooks that this library grew from."""

from functools import partial

import torch

from infonats.tasks import covariances
from infonats.tasks.base import Task
from infonats.tasks.composed import repeated
from infonats.tasks.elliptical import Elliptical
from infonats.tasks.families.beyond_normal import normal
from infonats.tasks.mixture import Mixture
from infonats.tasks.multinormal import Multinormal

PEAKS = ((1.65, 1.35), (-1.65, -1.35), (-1.35, -1.65), (1.35, 1.65))
"""(d + e, d - e), (-d - e, -d + e), (-d + e, -d - e), (d - e, d + e) at d = 1.5, e = 0.15."""


def mixed_gaussian(rho: float, pairs: int) -> Task:
    """An even mixture of two Gaussians of `pairs` pairs, all of correlation rho or all of -rho."""
    zero = torch.zeros(2 * pairs, dtype=torch.float64)
    parts = [Elliptical(zero, covariances.canonical([sign * rho] * pairs, pairs, pairs)) for sign in (1, -1)]
    name = f"mixed-gaussian-{rho}" if pairs == 1 else f"mixed-gaussian-shared-{rho}-{pairs}"
    hard = "uncorrelated: the sign of the dependence is hidden" + (", one for all pairs" if pairs > 1 else "")
    return Mixture([0.5, 0.5], parts, pairs, name, hard)


def mixed_gaussians(rho: float, pairs: int) -> Task:
    """`pairs` independent mixtures, each with a sign of its own."""
    hard = "uncorrelated: the sign of the dependence is hidden, another in each pair"
    return repeated(mixed_gaussian(rho, 1), pairs, f"mixed-gaussian-{rho}-{pairs}", hard)


def correlated_normal_mixture(pairs: int) -> Task:
    """Independent pairs, each an even mixture of four Gaussians of covariance .1 [[1, .95], [.95, 1]].

    M. Federici, D. Ruhe and P. Forre (2023), arXiv 2306.00608.
    """
    covariance = 0.1 * covariances.canonical([0.95], 1, 1)
    parts = [Elliptical(torch.tensor(mean, dtype=torch.float64), covariance) for mean in PEAKS]
    hard = "thin parallel ridges in four peaks"
    one = Mixture([0.25] * 4, parts, 1, "correlated-normal-mixture-1", hard)
    return one if pairs == 1 else repeated(one, pairs, f"correlated-normal-mixture-{pairs}")


def normals(rho: float, pairs: int) -> Task:
    """`pairs` independent Gaussian pairs of correlation rho."""
    matrix = covariances.canonical([rho] * pairs, pairs, pairs)
    return Multinormal(matrix, pairs, f"{pairs}v{pairs}-normal-{rho}")


BASES = {
    **{f"1v1-normal-{rho}": partial(normal, rho) for rho in (0.2, 0.4, 0.6, 0.8, 0.9)},
    "6v6-normal-0.9": partial(normals, 0.9, 6),
    "mixed-gaussian-0.9": partial(mixed_gaussian, 0.9, 1),
    "mixed-gaussian-0.9-6": partial(mixed_gaussians, 0.9, 6),
    "mixed-gaussian-shared-0.9-6": partial(mixed_gaussian, 0.9, 6),
    "correlated-normal-mixture-1": partial(correlated_normal_mixture, 1),
    "correlated-normal-mixture-5": partial(correlated_normal_mixture, 5),
}
SUITES = {"seeds": tuple(BASES)}
