r"""A separable critic, alone or on top of a t copula: what `Auto` trains where copulas leave dependence over.

.. math:: s(x, y) = i(x, y) + \frac{g(x)'h(y)}{\sqrt k} + a(x) + b(y),

with i the log ratio of the fitted copula, or zero. g, h, a and b are residual networks of the normal scores, or
of few directions of them (`auto_view`), and of their mean square, which says how far out a row lies; a and b
start at zero, and on top of a copula h does, so that s starts at i. Kinds are tried: a correction of the copula
is learnt from fewer rows where it is additive, and a critic of its own where it bends what the copula sees, as
a rotation that depends on the radius does. All pairs of a batch are scored by one matrix product, and the loss
is the contrastive one, taken both ways (`auto_scores`). Units are dropped in training (N. Srivastava et al.,
JMLR 15, 1929-1958, 2014): it is what keeps fifty columns from being learnt by heart.
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
from infonats.estimators.auto_scores import two_way
from infonats.estimators.auto_view import View
from infonats.nn import ResidualMLP, seeded
from infonats.objectives.base import Objective, Step
from infonats.train import train
from infonats.train_config import TrainConfig
from infonats.watch import Watch

WIDTH, BLOCKS, DROPOUT = 64, 2, 0.2


@dataclasses.dataclass(frozen=True, eq=False)
class CriticRatio:
    """A trained critic in the coordinates of its view."""

    view: View
    critic: "SeparableRatio"

    def coordinates(self, x: np.ndarray, y: np.ndarray) -> tuple[Tensor, Tensor]:
        """Rows x (n, dx) and y (n, dy) as the view has them."""
        return self.view.coordinates(x, y)

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


class SeparableRatio(nn.Module):
    """s(x, y) of the module's formula on the coordinates of `view`; g and h have `rank` outputs.

    Where it is `residual`, i is the log ratio of the view's copula, else zero.
    """

    def __init__(self, view: View, residual: bool, rank: int) -> None:
        super().__init__()
        self.base = view.base.scorer(torch.float32) if residual else None
        self.scored, self.scale = view.scored, 1 / math.sqrt(rank)
        of_x, of_y = view.seen
        self.of_x = ResidualMLP(of_x, rank, WIDTH, BLOCKS, DROPOUT)
        self.of_y = ResidualMLP(of_y, rank, WIDTH, BLOCKS, DROPOUT, zero_last=residual)
        self.alone_x = ResidualMLP(of_x, 1, WIDTH // 2, 1, DROPOUT, zero_last=True)
        self.alone_y = ResidualMLP(of_y, 1, WIDTH // 2, 1, DROPOUT, zero_last=True)

    def all_pairs(
        self, x: Float[Tensor, "n d"], y: Float[Tensor, "m e"], generator: torch.Generator | None = None
    ) -> Float[Tensor, "n m"]:
        """S of every x with every y; with a generator, units are dropped at random."""
        dx, dy = self.scored
        u, v = x[:, dx:], y[:, dy:]
        inner = self.of_x(u, generator) @ self.of_y(v, generator).mT
        alone = self.alone_x(u, generator) + self.alone_y(v, generator).mT
        own = self.scale * inner + alone
        return own if self.base is None else own + self.base.all_pairs(x[:, :dx], y[:, :dy])


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
    view: View,
    residual: bool,
    parts: tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
    config: CriticConfig,
    seed: int,
    watch: Watch | None = None,
) -> tuple[CriticRatio, History]:
    """Train on the first of `parts`, two pairs (x, y) of raw rows, and keep the best state on the second."""
    generator = torch_generator(seed)
    data, validation = (view.coordinates(x, y) for x, y in parts)
    critic = seeded(lambda: SeparableRatio(view, residual, config.rank), generator)
    history = train(BothWays(critic), data, validation, config.train(len(data[0])), generator, watch)
    return CriticRatio(view, critic), history
