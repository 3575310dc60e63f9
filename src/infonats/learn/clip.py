"""Adding the gradient of a mutual information to somebody else's, never longer than theirs.

    g = g_a + min(1, |g_a| / |g_m|) g_m

g_a and g_m are the gradients of the two losses in the generator's parameters, the norms over all of these
together. Both gradients are known before either is used, so that the result does not depend on the order.
M. I. Belghazi et al. (2018), arXiv 1801.04062, appendix.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from infonats._shapes import Scalar
from infonats.errors import InputError


def adaptive_clip(adversarial: Scalar, information: Scalar, parameters: Iterable[nn.Parameter]) -> float:
    """Set p.grad = g of each of the parameters; returns the factor min(1, |g_a| / |g_m|).

    For a loop with one optimiser for the generator. adversarial: the loss that is there already. information:
    the term added to it, sign and beta included: -beta I to raise I. Parameters that neither loss reaches keep
    grad None; what stood in `grad` is replaced. Raises InputError where there is no parameter, or where neither
    loss depends on any.
    """
    trained = [p for p in parameters if p.requires_grad]
    gradients, factor = _clipped(adversarial, information, trained)
    for p, g in zip(trained, gradients, strict=True):
        p.grad = g
    return factor


def clipped_loss(adversarial: Scalar, information: Scalar, parameters: Iterable[nn.Parameter]) -> Scalar:
    """A loss with g as its gradient in `parameters`, and none in anything else; arguments as `adaptive_clip`.

    For a loop that asks for one loss of all players, such as Lightning's and ours: what the discriminator and
    the critic minimise may be added to it. Its value is adversarial + factor * information. Raises InputError
    as `adaptive_clip` does.
    """
    trained = [p for p in parameters if p.requires_grad]
    gradients, factor = _clipped(adversarial, information, trained)
    value = (adversarial + factor * information).detach()
    linear = sum((p * g).sum() for p, g in zip(trained, gradients, strict=True) if g is not None)
    # <p, g> at a constant g has the gradient g; what it is worth is taken away again.
    return value + linear - torch.as_tensor(linear).detach()


def _clipped(
    adversarial: Scalar, information: Scalar, trained: list[nn.Parameter]
) -> tuple[list[Tensor | None], float]:
    """The gradient g of each parameter, None where neither loss reaches it, and the factor."""
    if not trained:
        raise InputError("No parameters were given that need a gradient; give those of the generator.")
    first, second = (_gradients(loss, trained) for loss in (adversarial, information))
    if all(g is None for g in (*first, *second)):
        raise InputError("Neither loss depends on the parameters given; give those of the generator.")
    norm_a, norm_m = _norm(first), _norm(second)
    factor = min(1.0, norm_a / norm_m) if norm_m > 0 else 1.0
    return [_sum(a, None if m is None else factor * m) for a, m in zip(first, second, strict=True)], factor


def _sum(a: Tensor | None, m: Tensor | None) -> Tensor | None:
    return m if a is None else (a if m is None else a + m)


def _gradients(loss: Scalar, parameters: list[nn.Parameter]) -> list[Tensor | None]:
    if not loss.requires_grad:
        return [None] * len(parameters)
    return list(torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True))


def _norm(gradients: list[Tensor | None]) -> float:
    norms = [g.norm() for g in gradients if g is not None]
    return torch.stack(norms).norm().item() if norms else 0.0
