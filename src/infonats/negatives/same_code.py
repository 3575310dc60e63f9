"""Negatives of the same code: y' ~ p(y | Q(y) = Q(y_i)), from rows that a quantiser Q cannot tell apart.

    KL(p(x,y) || sum_c p(x,c) p(y|c)) = I(X;Y | Q(Y)) = I(X;Y) - I(X;Q(Y))

is what they leave to be found: exactly what a value of the codes alone misses.
M. Federici, D. Ruhe and P. Forré (2023), arXiv 2306.00608, who draw floor(N / (M + 1)) codes by their
frequency and M + 1 pairs of each: a pair and its M negatives have the law that they have here, where the
pair is drawn at random and its negatives are looked up. Batches here repeat no code on purpose, so their
means vary less; and the training loop need not know.
"""

import dataclasses
from typing import Self, final

import torch
from jaxtyping import Int64
from torch import Tensor

from infonats.negatives.partners import Partners, uniform


@final
@dataclasses.dataclass(frozen=True, eq=False)
class SameCode(Partners):
    """Members of the pool with the row's code: distinct ones as long as there are enough, each equally often.

    A row alone in its code has none and meets its own y: it says that nothing is left to be found.
    Built by `within` or `against`.
    """

    order: Tensor
    start: Tensor
    size: Tensor
    place: Tensor

    @classmethod
    def within(cls, codes: Int64[Tensor, "n"]) -> Self:
        """For rows that are their own pool."""
        order = torch.argsort(codes, stable=True)
        start, size = _groups(codes[order], codes)
        return cls(order, start, size, torch.argsort(order) - start)

    @classmethod
    def against(cls, codes: Int64[Tensor, "n"], pool: Int64[Tensor, "k"]) -> Self:
        """For rows with `codes` that are no members of the pool, whose codes are given."""
        order = torch.argsort(pool, stable=True)
        return cls(order, *_groups(pool[order], codes), torch.full_like(codes, -1))

    @property
    def alone(self) -> float:
        """The share of rows without a partner."""
        return (self._others() < 1).double().mean().item()

    def __call__(self, rows: Int64[Tensor, "b"], m: int, generator: torch.Generator) -> Int64[Tensor, "b m"]:
        """From a random place on, m steps through the others of the group in a ring."""
        start, size, place, others = (
            part[rows][:, None] for part in (self.start, self.size, self.place, self._others())
        )
        first = (uniform((len(rows), 1), generator, rows.device) * others).long()
        step = (first + torch.arange(m, device=rows.device)) % others.clamp_min(1)
        found = self.order[(start + (place + 1 + step) % size.clamp_min(1)).clamp_max(len(self.order) - 1)]
        return torch.where(others < 1, -1, found)

    def _others(self) -> Tensor:
        """How many members of the pool each row can meet."""
        return self.size - (self.place >= 0).long()


def _groups(ordered: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Where in the `ordered` codes those equal to each of `codes` start, and how many they are."""
    start = torch.searchsorted(ordered, codes)
    return start, torch.searchsorted(ordered, codes, right=True) - start
