"""Correlation matrices of (X, Y), float64, dim_x + dim_y square."""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from infonats.errors import InputError


def dense(dim_x: int, dim_y: int, off_diagonal: float = 0.5) -> Float[Tensor, "d d"]:
    """Every two different coordinates have the correlation `off_diagonal`."""
    d = dim_x + dim_y
    return torch.full((d, d), off_diagonal, dtype=torch.float64).fill_diagonal_(1.0)


def canonical(correlations: Sequence[float], dim_x: int, dim_y: int) -> Float[Tensor, "d d"]:
    """X_i and Y_i have the correlation `correlations[i]`; everything else is uncorrelated.

    Raises InputError where there are more correlations than pairs, or one does not lie within (-1, 1).
    """
    if len(correlations) > min(dim_x, dim_y) or not all(abs(rho) < 1 for rho in correlations):
        raise InputError(
            f"correlations are {tuple(correlations)!r}; give at most {min(dim_x, dim_y)}, each within (-1, 1)."
        )
    matrix = torch.eye(dim_x + dim_y, dtype=torch.float64)
    for i, rho in enumerate(correlations):
        matrix[i, dim_x + i] = matrix[dim_x + i, i] = rho
    return matrix


def sparse(dim_x: int, dim_y: int, pairs: int = 2, strength: float = 2.0) -> Float[Tensor, "d d"]:
    """The first `pairs` X_i and Y_i share a latent of weight `strength` under noise of weight 1.

    Their correlation is strength^2 / (1 + strength^2). Czyz et al. (2023), arXiv 2306.11078.
    """
    return canonical([strength**2 / (1 + strength**2)] * pairs, dim_x, dim_y)


def rho_for(nats: int | float, pairs: int) -> float:
    """The correlation that gives `pairs` independent Gaussian pairs I = -pairs/2 log(1 - rho^2) = `nats`."""
    return math.sqrt(-math.expm1(-2 * nats / pairs))
