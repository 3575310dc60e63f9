"""Discrete X and Y with any joint table. I = sum_ij p_ij log p_ij / p_i p_j."""

from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth


@final
class Table(Task):
    """X in 0 ... k-1 and Y in 0 ... l-1 with joint probabilities (k, l). Exact.

    Raises InputError where a probability is negative, or their sum is not 1 within 1e-9.
    """

    def __init__(self, table: Float[Tensor, "k l"], name: str = "table", hard: str = "discrete") -> None:
        p = table.double()
        if p.min() < 0 or abs(p.sum().item() - 1) > 1e-9:
            raise InputError(
                f"The table's least probability is {p.min().item():.3g} and their sum {p.sum().item():.9g}; "
                "give none below 0, with sum 1."
            )
        self.name, self.hard, self.p = name, hard, p
        self.dim_x = self.dim_y = 1
        self.ratio = p.log() - p.sum(1, keepdim=True).log() - p.sum(0, keepdim=True).log()

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        cell = torch.multinomial(self.p.flatten(), n, replacement=True, generator=generator)
        codes = torch.stack([cell // self.p.shape[1], cell % self.p.shape[1]]).double()
        return codes[0, :, None], codes[1, :, None]

    def _truth(self) -> Truth:
        return Truth((self.p * self.ratio)[self.p > 0].sum().item())

    def pointwise(self, x: Float[Tensor, "n 1"], y: Float[Tensor, "n 1"]) -> Float[Tensor, "n"]:
        """The log ratio of the cell; -inf where the cell is empty."""
        return self.ratio[x[:, 0].long(), y[:, 0].long()]


def symmetric(p_x: Float[Tensor, "k"], error: float) -> Float[Tensor, "k k"]:
    """Y is X, or with chance `error` another letter, each alike."""
    k = len(p_x)
    channel = torch.full((k, k), error / (k - 1), dtype=torch.float64).fill_diagonal_(1 - error)
    return p_x[:, None] * channel


def erasure(p_x: Float[Tensor, "k"], loss: float) -> Float[Tensor, "k l"]:
    """Y is X, or with chance `loss` the letter k that says nothing: I = (1 - loss) H(X)."""
    kept = torch.diag(p_x * (1 - loss))
    return torch.cat([kept, (p_x * loss)[:, None]], 1)


def zipf(letters: int) -> Float[Tensor, "k"]:
    """Probabilities in proportion to 1, 1/2, 1/3, ..."""
    weights = 1 / torch.arange(1, letters + 1, dtype=torch.float64)
    return weights / weights.sum()
