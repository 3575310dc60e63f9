"""Adversarial models with an information term, as objectives: `infonats.train` trains, keeps and resumes them.

Each step moves all players at once, from the same forward pass: the discriminator down its own loss, the critic
up its bound, and generator (and encoder) down their adversarial loss with the information's gradient added,
cut to the length of the adversarial one (`infonats.learn.clipped_loss`).
"""

import dataclasses
from typing import final

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from infonats.densities.base import noise
from infonats.learn import GaussianEncoder, clipped_loss
from infonats.learn._checks import check_generator
from infonats.objectives import Objective, Step


@dataclasses.dataclass(frozen=True, eq=False)
class Term:
    """An information term: `beta` times the value of an objective of (sample, code), to be raised.

    `noise`: of that deviation, added to samples before they are measured. I(X + noise; C) is at most I(X; C),
    by data processing, and finite where a generator writes its code into differences too fine for an eye.
    """

    objective: Objective
    beta: float
    noise: float = 0.0


def under(x: Tensor, deviation: float, source: torch.Generator) -> Tensor:
    """Samples under noise; the same tensor, and nothing drawn, at deviation 0."""
    return x + deviation * noise(tuple(x.shape), source, x) if deviation else x


class _Kept(nn.Module):
    """Counts the steps: an adversarial game has no criterion to choose a state by, so the last one is kept."""

    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(()))


@final
class GAN(Objective):
    """min_G max_D E log D(X) + E log(1 - D(G(eps, c))), and beta I(G(eps, c); c) raised in G.

    Goodfellow et al. (2014), arXiv 1406.2661, with the generator's loss -E log D(G); Belghazi et al. (2018),
    arXiv 1801.04062. generator: rows of `latent` + `codes` columns, eps of N(0, 1) and c uniform on [-1, 1], to
    samples. discriminator: samples to logits (n,) or (n, 1). term: None for the plain GAN. The value is the
    information in nats that the critic reads; y is not looked at.
    """

    def __init__(
        self, generator: nn.Module, discriminator: nn.Module, latent: int, codes: int, term: Term | None = None
    ) -> None:
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.latent, self.codes, self.beta = latent, codes, 0.0 if term is None else term.beta
        self.critic, self.noise = (None, 0.0) if term is None else (term.objective, term.noise)
        self.kept = _Kept()

    def draw(self, n: int, source: torch.Generator) -> tuple[Tensor, Tensor]:
        """Samples of the generator and their codes, n rows each."""
        like = self.kept.count
        eps = noise((n, self.latent), source, like)
        c = 2 * torch.rand(n, self.codes, generator=source).to(like) - 1
        return self.generator(torch.cat([eps, c], 1)), c

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss and value of a batch x (n, d). Raises InputError without a generator."""
        source = check_generator(generator)
        fake, c = self.draw(len(x), source)
        seen = under(fake, self.noise, source)
        told = fake.new_zeros(()) if self.critic is None else self.critic.information(seen, c, source)
        if not self.training:
            return Step(-self.kept.count, told.detach())
        self.kept.count += 1
        own = softplus(-self.discriminator(x)).mean() + softplus(self.discriminator(fake.detach())).mean()
        if self.critic is not None:
            own = own + self.critic(seen.detach(), c, source).loss
        adversarial = softplus(-self.discriminator(fake)).mean()
        players = clipped_loss(adversarial, -self.beta * told, self.generator.parameters())
        return Step(own + players, told.detach())


class Pairwise(nn.Module):
    """A network of pairs (x, z), side by side."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """The logit that the pair was encoded, not decoded."""
        return self.network(torch.cat([x, z], 1))


@final
class ALI(Objective):
    """min_{E,G} max_D E log D(X, E(X)) + E log(1 - D(G(Z), Z)), Z of N(0, 1); and beta I(X; E(X)) raised in E.

    V. Dumoulin et al. (2017), arXiv 1606.00704, J. Donahue et al. (2017), arXiv 1605.09782; the players
    minimise the same game with its labels exchanged. With q the law of (X, E(X)) and p that of (G(Z), Z), the
    reconstruction error is at most KL(q || p) - I_q(X; Z) + H_q(Z) (Belghazi et al. 2018, arXiv 1801.04062):
    the more information, the less error. The value is that information in nats; y is not looked at.
    """

    def __init__(
        self,
        encoder: GaussianEncoder,
        decoder: nn.Module,
        discriminator: nn.Module,
        latent: int,
        term: Term | None = None,
    ) -> None:
        super().__init__()
        self.encoder, self.decoder, self.discriminator = encoder, decoder, discriminator
        self.latent, self.beta = latent, 0.0 if term is None else term.beta
        self.critic, self.noise = (None, 0.0) if term is None else (term.objective, term.noise)
        self.kept = _Kept()

    def draw(self, n: int, source: torch.Generator) -> tuple[Tensor, Tensor]:
        """Samples of the decoder and their codes, n rows each."""
        z = noise((n, self.latent), source, self.kept.count)
        return self.decoder(z), z

    def reconstruct(self, x: Tensor) -> Tensor:
        """Decode the mean code of x (n, d)."""
        return self.decoder(self.encoder(x).mean)

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss and value of a batch x (n, d). Raises InputError without a generator."""
        source = check_generator(generator)
        code = self.encoder(x).draw(source)
        seen = under(x, self.noise, source)
        told = code.new_zeros(()) if self.critic is None else self.critic.information(seen, code, source)
        if not self.training:
            return Step(-self.kept.count, told.detach())
        self.kept.count += 1
        fake, z = self.draw(len(x), source)
        d = self.discriminator
        own = softplus(-d(x, code.detach())).mean() + softplus(d(fake.detach(), z)).mean()
        if self.critic is not None:
            own = own + self.critic(seen, code.detach(), source).loss
        adversarial = softplus(d(x, code)).mean() + softplus(-d(fake, z)).mean()
        moved = [*self.encoder.parameters(), *self.decoder.parameters()]
        return Step(own + clipped_loss(adversarial, -self.beta * told, moved), told.detach())
