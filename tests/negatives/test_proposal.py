"""Negatives drawn from a density: whose they are, how many, and what the exact conditional leaves to find."""

import math

import pytest
import torch

from infonats.bounds import DV, JS, NWJ, InfoNCE
from infonats.critics import JointCritic
from infonats.critics.base import Critic
from infonats.densities.base import Density, noise
from infonats.errors import InputError
from infonats.negatives import Proposal
from infonats.nn import seeded
from infonats.objectives import Contrastive

RHO = 0.8


class Conditional(Density):
    """N(slope x, 1 - rho^2), whatever it is trained with."""

    dx = dy = 1

    def __init__(self, slope=RHO):
        super().__init__()
        self.slope = slope

    def log_prob(self, y, x=None):
        return (-0.5 * (y - self.slope * x).square() / (1 - RHO**2)).squeeze(-1)

    def sample(self, x, generator, shape=()):
        scale = math.sqrt(1 - RHO**2)
        return self.slope * x + scale * noise((*shape, *x.shape), generator, x)


class Ratio(Critic):
    """log p(y|x) - log r(y|x): what `Conditional(0)` as a proposal leaves to be found."""

    def forward(self, x, y):
        return Conditional().log_prob(y, x) - Conditional(0.0).log_prob(y, x)


class Second(Critic):
    """y itself, so that scores show what was drawn."""

    def forward(self, x, y):
        return (y + 0 * x).squeeze(-1)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def pairs(n, seed=1):
    x, e = torch.randn((2, n, 1), generator=generator(seed), dtype=torch.float64)
    return x, RHO * x + math.sqrt(1 - RHO**2) * e


def test_draws_are_of_each_row_its_own():
    x, y = pairs(50)
    scores = Proposal(Conditional(1000.0), 7)(Second(), x, y, generator())
    assert scores.product.shape == (50, 7)
    torch.testing.assert_close(scores.joint, y[:, 0])
    torch.testing.assert_close(scores.product / 1000, x.expand(-1, 7), rtol=0, atol=0.01)


def test_a_function_of_the_generator_alone():
    (x, y), rule = pairs(20), Proposal(Conditional(), 3)
    one, same, other = (rule(Second(), x, y, generator(seed)).product for seed in (0, 0, 1))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_without_a_generator_the_global_state_seeds():
    (x, y), rule = pairs(20), Proposal(Conditional(), 3)
    with torch.random.fork_rng():
        one, other = (rule(Second(), x, y, None).product for _ in range(2))
    assert not torch.equal(one, other)


def test_one_pair_will_do():
    assert Proposal(Conditional())(Second(), *pairs(1), generator()).product.shape == (1, 8)


def test_needs_a_draw():
    with pytest.raises(InputError, match="m is 0; each pair needs 1 negative or more"):
        Proposal(Conditional(), 0)


@pytest.mark.parametrize(("bound", "offset"), [(DV, 0.0), (InfoNCE, 0.0), (NWJ, 1.0), (JS, 0.0)])
def test_the_value_is_the_divergence_from_the_proposal(bound, offset):
    """KL(N(rho x, s2) || N(0, s2)) = rho^2 x^2 / 2 s2, on average over x."""
    x, y = pairs(4000)
    scores = Proposal(Conditional(0.0), 64)(Ratio(), x, y, generator())
    scores = type(scores)(scores.joint + offset, scores.product + offset)
    expected = RHO**2 / (2 * (1 - RHO**2))
    spread = (scores.joint.std() + scores.product.exp().std() / math.exp(offset)) / math.sqrt(4000)
    assert abs(bound().value(scores).item() - expected) < 4 * spread.item()


def test_the_density_is_no_part_of_the_objective():
    density = Conditional()
    density.weight = torch.nn.Parameter(torch.ones(()))
    critic = seeded(lambda: JointCritic(1, 1, (8,)), generator())
    objective = Contrastive(critic, DV(), Proposal(density))
    assert all("density" not in name for name, _ in objective.named_parameters())
    x, y = (part.float() for part in pairs(30))
    objective(x, y, generator()).loss.backward()
    assert density.weight.grad is None
