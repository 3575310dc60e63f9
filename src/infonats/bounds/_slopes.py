"""How the parts of a loss move with the scores: what training follows without a graph.

Of one batch, or of several side by side, whose scores have one dimension more in front.
"""

import math

import torch

from infonats._math import PAIRS
from infonats._shapes import Each, Joint, Product
from infonats.scores import Scores

Sloped = tuple[Each, Each, Scores]
"""A loss, a value, and the gradient of the loss in each score, in the place of that score."""


def falling(joint: Joint) -> Joint:
    """The gradient of -mean_i T_ii: -1/n each."""
    return torch.full_like(joint, -1 / joint.shape[-1])


def tilted(product: Product) -> tuple[Each, Product]:
    """The logarithm of mean_ij e^T_ij, and its gradient w_ij = e^T_ij over the sum of all.

    The largest T is the logarithm of the sum plus that of the largest w.
    """
    t = product.flatten(-2)
    weights = torch.softmax(t, -1)
    log_sum = t.amax(-1) - weights.amax(-1).log_()
    return log_sum - math.log(t.shape[-1]), weights.view_as(product)


def scaled(product: Product, by: Each) -> Product:
    """Each times the number of its batch, in place."""
    return product.mul_(by[..., None, None])


def softened(scores: Scores, offset: float = 0.0) -> Scores:
    """The gradient of mean_i sp(o - T_ii) + e^o mean_ij sp(T_ij - o), sp(t) = log(1 + e^t)."""
    joint, product = scores.joint, scores.product
    count = math.prod(product.shape[d] for d in PAIRS)
    return Scores(
        torch.sigmoid(offset - joint).div_(-joint.shape[-1]),
        torch.sigmoid(product - offset).mul_(math.exp(offset) / count),
    )
