"""The training loop side by side: CPU seconds of a step, ours and others', and where ours go.

    python benchmarks/engine.py [--torch-mist PYTHON] [--bmi PYTHON] [--rounds 5] [--parts P,Q] [--write]

One thread, 5 + 5 columns, 8000 rows, everybody in turn, medians of CPU seconds. Peers run in their own
environments (`python benchmarks/peers/install.py torch_mist bmi_mine`); those that are not there are left out.
`--write` puts the tables into docs/benchmarks/engine.md.
"""

import argparse
import dataclasses
import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.peers import environment

from infonats.bounds import BOUNDS
from infonats.critics import JointCritic, SeparableCritic
from infonats.densities import DensityConfig, Gaussian, GaussianForm
from infonats.evaluation import evaluate
from infonats.negatives import AllPairs, Negatives, Shifts
from infonats.nn import seeded
from infonats.objectives import Contrastive, DoE, Objective
from infonats.run import Run
from infonats.slopes import Graph
from infonats.together import Together
from infonats.train import TrainConfig

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks" / "engine.md"
WIDE, NARROW = (256, 128), (16, 8)
BOUND = {bound.name: bound for bound in BOUNDS}
CHUNK = 0.4
"""CPU seconds that each contestant works in one round, about."""

Work = Callable[[int], float]
"""From a number of steps to the CPU seconds of one."""


@dataclasses.dataclass(frozen=True)
class Case:
    """What is trained: a bound's name (or "doe"), rows in a batch, widths."""

    method: str
    batch: int
    hidden: tuple[int, ...]

    @property
    def negatives(self) -> Negatives:
        """All others for InfoNCE, one for each pair elsewhere, as torch_mist has them."""
        return AllPairs() if self.method == "infonce" else Shifts(1)

    def objective(self, seed: int = 0) -> Objective:
        """Ours: the joint critic, the separable one for InfoNCE, Gaussians for "doe"."""
        generator = torch.Generator().manual_seed(seed)
        if self.method == "doe":
            config, form = DensityConfig(hidden=self.hidden, act="relu"), GaussianForm(correlation="none")
            return seeded(lambda: DoE(Gaussian(5, 5, config, form), Gaussian(0, 5, config, form)), generator)
        if self.method == "infonce":
            critic = seeded(lambda: SeparableCritic(5, 5, self.hidden, "relu"), generator)
        else:
            critic = seeded(lambda: JointCritic(5, 5, self.hidden, "relu", bilinear=False), generator)
        return Contrastive(critic, BOUND[self.method](), self.negatives)

    @property
    def config(self) -> TrainConfig:
        """Steps without end."""
        return TrainConfig(max_steps=10**9, batch_size=self.batch)


def rows(n: int = 8000) -> tuple[torch.Tensor, torch.Tensor]:
    """Gaussian pairs in 5 + 5 columns with correlations of .8."""
    x, noise = torch.randn(2, n, 5, generator=torch.Generator().manual_seed(0))
    return x, 0.8 * x + 0.6 * noise


def timed(step: Callable[[], object]) -> Work:
    """Of a step that is called again and again."""

    def work(steps: int) -> float:
        start = time.process_time()
        for _ in range(steps):
            step()
        return (time.process_time() - start) / steps

    return work


def ours(case: Case) -> Work:
    """A step of our loop, without validation."""
    objective = case.objective()
    run = Run(objective, rows(), case.config, torch.Generator().manual_seed(0))
    objective.train()
    return timed(lambda: run._take_step(*next(run.member.batches)))


def validation(case: Case) -> Work:
    """Our validation on 1000 rows, as a share of the 25 steps between two."""
    objective, held_out = case.objective(), rows(1000)
    once = timed(lambda: evaluate(objective, held_out))
    return lambda steps: once(max(1, steps // 25)) / 25


def at_once(case: Case, members: int) -> Work:
    """A step of `members` critics of ours together."""
    objectives = [case.objective(seed) for seed in range(members)]
    generators = [torch.Generator().manual_seed(seed) for seed in range(members)]
    run = Together(objectives, [rows()] * members, case.config, generators)
    return timed(run._take_step)


def bare(case: Case) -> Work:
    """What one writes by hand: Donsker-Varadhan, batches by index, Adam; no validation, log or average."""
    x, y = rows()
    widths = (10, *case.hidden)
    layers = [
        part for i in range(len(case.hidden)) for part in (nn.Linear(widths[i], widths[i + 1]), nn.ReLU())
    ]
    critic = nn.Sequential(*layers, nn.Linear(widths[-1], 1))
    optimiser = torch.optim.Adam(critic.parameters(), 1e-3)

    def step() -> None:
        chosen = torch.randint(len(x), (case.batch,))
        a, b = x[chosen], y[chosen]
        drawn = b[torch.randperm(case.batch)]
        t, u = critic(torch.cat([a, b], 1)), critic(torch.cat([a, drawn], 1))
        loss = torch.logsumexp(u, 0).squeeze() - math.log(case.batch) - t.mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return timed(step)


class Peer:
    """A program in another environment that answers how long its steps take, at `least` so many at a time."""

    def __init__(self, python: str, program: str, least: int) -> None:
        self.least = least
        words = [python, str(HERE / "peers" / program)]
        quiet = subprocess.DEVNULL
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=quiet, text=True
        )

    def work(self, case: Case, name: str | None = None) -> Work:
        """Its step."""
        job = {"method": name or case.method, "batch": case.batch, "hidden": case.hidden}
        return lambda steps: self._ask(job | {"steps": max(steps, self.least)})

    def _ask(self, job: dict[str, object]) -> float:
        print(json.dumps(job), file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith("answer "):
                return float(line.removeprefix("answer "))
        raise RuntimeError(f"The peer ended without an answer to {job}.")


def medians(contestants: dict[str, Work], rounds: int, least: int = 4) -> dict[str, float]:
    """Median CPU seconds of a step of everybody, called in turn after a warm-up that also sets the steps."""
    times: dict[str, list[float]] = {name: [] for name in contestants}
    steps = {name: max(least, int(CHUNK / max(work(least), 1e-6))) for name, work in contestants.items()}
    for _ in range(rounds):
        for name, work in contestants.items():
            times[name].append(work(min(steps[name], 2000)))
    return {name: statistics.median(found) for name, found in times.items()}


def against_torch_mist(peer: Peer | None, rounds: int) -> Iterator[str]:
    """Steps a second by method and batch."""
    heads = ("infonats", "with validation", "torch_mist", "bare loop", "times torch_mist", "of the bare loop")
    yield f"| method | batch | {' | '.join(heads)} |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- |"
    for method in ("mine", "nwj", "smile", "infonce", "doe"):
        for batch in (64, 256):
            case = Case(method, batch, WIDE)
            contestants = {"ours": ours(case), "validation": validation(case)}
            if peer:
                contestants["mist"] = peer.work(case)
            if method == "mine":
                contestants["bare"] = bare(case)
            found = medians(contestants, rounds)
            whole = found["ours"] + found["validation"]
            mist, alone = found.get("mist"), found.get("bare")
            cells = [
                method,
                str(batch),
                f"{1 / found['ours']:.0f}",
                f"{1 / whole:.0f}",
                f"{1 / mist:.0f}" if mist else "",
                f"{1 / alone:.0f}" if alone else "",
                f"{mist / whole:.1f}" if mist else "",
                f"{whole / alone:.2f}" if alone else "",
            ]
            yield f"| {' | '.join(cells)} |"


def against_bmi(peer: Peer | None, rounds: int) -> Iterator[str]:
    """Milliseconds of a step at benchmark-mi's defaults."""
    yield "| method | infonats, ms | benchmark-mi, ms | times benchmark-mi |"
    yield "| --- | --- | --- | --- |"
    for method in ("mine", "infonce"):
        case = Case(method, 256, NARROW)
        contestants = {"ours": ours(case)} | ({"bmi": peer.work(case)} if peer else {})
        found = medians(contestants, rounds, least=400)
        theirs = found.get("bmi", math.nan)
        yield f"| {method} | {found['ours'] * 1e3:.2f} | {theirs * 1e3:.2f} | {theirs / found['ours']:.1f} |"


def together(rounds: int) -> Iterator[str]:
    """Members in one step, and what a member's step costs."""
    yield "| method | batch | widths | members | ms for all | times one alone | members over bare loop's |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for method, batch, hidden, members in [
        ("mine", 64, (64, 64), 8),
        ("mine", 64, WIDE, 8),
        ("mine", 64, (64, 64), 5),
        ("mine", 256, (64, 64), 5),
        ("mine", 256, (128, 128), 5),
        ("mine", 256, WIDE, 5),
        ("infonce", 64, (64, 64), 5),
        ("infonce", 256, (64, 64), 5),
        ("infonce", 256, (128, 128), 5),
    ]:
        case = Case(method, batch, hidden)
        found = medians({"one": ours(case), "all": at_once(case, members), "bare": bare(case)}, rounds)
        over = f"{members * found['bare'] / found['all']:.2f}" if method == "mine" else ""
        yield (
            f"| {method} | {batch} | {hidden[0]}, {hidden[1]} | {members} | {found['all'] * 1e3:.2f} "
            f"| {found['all'] / found['one']:.2f} | {over} |"
        )


def arithmetic(rounds: int) -> Iterator[str]:
    """Achieved arithmetic beside that of bare matrix products of the same shapes."""
    yield "| widths | rows scored | Gflop a step | ms | Gflop/s | Gflop/s of the products alone | share |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for width in (32, 128, 512):
        case = Case("mine", 256, (width, width))
        inner, scored = torch.randn(width, width), torch.randn(2 * 256, width)
        flops = 6 * 2 * 256 * (width * width + width) + 2 * 2 * 256 * 10 * width
        product = timed(lambda scored=scored, inner=inner: scored @ inner)
        found = medians({"ours": ours(case), "product": product}, rounds)
        ceiling = 2 * scored.numel() * width / found["product"] / 1e9
        achieved = flops / found["ours"] / 1e9
        yield (
            f"| {width}, {width} | 512 | {flops / 1e9:.3f} | {found['ours'] * 1e3:.2f} | {achieved:.1f} "
            f"| {ceiling:.1f} | {achieved / ceiling:.0%} |"
        )


def parts(run: Run) -> dict[str, Work]:
    """The parts of a step of MINE, each again and again on one batch."""
    (x, y), generator = next(run.member.batches), torch.Generator().manual_seed(0)
    slope, network, gradient = run.slope, run.slope.network, torch.randn_like(run.optimiser.parameters)
    graph = Graph(run.objective, list(run.objective.parameters()))

    def drawn() -> torch.Tensor:
        return run.objective.negatives.rows(len(x), generator, x.device)

    batch = x[None], y[None], drawn()[None]
    scores = [part[0].clone() for part in network.forward(*batch)]

    def both() -> None:
        network.backward(network.forward(*batch))

    return {
        "the next batch": timed(lambda: next(run.member.batches)),
        "who meets whom": timed(drawn),
        "the critic, forward": timed(lambda: network.forward(*batch)),
        "the critic, forward and backward": timed(both),
        "bound and its gradient": timed(lambda: slope._ends(scores)),
        "(all four by automatic differentiation)": timed(lambda: graph(x, y, generator)),
        "clip and AdamW": timed(lambda: run.optimiser.step(gradient * 1e-9)),
        "moving average": timed(run.average.update),
    }


def pieces(rounds: int) -> Iterator[str]:
    """Where the time of a step goes."""
    yield "| piece of a step (mine, one negative) | batch 64, ms | batch 256, ms |"
    yield "| --- | --- | --- |"
    columns = []
    for batch in (64, 256):
        case = Case("mine", batch, WIDE)
        objective = case.objective()
        run = Run(objective, rows(), case.config, torch.Generator().manual_seed(0))
        objective.train()
        whole = {"the whole step": ours(case), "(of four rows, widths 4 and 4)": ours(Case("mine", 4, (4, 4)))}
        columns.append(medians(parts(run) | whole, rounds))
    for name in columns[0]:
        yield f"| {name} | " + " | ".join(f"{column[name] * 1e3:.3f}" for column in columns) + " |"


def main() -> None:
    """Measure, print, and write the page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch-mist", default=str(environment("torch_mist") / "bin" / "python"))
    parser.add_argument("--bmi", default=str(environment("bmi_mine") / "bin" / "python"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--parts", default="torch_mist,bmi,together,arithmetic,pieces")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    mist = Peer(given.torch_mist, "steps_torch_mist.py", 150) if Path(given.torch_mist).exists() else None
    bmi = Peer(given.bmi, "steps_bmi.py", 1500) if Path(given.bmi).exists() else None
    tables = {
        "torch_mist": against_torch_mist(mist, given.rounds),
        "bmi": against_bmi(bmi, given.rounds),
        "together": together(given.rounds),
        "arithmetic": arithmetic(given.rounds),
        "pieces": pieces(given.rounds),
    }
    found = {}
    for name in given.parts.split(","):
        found[name] = []
        for line in tables[name]:
            print(line, flush=True)
            found[name].append(line)
    if given.write:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")


def filled(page: str, tables: dict[str, list[str]]) -> str:
    """The page with these tables between the marks that bear their names."""
    for name, lines in tables.items():
        before, mark, rest = page.partition(f"<!-- {name} -->\n")
        page = before + mark + "\n".join(lines) + "\n" + rest[rest.index("<!-- end -->") :]
    return page


if __name__ == "__main__":
    main()
