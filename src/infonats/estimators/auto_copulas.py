r"""Log ratios of mixtures of Gaussian vector copulas: several dependences between sides that stay as they are.

Normal scores, whitened within each side, make u of x and v of y. Every component has standard normal u and v,
and a cross-correlation C_k of its own,

.. math:: \log \frac{p(u,v)}{p(u)\,p(v)} = \log \sum_k w_k \frac{\phi(u, v; C_k)}{\phi(u)\,\phi(v)},

so that a component tells how the sides go together and nothing else. With C = L diag(s) R', a = L'u, b = R'v,

.. math:: \log \frac{\phi(u, v; C)}{\phi(u)\,\phi(v)} =
          \sum_j \frac{s_j a_j b_j - s_j^2 (a_j^2 + b_j^2) / 2}{1 - s_j^2} - \tfrac12 \log(1 - s_j^2).

A mixture of Gaussians (`infonats.estimators.auto_mixtures`) spends most of its parameters on how the columns of
one side lie; this spends none, and needs far fewer rows where a part of the rows carries no dependence, or a
sign is hidden. Fitted by EM from several starts. Y. Fan and M. Henry, "Vector copulas", Journal of Econometrics
234, 128-150 (2023), arXiv:2009.06558, give the notion.
"""

import dataclasses
from typing import Self

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from infonats.closedform.gaussian_copula import Scores
from infonats.estimators.auto_ratios import shrunk_values

STARTS, SCREEN, STEPS = 4, 15, 200
"""EM finds a local optimum: so many random starts are taken a few steps, and the best of them to the end."""
SCREEN_ROWS = 2000
"""Rows on which the starts are compared, about."""
CONVERGED = 1e-6
"""EM ends when the mean log likelihood gains less, in nats."""
STRONGEST = 1 - 1e-6
"""The largest correlation of a component."""


@dataclasses.dataclass(frozen=True, eq=False)
class Modes:
    """C = left diag(strength) right' by its singular values that are not zero."""

    left: np.ndarray
    strength: np.ndarray
    right: np.ndarray

    @classmethod
    def of(cls, cross: np.ndarray, rows: float) -> Self:
        """The modes of cross-correlations (dx, dy) that so many rows showed, freed of what chance adds."""
        left, rho, right = np.linalg.svd(cross, full_matrices=False)
        kept = np.minimum(shrunk_values(rho, cross.shape, rows), STRONGEST)
        some = kept > 0
        return cls(left[:, some], kept[some], right[some].T)

    @property
    def constant(self) -> float:
        """- 1/2 sum log(1 - s^2)."""
        return -0.5 * float(np.log1p(-(self.strength**2)).sum())

    def alone(self, rows: np.ndarray, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Projections (n, r) of rows of one side, and what they alone take off the ratio, (n,)."""
        along = rows @ vectors
        return along, 0.5 * along**2 @ (self.strength**2 / (1 - self.strength**2))

    def paired(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The component's log ratio of each row of u (n, dx) with the same row of v (n, dy)."""
        (a, of_u), (b, of_v) = self.alone(u, self.left), self.alone(v, self.right)
        return self.constant + (a * b) @ (self.strength / (1 - self.strength**2)) - of_u - of_v

    def all_pairs(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """The same of every row of u (n, dx) with every row of v (m, dy)."""
        (a, of_u), (b, of_v) = self.alone(u, self.left), self.alone(v, self.right)
        return self.constant + (a * (self.strength / (1 - self.strength**2))) @ b.T - of_u[:, None] - of_v


@dataclasses.dataclass(frozen=True, eq=False)
class CopulaMixtureRatio:
    """The ranks and the whitening (d, d) of either side, the weights (k,) and the components' modes."""

    ranks: tuple[Scores, Scores]
    white: tuple[np.ndarray, np.ndarray]
    weights: np.ndarray
    modes: tuple[Modes, ...]

    @classmethod
    def fit(cls, x: np.ndarray, y: np.ndarray, components: int, seed: int) -> Self:
        """Fit `components` to rows x (n, dx) and y (n, dy); `seed` decides the starts."""
        ranks = Scores.of(x), Scores.of(y)
        scores = ranks[0](x), ranks[1](y)
        white = whitening(scores[0]), whitening(scores[1])
        u, v = (side @ matrix for side, matrix in zip(scores, white, strict=True))
        rng, apart = np.random.default_rng(seed), max(1, len(u) // SCREEN_ROWS)
        few = u[::apart], v[::apart]
        tried = [_em(*few, _start(*few, components, rng), SCREEN) for _ in range(STARTS)]
        weights, modes, _ = _em(u, v, max(tried, key=lambda one: one[2])[:2], STEPS)
        return cls(ranks, white, weights, modes)

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
        parts = zip(np.log(self.weights), self.modes, strict=True)
        found = [torch.from_numpy(log + modes.all_pairs(x.numpy(), y.numpy())) for log, modes in parts]
        return torch.logsumexp(torch.stack(found), 0)


Fitted = tuple[np.ndarray, tuple[Modes, ...]]


def _start(u: np.ndarray, v: np.ndarray, components: int, rng: np.random.Generator) -> Fitted:
    """Rows are given to components by random bilinear forms of u and v."""
    forms = [(u @ rng.normal(size=u.shape[1])) * (v @ rng.normal(size=v.shape[1])) for _ in range(components)]
    shares, _ = _shares(np.stack(forms) / np.sqrt(u.shape[1] * v.shape[1]))
    return np.full(components, 1 / components), tuple(_mode(u, v, share) for share in shares)


def _em(
    u: np.ndarray, v: np.ndarray, fitted: Fitted, steps: int
) -> tuple[np.ndarray, tuple[Modes, ...], float]:
    """Weights, modes and mean log ratio after at most so many steps."""
    (weights, modes), reached = fitted, -np.inf
    for _ in range(steps):
        shares, total = _shares(np.log(weights)[:, None] + np.stack([mode.paired(u, v) for mode in modes]))
        before, reached = reached, float(total.mean())
        if reached - before < CONVERGED:
            break
        weights = np.maximum(shares.mean(1), 1 / len(u))
        weights, modes = weights / weights.sum(), tuple(_mode(u, v, share) for share in shares)
    return weights, modes, reached


def _shares(logs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shares (k, n) of components with logarithms `logs`, and log sum_k exp of them, (n,)."""
    most = logs.max(0)
    shares = np.exp(logs - most)
    total = shares.sum(0)
    return shares / total, most + np.log(total)


def _mode(u: np.ndarray, v: np.ndarray, share: np.ndarray) -> Modes:
    """The modes of rows that belong to a component by `share` (n,), and of one row more that is independent."""
    own, other = u * share[:, None], v * share[:, None]
    root_u, root_v = _root(own.T @ u + np.eye(u.shape[1])), _root(other.T @ v + np.eye(v.shape[1]))
    return Modes.of(root_u @ (own.T @ v) @ root_v, share.sum() ** 2 / (share**2).sum())


def whitening(scores: np.ndarray) -> np.ndarray:
    """The symmetric matrix that takes the correlations out of scores (n, d)."""
    return _root(scores.T @ scores) * np.sqrt(len(scores))


def _root(scatter: np.ndarray) -> np.ndarray:
    """scatter^(-1/2), symmetric."""
    values, vectors = np.linalg.eigh(scatter)
    return (vectors / np.sqrt(np.maximum(values, values[-1] * 1e-12))) @ vectors.T
