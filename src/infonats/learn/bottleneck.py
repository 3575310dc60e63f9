r"""The information bottleneck: keep of x what tells y, and pay for the rest.

.. math::
   \min_{q(z|x), q(y|z)} \; \underbrace{E[-\log q(y|z)]}_{\text{distortion}} + \beta \, R(X;Z)

The first term is at least H(Y|Z), so lowering it raises I(Z;Y); R is a `Rate`, one of I(X;Z) or I(X;Z|Y).
N. Tishby, F. Pereira and W. Bialek (2000), arXiv physics/0004057; A. Alemi et al. (2017), arXiv 1612.00410.
"""

import dataclasses
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from infonats._shapes import Scalar
from infonats.densities import Density
from infonats.errors import InputError
from infonats.learn._checks import check_beta, check_generator
from infonats.learn.codes import GaussianEncoder
from infonats.learn.rates import Adversary, Rate, Sample
from infonats.objectives.base import Objective, Step


@dataclasses.dataclass(frozen=True, eq=False)
class Parts:
    """What a bottleneck weighs on a batch, in nats: distortion E[-log q(y|z)] and rate R(X;Z)."""

    distortion: Scalar
    rate: Scalar


@final
class Bottleneck(Objective):
    """distortion + beta rate: VIB, CEB, or any objective as an adversary (Belghazi et al. 2018, 1801.04062).

    decoder: a `Density` q(y|z) of y (n, dy), or a module z -> logits of classes y (n,). rate: a `Rate`, or an
    `Objective` of (x, z), which becomes an `Adversary`. Signs and order with an adversary: of each
    `critic_steps` batches in training, all train the critic, which minimises its own loss (raises the bound)
    at a fixed code; every last of them also moves encoder and decoder, which minimise distortion + beta value
    (lower the bound) at a fixed critic. Parameters that a batch leaves alone have no gradient at all, so Adam
    does not move them. beta = 0 leaves a network with a noisy code. The value is -distortion, in nats: plus
    H(Y), it is a lower bound of I(Z;Y) in expectation. In evaluation mode the loss is the criterion
    distortion + beta rate, and x (n, ...) is flattened for critics.
    """

    steps: Tensor

    def __init__(
        self,
        encoder: GaussianEncoder,
        decoder: nn.Module,
        beta: float,
        rate: Rate | Objective,
        critic_steps: int = 1,
    ) -> None:
        super().__init__()
        if critic_steps < 1:
            raise InputError(f"critic_steps is {critic_steps!r}; train it on 1 or more batches each time.")
        self.encoder, self.decoder, self.beta = encoder, decoder, check_beta(beta)
        self.critic_steps = critic_steps
        self.rate = Adversary(rate) if isinstance(rate, Objective) else rate
        self.register_buffer("steps", torch.zeros((), dtype=torch.int64))

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss and value of x (n, ...) and y. Raises InputError without a generator."""
        generator = check_generator(generator)
        sample = self._sample(x, y, generator)
        own = self.rate.own_loss(sample, generator) if self.training else None
        if own is not None and self._only_critic():
            return Step(own, -self.distortion(sample.z, y).detach())
        parts = self._parts(sample, generator)
        loss = parts.distortion + self.beta * parts.rate
        return Step(loss if own is None else loss + own, -parts.distortion.detach())

    @torch.no_grad()
    def measure(self, x: Tensor, y: Tensor, generator: torch.Generator) -> Parts:
        """Distortion and rate of a batch, in nats."""
        return self._parts(self._sample(x, y, generator), generator)

    def distortion(self, z: Tensor, y: Tensor) -> Scalar:
        """E[-log q(y|z)] of codes z (n, k) and y."""
        if isinstance(self.decoder, Density):
            return -self.decoder.log_prob(y, z).mean()
        return cross_entropy(self.decoder(z), y.long().flatten())

    def _sample(self, x: Tensor, y: Tensor, generator: torch.Generator) -> Sample:
        code = self.encoder(x)
        return Sample(x, y, code, code.draw(generator))

    def _parts(self, sample: Sample, generator: torch.Generator) -> Parts:
        return Parts(self.distortion(sample.z, sample.y), self.rate(sample, generator))

    def _only_critic(self) -> bool:
        """Count a batch; whether it is not the last of `critic_steps`."""
        self.steps += 1
        return int(self.steps) % self.critic_steps != 0
