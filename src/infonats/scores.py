"""Scores: what a critic or a density says of pairs, and all that a bound ever sees."""

import dataclasses

import torch
from torch import Tensor

from infonats._math import off_diagonal
from infonats._shapes import Joint, Product


@dataclasses.dataclass(frozen=True)
class Scores:
    """Scores of pairs drawn together and of pairs drawn apart.

    ``joint`` has shape (n,): s(x_i, y_i) with (x_i, y_i) ~ p(x, y).
    ``product`` has shape (n, m): s(x_i, y_ij) with m negatives y_ij for each x_i. The negatives never
    include the positive; a bound that wants it in a denominator takes it from ``joint``.
    """

    joint: Joint
    product: Product

    @classmethod
    def from_all_pairs(cls, matrix: Tensor) -> "Scores":
        """From an (n, n) matrix of every row with every row, or a (b, n, n) stack of such blocks."""
        joint = torch.diagonal(matrix, dim1=-2, dim2=-1)
        return cls(joint.reshape(-1), off_diagonal(matrix).flatten(0, -2))
