"""Scores: what a critic or a density says of pairs, and all that a bound ever sees."""

import dataclasses

import torch
from torch import Tensor

from infonats._math import far_from_diagonal, off_diagonal
from infonats._shapes import Joint, Product
from infonats.errors import InputError


@dataclasses.dataclass(frozen=True)
class Scores:
    """Scores of pairs drawn together and of pairs drawn apart.

    ``joint`` has shape (n,): s(x_i, y_i) with (x_i, y_i) ~ p(x, y).
    ``product`` has shape (n, m): s(x_i, y_ij) with m negatives y_ij for each x_i. The negatives never
    include the positive; a bound that wants it in a denominator takes it from ``joint``.
    ``baseline`` has shape (n,), for the bounds that `need` one: log a(x_i), or u(x_i, y_i).
    """

    joint: Joint
    product: Product
    baseline: Joint | None = None

    @classmethod
    def from_all_pairs(cls, matrix: Tensor, baseline: Tensor | None = None, near: int = 0) -> "Scores":
        """From an (n, n) matrix of every row with every row, or a (b, n, n) stack of such blocks.

        `baseline` is of the shape of the diagonals, (n,) or (b, n). Rows that stand within `near` of each
        other, around the ends, are no negatives of each other: in a series they are not drawn apart.
        """
        joint = torch.diagonal(matrix, dim1=-2, dim2=-1)
        return cls(
            joint.reshape(-1),
            (far_from_diagonal(matrix, near) if near else off_diagonal(matrix)).flatten(0, -2),
            None if baseline is None else baseline.reshape(-1),
        )

    @property
    def parts(self) -> tuple[Tensor, ...]:
        """Those that are there, in the order of their names above."""
        return (
            (self.joint, self.product) if self.baseline is None else (self.joint, self.product, self.baseline)
        )

    def required_baseline(self) -> Joint:
        """The baseline. Raises InputError where there is none."""
        if self.baseline is None:
            raise InputError(
                "These scores have no baseline, and the bound needs one for each pair: give "
                "Scores(joint, product, baseline), or score by Contrastive, which learns it."
            )
        return self.baseline
