"""Mutual information maximisation, its published experiments and what becomes of them.

    python experiments/maximise.py [--full] [--seeds N] [--out DIR] [--docs]

A linear critic; MINE on Gaussians; encoders of polynomials; unsupervised, then supervised. By default two seeds
and short trainings, a coffee break on two cores; --full is ten seeds and longer ones. Every result is kept in
DIR: stop it as you like, start it again, and it goes on. --docs writes docs/experiments/maximise.md.
"""

import argparse
import dataclasses
import math
import sys
from pathlib import Path
from typing import Any

import torch
from _runs import Cells
from maximise_models import (
    Linear,
    Recipe,
    bayes_error,
    code_error,
    family,
    learned,
    noisy,
    polynomial,
    regression_error,
    uniform,
)

from infonats import mutual_information
from infonats._random import spawn, torch_generator
from infonats.bounds import DV, MINE
from infonats.callbacks import Callback, View
from infonats.cli.progress import progress_bar
from infonats.errors import EstimationError, InputError
from infonats.learn import encode
from infonats.negatives import Shifts
from infonats.objectives import Contrastive
from infonats.tasks.covariances import canonical
from infonats.tasks.multinormal import Multinormal
from infonats.train import TrainConfig, train
from infonats.watch import Watch

ROOT = Path(__file__).parents[1]
RHOS = (0.0, 0.2, 0.4, 0.6, 0.8)
COORDINATES, ROWS, TEST = 10, 3000, 2000
DIMENSIONS = {"20": polynomial(20), "30": polynomial(30), "133": family}
SHIFTS = {"as labelled": (1.0, 0.0), "half as wide": (0.5, 0.0), "shifted by 1/2": (1.0, 0.5)}
LABELS = 50


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is run."""

    seeds: int
    steps: int
    label: str


COFFEE, FULL = Size(2, 100, "coffee"), Size(10, 300, "full")
OURS = 1500
"""Steps of our recipe, whatever the size: they are cheap."""


def linear(bias: bool, bound: str, seed: int, steps: int) -> dict[str, float]:
    """T = a x + b y (+ c) on a pair with correlation .8: what it reaches on 10 000 fresh rows, and a, b, c."""
    task = Multinormal(canonical([0.8], 1, 1), 1)
    seeds = spawn(seed, 3)
    data, fresh = (
        (x.float(), y.float())
        for x, y in (task.sample(n, torch_generator(s)) for n, s in ((ROWS, seeds[0]), (10_000, seeds[1])))
    )
    objective = Contrastive(Linear(bias), {"dv": DV, "mine": MINE}[bound](), Shifts(8))
    config = TrainConfig(max_steps=5 * steps, evaluate_every=5 * steps, weight_decay=0.0, averaging=0.0)
    states = []
    watch = Watch(callbacks=(Last(states),))
    train(objective, data, fresh, config, torch_generator(seeds[2]), watch)
    return states[-1]


class Last(Callback):
    """Keeps value and parameters as they are at every evaluation: the last state, not the best."""

    def __init__(self, states: list[dict[str, float]]) -> None:
        self.states = states

    def __call__(self, view: View) -> None:
        """Note them."""
        named = {name[-1]: p.item() for name, p in view.objective.named_parameters() if p.numel() == 1}
        self.states.append({"value": view.value, **named})


def gaussians(rho: float, seed: int, steps: int) -> dict[str, float]:
    """MINE on 3000 rows of a pair with correlation rho."""
    x, y = Multinormal(canonical([rho], 1, 1), 1).sample(ROWS, torch_generator(seed))
    found = mutual_information(x, y, method="mine", seed=seed, max_steps=5 * steps)
    return {"value": found.value, "stderr": found.stderr}


def refusal() -> str:
    """What is said of correlation 1, where I is infinite."""
    try:
        canonical([1.0], 1, 1)
    except InputError as error:
        return str(error)
    return "not refused"


def encoders(outputs: int, noise: float, whole: bool, seed: int, steps: int) -> dict[str, Any]:
    """The published recipe on polynomials: MI and the error of a regression from the code to x, by step."""
    seeds = spawn(seed, 4)
    generator = torch_generator(seeds[0])
    x, t = uniform(ROWS, generator), uniform(TEST, generator)
    features = [polynomial(COORDINATES)(r)[:, : COORDINATES if whole else COORDINATES - 1] for r in (x, t)]
    rows, test = (noisy(f, noise, generator) for f in features)
    curve = Curve((rows, x), (test, t))
    watch = Watch(callbacks=(curve,))
    try:
        learned(Recipe(outputs, steps), rows, seeds[1], watch)
    except EstimationError:
        curve.steps.append(-1)
    raw = regression_error((rows, x), (test, t))
    return {"steps": curve.steps, "values": curve.values, "errors": curve.errors, "raw": raw}


class Curve(Callback):
    """Mutual information and the error of a linear regression on the code, at every evaluation."""

    def __init__(self, fit: tuple[torch.Tensor, torch.Tensor], test: tuple[torch.Tensor, torch.Tensor]) -> None:
        self.fit, self.test = fit, test
        self.steps: list[int] = []
        self.values: list[float] = []
        self.errors: list[float] = []

    def __call__(self, view: View) -> None:
        """Note them."""
        encoder = view.objective.get_submodule("f")
        code = encode(encoder, self.fit[0])
        self.steps.append(view.step)
        self.values.append(view.value)
        finite = bool(code.isfinite().all())
        self.errors.append(code_error(encoder, self.fit, self.test) if finite else math.nan)


def supervised(name: str, noise: float, where: str, seed: int, steps: int) -> dict[str, float]:
    """The errors with 50 labels: regression and ridge on the raw columns, on the published code, on ours.

    Our encoder sees the unlabelled columns measured anew in every batch, with fresh noise; the published one
    sees them measured once.
    """
    features, seeds, (scale, shift) = DIMENSIONS[name], spawn(seed, 3), SHIFTS[where]
    generator = torch_generator(seeds[0])
    unlabelled = features(uniform(ROWS, generator, scale, shift))
    x, t = uniform(LABELS, generator), uniform(TEST, generator)
    fit, test = (noisy(features(x), noise, generator), x), (noisy(features(t), noise, generator), t)
    once = noisy(unlabelled, noise, generator)
    published = learned(Recipe(5, steps), once, seeds[1])
    ours = learned(Recipe(6, OURS, noise), unlabelled, seeds[2])
    return {
        "regression": regression_error(fit, test),
        "ridge": regression_error(fit, test, ridge=True),
        "published": code_error(published, fit, test),
        "ours": code_error(ours, fit, test),
    }


Job = tuple[str, Any]


def jobs_of(seed: int, n: int) -> list[Job]:
    """The names of all results of a seed, and how each is measured."""
    s = seed
    critics = [(bound, bias) for bound in ("dv", "mine") for bias in (False, True)]
    shapes = [(k, v, w) for v in (0.0, 0.05) for w in (True, False) for k in range(1, 6)]
    plain = [(name, 0.2, "as labelled") for name in DIMENSIONS]
    learners = [*plain, *(("133", v, "as labelled") for v in (0.05, 0.1)), *(("133", 0.2, w) for w in SHIFTS)]
    return [
        *((f"linear {bound} {bias} {s}", (linear, bias, bound, s, n)) for bound, bias in critics),
        *((f"mine {rho} {s}", (gaussians, rho, s, n)) for rho in RHOS),
        *((f"encoder {k} {v} {w} {s}", (encoders, k, v, w, s, n)) for k, v, w in shapes),
        *((f"supervised {d} {v} {w} {s}", (supervised, d, v, w, s, n)) for d, v, w in dict.fromkeys(learners)),
    ]


def run(size: Size, out: Path) -> dict[str, Any]:
    """Everything at a size; what `out` holds is read."""
    jobs = [job for s in range(size.seeds) for job in jobs_of(s, size.steps)]
    with progress_bar("maximise") as progress:
        cells = Cells(out / f"{size.label}.json")
        for i, (name, (function, *given)) in enumerate(jobs):
            if progress is not None:
                progress(i, len(jobs), name)
            elif name not in cells.found:
                print(f"{i + 1} of {len(jobs)}: {name}", flush=True)
            cells(name, lambda function=function, given=given: function(*given))
    for name in DIMENSIONS:
        cells(f"bayes {name} 0.2", lambda name=name: bayes_error(DIMENSIONS[name], 0.2))
    for noise in (0.05, 0.1):
        cells(f"bayes 133 {noise}", lambda noise=noise: bayes_error(family, noise))
    return cells.found


def main() -> None:
    """Run, write the table and the picture; the page where it is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--full", action="store_true", help="ten seeds and longer trainings")
    parser.add_argument("--seeds", type=int, default=None, help="another number of seeds")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "maximise", help="where results are kept")
    parser.add_argument("--docs", action="store_true", help="write the page and its picture")
    options = parser.parse_args()
    torch.set_num_threads(1)
    size = FULL if options.full else COFFEE
    size = dataclasses.replace(size, seeds=options.seeds or size.seeds)
    import maximise_page

    try:
        found = run(size, options.out)
    except KeyboardInterrupt:
        sys.exit("interrupted: what is finished is kept, and the same command goes on from it")
    folder = ROOT / "docs" if options.docs else options.out
    print(f"written: {maximise_page.write(folder, found, size)}")


if __name__ == "__main__":
    main()
