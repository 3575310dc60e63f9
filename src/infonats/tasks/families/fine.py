"""Fine distributions: mixtures whose truth is Monte Carlo.

P. Czyz, F. Grabowski, J. E. Vogt, N. Beerenwinkel and A. Marx (2023), arXiv 2310.10240, "On the properties and
estimation of pointwise mutual information profiles": X, AI, waves, galaxy, concentric and inliers are theirs.
"""

import math
from functools import partial

import torch

from infonats.tasks import covariances
from infonats.tasks.base import Task
from infonats.tasks.elliptical import Elliptical
from infonats.tasks.mixture import Mixture
from infonats.tasks.transformed import Galaxy, Waves

ROOT = 0.95 * math.sqrt(0.04 * 0.2)
STROKES: tuple[tuple[tuple[float, float], tuple[float, float, float]], ...] = (
    ((1.0, 0.0), (0.01, 0.0, 0.2)),
    ((1.0, 1.0), (0.05, 0.0, 0.001)),
    ((1.0, -1.0), (0.05, 0.0, 0.001)),
    ((-0.8, -0.2), (0.03, 0.0, 0.001)),
    ((-1.2, 0.0), (0.04, ROOT, 0.2)),
    ((-0.4, 0.0), (0.04, -ROOT, 0.2)),
)
"""The six strokes of the letters A and I: mean, then variance of x, covariance, variance of y."""


def _part(mean: list[float], covariance: torch.Tensor, df: int | float = math.inf) -> Elliptical:
    return Elliptical(torch.tensor(mean, dtype=torch.float64), covariance.double(), df)


def _even(parts: list[Elliptical], dim_x: int, name: str, hard: str) -> Mixture:
    return Mixture([1 / len(parts)] * len(parts), parts, dim_x, name, hard)


def cross(df: int | float = math.inf) -> Task:
    """Two crossing ellipses of correlation 0.9 and -0.9, Gaussian or t."""
    parts = [_part([0.0, 0.0], covariances.canonical([rho], 1, 1), df) for rho in (-0.9, 0.9)]
    name = "1v1-X-0.9" if df == math.inf else f"1v1-X-student-0.9-{df}"
    return _even(parts, 1, name, "a cross: uncorrelated, each arm strongly tied")


def letters() -> Task:
    """The letters A and I drawn by six Gaussians."""
    parts = [_part(list(mean), torch.tensor([[a, b], [b, c]]).double()) for mean, (a, b, c) in STROKES]
    return _even(parts, 1, "1v1-AI", "thin strokes of different widths")


def waves() -> Task:
    """Twelve stripes in x bent by a sine, y telling the stripe up to 4."""
    covariance = torch.diag(torch.tensor([0.1, 1.0, 0.1]))
    parts = [_part([1.5 * k, 0.0, 1.5 * (k % 4)], covariance) for k in range(12)]
    base = _even(parts, 2, "stripes", "twelve stripes")
    return Waves(base, "2v1-waves-12-5.0-3.0")


def galaxy() -> Task:
    """Two unit balls 3 apart in every coordinate, x wound into a spiral."""
    parts = [_part([1.5 * s] * 3, torch.eye(3)) for s in (-1, 1)]
    return Galaxy(_even(parts, 2, "balls", "two overlapping balls"), "2v1-galaxy-0.5-3.0")


def concentric(dim_x: int, shells: int) -> Task:
    """Centred Gaussians in x of deviation k, y a narrow peak at k."""
    parts = [
        _part([0.0] * dim_x + [float(k)], torch.diag(torch.tensor([float(k * k)] * dim_x + [0.0001])))
        for k in range(1, shells + 1)
    ]
    name = f"{dim_x}v1-concentric_gaussians-{shells}"
    return _even(parts, dim_x, name, "only the length of x tells of y, whose peaks are narrow")


def inliers(dim_x: int, dim_y: int, share: float, df: int | float = math.inf) -> Task:
    """Two pairs of correlation 0.8, and a `share` of rows of the same margins without dependence."""
    signal = covariances.sparse(dim_x, dim_y)
    parts = [_part([0.0] * (dim_x + dim_y), c, df) for c in (signal, torch.eye(dim_x + dim_y))]
    family = "mult" if df == math.inf else f"student{df}"
    name = f"{family}-sparse-w-inliers-{dim_x}-{dim_y}-2-2.0-{share}"
    hard = f"{share:.0%} of the rows carry no dependence and look like the others"
    return Mixture([1 - share, share], parts, dim_x, name, hard)


_RATES = (0.2, 0.5, 0.8)
BASES = {
    "1v1-X-0.9": cross,
    "1v1-X-student-0.9-3": partial(cross, 3),
    "1v1-AI": letters,
    "2v1-waves-12-5.0-3.0": waves,
    "2v1-galaxy-0.5-3.0": galaxy,
    **{f"{d}v1-concentric_gaussians-{k}": partial(concentric, d, k) for d, k in ((3, 5), (5, 5), (25, 5))},
    **{
        f"mult-sparse-w-inliers-{d}-{d}-2-2.0-{share}": partial(inliers, d, d, share)
        for d in (3, 5, 25)
        for share in _RATES
    },
    "student3-sparse-w-inliers-3-3-2-2.0-0.2": partial(inliers, 3, 3, 0.2, 3),
}
SUITES = {"fine": tuple(BASES)}
