"""The networks of gan.py and ali.py: convolutions for images of 28 x 28 pixels, else fully connected."""

from collections.abc import Callable
from typing import TypeVar

import torch
from adversarial import Pairwise, Term
from adversarial_runs import Paid, Size
from convolutions import PATCH, Coarse, Drawn, Seen, SeenWith, colours, start
from torch import nn

from infonats.bounds import MINE
from infonats.critics import Critic, JointCritic
from infonats.learn import GaussianEncoder
from infonats.negatives import Shifts
from infonats.nn import MLP, seeded
from infonats.objectives import Contrastive, Objective

G = TypeVar("G", bound=Objective)
PLANE = 2
"""Columns of a point; all else are pixels in (-1, 1)."""


def generator(latent: int, columns: int, size: Size) -> nn.Module:
    """From codes (n, latent) to samples (n, columns)."""
    if colours(columns):
        return Drawn(latent, colours(columns), size.channels)
    network = MLP(latent, columns, size.generator, "relu")
    return network if columns == PLANE else nn.Sequential(network, nn.Tanh())


def encoder(columns: int, latent: int, size: Size) -> GaussianEncoder:
    """From samples (n, columns) to the laws of codes (n, latent)."""
    if colours(columns):
        return GaussianEncoder(Seen(colours(columns), 2 * latent, size.channels))
    return GaussianEncoder(MLP(columns, 2 * latent, size.generator, "relu"))


def discriminator(columns: int, size: Size) -> nn.Module:
    """The logit that a sample (n, columns) is of the data."""
    if colours(columns):
        return Seen(colours(columns), 1, size.channels)
    return MLP(columns, 1, size.discriminator, "relu")


def judge(columns: int, latent: int, size: Size) -> nn.Module:
    """The logit that a pair of sample and code was encoded, not decoded."""
    if colours(columns):
        return SeenWith(colours(columns), latent, size.channels)
    return Pairwise(MLP(columns + latent, 1, size.discriminator, "relu"))


def critic(columns: int, codes: int, size: Size, coarse: bool) -> Critic:
    """T of samples (n, columns) and codes (n, codes), as wide as the discriminator; images may be coarse."""
    if colours(columns) and not coarse:
        return SeenWith(colours(columns), codes, size.channels)
    if colours(columns):  # with a bilinear path, which finds the first information; a network takes its time
        return Coarse(JointCritic(columns // PATCH**2, codes, size.discriminator, "relu"))
    return JointCritic(columns, codes, size.discriminator, "relu", bilinear=False)


def term(columns: int, codes: int, size: Size, paid: Paid) -> Term | None:
    """MINE of samples and codes, of images at a quarter of their size where there is noise; None at beta 0."""
    if not paid.beta:
        return None
    network = critic(columns, codes, size, paid.noise > 0)
    return Term(Contrastive(network, MINE(), Shifts(1)), paid.beta, paid.noise)


def started(build: Callable[[], G], source: torch.Generator) -> G:
    """A game whose initial parameters depend on `source` alone."""
    game = seeded(build, source)
    start(game, source)
    return game
