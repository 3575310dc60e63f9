"""Bidirectional adversarial models with an information term: how well a sample is rebuilt from its code.

    python experiments/ali.py [--data LIST] [--data-dir FOLDER] [--full] [--seeds N] [--docs]

Adversarially learned inference (ALI) trains an encoder beside the generator, so that (x, E(x)) and (G(z), z)
look alike; nothing asks it to rebuild x. ALI + MI raises I(X; E(X)), by MINE with adaptive clipping, which
bounds the reconstruction error. On 25 Gaussians and on images: scikit-learn's digits, or MNIST from the idx
files in FOLDER, with convolutions. The default ends in minutes on two cores; --full is as wide and as long as
in gan.py. Every run goes on where it was interrupted, to the same bits, and what is finished is kept in --out.
--docs writes docs/experiments/ali.md. V. Dumoulin et al. (2017), arXiv 1606.00704; M. I. Belghazi et al.
(2018), arXiv 1801.04062.
"""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from _images import Images, images
from adversarial import ALI
from adversarial_runs import SHOWN, Experiment, Paid, Place, Size, command, rounded, trained, whole
from classifier import Classifier, classifier
from gan_data import Points, grid
from players import encoder, generator, judge, started, term
from similarity import similarity
from torch import Tensor

from infonats._random import spawn, torch_generator
from infonats.callbacks import View


@dataclasses.dataclass(frozen=True, eq=False)
class Subject:
    """What is encoded: rows to train on (n, d), rows to test on, what is measured on their reconstructions.

    `latent` columns of a code; `pixels` whether rows are images in [-1, 1]; `facts` what a page says of it.
    """

    name: str
    train: Tensor
    test: Tensor
    latent: int
    pixels: bool
    measure: Callable[[Tensor], dict[str, float]]
    coverage: Callable[[Tensor], dict[str, float]]
    facts: str


def of_points(points: Points, size: Size) -> Subject:
    """Points of the plane: accuracy is whether a reconstruction is nearest to the mode of its point."""
    train, test = (points.sample(n, torch_generator(s)) for s, n in enumerate((size.points, size.points // 4)))

    def nearest(x: Tensor) -> Tensor:
        return points.mode[torch.cdist(x, points.anchors).argmin(1)]

    def coverage(samples: Tensor) -> dict[str, float]:
        found = points.coverage(samples)
        return {"modes": found.modes, "quality": found.quality or 0.0, "kl": found.kl}

    def measure(rebuilt: Tensor) -> dict[str, float]:
        return {"accuracy": (nearest(rebuilt) == nearest(test)).double().mean().item()}

    facts = f"{size.points} points of deviation {points.deviation:g}; codes of 2 columns"
    return Subject(points.name, train, test, 2, False, measure, coverage, facts)


def of_images(data: Images, reader: Classifier) -> Subject:
    """Images: accuracy is whether the classifier reads the label off the reconstruction."""
    (x, _), (t, labels) = data.train, data.test
    side, plain = round(x.shape[1] ** 0.5), (t - x.mean(0)).square().sum(1).mean()

    def measure(rebuilt: Tensor) -> dict[str, float]:
        a, b = (((v + 1) / 2).clamp(0, 1).reshape(-1, side, side) for v in (t, rebuilt))
        right = (reader(rebuilt) == labels).double().mean().item()
        return {"accuracy": right, "similarity": similarity(a, b).mean().item()}

    facts = (
        f"{len(x)} images of {side} x {side} pixels in [-1, 1], {len(t)} to test, whose error under the mean "
        f"image is {plain:.1f}; codes of 16 columns; the classifier has {100 * reader.accuracy:.1f} % of the "
        f"test images right"
    )
    return Subject(data.name, x, t, 16, True, measure, lambda samples: {}, facts)


def build(subject: Subject, size: Size, paid: Paid) -> ALI:
    """The untrained game."""
    d, k = subject.train.shape[1], subject.latent
    players = encoder(d, k, size), generator(k, d, size), judge(d, k, size)
    return ALI(*players, k, term(d, k, size, paid))


def fit(subject: Subject, size: Size, paid: Paid, seed: int, place: Place) -> dict[str, Any]:
    """Train one model, or go on with it: the errors of its reconstructions by step, and some to be shown."""
    start, run, shown = spawn(seed, 3)
    game = started(lambda: build(subject, size, paid), torch_generator(start))

    @torch.no_grad()
    def measure(view: View) -> dict[str, Any]:
        rebuilt = game.reconstruct(subject.test)
        error = (rebuilt - subject.test).square().sum(1).mean().item()
        samples = game.draw(len(subject.test), torch_generator(shown))[0]
        found = subject.measure(rebuilt) | subject.coverage(samples)
        return {"error": error, **found, "information": view.value}

    curve = trained(game, subject.train, size, torch_generator(run), measure, place)
    with torch.no_grad():
        rows = subject.test[: SHOWN if not subject.pixels else 10]
        samples, rebuilt = game.draw(len(rows), torch_generator(shown))[0], game.reconstruct(rows)
    return {"curve": curve, "rebuilt": rounded(rebuilt), "samples": rounded(samples)}


def subject_of(name: str, folder: Path | None, size: Size) -> Subject:
    """What is called 25-gaussians or images."""
    if name == "images":
        data = images(folder)
        return of_images(data, classifier(data, 0, size.reader))
    return of_points(grid(size.deviation), size)


def main() -> None:
    """Answer the command line."""
    import ali_page

    command(__doc__, Experiment("ALI", "25-gaussians,images", subject_of, fit, ali_page.write))


if __name__ == "__main__":
    whole(main)
