"""What each part of `auto` buys: its candidates taken away again, on tasks whose information is known.

    python benchmarks/auto.py --suite beyond-normal --n 1000 --seeds 2 --first-seed 200 --store auto.jsonl

One contest is run for each task, number of rows and seed, and is read off as if it had ended earlier: with the
t copula alone, with the independent components beside it, with the mixtures, of copulas and then of Gaussians,
with the critics, with the copula of all rows where a critic won, and with the neighbours, of columns or radii.
Beside them: with the critics, but the value taken from held-out rows alone.
Each line is kept in the store at once, so that the same command goes on where it was stopped. `--table` prints
what a store holds.

The leaderboard of `auto` beside other methods is made by `infonats bench`; see docs/auto.md.
"""

import argparse
import itertools
import json
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from infonats import tasks
from infonats._random import torch_generator
from infonats._threads import threads
from infonats.benchmark.cell import Cell
from infonats.data import as_pairs
from infonats.estimators.auto_budget import BUDGETS
from infonats.estimators.auto_contest import Entry, best_of, folds_of
from infonats.estimators.auto_neighbours import SURE_OF_COPULAS, with_neighbours
from infonats.estimators.auto_ratios import CopulaRatio
from infonats.estimators.auto_reading import read, read_copula, read_mean
from infonats.estimators.auto_rounds import Contest

STAGES = {
    "t copula": ("t copula",),
    "+ independent components": ("t copula",),
    "+ mixtures of copulas": ("t copula", "mixture of copulas"),
    "+ mixtures of Gaussians": ("t copula", "mixture"),
    "+ critics": ("t copula", "mixture", "c"),
}
"""How names of candidates begin at each stage, but for numbers; the first has the plain copula alone."""
FULLER, NEIGHBOURS, HELD_OUT = "+ copula of all rows", "+ neighbours", "+ critics, read off held-out rows"
"""What changes the reading and not the contest; the last is beside the others, not after them."""


def entries_of(contest: Contest, stage: str) -> list[Entry]:
    """The candidates that take part at a stage."""
    if stage == "t copula":
        return contest.entries[:1]
    return [entry for entry in contest.entries if re.sub(r"\d+ ", "", entry.name).startswith(STAGES[stage])]


def readings(contest: Contest, seed: int) -> dict[str, float]:
    """The value in nats after each stage."""
    pairs, found = contest.pairs, {}
    for stage in STAGES:
        winner = best_of(entries_of(contest, stage))
        copula = isinstance(winner.folds[0].ratio, CopulaRatio)
        reading = read_copula(winner, pairs)[0] if copula else read_mean(winner)
        found[stage] = reading.value
    found[HELD_OUT] = reading.value if copula else winner.value - winner.gap / 2
    reading, fitted = read(winner, contest)
    found[FULLER] = reading.value
    errors = 0.0 if fitted is None else SURE_OF_COPULAS
    return found | {NEIGHBOURS: with_neighbours(reading, contest, seed, errors).value}


def lines(names: list[str], options: argparse.Namespace) -> Iterator[dict[str, object]]:
    """One line for each task, number of rows and seed."""
    budget = BUDGETS["normal"]
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    for name, n, seed in itertools.product(names, options.n, seeds):
        if (name, n, seed) in options.done:
            continue
        task, cell, start = tasks.make(name), Cell(name, "auto", n, seed), time.perf_counter()
        pairs = as_pairs(*task.sample(n, torch_generator(cell.data_seed)))
        with threads(1):
            contest = Contest(
                pairs, folds_of(n, budget.folds, cell.method_seed, scores=budget.scores), budget, None
            )
            contest.run()
            values = readings(contest, cell.method_seed)
        known = {"task": name, "n": n, "seed": seed, "truth": task.mutual_information}
        yield known | {"values": values, "seconds": time.perf_counter() - start}


def table(store: Path) -> str:
    """Mean absolute error in nats by stage and rows."""
    errors: dict[int, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for line in map(json.loads, store.read_text().splitlines()):
        for stage, value in line["values"].items():
            errors[line["n"]][stage].append(abs(value - line["truth"]))
    stages = [*STAGES, FULLER, NEIGHBOURS, HELD_OUT]
    head = "| stage | " + " | ".join(f"N = {n}" for n in sorted(errors)) + " |"
    rows = [
        f"| {stage} | " + " | ".join(f"{np.mean(errors[n][stage]):.3f}" for n in sorted(errors)) + " |"
        for stage in stages
    ]
    return "\n".join([head, "| --- |" + " --- |" * len(errors), *rows])


def main() -> None:
    """Measure what the store lacks, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--suite", default="beyond-normal")
    parser.add_argument("--tasks", nargs="+", help="these instead of a suite")
    parser.add_argument("--n", type=int, nargs="+", default=[1000])
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--first-seed", type=int, default=0)
    parser.add_argument("--store", type=Path, default=Path("auto.jsonl"))
    parser.add_argument("--table", action="store_true", help="print the table of the store, measure nothing")
    options = parser.parse_args()
    known = map(json.loads, options.store.read_text().splitlines()) if options.store.exists() else ()
    options.done = {(line["task"], line["n"], line["seed"]) for line in known}
    if not options.table:
        with options.store.open("a") as file:
            for line in lines(options.tasks or list(tasks.SUITES[options.suite]), options):
                print(json.dumps(line), file=file, flush=True)
                sys.stderr.write(f"{line['task']} {line['n']} {line['seconds']:.0f} s\n")
    print(table(options.store))


if __name__ == "__main__":
    main()
