"""From scores to log ratios: with the exact critic, every bound reads off the exact log ratio."""

import math

import numpy as np
import pytest
import torch

from infonats.bounds import BOUNDS, TUBA
from infonats.critics.base import Critic
from infonats.data import TRANSFORMS
from infonats.estimators.fold import Fold
from infonats.inference import held_out, score_blocks
from infonats.objectives import Contrastive

RHO = 0.6
TRUTH = -0.5 * math.log1p(-(RHO**2))


def log_ratio(x, y):
    return TRUTH + (RHO * x * y - 0.5 * RHO**2 * (x * x + y * y)) / (1 - RHO**2)


class Exact(Critic):
    """The scores at which a bound is best: the log ratio and an offset."""

    def __init__(self, offset):
        super().__init__()
        self.offset = offset

    def forward(self, x, y):
        return log_ratio(x, y).squeeze(-1) + self.offset


class Sine(torch.nn.Module):
    """A baseline that a bound must take off again."""

    def forward(self, x, y):
        return torch.sin(x).squeeze(-1)


class ExactAboveSine(Exact):
    def forward(self, x, y):
        return super().forward(x, y) + torch.sin(x).squeeze(-1)


def sample(n, seed):
    x, noise = np.random.default_rng(seed).standard_normal((2, n, 1))
    return x, RHO * x + math.sqrt(1 - RHO**2) * noise


def fold_of(objective):
    x, y = (torch.tensor(side, dtype=torch.float32) for side in sample(1000, seed=1))
    plain = TRANSFORMS["none"].fit(np.zeros((2, 1)))
    blocks = score_blocks(objective.critic, x, y)
    return Fold(objective, plain, plain, y, held_out(BOUNDS[0](), blocks).log_partition)


@pytest.mark.parametrize("bound", BOUNDS, ids=lambda bound: bound.name)
def test_the_exact_critic_gives_the_exact_log_ratio(bound):
    zero = torch.zeros(1)
    offset = -bound().log_ratio(zero, zero).item()
    if bound.invariance != "none":
        offset += 3.0
    critic, baseline = Exact(offset), None
    if bound.needs == "x":
        critic, baseline = ExactAboveSine(offset), Sine()
    x, y = sample(300, seed=2)
    found = fold_of(Contrastive(critic, bound(), baseline=baseline)).log_ratio(x, y)
    error = np.abs(found - log_ratio(x, y).squeeze(-1)).max()
    assert error < (1e-5 if bound.invariance == "none" else 0.3)  # a partition over 1000 rows has its own error


@pytest.mark.parametrize("kind", ["learned", "moving average", 0.7])
def test_a_trained_bound_keeps_its_state(kind):
    """The moving average of training, not a fresh one, is what the fold measures by."""
    objective = Contrastive(Exact(0.0), TUBA(baseline=kind, rate=0.5))
    x, y = (torch.tensor(side, dtype=torch.float32) for side in sample(200, seed=3))
    objective.train()(x, y + 2.0)
    fold, data = fold_of(objective.eval()), sample(200, seed=4)
    loss = objective(*(torch.tensor(side, dtype=torch.float32) for side in data)).loss.item()
    assert fold.measure(*data).value == pytest.approx(-loss, abs=1e-5)
