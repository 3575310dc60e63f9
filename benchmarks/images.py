"""Images whose mutual information is known in bits: same-class pairs with a share shuffled, stitched patches.

    INFONATS_MNIST=FOLDER python benchmarks/images.py --store images.db

FOLDER holds the four idx files of MNIST; without the variable the tasks are those of scikit-learn's 8 x 8
digits. Pairs of a 0 or a 1 with 0 to 100 % shuffled (1 to 0 bits), and 1 to 10 patches of one bit each, by
`auto`, `mixed_ksg` (`ksg` refuses pixels, for they repeat), `infonce` and `mine` with their defaults, and by
`lmi` with layers of 128 and 64, for its own take long.
Every cell is kept in the store at once: stopped at any moment, the same command goes on, and `--table` prints
what a store holds. `--part NAME` measures one part of the grid.

    INFONATS_MNIST=FOLDER python benchmarks/images.py --fresh 4

asks whether codes know images instead of classes: `auto` is fitted to pairs of 4 patches from the images to
train on, and its mean log ratio is taken over pairs of the images to test on, of which it has seen none.
"""

import argparse
import math
import os
import sys
from pathlib import Path

import numpy as np

from infonats._random import torch_generator
from infonats.benchmark import Record, RunConfig, Store, grid, run
from infonats.estimators import Auto
from infonats.tasks.folders import ClassPairs

BITS = math.log(2)
METHODS = ("auto", "lmi(hidden=(128, 64))", "mixed_ksg", "infonce", "mine")
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
PATCHES = tuple(range(1, 11))
NEW_ROWS = 2000
FIRST = 500
"""Seeds below 100 were looked at while the methods were built."""


def parts(mnist: bool) -> dict[str, list[str]]:
    """The tasks of each part of the grid, by name."""
    if mnist:
        return {
            "shares": [f"mnist-binary-{s}" for s in SHARES],
            "patches": [f"mnist-stitched-{k}" for k in PATCHES],
        }
    shares = [f"digits-binary-{s}" for s in (0.0, 0.1, 0.3, 0.5)]
    return {"shares": shares, "patches": [f"digits-stitched-{k}" for k in (2, 4, 8)]}


def table(records: list[Record], names: list[str], methods: list[str]) -> str:
    """Mean estimates in bits by task and method, and below the mean absolute error with its standard error."""
    head = ["| task | bits |", *(f" `{method}` |" for method in methods)]
    lines = ["".join(head), "| --- | ---: |" + " ---: |" * len(methods)]
    for name in names:
        found = {m: [r for r in records if (r.task, r.method) == (name, m)] for m in methods}
        if not any(found.values()):
            continue
        truth = next(r.truth for some in found.values() for r in some) / BITS
        lines.append(f"| `{name}` | {truth:.3f} |" + "".join(f" {_mean(found[m])} |" for m in methods))
    errors = {
        m: [abs(r.value - r.truth) / BITS for r in records if r.method == m and r.task in names]
        for m in methods
    }
    lines.append("| mean absolute error | |" + "".join(f" {_error(errors[m])} |" for m in methods))
    return "\n".join(lines)


def _mean(records: list[Record]) -> str:
    return f"{np.mean([r.value for r in records]) / BITS:.3f}" if records else ""


def _error(errors: list[float]) -> str:
    spread = f" ± {np.std(errors, ddof=1) / math.sqrt(len(errors)):.3f}" if len(errors) > 1 else ""
    return f"{np.mean(errors):.3f}{spread} ({len(errors)})" if errors else ""


def fresh(patches: int, n: int, seed: int) -> None:
    """Print the estimate of pairs of some images, and the mean of its log ratio over pairs of others, in
    bits.
    """
    seen, new = (ClassPairs("mnist", (0, 1), 0.0, patches, part=part) for part in ("train", "t10k"))
    sides = [
        [side.numpy().reshape(-1, *task.picture) for side in task.sample(rows, torch_generator(seed))]
        for task, rows in ((seen, n), (new, NEW_ROWS))
    ]
    fitted = Auto(seed=seed).fit(*sides[0])
    ratio = fitted.pointwise(*sides[1]) / BITS
    error = ratio.std() / math.sqrt(len(ratio))
    value = fitted.estimate_.value / BITS
    print(
        f"{patches} patches, N = {n}: {value:.3f} bits, on new images {ratio.mean():.3f} +- {error:.3f}",
        flush=True,
    )


def main() -> None:
    """Measure what the store lacks, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = parts(bool(os.environ.get("INFONATS_MNIST")))
    parser.add_argument("--part", choices=names, help="only this part of the grid")
    parser.add_argument("--tasks", nargs="+", help="only these tasks")
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--n", type=int, default=5000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=FIRST)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--store", type=Path, default=Path("images.db"))
    parser.add_argument("--table", action="store_true", help="print the tables of the store, measure nothing")
    parser.add_argument(
        "--fresh", type=int, nargs="+", metavar="K", help="so many patches on new images instead"
    )
    asked = parser.parse_args()
    for patches in asked.fresh or ():
        fresh(patches, asked.n, asked.first_seed)
    if asked.fresh:
        return
    tasks = asked.tasks or [name for part, some in names.items() if asked.part in (None, part) for name in some]
    with Store(asked.store, create=not asked.table) as store:
        if not asked.table:
            seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
            cells = grid(tasks, asked.methods, [asked.n], seeds)
            run(
                cells, store, RunConfig(asked.workers), lambda a, b, what: sys.stderr.write(f"{a}/{b} {what}\n")
            )
        kept = [r for r in store.records() if r.status == "ok" and r.n == asked.n]
    for part, some in names.items():
        shown = [name for name in some if name in tasks]
        if shown:
            print(f"\n{part}, N = {asked.n}, in bits\n\n{table(kept, shown, asked.methods)}")


if __name__ == "__main__":
    main()
