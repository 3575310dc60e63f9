"""Negatives drawn from a proposal: y' ~ r(y|x) of a density in place of y' ~ p(y).

What a bound makes of these scores is about KL(p(x,y) || p(x) r(y|x)), not I(X;Y): what the proposal leaves
to be found. Its variance grows with that divergence.
M. Federici, D. Ruhe and P. Forré (2023), arXiv 2306.00608.
"""

import dataclasses

import torch
from torch import Tensor

from infonats.critics.base import Critic
from infonats.densities.base import Density
from infonats.errors import InputError
from infonats.negatives.base import Negatives
from infonats.scores import Scores


@dataclasses.dataclass(frozen=True, eq=False)
class Proposal(Negatives):
    """Each x_i with `m` draws from density(y|x_i), through which no gradient flows. Costs n (m + 1) scores.

    The density is used, not trained: it is no part of an objective with these negatives. A batch of one
    pair will do, since no other row is needed. Without a generator, torch's global state seeds the draws.
    """

    density: Density
    m: int = 8

    def __post_init__(self) -> None:
        if self.m < 1:
            raise InputError(f"m is {self.m}; each pair needs 1 negative or more.")

    def __call__(self, critic: Critic, x: Tensor, y: Tensor, generator: torch.Generator | None) -> Scores:
        """Scores with product (n, m)."""
        if generator is None:
            generator = torch.Generator().manual_seed(int(torch.randint(2**62, (), generator=generator)))
        drawn = self.density.sample(x, generator, (self.m,)).movedim(0, 1)
        scores = critic(x[:, None], torch.cat([y[:, None], drawn], 1))
        return Scores(scores[:, 0], scores[:, 1:])
