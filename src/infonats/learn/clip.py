"""Adding the gradient of a mutual information to somebody else's, never longer than theirs."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from infonats._shapes import Scalar
from infonats.errors import InputError


def adaptive_clip(adversarial: Scalar, information: Scalar, parameters: Iterable[nn.Parameter]) -> float:
    """Set p.grad = g_a + min(1, |g_a| / |g_m|) g_m, g_a and g_m the gradients of the two losses; that factor.

    adversarial: the loss that is there already. information: the term added to it, sign and beta included:
    -beta I to raise I. The norms are over all `parameters` together, and both gradients are known before either
    is used, so that the result does not depend on the order. Parameters that neither loss reaches keep grad
    None; what stood in `grad` is replaced. M. I. Belghazi et al. (2018), arXiv 1801.04062, appendix. Raises
    InputError where there is no parameter, or where neither loss depends on any.
    """
    trained = [p for p in parameters if p.requires_grad]
    if not trained:
        raise InputError("No parameters were given that need a gradient; give those of the generator.")
    first, second = (_gradients(loss, trained) for loss in (adversarial, information))
    if all(g is None for g in (*first, *second)):
        raise InputError("Neither loss depends on the parameters given; give those of the generator.")
    norm_a, norm_m = _norm(first), _norm(second)
    factor = min(1.0, norm_a / norm_m) if norm_m > 0 else 1.0
    for p, a, m in zip(trained, first, second, strict=True):
        scaled = None if m is None else factor * m
        p.grad = scaled if a is None else (a if scaled is None else a + scaled)
    return factor


def _gradients(loss: Scalar, parameters: list[nn.Parameter]) -> list[Tensor | None]:
    if not loss.requires_grad:
        return [None] * len(parameters)
    return list(torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True))


def _norm(gradients: list[Tensor | None]) -> float:
    norms = [g.norm() for g in gradients if g is not None]
    return torch.stack(norms).norm().item() if norms else 0.0
