"""GANs with an information term: captured modes, with and without I(G(eps, c); c).

    python experiments/gan.py [--data LIST] [--data-dir FOLDER] [--full] [--seeds N] [--docs]

25 Gaussians on a grid, a spiral, and stacks of three digits (1000 modes); the same GAN without the term and
with it, MINE with adaptive clipping, of samples as they are or under noise (--noises). The default ends in
minutes on two cores: small networks, wider points. --full is the published setting: 100 000 points of deviation
.05, a generator of 2 x 500, discriminator and critic of 3 x 400, Adam at 1e-4; 200 000 steps, for 5000 do not
separate the modes; --wide is the same at 1e-3 for 20 000 steps, an hour. With the idx files of MNIST in FOLDER
the stacks are of MNIST, and the networks have convolutions; else they are of scikit-learn's digits. Every run
goes on where it was interrupted, to the same bits, and what is finished is kept in --out. --docs writes
docs/experiments/gan.md. M. I. Belghazi et al. (2018), arXiv 1801.04062.
"""

import dataclasses
from pathlib import Path
from typing import Any, Protocol

import torch
from _images import images
from adversarial import GAN
from adversarial_runs import SHOWN, Experiment, Paid, Place, Size, command, rounded, trained, whole
from classifier import classifier
from gan_data import Coverage, grid, spiral
from players import discriminator, generator, started, term
from stacked import Stacked
from torch import Tensor

from infonats._random import spawn, torch_generator
from infonats.callbacks import View

POINTS, PICTURES = (2, 2), (32, 16)
"""Columns of eps and c, for points of the plane and for pictures."""


class Data(Protocol):
    """What a GAN learns here: samples, and how well others cover their modes."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def dim(self) -> int:
        """Columns of a sample."""
        ...

    def sample(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n rows."""
        ...

    def blind(self, n: int, generator: torch.Generator) -> Tensor:
        """Draw n rows that know nothing but the range of the data."""
        ...

    def coverage(self, samples: Tensor) -> Coverage:
        """How well samples cover the modes."""
        ...


def build(data: Data, size: Size, paid: Paid) -> GAN:
    """The untrained game."""
    latent, codes = POINTS if data.dim == 2 else PICTURES
    network, judge = generator(latent + codes, data.dim, size), discriminator(data.dim, size)
    return GAN(network, judge, latent, codes, term(data.dim, codes, size, paid))


@torch.no_grad()
def drawn(game: GAN, data: Data, size: Size, seed: int) -> Tensor:
    """Samples to measure by."""
    return game.draw(count(data, size), torch_generator(seed))[0]


def count(data: Data, size: Size) -> int:
    """How many samples are measured."""
    return size.points // 2 if data.dim == 2 else size.stacks


def fit(data: Data, size: Size, paid: Paid, seed: int, place: Place) -> dict[str, Any]:
    """Train one GAN, or go on with it: its coverage by step, and samples to be shown."""
    rows, start, run, shown = spawn(seed, 4)
    x = data.sample(size.points, torch_generator(rows))
    game = started(lambda: build(data, size, paid), torch_generator(start))

    def measure(view: View) -> dict[str, Any]:
        found = data.coverage(drawn(game, data, size, shown))
        return dataclasses.asdict(found) | {"information": view.value}

    curve = trained(game, x, size, torch_generator(run), measure, place)
    samples = drawn(game, data, size, shown)[: SHOWN if data.dim == 2 else 12]
    return {"curve": curve, "samples": rounded(samples)}


def set_of(name: str, folder: Path | None, size: Size) -> Data:
    """The data set called 25-gaussians, spiral or stacked."""
    if name == "stacked":
        digits = images(folder)
        return Stacked(digits, classifier(digits, 0, size.reader))
    return {"25-gaussians": grid, "spiral": spiral}[name](size.deviation)


def main() -> None:
    """Answer the command line."""
    import gan_page

    command(__doc__, Experiment("GAN", "25-gaussians,spiral,stacked", set_of, fit, gan_page.write))


if __name__ == "__main__":
    whole(main)
