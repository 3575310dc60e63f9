"""How the parts of a loss move with the scores: what training follows without a graph."""

import math

import torch

from infonats._shapes import Joint, Product, Scalar
from infonats.scores import Scores

Sloped = tuple[Scalar, Scalar, Scores]
"""A loss, a value, and the gradient of the loss in each score, in the place of that score."""


def falling(joint: Joint) -> Joint:
    """The gradient of -mean_i T_ii: -1/n each."""
    return torch.full_like(joint, -1 / joint.shape[0])


def tilted(product: Product) -> tuple[Scalar, Product]:
    """The logarithm of mean_ij e^T_ij, and its gradient, e^T_ij over the sum of all."""
    peak = product.amax()
    weights = (product - peak).exp_()
    total = weights.sum()
    return total.log() + (peak - math.log(product.numel())), weights.div_(total)


def softened(scores: Scores, offset: float = 0.0) -> Scores:
    """The gradient of mean_i sp(o - T_ii) + e^o mean_ij sp(T_ij - o), sp(t) = log(1 + e^t)."""
    joint, product = scores.joint, scores.product
    return Scores(
        torch.sigmoid(offset - joint).div_(-joint.shape[0]),
        torch.sigmoid(product - offset).mul_(math.exp(offset) / product.numel()),
    )
