"""InfoNCE on 400 samples, looked at on its own training data and on fresh data.

    python experiments/infonce.py                 # 3000 iterations, a coffee break
    python experiments/infonce.py --full          # 60 000 iterations; goes on from what was done
    python experiments/infonce.py --full --docs   # writes table and picture into docs/experiments/infonce.md

Six-dimensional Gaussian and mixed Gaussians of correlation .9, 400 samples; a network of two hidden layers of
100 with ELU, weights from N(0, .02^2); batches of 100, each x with every y of its batch; Adam at 1e-4 with
betas (.5, .999). Interrupt it at any moment: the same command goes on where it stopped, to the same bits.
"""

import argparse
import dataclasses
import math
import sys
from pathlib import Path

import torch
from _runs import Recorded, table, write_between
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from infonats._display import smoothed
from infonats._random import spawn, torch_generator
from infonats.bounds import InfoNCE
from infonats.callbacks import History, View
from infonats.cli.progress import progress_bar
from infonats.critics import JointCritic
from infonats.errors import InfonatsError
from infonats.estimators import Gaussian
from infonats.functional import infonce
from infonats.inference import HeldOut, all_pairs, held_out
from infonats.nn import seeded
from infonats.objectives import Contrastive
from infonats.scores import Scores
from infonats.tasks import make
from infonats.tasks.base import Task
from infonats.train import Batch, TrainConfig, train
from infonats.watch import Watch

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "experiments" / "infonce.md"
IMAGES = ROOT / "docs" / "images"

TASKS = {
    "gaussian": "6v6-normal-0.9",
    "mixed": "mixed-gaussian-0.9-6",
    "shared-mixture": "mixed-gaussian-shared-0.9-6",
}
SAMPLES, FRESH_BLOCKS, TEST_BLOCKS, EVERY, COFFEE, FULL = 400, 5, 20, 500, 3000, 60_000
PUBLISHED = {500: 2.06, 1000: 3.78, 3000: 4.52, 5000: 4.62, 10_000: 4.84, 15_000: 5.05, 60_000: 5.99}
"""The values on its own training data that the notebook printed for the Gaussian, in nats."""
SMOOTH = 5


@dataclasses.dataclass(frozen=True)
class Data:
    """The 400 samples, as many to stop by, fresh ones to watch and others to test, in blocks of 400."""

    samples: Batch
    validation: Batch
    fresh: Batch
    test: Batch


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What was measured, in nats: by step on its own samples and on fresh ones, then with early stopping."""

    task: Task
    history: History
    own: dict[int, float]
    fresh: dict[int, float]
    exact: float
    gaussian: str
    stopped: HeldOut


def config(steps: int) -> TrainConfig:
    """The notebook's settings; nothing is averaged or clipped, and patience never ends."""
    return TrainConfig(
        max_steps=steps,
        batch_size=100,
        learning_rate=1e-4,
        weight_decay=0.0,
        betas=(0.5, 0.999),
        averaging=0.0,
        clip=math.inf,
        evaluate_every=min(EVERY, steps),
        patience=FULL,
    )


def draw(task: Task, seed: int) -> Data:
    """All samples, a function of the seed."""
    sizes = (1, 1, FRESH_BLOCKS, TEST_BLOCKS)
    batches = (
        task.sample(blocks * SAMPLES, torch_generator(s))
        for blocks, s in zip(sizes, spawn(seed, 4), strict=True)
    )
    return Data(*((x.float(), y.float()) for x, y in batches))


def objective(task: Task, seed: int) -> Contrastive:
    """The untrained critic with InfoNCE over all pairs of a batch."""
    generator = torch_generator(spawn(seed, 5)[4])
    critic = seeded(lambda: JointCritic(task.dim_x, task.dim_y, (100, 100), "elu", bilinear=False), generator)
    for layer in critic.modules():
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.02, generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return Contrastive(critic, InfoNCE())


def blocks(critic: nn.Module, data: Batch) -> Tensor:
    """The scores of all pairs in each block of 400: what bounds the value by log 400 everywhere alike."""
    parts = zip(*(side.split(SAMPLES) for side in data), strict=True)
    return torch.stack([all_pairs(critic, x, y) for x, y in parts])


def exact_value(task: Task, data: Batch) -> float:
    """InfoNCE of the exact log ratio: what a perfect critic says of these samples."""
    x, y = (side.double() for side in data)
    n = len(x)
    ratio = task.pointwise(x.repeat_interleave(n, 0), y.repeat(n, 1)).reshape(n, n)
    return infonce(Scores.from_all_pairs(ratio)).item()


def run(name: str, steps: int, out: Path, seed: int) -> Outcome:
    """Train on one of `TASKS`, or go on with it, and measure."""
    task = make(TASKS[name])
    data, trained, folder = draw(task, seed), objective(task, seed), out / f"{name}-{seed}"

    def measure(view: View) -> dict[str, float]:
        critic = view.objective.get_submodule("critic")
        values = [infonce(Scores.from_all_pairs(blocks(critic, part))) for part in (data.samples, data.fresh)]
        return dict(zip(("own", "fresh"), (value.item() for value in values), strict=True))

    recorded = Recorded(folder / "curves.json", measure)
    with progress_bar(name) as progress:
        watch = Watch(progress, (recorded,), folder)
        history = train(
            trained, data.samples, data.validation, config(steps), torch_generator(spawn(seed, 6)[5]), watch
        )
    gaussian = Gaussian().fit(*(side.numpy() for side in data.samples)).estimate_
    own, fresh = (recorded.curve(kind, history.steps[-1]) for kind in ("own", "fresh"))
    stopped = held_out(InfoNCE(), blocks(trained.critic, data.test))
    exact = exact_value(task, data.samples)
    return Outcome(task, history, own, fresh, exact, f"{gaussian.value:.2f} +- {gaussian.stderr:.2f}", stopped)


def report(found: Outcome, published: dict[int, float]) -> str:
    """The table by iteration and the lines below it, in Markdown of at most 80 columns."""
    last = found.history.steps[-1]
    steps = sorted({last, *(step for step in PUBLISHED if step in found.own)})
    header = ["iterations", *(["published"] if published else []), "its own 400 samples", "fresh samples"]
    rows = [
        [str(step), *([f"{published[step]:.2f}"] if step in published else ["-"] * bool(published))]
        + [f"{curve[step]:.2f}" for curve in (found.own, found.fresh)]
        for step in steps
    ]
    peak = max(found.fresh, key=found.fresh.__getitem__)
    truth, stopped = found.task.truth(), found.stopped
    known = f"{truth.value:.3f}" + (f" +- {truth.stderr:.3f} (Monte Carlo)" if truth.stderr else " (exact)")
    lines = [
        *([f"- not run to its end: {last} of {FULL} iterations"] if last < FULL else []),
        f"- the truth: {known}",
        f"- 80 % of it: {0.8 * truth.value:.2f}; its own samples say more from iteration {_passes(found)} on",
        f"- the most that {SAMPLES} samples can say: log {SAMPLES} = {math.log(SAMPLES):.2f}",
        f"- the exact log ratio on the same {SAMPLES} samples: {found.exact:.2f}",
        f"- best on fresh samples: {found.fresh[peak]:.2f}, at iteration {peak}",
        f"- early stopping goes back to iteration {found.history.best_step}; on {stopped.n} test samples "
        f"that gives\n  {stopped.value:.2f} +- {stopped.stderr:.2f}",
        f"- bias-corrected Gaussian on the {SAMPLES} samples: {found.gaussian}",
    ]
    return "\n".join([table(header, rows), "", *lines])


def _passes(found: Outcome) -> str:
    limit = 0.8 * found.task.mutual_information
    return next((str(step) for step, value in found.own.items() if value > limit), "none")


def draw_curves(axes: Axes, name: str, found: Outcome) -> None:
    """Own and fresh samples by iteration, pale as measured and bold as moving averages; what is known."""
    truth, top = found.task.mutual_information, math.log(SAMPLES)
    for curve, colour, label in ((found.own, "#8a8f98", "its own"), (found.fresh, "#1f6fb4", "fresh samples")):
        steps, values = list(curve), list(curve.values())
        axes.plot(steps, values, color=colour, lw=0.8, alpha=0.4)
        axes.plot(steps, smoothed(values, SMOOTH), color=colour, lw=1.8, label=label)
    axes.axhline(truth, color="#c0392b", lw=1.2, label="truth")
    axes.axhline(0.8 * truth, color="#c0392b", lw=1, ls=":", label="80 % of it")
    axes.axhline(found.exact, color="#117a5a", lw=1.2, ls="--", label="exact log ratio, its own")
    stopped = found.history.best_step, found.stopped.value
    axes.plot(*stopped, "o", color="#d9822b", label="early stopping, tested")
    axes.set(xlabel="iteration", ylabel="nats", ylim=(min(-1.0, *found.fresh.values()), top + 0.3))
    axes.set_title(f"{name}, {SAMPLES} samples", loc="left", fontsize="medium")
    axes.spines[["top", "right"]].set_visible(False)
    axes.figure.legend(frameon=False, fontsize="small", ncols=3, loc="outside lower center")


def picture(name: str, found: Outcome, path: Path) -> Path:
    """Write the picture of one run."""
    figure = Figure(figsize=(7, 4), layout="constrained", facecolor="white")
    draw_curves(figure.add_subplot(), name, found)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110, metadata={"Software": None})
    return path


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=TASKS, default="gaussian", help="the distribution (gaussian)")
    parser.add_argument("--full", action="store_true", help=f"{FULL} iterations instead of {COFFEE}")
    parser.add_argument("--steps", type=int, help="any other number of iterations")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "infonce", help="where it is kept")
    parser.add_argument("--seed", type=int, default=0, help="of data, weights and batches (0)")
    parser.add_argument("--docs", action="store_true", help="write the result into the documentation")
    return parser.parse_args()


def main() -> None:
    """Do what was asked for; an error or an interruption is a sentence."""
    try:
        answer(arguments())
    except (InfonatsError, KeyboardInterrupt) as stop:
        sys.exit(f"{'error' if isinstance(stop, InfonatsError) else 'interrupted'}: {stop}")


def answer(asked: argparse.Namespace) -> None:
    """Run, print the table, draw the picture."""
    steps = asked.steps or (FULL if asked.full else COFFEE)
    found = run(asked.data, steps, asked.out, asked.seed)
    text = report(found, PUBLISHED if asked.data == "gaussian" else {})
    print(f"{asked.data}, {SAMPLES} samples, InfoNCE in nats\n\n{text}")
    folder, drawn = (IMAGES, f"infonce-{asked.data}.png") if asked.docs else (asked.out, f"{asked.data}.png")
    print(f"\npicture: {picture(asked.data, found, folder / drawn)}")
    if asked.docs:
        write_between(PAGE, asked.data, f"{text}\n\n![{asked.data}](../images/{drawn})")


if __name__ == "__main__":
    main()
