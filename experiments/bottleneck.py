"""The information bottleneck as a regulariser of permutation-invariant digits.

    python experiments/bottleneck.py [--data-dir FOLDER] [--rows N] [--epochs N] [--full] [--seeds N] [--docs]

Error against the price beta, beside no regularisation and dropout; VIB, CEB, MINE and JSD-LB. Without
--data-dir it takes scikit-learn's digits and a small network, minutes on two cores; with the idx files of MNIST
in FOLDER, and --full, the published setting (60 000 rows, 200 epochs, a day on a processor). Every run that is
finished is kept in --out: stop it as you like, start it again, and it goes on. --docs writes
docs/experiments/bottleneck.md. A. Alemi et al. (2017), arXiv 1612.00410; M. I. Belghazi et al. (2018), arXiv
1801.04062.
"""

import argparse
import dataclasses
import math
import sys
from collections.abc import Callable
from pathlib import Path

import torch
from _images import Images, images
from _runs import Cells
from torch import Tensor, nn

from infonats._random import spawn, torch_generator
from infonats.bounds import JSDLB, MINE, Bound
from infonats.callbacks import Callback, View
from infonats.critics import Critic
from infonats.densities import DensityConfig, Gaussian
from infonats.learn import CEB, VIB, Bottleneck, GaussianEncoder, Rate
from infonats.negatives import Shifts
from infonats.nn import seeded
from infonats.objectives import Contrastive, Objective, Step
from infonats.train import TrainConfig, train
from infonats.watch import Watch

ROOT = Path(__file__).parents[1]
CLASSES = 10
PUBLISHED = {"none": 1.38, "dropout": 1.34, "vib": 1.13, "mine": 1.01}
"""Errors in percent on MNIST (Belghazi et al. 2018, table)."""
BETAS = (1e-3, 1e-2, 1e-1)


@dataclasses.dataclass(frozen=True)
class Size:
    """Widths of the network, codes, epochs, learning rate and critic steps."""

    width: int
    code: int
    epochs: int
    rate: float
    critic_width: int = 512
    critic_steps: int = 1


SMALL, PUBLISHED_SIZE = Size(256, 32, 30, 1e-3, 128), Size(1024, 256, 200, 1e-4)


class NoisyCritic(Critic):
    """Two hidden layers with ELU; in training, noise of deviation .3, .5 and .5 before each of its layers."""

    def __init__(self, dx: int, dy: int, width: int, seed: int) -> None:
        super().__init__()
        self.first, self.second, self.last = (
            nn.Linear(dx + dy, width),
            nn.Linear(width, width),
            nn.Linear(width, 1),
        )
        self.generator = torch_generator(seed)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """The score, broadcasting over leading dimensions."""
        shape = torch.broadcast_shapes(x.shape[:-1], y.shape[:-1])
        h = torch.cat([x.expand(*shape, -1), y.expand(*shape, -1)], -1)
        for layer, deviation in ((self.first, 0.3), (self.second, 0.5)):
            h = nn.functional.elu(layer(self._noisy(h, deviation)))
        return self.last(self._noisy(h, 0.5)).squeeze(-1)

    def _noisy(self, h: Tensor, deviation: float) -> Tensor:
        return h + deviation * torch.randn(h.shape, generator=self.generator) if self.training else h


class Plain(Objective):
    """Cross-entropy of a network without a code; with dropout where it has some."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor, y: Tensor, generator: torch.Generator | None = None) -> Step:
        """Loss, and minus it as the value."""
        loss = nn.functional.cross_entropy(self.network(x), y)
        return Step(loss, -loss.detach())


def trunk(d: int, out: int, size: Size, dropout: float = 0.0) -> nn.Module:
    """Layers d - width - width - out with ReLU."""
    layers: list[nn.Module] = []
    for a, b in ((d, size.width), (size.width, size.width)):
        layers += [nn.Linear(a, b), nn.ReLU(), *([nn.Dropout(dropout)] if dropout else [])]
    return nn.Sequential(*layers, nn.Linear(size.width, out))


def rate(kind: str, d: int, size: Size, seed: int) -> Rate | Objective:
    """What is paid for."""
    if kind == "vib":
        return VIB()
    if kind == "ceb":
        return CEB(Gaussian(CLASSES, size.code, DensityConfig(hidden=(64,))))
    bounds: dict[str, Callable[[], Bound]] = {"mine": MINE, "jsd_lb": JSDLB}
    return Contrastive(NoisyCritic(d, size.code, size.critic_width, seed), bounds[kind](), Shifts(1))


def build(kind: str, beta: float, d: int, size: Size, seed: int) -> Objective:
    """The model: none, dropout, or a bottleneck."""
    if kind in ("none", "dropout"):
        half = nn.Sequential(
            trunk(d, size.code, size, 0.5 * (kind == "dropout")), nn.Linear(size.code, CLASSES)
        )
        return Plain(half)
    encoder = GaussianEncoder(trunk(d, 2 * size.code, size))
    return Bottleneck(
        encoder, nn.Linear(size.code, CLASSES), beta, rate(kind, d, size, seed), size.critic_steps
    )


class TestError(Callback):
    """The share of test images that the mean code has wrong, at every evaluation; reported, never chosen by."""

    def __init__(self, test: tuple[Tensor, Tensor]) -> None:
        self.test = test
        self.curve: list[float] = []

    def __call__(self, view: View) -> None:
        """Note it."""
        x, y = self.test
        with torch.no_grad():
            logits = torch.cat([logits_of(view.objective, part) for part in x.split(2000)])
        self.curve.append((logits.argmax(1) != y).double().mean().item())


def logits_of(objective: Objective, x: Tensor) -> Tensor:
    """The logits of a network, or those of the mean code of a bottleneck."""
    if isinstance(objective, Bottleneck):
        return objective.decoder(objective.encoder(x).mean)
    return objective.get_submodule("network")(x)


def fit(kind: str, beta: float, data: Images, size: Size, seed: int) -> list[float]:
    """Train one model for all epochs; its test error after each of them."""
    (x, y), (start, noise, run) = data.train, spawn(seed, 3)
    model = seeded(lambda: build(kind, beta, x.shape[1], size, noise), torch_generator(start))
    batches = max(1, len(x) // 100)
    config = TrainConfig(
        max_steps=size.epochs * batches,
        batch_size=100,
        learning_rate=size.rate,
        weight_decay=0.0,
        betas=(0.5, 0.999),
        averaging=0.999,
        clip=math.inf,
        evaluate_every=batches,
        patience=size.epochs + 1,
        decay=0.97,
        decay_every=2 * batches,
    )
    seen = TestError(data.test)
    with torch.random.fork_rng(devices=[]):  # nn.Dropout draws from the global generator
        torch.random.default_generator.manual_seed(run % 2**31)
        train(model, (x, y), (x[:1000], y[:1000]), config, torch_generator(run), Watch(callbacks=(seen,)))
    return seen.curve


def settings(kinds: list[str], betas: tuple[float, ...]) -> list[tuple[str, float]]:
    """The models with their prices."""
    return [(kind, beta) for kind in kinds for beta in ((0.0,) if kind in ("none", "dropout") else betas)]


def main() -> None:
    """Run, write the table and the picture; the page where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=None, help="the four .gz files; without: digits")
    parser.add_argument("--rows", type=int, default=None, help="train on so many (all)")
    parser.add_argument("--epochs", type=int, default=None, help="another number of epochs")
    parser.add_argument("--full", action="store_true", help="the published network and epochs")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds (3)")
    parser.add_argument("--models", default="none,dropout,vib,ceb,mine,jsd_lb", help="these alone")
    parser.add_argument("--betas", default=",".join(map(str, BETAS)), help="prices of a nat")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "bottleneck", help="where results are kept")
    parser.add_argument("--docs", action="store_true", help="write this part of the page, and the picture")
    options = parser.parse_args()
    torch.set_num_threads(1)
    size = PUBLISHED_SIZE if options.full else SMALL
    size = dataclasses.replace(size, epochs=options.epochs or size.epochs)
    try:
        data = images(options.data_dir, options.rows)
        found = measured(options, data, size)
    except (ValueError, KeyboardInterrupt) as stop:
        sys.exit(f"{'error' if isinstance(stop, ValueError) else 'interrupted'}: {stop}")
    import bottleneck_page

    print(bottleneck_page.write(ROOT / "docs" if options.docs else options.out, data, size, found))


def measured(
    options: argparse.Namespace, data: Images, size: Size
) -> dict[tuple[str, float], list[list[float]]]:
    """Test errors by epoch, of each model and seed; those that are kept are read."""
    name = f"{data.name}-{len(data.train[0])}-{size.width}-{size.epochs}.json"
    cells = Cells(options.out / name, lambda cell: print(cell, flush=True))
    betas = tuple(float(b) for b in options.betas.split(","))
    return {
        (kind, beta): [
            cells(f"{kind} {beta} seed {s}", lambda k=kind, b=beta, s=s: fit(k, b, data, size, s))
            for s in range(options.seeds)
        ]
        for kind, beta in settings(options.models.split(","), betas)
    }


if __name__ == "__main__":
    main()
