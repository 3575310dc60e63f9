r"""Log ratios of mixtures of Gaussian vector copulas: several dependences between sides that stay as they are.

Normal scores, whitened within each side, make u of x and v of y. Every component has standard normal u and v,
and a cross-correlation C_k of its own,

.. math:: \log \frac{p(u,v)}{p(u)\,p(v)} = \log \sum_k w_k \frac{\phi(u, v; C_k)}{\phi(u)\,\phi(v)},

so that a component tells how the sides go together and nothing else (`infonats.estimators.auto_modes`).

A mixture of Gaussians (`infonats.estimators.auto_mixtures`) spends most of its parameters on how the columns of
one side lie; this spends none, and needs far fewer rows where a part of the rows carries no dependence, or a
sign is hidden. Fitted by EM from several starts. Y. Fan and M. Henry, "Vector copulas", Journal of Econometrics
234, 128-150 (2023), arXiv:2009.06558, give the notion.
"""

import dataclasses
import functools
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from scipy.special import ndtri
from torch import Tensor

from infonats._math import log_sum_exp
from infonats.closedform.gaussian_copula import Scores
from infonats.estimators.auto_modes import Modes

STARTS, SCREEN, STEPS = 4, 15, 200
"""EM finds a local optimum: so many random starts are taken a few steps, and the best of them to the end."""
SCREEN_ROWS = 2000
"""Rows on which the starts are compared, about."""
AT_ONCE = 8192
"""Rows that a step of EM looks at together."""
CONVERGED = 1e-6
"""EM ends when the mean log likelihood gains less, in nats."""


@dataclasses.dataclass(frozen=True, eq=False)
class CopulaMixtureRatio:
    """The ranks and the whitening (d, d) of either side, the weights (k,) and the components' modes."""

    ranks: tuple[Scores, Scores]
    white: tuple[np.ndarray, np.ndarray]
    weights: np.ndarray
    modes: Modes

    @classmethod
    def fit(cls, x: np.ndarray, y: np.ndarray, components: int, seed: int) -> Self:
        """Fit `components` to rows x (n, dx) and y (n, dy); `seed` decides the starts."""
        (ranks_x, of_x), (ranks_y, of_y) = Scores.ranked(x), Scores.ranked(y)
        scores = [ndtri(ranks / (len(x) + 1)) for ranks in (of_x, of_y)]
        white = whitening(scores[0]), whitening(scores[1])
        u, v = (side @ matrix for side, matrix in zip(scores, white, strict=True))
        rng, apart = np.random.default_rng(seed), max(1, len(u) // SCREEN_ROWS)
        few = u[::apart], v[::apart]
        tried = [_em(*few, _start(*few, components, rng), SCREEN) for _ in range(STARTS)]
        weights, modes, _ = _em(u, v, max(tried, key=lambda one: one[2])[:2], STEPS)
        return cls((ranks_x, ranks_y), white, weights, modes)

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        """The whitened normal scores of both sides."""
        u, v = (
            torch.from_numpy(ranks(rows) @ white)
            for ranks, white, rows in zip(self.ranks, self.white, (x, y), strict=True)
        )
        return u, v

    def scorer(self) -> Self:
        """What scores all pairs in these coordinates: itself."""
        return self

    def all_pairs(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "m dy"]) -> Float[Tensor, "n m"]:
        """The log ratio in nats of every x with every y."""
        found = self.modes.all_pairs(x.numpy(), y.numpy())
        return torch.from_numpy(log_sum_exp(found + np.log(self.weights)[:, None, None]))


Fitted = tuple[np.ndarray, Modes]
Moments = tuple[np.ndarray, ...]
"""Of each component the sums over rows of their shares and of the squares of these, and with these shares
the scatter of u, of v and between both: (k,), (k,), (k, dx, dx), (k, dy, dy), (k, dx, dy).
"""


def _start(u: np.ndarray, v: np.ndarray, components: int, rng: np.random.Generator) -> Fitted:
    """Rows are given to components by random bilinear forms of u and v."""
    forms = [(u @ rng.normal(size=u.shape[1])) * (v @ rng.normal(size=v.shape[1])) for _ in range(components)]
    shares, _ = _shares(np.stack(forms) / np.sqrt(u.shape[1] * v.shape[1]))
    return np.full(components, 1 / components), _modes(_moments(u, v, shares))


def _em(u: np.ndarray, v: np.ndarray, fitted: Fitted, steps: int) -> tuple[np.ndarray, Modes, float]:
    """Weights, modes and mean log ratio after at most so many steps."""
    (weights, modes), reached = fitted, -np.inf
    parts = [slice(first, first + AT_ONCE) for first in range(0, len(u), AT_ONCE)]
    for _ in range(steps):
        expected = (_expected(u[rows], v[rows], weights, modes) for rows in parts)
        total, moments = functools.reduce(_both, expected)
        before, reached = reached, total / len(u)
        if reached - before < CONVERGED:
            break
        weights = np.maximum(moments[0] / len(u), 1 / len(u))
        weights, modes = weights / weights.sum(), _modes(moments)
    return weights, modes, reached


def _expected(u: np.ndarray, v: np.ndarray, weights: np.ndarray, modes: Modes) -> tuple[float, Moments]:
    """The sum of the log ratio of rows, and their moments."""
    shares, total = _shares(np.log(weights)[:, None] + modes.paired(u, v))
    return float(total.sum()), _moments(u, v, shares)


def _both(one: tuple[float, Moments], other: tuple[float, Moments]) -> tuple[float, Moments]:
    """The same of the rows of both."""
    return one[0] + other[0], tuple(a + b for a, b in zip(one[1], other[1], strict=True))


def _shares(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shares (k, n) of components with logarithms `logs`, and log sum_k exp of them, (n,)."""
    most = logs.max(0)
    shares = np.exp(logs - most)
    total = shares.sum(0)
    return shares / total, most + np.log(total)


def _moments(u: np.ndarray, v: np.ndarray, shares: np.ndarray) -> Moments:
    """Of rows u (n, dx) and v (n, dy) that belong to components by `shares` (k, n)."""
    own, other = shares[:, None] * u.T, shares[:, None] * v.T
    return shares.sum(1), (shares**2).sum(1), own @ u, other @ v, own @ v


def _modes(moments: Moments) -> Modes:
    """The modes of the components, each with one row more that is independent."""
    rows, squares, of_u, of_v, between = moments
    root_u, root_v = _root(of_u + np.eye(of_u.shape[1])), _root(of_v + np.eye(of_v.shape[1]))
    return Modes.of(root_u @ between @ root_v, rows**2 / squares)


def whitening(scores: np.ndarray) -> np.ndarray:
    """The symmetric matrix that takes the correlations out of scores (n, d)."""
    return _root(scores.T @ scores) * np.sqrt(len(scores))


def _root(scatter: np.ndarray) -> np.ndarray:
    """scatter^(-1/2) of matrices (..., d, d), symmetric."""
    values, vectors = np.linalg.eigh(scatter)
    scale = np.sqrt(np.maximum(values, values[..., -1:] * 1e-12))
    return (vectors / scale[..., None, :]) @ vectors.mT
