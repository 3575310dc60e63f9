r"""A separable critic, alone or on top of a t copula: what `Auto` trains where copulas leave dependence over.

.. math:: s(x, y) = i(x, y) + \frac{g(x)'h(y)}{\sqrt k} + a(x) + b(y),

with i the log ratio of the fitted copula, or zero. g, h, a and b are residual networks of the normal scores
and of their mean square, which says how far out a row lies; a and b start at zero, and on top of a copula h
does, so that s starts at i. Both kinds are tried: a correction of the copula is learnt from fewer rows where
it is additive, and a critic of its own where it bends what the copula sees, as a rotation that depends on
the radius does. All pairs of a batch are scored by one matrix product, and the loss is the contrastive one,
taken both ways (`auto_scores`). Units are dropped in training (N. Srivastava et al., JMLR 15, 1929-1958,
2014): it is what keeps fifty columns from being learnt by heart.
"""

import dataclasses
import math
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from infonats._random import torch_generator
from infonats.callbacks import History
from infonats.estimators.auto_ratios import CopulaRatio, CopulaScorer
from infonats.estimators.auto_scores import two_way
from infonats.nn import ResidualMLP, seeded
from infonats.objectives.base import Objective, Step
from infonats.train import train
from infonats.train_config import TrainConfig
from infonats.watch import Watch

WIDTH, BLOCKS, DROPOUT = 64, 2, 0.2


@dataclasses.dataclass(frozen=True, eq=False)
class CriticRatio:
    """A trained critic between its coordinates: the copula's Student scores, and features of normal scores."""

    base: CopulaRatio
    critic: "SeparableRatio"
    spread: tuple[float, float]

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        """For each side its Student scores, its normal scores, and their mean square, standardised."""
        return features(self.base, x, y, self.spread)

    def scorer(self) -> "SeparableRatio":
        """What scores all pairs in these coordinates."""
        return self.critic


@dataclasses.dataclass(frozen=True)
class CriticConfig:
    """How long and how wide: optimisation steps at most, rows in a batch, and the rank of the inner product."""

    steps: int = 1200
    batch: int = 512
    rank: int = 16

    def train(self, n: int) -> TrainConfig:
        """The settings of the loop for n rows: small batches where rows are few, so that a pass has several."""
        return TrainConfig(
            max_steps=self.steps,
            batch_size=min(self.batch, max(n // 4, 2)),
            learning_rate=2e-3,
            clip=1.0,
            evaluate_every=50,
            patience=6,
        )


def features(
    base: CopulaRatio, x: np.ndarray, y: np.ndarray, spread: tuple[float, float]
) -> tuple[Tensor, Tensor]:
    """The coordinates of `CriticRatio` of raw rows, in float32."""
    scores, normal = base.coordinates(x, y), map(torch.from_numpy, _normal(base, x, y))
    sides = []
    for t, z, unit in zip(scores, normal, spread, strict=True):
        radius = ((z**2).mean(1, keepdim=True) - 1) / unit
        sides.append(torch.cat([t, z, radius], 1).float())
    return sides[0], sides[1]


def _normal(base: CopulaRatio, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The normal scores of both sides."""
    return base.student.ranks_x(x @ base.unmix_x), base.student.ranks_y(y @ base.unmix_y)


class SeparableRatio(nn.Module):
    """s(x, y) of the module's formula on the coordinates of `CriticRatio`; g and h have `rank` outputs."""

    def __init__(self, base: CopulaScorer | None, dx: int, dy: int, rank: int) -> None:
        super().__init__()
        self.base, self.dx, self.dy, self.scale = base, dx, dy, 1 / math.sqrt(rank)
        self.of_x = ResidualMLP(dx + 1, rank, WIDTH, BLOCKS, DROPOUT)
        self.of_y = ResidualMLP(dy + 1, rank, WIDTH, BLOCKS, DROPOUT, zero_last=base is not None)
        self.alone_x = ResidualMLP(dx + 1, 1, WIDTH // 2, 1, DROPOUT, zero_last=True)
        self.alone_y = ResidualMLP(dy + 1, 1, WIDTH // 2, 1, DROPOUT, zero_last=True)

    def all_pairs(
        self, x: Float[Tensor, "n d"], y: Float[Tensor, "m e"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n m"]:
        """S of every x with every y; with a generator, units are dropped at random."""
        u, v = x[:, self.dx :], y[:, self.dy :]
        inner = self.of_x(u, generator) @ self.of_y(v, generator).mT
        alone = self.alone_x(u, generator) + self.alone_y(v, generator).mT
        own = self.scale * inner + alone
        return own if self.base is None else own + self.base.all_pairs(x[:, : self.dx], y[:, : self.dy])


@runtime_checkable
class Trainable(Protocol):
    """A module that scores all pairs and may drop units while it trains."""

    def all_pairs(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """(n, dx), (m, dy) -> (n, m)."""
        ...


class BothWays(Objective):
    """Minus the mean of `two_way` over a batch."""

    def __init__(self, critic: Trainable) -> None:
        super().__init__()
        self.critic = critic

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """The loss of a batch of paired coordinates; units are dropped in training only."""
        scores = self.critic.all_pairs(x, y, generator if self.training else None)
        value = two_way(scores[None]).mean()
        return Step(-value, value.detach())


def fit_critic(
    base: CopulaRatio,
    residual: bool,
    parts: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    config: CriticConfig,
    seed: int,
    watch: Watch | None = None,
) -> tuple[CriticRatio, History]:
    """Train on the first of `parts`, two pairs (x, y) of raw rows, and keep the best state on the second.

    The critic has the coordinates of `base`, and where it is `residual`, starts there.
    """
    generator, (fitted, kept) = torch_generator(seed), parts
    of_x, of_y = (max(float((z**2).mean(1).std()), 1e-6) for z in _normal(base, *fitted))
    spread = of_x, of_y
    data, validation = (features(base, x, y, spread) for x, y in (fitted, kept))
    dx, dy = fitted[0].shape[1], fitted[1].shape[1]
    start = base.scorer(torch.float32) if residual else None
    critic = seeded(lambda: SeparableRatio(start, dx, dy, config.rank), generator)
    history = train(BothWays(critic), data, validation, config.train(len(fitted[0])), generator, watch)
    return CriticRatio(base, critic, spread), history
