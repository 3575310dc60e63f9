"""The contract of partners: which y's of a fixed pool stand in for draws of y given x.

Rows are known by their numbers, so what a rule needs of them is computed once and looked up from then on.
"""

import abc
import dataclasses

import torch
from jaxtyping import Float, Int64, Shaped
from torch import Tensor

from infonats.critics.base import Critic
from infonats.errors import InputError
from infonats.scores import Scores


class Partners(abc.ABC):
    """For each of n known rows, members of a pool that an x may meet in the place of its own y.

    A row that belongs to the pool never meets itself, unless nothing else is left.
    """

    @abc.abstractmethod
    def __call__(self, rows: Int64[Tensor, "b"], m: int, generator: torch.Generator) -> Int64[Tensor, "b m"]:
        """Numbers in the pool of m partners for each row; -1 where only the row's own y is left."""


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """Known rows x (n, dx), y (n, dy), a `pool` of y's (k, dy), and a rule that gives each row `m` of them.

    The pool of rows that are measured against each other is y itself. Raises InputError where m is below 1.
    """

    x: Float[Tensor, "n dx"]
    y: Float[Tensor, "n dy"]
    pool: Float[Tensor, "k dy"]
    partners: Partners
    m: int

    def __post_init__(self) -> None:
        if self.m < 1:
            raise InputError(f"m is {self.m}; each pair needs 1 negative or more.")

    def numbers(self) -> Int64[Tensor, "n"]:
        """The number of every row."""
        return torch.arange(len(self.x), device=self.x.device)

    def scores(self, critic: Critic, rows: Int64[Tensor, "b"], generator: torch.Generator) -> Scores:
        """Scores of these rows and of their partners, with product (b, m). Costs b (m + 1) scores."""
        y, chosen = self.y[rows][:, None], self.partners(rows, self.m, generator)[..., None]
        drawn = torch.where(chosen < 0, y, self.pool[chosen.squeeze(-1).clamp_min(0)])
        scores = critic(self.x[rows][:, None], torch.cat([y, drawn], 1))
        return Scores(scores[:, 0], scores[:, 1:])


def uniform(shape: tuple[int, ...], generator: torch.Generator, device: torch.device) -> Shaped[Tensor, "..."]:
    """Numbers in [0, 1) drawn where the generator lives, for use on `device`."""
    return torch.rand(shape, generator=generator, device=generator.device).to(device)
