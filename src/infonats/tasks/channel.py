"""Y = a point + sigma N, the point one of many with known weights: densities of Y, and what Y tells."""

import torch
from jaxtyping import Float
from torch import Tensor

ROWS = 2048


def log_marginal(
    y: Float[Tensor, "n d"], points: Float[Tensor, "k d"], log_weights: Float[Tensor, "k"], sigma: float
) -> Float[Tensor, "n"]:
    """The log of sum_k w_k exp(-|y - p_k|^2 / 2 sigma^2): the density of Y up to the factor of the noise."""
    parts = (_exponents(rows, points, sigma) + log_weights for rows in y.split(ROWS))
    return torch.cat([torch.logsumexp(part, 1) for part in parts])


def divergence(
    y: Float[Tensor, "n d"], points: Float[Tensor, "k d"], log_weights: Float[Tensor, "k"], sigma: float
) -> Float[Tensor, "n"]:
    """KL(p(k | y) || w) in nats: the mean of the log ratio of k and y given y, so its mean over Y is I(K;Y)."""
    found = []
    for rows in y.split(ROWS):
        exponents = _exponents(rows, points, sigma)
        joint = exponents + log_weights
        total = torch.logsumexp(joint, 1, keepdim=True)
        found.append(((joint - total).exp() * (exponents - total)).sum(1))
    return torch.cat(found)


def _exponents(y: Tensor, points: Tensor, sigma: float) -> Tensor:
    squares = y.square().sum(1, keepdim=True) - 2 * y @ points.T + points.square().sum(1)
    return -0.5 * squares / sigma**2
