"""The three self-consistency tests of Song and Ermon on images, for every method that trains.

    python experiments/self_consistency.py [--data-dir FOLDER] [--full] [--methods LIST] [--seeds N] [--docs]

A is an image, B_t its first t rows under noise. I(A;B_t) must rise with t, from 0 at none; rows shown twice say
nothing new, so I(A;[B,B']) / I(A;B) = 1; of two independent pairs I([A,A'];[B,B']) / I(A;B) = 2. Without
--data-dir it takes scikit-learn's digits, minutes; with the idx files of MNIST or Fashion-MNIST in FOLDER, the
first of their training images, or of their test images where those are missing. --full trains ten times as long
on ten times the pairs. Every number that is measured is kept in --out: stop it as you like, start it again, and
it goes on. --docs writes docs/experiments/self_consistency.md. J. Song and S. Ermon (2020), arXiv 1910.06222;
their images have no noise, so that their numbers are infinite in truth, while these are known.
"""

import argparse
import dataclasses
import itertools
import math
import sys
from pathlib import Path
from typing import Any

import torch
from _images import unlabelled
from _runs import Cells
from torch import Tensor

from infonats._random import spawn, torch_generator
from infonats.cli.progress import progress_bar
from infonats.errors import InfonatsError
from infonats.estimators import METHODS
from infonats.estimators import make as make_method
from infonats.estimators.lmi import LMIConfig
from infonats.tasks import make as make_task
from infonats.tasks.base import Task, Truth
from infonats.tasks.composed import Independent, repeated
from infonats.tasks.families.images import CONSISTENCY
from infonats.tasks.images import NoisyRows
from infonats.tasks.rendered import SeenAgain

ROOT = Path(__file__).parents[1]
NONE, AGAIN, TWICE = "none", "again", "twice"
WITHIN = 0.1
"""Passed: a ratio within this share of what it must be; at no rows, within so many nats of 0."""
CRITIC = {"critic": "separable", "negatives": 0}
"""Of the methods with a critic: its form, and all other rows of the batch as negatives."""


@dataclasses.dataclass(frozen=True)
class Size:
    """Pairs drawn, and steps trained at most."""

    pairs: int
    steps: int

    @property
    def full(self) -> "Size":
        """Ten times of both."""
        return Size(10 * self.pairs, 10 * self.steps)


SMALL, IMAGES = Size(3000, 200), Size(6000, 150)
"""Of 64 columns, and of the 784 of --data-dir, which want more pairs; chosen as the page says."""


@dataclasses.dataclass(frozen=True)
class Tests:
    """The tasks by what is seen: none, each number of `rows`, again, twice; `whole` and `part` are compared.

    `source` says what images they are.
    """

    name: str
    tasks: dict[str, Task]
    rows: tuple[int, ...]
    source: str

    @property
    def whole(self) -> str:
        """All rows, the denominator of the second test."""
        return str(self.rows[-1])

    @property
    def part(self) -> str:
        """The fewest rows, the denominator of the third."""
        return str(self.rows[0])


def digits_tests() -> Tests:
    """The tasks of the suite ``consistency``."""
    (again, twice), rows = CONSISTENCY, (2, 4, 8)
    named = {NONE: f"independent-{twice.denominator}", **{str(t): f"digits-rows-{t}" for t in rows}}
    named |= {AGAIN: again.numerator, TWICE: twice.numerator}
    tasks = {kind: make_task(name) for kind, name in named.items()}
    return Tests("digits", tasks, rows, "all 1797 images")


def folder_tests(folder: Path, count: int, sigma: float) -> Tests:
    """The same of the first `count` images in `folder`, under noise of deviation `sigma` (white is 1).

    Of the training images; of the test images where the folder has no others.
    """
    name, x, source = unlabelled(folder, count)
    pixels, rows = ((x + 1) * 127.5).round().to(torch.uint8), (7, 14, 28)
    seen: dict[str, Task] = {str(t): NoisyRows(pixels, t, sigma, f"{name}-rows-{t}") for t in rows}
    part, whole = seen["7"], seen["28"]
    ends = {AGAIN: SeenAgain(whole, 18 * 28), TWICE: repeated(part, 2, f"{name}-rows-7-twice")}
    return Tests(name, {NONE: Independent(part), **seen, **ends}, rows, f"{source} under noise of {sigma:g}")


def varying(side: Tensor) -> Any:
    """The columns that vary, as an array: the border of an image carries nothing."""
    return side[:, (side != side[0]).any(0)].numpy()


def estimated(method: str, task: Task, size: Size, seed: int) -> dict[str, Any]:
    """Value and standard error in nats of a method on fresh pairs, or why it has none."""
    draw, train = spawn(seed, 2)
    x, y = (varying(side) for side in task.sample(size.pairs, torch_generator(draw)))
    try:
        length = limit(method, size)
        estimator = make_method(method, **length)
        if "critic" in estimator.get_params():
            estimator = make_method(method, **length, **CRITIC)
        found = estimator.set_params(seed=train).fit(x, y).estimate_
    except InfonatsError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {"value": found.value, "stderr": found.stderr}


def limit(method: str, size: Size) -> dict[str, int]:
    """The setting of a method that ends its training at the steps of `size`; `lmi` counts passes."""
    if method != "lmi":
        return {"max_steps": size.steps}
    settings = LMIConfig()
    in_a_pass = settings.train(int(settings.fractions[0] * size.pairs)).evaluate_every
    return {"passes": max(1, size.steps // in_a_pass)}


def trained_methods() -> list[str]:
    """Every method of the registry that trains by gradients, but `lmi`, whose wide autoencoders take long."""
    return [name for name, build in METHODS.items() if build().trains and name != "lmi"]


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The numbers of one method: nats and standard error by what is seen, two ratios; None where it failed."""

    nats: dict[str, tuple[float, float] | None]
    again: tuple[float, float] | None
    twice: tuple[float, float] | None
    rows: tuple[int, ...]

    @property
    def passed(self) -> dict[str, bool]:
        """Whether it is zero at nothing, rises, stays and doubles."""
        zero, curve = self.nats[NONE], [self.nats[str(t)] for t in self.rows]
        values = [pair[0] for pair in curve if pair is not None]
        return {
            "zero": zero is not None and abs(zero[0]) <= WITHIN,
            "rises": len(values) == len(curve) and all(a < b for a, b in itertools.pairwise(values)),
            "again": self.again is not None and abs(self.again[0] - 1) <= WITHIN,
            "twice": self.twice is not None and abs(self.twice[0] - 2) <= 2 * WITHIN,
        }


def ratio(top: tuple[float, float] | None, bottom: tuple[float, float] | None) -> tuple[float, float] | None:
    """The ratio of two independent values (value, standard error) and its own, to first order."""
    if top is None or bottom is None or bottom[0] == 0:
        return None
    (a, u), (b, v) = top, bottom
    return a / b, math.hypot(u / b, a * v / b**2)


def verdict(tests: Tests, cells: dict[str, list[dict[str, Any]]]) -> Verdict:
    """What the seeds of one method say together: their mean, and the larger of its error by each and by all."""
    nats = {kind: _pooled(runs) for kind, runs in cells.items()}
    return Verdict(
        nats, ratio(nats[AGAIN], nats[tests.whole]), ratio(nats[TWICE], nats[tests.part]), tests.rows
    )


def _pooled(runs: list[dict[str, Any]]) -> tuple[float, float] | None:
    if any("error" in run or not math.isfinite(run["value"]) for run in runs):
        return None
    n, values = len(runs), [run["value"] for run in runs]
    mean = sum(values) / n
    own = math.hypot(*(run["stderr"] for run in runs)) / n
    spread = math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n) if n > 1 else 0.0
    return mean, max(own, spread)


def measured(options: argparse.Namespace, tests: Tests, size: Size) -> dict[str, dict[str, list[Any]]]:
    """Every cell by method and by what is seen, one for each seed; those that are kept are read."""
    images = "" if options.data_dir is None else f"-{options.images}-{options.sigma:g}"
    cells = Cells(options.out / f"{tests.name}{images}-{size.pairs}-{size.steps}.json")
    kinds = [(m, kind, s) for m in options.methods for kind in tests.tasks for s in range(options.seeds)]
    found: dict[str, dict[str, list[Any]]] = {m: {kind: [] for kind in tests.tasks} for m in options.methods}
    for kind, task in tests.tasks.items():
        known = cells(f"truth {kind}", lambda t=task: dataclasses.asdict(t.truth()))
        task.remember(Truth(**known))
    with progress_bar("self-consistency") as progress:
        for i, (method, kind, seed) in enumerate(kinds):
            task, name = tests.tasks[kind], f"{method} {kind} {seed}"
            if progress is not None:
                progress(i, len(kinds), name)
            elif name not in cells.found:
                print(f"{i + 1} of {len(kinds)}: {name}", flush=True)
            cell = cells(name, lambda m=method, t=task, s=seed: estimated(m, t, size, s))
            found[method][kind].append(cell)
    return found


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data-dir", type=Path, default=None, help="the four .gz files; without: digits")
    parser.add_argument("--images", type=int, default=1000, help="of those, so many images (1000)")
    parser.add_argument("--sigma", type=float, default=1.5, help="of those, the noise; white is 1 (1.5)")
    parser.add_argument("--full", action="store_true", help="ten times the pairs and the steps")
    parser.add_argument("--methods", default=",".join(trained_methods()), help="these alone, or hybrids")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds (1)")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "self_consistency", help="where it is kept")
    parser.add_argument("--docs", action="store_true", help="write this part of the page, and the picture")
    asked = parser.parse_args()
    asked.methods = asked.methods.split(",")
    return asked


def main() -> None:
    """Run, write the table and the picture; the page where it is asked for."""
    options = arguments()
    torch.set_num_threads(1)
    size = SMALL if options.data_dir is None else IMAGES
    size = size.full if options.full else size
    import self_consistency_page

    try:
        if options.data_dir is None:
            tests = digits_tests()
        else:
            tests = folder_tests(options.data_dir, options.images, options.sigma)
        print(f"{tests.name}: {tests.source}", flush=True)
        found = measured(options, tests, size)
    except (ValueError, InfonatsError, KeyboardInterrupt) as stop:
        sys.exit(f"{'interrupted' if isinstance(stop, KeyboardInterrupt) else 'error'}: {stop}")
    folder = ROOT / "docs" if options.docs else options.out
    print(self_consistency_page.write(folder, tests, size, found))


if __name__ == "__main__":
    main()
