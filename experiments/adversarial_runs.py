"""What gan.py and ali.py share: sizes, settings, runs that go on where they stopped, the command line."""

import argparse
import dataclasses
import functools
import math
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from _runs import Cells, Recorded
from torch import Tensor

from infonats.callbacks import View
from infonats.cli.progress import Progress, progress_bar
from infonats.errors import InfonatsError
from infonats.objectives import Objective
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
class Paid:
    """Weight of the information, its gradient not yet cut, and deviation of the noise it is read under."""

    beta: float = 0.0
    noise: float = 0.0


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is trained and measured, how wide the networks are; `reader`: the steps of a classifier.

    `channels`: of convolutions, which images of 28 x 28 pixels have in the place of `generator` and the rest.
    """

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
    channels: int = 16
    betas: tuple[float, ...] = (BETA,)
    noises: tuple[float, ...] = (0.0,)


SMALL = Size("small", 4000, 20_000, 0.1, (128, 128), (128, 128), 1e-3, 0.99, 10_000)
FULL = Size("full", 200_000, 100_000, 0.05, (500, 500), (400, 400, 400), 1e-4, 0.0, 26_000, 40)
WIDE = dataclasses.replace(FULL, label="wide", steps=20_000, rate=1e-3, averaging=0.99, evaluations=20)
"""The published points and networks at ten times the rate, for a tenth of the steps."""


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


def kinds_of(game: str, betas: tuple[float, ...], noises: tuple[float, ...] = (0.0,)) -> dict[str, Paid]:
    """The game alone, and with information, of each weight and under each noise.

    What is not the default is part of the name, so that its results are kept beside the others.
    """
    named = {game: Paid()}
    for noise in noises:
        for beta in betas:
            name = f"{game} + MI" + ("" if beta == BETA else f", beta {beta:g}")
            named[name + (f", noise {noise:g}" if noise else "")] = Paid(beta, noise)
    return named


def measured(
    name: str,
    game: str,
    options: argparse.Namespace,
    size: Size,
    fit: Callable[[Paid, int, Place], dict[str, Any]],
) -> Runs:
    """What `fit(paid, seed, place)` finds for each of `kinds_of(game)` and seed; what is kept is read."""
    cells = Cells(options.out / f"{name}-{size.label}-{size.steps}.json")
    kinds = kinds_of(game, size.betas, size.noises)
    found: Runs = {kind: [] for kind in kinds}
    for seed in range(options.first_seed, options.first_seed + options.seeds):
        for kind, paid in kinds.items():
            run = f"{kind} {seed}"
            if run not in cells.found:
                print(f"{name}: {run}", flush=True)
            folder = options.out / f"{name}-{size.label}" / run.replace(",", "").replace(" ", "-")
            with progress_bar(f"{name}: {run}") as bar:
                place = Place(folder, bar)
                cell = cells(run, lambda paid=paid, seed=seed, place=place: fit(paid, seed, place))
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
    parser.add_argument("--wide", action="store_true", help="its data and networks, a tenth of its steps")
    parser.add_argument("--steps", type=int, default=None, help="another number of steps")
    parser.add_argument("--betas", default=f"{BETA:g}", help=f"weights of the information ({BETA:g})")
    parser.add_argument("--noises", default="0", help="deviations of what the critic reads under (0)")
    parser.add_argument("--seeds", type=int, default=3, help="how many seeds (3)")
    parser.add_argument("--first-seed", type=int, default=0, help="the first of them (0)")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / out, help="where results are kept")
    parser.add_argument("--docs", action="store_true", help="write this part of the page, and its pictures")
    options = parser.parse_args()
    unknown = [name for name in options.data.split(",") if name not in data.split(",")]
    if unknown:
        sys.exit(f"error: there is no data set '{unknown[0]}'; give some of {data}.")
    size = FULL if options.full else (WIDE if options.wide else SMALL)
    betas, noises = (tuple(map(float, part.split(","))) for part in (options.betas, options.noises))
    return options, dataclasses.replace(size, steps=options.steps or size.steps, betas=betas, noises=noises)


@dataclasses.dataclass(frozen=True)
class Experiment:
    """A game, the data sets that it is played on by default, and what is done with one of them.

    `about(name, folder, size)` loads a data set, `fit(about, size, paid, seed, place)` plays one game on it,
    `write(folder, about, size, found)` puts a table and a picture into the page and returns the table.
    """

    game: str
    data: str
    about: Callable[[str, Path | None, Size], Any]
    fit: Callable[..., dict[str, Any]]
    write: Callable[[Path, Any, Size, Runs], str]


def command(doc: str | None, experiment: Experiment) -> None:
    """Play what the command line asks for, write tables and pictures; the page where it is asked for."""
    options, size = arguments(doc, experiment.data, experiment.game.lower())
    for name in options.data.split(","):
        about = experiment.about(name, options.data_dir, size)
        fit = functools.partial(experiment.fit, about, size)
        found = measured(about.name, experiment.game, options, size, fit)
        print(experiment.write(ROOT / "docs" if options.docs else options.out, about, size, found))


def whole(answer: Callable[[], None]) -> None:
    """Run a command; an error or an interruption is a sentence."""
    torch.set_num_threads(1)
    try:
        answer()
    except (ValueError, InfonatsError, KeyboardInterrupt) as stop:
        sys.exit(f"{'interrupted' if isinstance(stop, KeyboardInterrupt) else 'error'}: {stop}")
