"""Stable primitives shared by every bound and estimator."""

import functools
import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

LOG_2 = math.log(2.0)
PAIRS = (-2, -1)
"""The dimensions of scores of pairs drawn apart, whatever stands before them."""


def log_mean_exp(t: Float[Tensor, "..."], dim: int | tuple[int, ...] | None = None) -> Float[Tensor, "..."]:
    """log((1/N) sum exp(t)) over `dim` (everything by default), without overflow."""
    dims = tuple(range(t.ndim)) if dim is None else (dim,) if isinstance(dim, int) else dim
    return torch.logsumexp(t, dims) - math.log(math.prod([t.shape[d] for d in dims]))


def log_sum_exp(parts: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
    """The logarithm of the sum of exp(part) of arrays of one shape; numpy takes half of torch's time."""
    most = functools.reduce(np.maximum, parts)
    total = np.zeros_like(most)
    for part in parts:
        total += np.exp(part - most)
    return most + np.log(total)


def effective_sample_size(log_weights: Float[Tensor, "..."]) -> float:
    """(sum w)^2 / sum w^2 for w = exp(log_weights): how many equal weights would be as informative."""
    w = log_weights.detach().double().flatten()
    return math.exp(2 * torch.logsumexp(w, 0).item() - torch.logsumexp(2 * w, 0).item())


def off_diagonal(matrix: Float[Tensor, "*b n n"]) -> Float[Tensor, "*b n n-1"]:
    """Drop the diagonal of each square matrix, keeping the order within rows.

    Read row after row without its first entry, the matrix is n - 1 rows of n + 1, a diagonal entry at the end
    of each: views and one copy, where a mask would cost ten times as much.
    """
    n = matrix.shape[-1]
    rows = matrix.flatten(-2)[..., 1:].unflatten(-1, (n - 1, n + 1))
    return rows[..., :-1].reshape(*matrix.shape[:-1], n - 1)


def far_from_diagonal(matrix: Float[Tensor, "*b n n"], near: int) -> Float[Tensor, "*b n m"]:
    """Of each row i the m = n - 1 - 2 near entries j with i - j modulo n farther than `near` from zero.

    Columns go around, so that every row keeps as many; rows at the ends lose some far ones.
    """
    n = matrix.shape[-1]
    steps = torch.arange(near + 1, n - near, device=matrix.device)
    columns = (torch.arange(n, device=matrix.device)[:, None] + steps) % n
    return torch.gather(matrix, -1, columns.expand(*matrix.shape[:-1], len(steps)))


def leave_one_out_logsumexp(kept: Float[Tensor, "n"], t: Float[Tensor, "n m"]) -> Float[Tensor, "n m"]:
    """log(e^kept_i + sum over k != j of e^t_ik) for each i and j, at the cost of one sum.

    Only the largest t of a row can cancel what it is subtracted from, so its own sum is taken without it.
    """
    largest = torch.arange(t.shape[1], device=t.device) == t.argmax(dim=1, keepdim=True)
    rest = t.masked_fill(largest, -math.inf)
    others = torch.logsumexp(torch.cat([kept[:, None], rest], dim=1), dim=1, keepdim=True)
    total = torch.logaddexp(others, t.amax(dim=1, keepdim=True))
    return torch.where(largest, others, total + torch.log1p(-torch.exp(rest - total)))
