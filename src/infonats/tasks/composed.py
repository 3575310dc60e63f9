"""Tasks made of tasks: blocks side by side, and margins made independent."""

from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError
from infonats.tasks.base import Task, Truth, monte_carlo


@final
class Blocks(Task):
    """Independent tasks side by side: X = (X_1, ..., X_k), Y = (Y_1, ..., Y_k), I = sum I(X_j; Y_j).

    Where one of them is not exact, the sum is Monte Carlo. Raises InputError without a task.
    """

    def __init__(self, parts: Sequence[Task], name: str = "blocks", hard: str | None = None) -> None:
        if not parts:
            raise InputError("Blocks of no tasks; give at least one.")
        self.parts, self.name = tuple(parts), name
        self.hard = hard or f"{len(parts)} independent blocks; {parts[0].hard}"
        self.dim_x, self.dim_y = sum(t.dim_x for t in parts), sum(t.dim_y for t in parts)
        self.exact = all(t.exact for t in parts)
        self.has_pointwise = all(t.has_pointwise for t in parts)

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        xs, ys = zip(*(part.sample(n, generator) for part in self.parts), strict=True)
        return torch.cat(xs, 1), torch.cat(ys, 1)

    def _truth(self) -> Truth:
        return Truth(sum(part.mutual_information for part in self.parts)) if self.exact else monte_carlo(self)

    def pointwise(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> Float[Tensor, "n"]:
        """The sum over the blocks."""
        xs, ys = x.split([t.dim_x for t in self.parts], 1), y.split([t.dim_y for t in self.parts], 1)
        ratios = [t.pointwise(a, b) for t, a, b in zip(self.parts, xs, ys, strict=True)]
        return torch.stack(ratios).sum(0)


def repeated(part: Task, times: int, name: str, hard: str | None = None) -> Blocks:
    """`times` independent copies of one task side by side."""
    return Blocks([part] * times, name, hard)


@final
class Independent(Task):
    """The margins of `base` with Y drawn apart from X: I = 0 exactly, at the same shapes and tails."""

    def __init__(self, base: Task) -> None:
        self.base, self.name = base, f"independent-{base.name}"
        self.hard = "I = 0: whatever is found is error"
        self.dim_x, self.dim_y, self.picture = base.dim_x, base.dim_y, base.picture

    def _draw(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        x, _ = self.base.sample(n, generator)
        _, y = self.base.sample(n, generator)
        return x, y

    def _truth(self) -> Truth:
        return Truth(0.0)

    def pointwise(self, x: Float[Tensor, "n dx"], y: Float[Tensor, "n dy"]) -> Float[Tensor, "n"]:
        """Zero everywhere."""
        return torch.zeros(len(x), dtype=torch.float64)
