"""Rates: what a bottleneck pays for, an upper bound or an estimate of I(X;Z) or I(X;Z|Y), in nats.

A rate has two numbers: its value, whose gradient the encoder follows *down*, and `own_loss`, which only the
rate's own parameters follow.
"""

import abc
import contextlib
import dataclasses
from collections.abc import Iterator
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from infonats._shapes import Scalar
from infonats.densities import Density
from infonats.errors import InputError
from infonats.learn.codes import Code
from infonats.objectives.base import Objective


@dataclasses.dataclass(frozen=True, eq=False)
class Sample:
    """A batch on its way through a bottleneck: x, what it is to tell, y, the laws of its codes, one draw z."""

    x: Tensor
    y: Tensor
    code: Code
    z: Tensor


class Rate(nn.Module, abc.ABC):
    """A number of nats that the code z shares with x beyond need."""

    @abc.abstractmethod
    def forward(self, sample: Sample, generator: torch.Generator) -> Scalar:
        """The rate of a batch, differentiable in the code; the encoder lowers it."""

    @abc.abstractmethod
    def own_loss(self, sample: Sample, generator: torch.Generator) -> Scalar | None:
        """What the rate's own parameters minimise, at a fixed code; None where the same loss serves both."""


@final
class VIB(Rate):
    """E KL(q(z|x) || N(0, 1)) >= I(X;Z), the deep variational bottleneck (Alemi et al. 2017, 1612.00410).

    Guarantee: an upper bound for every encoder, tight where the marginal of z is N(0, 1). Nothing to train.
    """

    def forward(self, sample: Sample, generator: torch.Generator) -> Scalar:
        """The mean KL divergence, in closed form."""
        return sample.code.kl(sample.code.standard()).mean()

    def own_loss(self, sample: Sample, generator: torch.Generator) -> None:
        """None."""
        return None


@final
class CEB(Rate):
    """E log q(z|x) - log b(z|y) >= I(X;Z|Y), the conditional entropy bottleneck (Fischer 2020, 2002.05379).

    Guarantee: an upper bound for every encoder and b. I(X;Z|Y) is what z knows of x beyond y, so that a code of
    y alone costs nothing. b is a density with dy = k; its dx is the number of classes of integer y (n,), or the
    columns of y (n, dx). It minimises the same loss as the encoder, as both tighten the bound.
    """

    def __init__(self, backward: Density) -> None:
        super().__init__()
        self.backward_density = backward

    def forward(self, sample: Sample, generator: torch.Generator) -> Scalar:
        """The mean log ratio at the draw z."""
        given = features(sample.y, self.backward_density.dx).to(sample.z)
        b = self.backward_density.log_prob(sample.z, given)
        return (sample.code.log_prob(sample.z) - b).mean()

    def own_loss(self, sample: Sample, generator: torch.Generator) -> None:
        """None."""
        return None


@final
class Adversary(Rate):
    """An objective's value of I(X;Z): MINE, JSD-LB, NWJ, ... of a critic, vCLUB or L1Out of a density q(z|x).

    Two players. The objective's parameters minimise its own loss at a fixed code: a critic *raises* its bound,
    a density its likelihood. The encoder *lowers* the value that they give, at fixed parameters. Guarantee:
    none. A critic that lags behind says too little, and the encoder is paid for hiding; see `critic_steps`.
    """

    def __init__(self, objective: Objective) -> None:
        super().__init__()
        self.objective = objective

    def forward(self, sample: Sample, generator: torch.Generator) -> Scalar:
        """The value with its gradient in z alone. Raises InputError for an objective that has none."""
        with frozen(self.objective):
            value = self.objective.information(flat(sample.x), sample.z, generator)
        if value is None:
            raise InputError(
                f"{type(self.objective).__name__} has no differentiable value to lower; take a bound of a "
                "critic such as JSDLB or MINE, or CLUB, VCLUBS, L1Out or DoE of a density."
            )
        return value

    def own_loss(self, sample: Sample, generator: torch.Generator) -> Scalar:
        """The objective's loss at the code as it is."""
        return self.objective(flat(sample.x), sample.z.detach(), generator).loss


@contextlib.contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Within the block the parameters are constants: what is computed has no gradient in them."""
    trained = [p for p in module.parameters() if p.requires_grad]
    for p in trained:
        p.requires_grad_(False)
    try:
        yield
    finally:
        for p in trained:
            p.requires_grad_(True)


def flat(x: Tensor) -> Tensor:
    """Rows of one axis: (n, ...) -> (n, d)."""
    return x.flatten(1)


def features(y: Tensor, width: int) -> Tensor:
    """Classes (n,) as one-hot rows of `width`, other y (n, width) as they are; else InputError."""
    if not y.is_floating_point():
        return one_hot(y.long().flatten(), width)
    if y.ndim != 2 or y.shape[1] != width:
        raise InputError(f"y is {tuple(y.shape)}; the density takes {width} columns, or classes as integers.")
    return y
