"""What gan.py and ali.py share: sizes, settings, runs that go on where they stopped, the command line."""

import argparse
import dataclasses
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from _runs import Cells, Recorded
from adversarial import Term
from torch import Tensor, nn

from infonats.bounds import MINE
from infonats.callbacks import View
from infonats.cli.progress import Progress, progress_bar
from infonats.critics import JointCritic
from infonats.errors import InfonatsError
from infonats.negatives import Shifts
from infonats.objectives import Contrastive, Objective
from infonats.train import TrainConfig, train
from infonats.watch import Watch

ROOT = Path(__file__).parents[1]
BETA = 1.0
"""Weight of the information, unless another is asked for."""
SHOWN = 600
"""Points that a picture shows."""
Runs = dict[str, list[dict[str, Any]]]
"""By kind, what was found by each seed."""


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is trained and measured, how wide the networks are; `reader`: the steps of a classifier."""

    label: str
    steps: int
    points: int
    deviation: float
    generator: tuple[int, ...]
    discriminator: tuple[int, ...]
    rate: float
    averaging: float
    stacks: int
    evaluations: int = 8
    batch: int = 100
    reader: int = 1500
    betas: tuple[float, ...] = (BETA,)


SMALL = Size("small", 4000, 20_000, 0.1, (128, 128), (128, 128), 1e-3, 0.99, 10_000)
FULL = Size("full", 200_000, 100_000, 0.05, (500, 500), (400, 400, 400), 1e-4, 0.0, 26_000, 40)


def config(size: Size) -> TrainConfig:
    """Adam without weight decay or another clipping; nothing stops early."""
    return TrainConfig(
        max_steps=size.steps,
        batch_size=size.batch,
        learning_rate=size.rate,
        weight_decay=0.0,
        betas=(0.5, 0.999),
        averaging=size.averaging,
        clip=math.inf,
        evaluate_every=math.ceil(size.steps / size.evaluations),
        patience=size.steps,
    )


def term(dx: int, dz: int, size: Size, beta: float) -> Term | None:
    """MINE of samples (n, dx) and codes (n, dz), by a critic as wide as the discriminator; None at beta 0."""
    if not beta:
        return None
    critic = JointCritic(dx, dz, size.discriminator, "relu", bilinear=False)
    return Term(Contrastive(critic, MINE(), Shifts(1)), beta)


def picture_of(network: nn.Module) -> nn.Module:
    """A network whose outputs are pixels in (-1, 1)."""
    return nn.Sequential(network, nn.Tanh())


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a run is kept, and who is told of it."""

    folder: Path
    progress: Progress | None = None


def trained(
    game: Objective,
    x: Tensor,
    size: Size,
    generator: torch.Generator,
    measure: Callable[[View], Mapping[str, Any]],
    place: Place,
) -> list[dict[str, Any]]:
    """Train a game on x (n, d), or go on with it; what was measured at each evaluation, the step first."""
    recorded = Recorded(place.folder / "curve.json", measure)
    watch = Watch(place.progress, (recorded,), place.folder)
    y = torch.zeros(len(x), 1)
    held = 5 * size.batch
    history = train(game, (x, y), (x[:held], y[:held]), config(size), generator, watch)
    return [{"step": step, **recorded.rows[step]} for step in history.steps]


def kinds_of(game: str, betas: tuple[float, ...]) -> dict[str, float]:
    """The game alone, and with information, of what weight before its gradient is cut.

    A weight that is not the default is part of the name, so that its results are kept beside the others.
    """
    named = {f"{game} + MI" + ("" if beta == BETA else f", beta {beta:g}"): beta for beta in betas}
    return {game: 0.0, **named}


def measured(
    name: str,
    game: str,
    options: argparse.Namespace,
    size: Size,
    fit: Callable[[float, int, Place], dict[str, Any]],
) -> Runs:
    """What `fit(beta, seed, place)` finds for each of `kinds_of(game)` and seed; what is kept is read."""
    cells = Cells(options.out / f"{name}-{size.label}-{size.steps}.json")
    kinds = kinds_of(game, size.betas)
    found: Runs = {kind: [] for kind in kinds}
    for seed in range(options.seeds):
        for kind, beta in kinds.items():
            run = f"{kind} {seed}"
            if run not in cells.found:
                print(f"{name}: {run}", flush=True)
            folder = options.out / f"{name}-{size.label}" / run.replace(",", "").replace(" ", "-")
            with progress_bar(f"{name}: {run}") as bar:
                place = Place(folder, bar)
                cell = cells(run, lambda beta=beta, seed=seed, place=place: fit(beta, seed, place))
            found[kind].append(cell)
    return found


def rounded(rows: Tensor) -> list[list[float]]:
    """Rows as JSON keeps them, for a picture."""
    return [[round(v, 3) for v in row] for row in rows.tolist()]


def arguments(doc: str | None, data: str, out: str) -> tuple[argparse.Namespace, Size]:
    """What the command line asks for, and how much that is; of the data sets `data` by default."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", default=data, help="these alone")
    parser.add_argument("--data-dir", type=Path, default=None, help="the four .gz files; without: digits")
    parser.add_argument("--full", action="store_true", help="the published setting")
    parser.add_argument("--steps", type=int, default=None, help="another number of steps")
    parser.add_argument("--betas", default=f"{BETA:g}", help=f"weights of the information ({BETA:g})")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds (3)")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / out, help="where results are kept")
    parser.add_argument("--docs", action="store_true", help="write this part of the page, and its pictures")
    options = parser.parse_args()
    unknown = [name for name in options.data.split(",") if name not in data.split(",")]
    if unknown:
        sys.exit(f"error: there is no data set '{unknown[0]}'; give some of {data}.")
    size = FULL if options.full else SMALL
    betas = tuple(float(beta) for beta in options.betas.split(","))
    return options, dataclasses.replace(size, steps=options.steps or size.steps, betas=betas)


def whole(answer: Callable[[], None]) -> None:
    """Run a command; an error or an interruption is a sentence."""
    torch.set_num_threads(1)
    try:
        answer()
    except (ValueError, InfonatsError, KeyboardInterrupt) as stop:
        sys.exit(f"{'interrupted' if isinstance(stop, KeyboardInterrupt) else 'error'}: {stop}")
