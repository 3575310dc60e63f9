"""How often the 95 % interval of each method holds the truth, on tasks that know it.

    python benchmarks/interval_coverage.py --store coverage.db            # goes on where it was stopped
    python benchmarks/interval_coverage.py --store coverage.db --write    # and writes what was found

Each method meets independent columns, an easy dependence, and ones that are hard for many: heavy tails, sharp
edges, six columns. Counts, labels and mixtures of numbers and atoms are for the methods made for them. The
networks and densities see fewer tasks and samples, for each of their fits takes seconds. Besides the interval
as a whole, its lower end is counted: a lower bound, or a method that loses in many columns, may be far below
the truth, and its interval then still bounds from below. `--write` puts the table into docs/coverage.md, and
the counts into the file that `infonats methods` quotes. Methods with fewer than ten samples are left out.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from infonats.benchmark import RunConfig, Store, frame, grid, run
from infonats.benchmark.cell import Cell
from infonats.estimators import METHODS

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "coverage.md"
COUNTS = ROOT / "src" / "infonats" / "estimators" / "coverage.json"

CONTINUOUS = (
    "independent-1v1-normal-0.75",
    "1v1-normal-0.75",
    "1v1-additive-0.75",
    "student-identity-1-1-1",
    "multinormal-dense-3-3-0.5",
)
COUNTED = ("independent-zipf-10-0.2", "zipf-10-0.2", "binary-symmetric-0.11")
LABELLED = ("uniform-on-atoms-5", "uniform-on-atoms-20")
MIXED = ("zero-inflated-poisson-0.15", "zero-inflated-0.3-1v1-normal-0.8")
TRAINED = ("independent-1v1-normal-0.75", "1v1-normal-0.75", "multinormal-dense-3-3-0.5")
QUICK = ("gm", "pq", "l1out", "doe", "club", "nwj", "infonce")
"""Methods that train, the quickest and the most asked for."""
ROWS, TRAINED_ROWS = (200, 1000), (500,)
FEWEST = 10


def closed_cells(seeds: int) -> list[Cell]:
    """Each closed form on the tasks that it is made for."""
    closed = [name for name, make in METHODS.items() if make().info.family == "closed form"]
    own = {"discrete": COUNTED, "ross": LABELLED, "mixed_ksg": CONTINUOUS + LABELLED + MIXED}
    return [c for m in closed for c in grid(own.get(m, CONTINUOUS), [m], ROWS, range(seeds))]


def trained_cells(seeds: int) -> list[Cell]:
    """The quick methods among those that train, each on a few tasks."""
    return grid(TRAINED, QUICK, TRAINED_ROWS, range(seeds))


def counted(table: pl.DataFrame, by: Iterable[str] = ("method",)) -> pl.DataFrame:
    """Samples, those whose interval holds the truth, and those whose lower end is not above it."""
    slack = 2 * pl.col("truth_stderr").fill_null(0.0)
    below, above = (
        pl.col("low") - slack <= pl.col("truth"),
        pl.col("high") + slack >= pl.col("truth"),
    )
    return (
        table.filter(pl.col("status") == "ok")
        .group_by(list(by))
        .agg(
            samples=pl.len(),
            inside=(below & above).sum(),
            below=below.sum(),
            tasks=pl.col("task").n_unique(),
            rows=pl.col("n").unique().sort(),
            bias=pl.col("error").mean(),
            ratio=pl.col("error").std() / (pl.col("stderr") ** 2).mean().sqrt(),
        )
    )


def listed(table: pl.DataFrame) -> dict[str, dict[str, object]]:
    """The counts by method, in the order of the registry: what `infonats methods` quotes."""
    rows = {row["method"]: row for row in counted(table).iter_rows(named=True) if row["samples"] >= FEWEST}
    keys = ("samples", "inside", "below", "tasks", "rows")
    return {name: {key: rows[name][key] for key in keys} for name in METHODS if name in rows}


def lines(table: pl.DataFrame) -> Iterator[str]:
    """The table of docs/coverage.md: a row for each method and task, over all numbers of rows."""
    yield "| method | error by | task | samples | holds the truth | lower end below it | mean error, nats |"
    yield "| --- | --- | --- | ---: | ---: | ---: | ---: |"
    found = counted(table, ("method", "task"))
    for name in listed(table):
        for row in found.filter(pl.col("method") == name).sort("task").iter_rows(named=True):
            inside, below = (row[key] / row["samples"] for key in ("inside", "below"))
            error = METHODS[name]().info.error
            yield (
                f"| `{name}` | {error} | {row['task']} | {row['samples']} | {inside:.2f} | {below:.2f} | "
                f"{row['bias']:+.3f} |"
            )


def write(table: pl.DataFrame) -> None:
    """Put the counts and the page in their places."""
    COUNTS.write_text(json.dumps(listed(table), indent=1) + "\n", encoding="utf-8")
    head = PAGE.read_text(encoding="utf-8").partition("\n| method |")[0]
    PAGE.write_text("\n".join((head, *lines(table))) + "\n", encoding="utf-8")


def main() -> None:
    """Measure what the store lacks, then print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", default="coverage.db", help="the file of the results")
    parser.add_argument("--seeds", type=int, default=25, help="samples of a closed form, for each task and n")
    parser.add_argument("--trained-seeds", type=int, default=5, help="samples of a method that trains")
    parser.add_argument("--write", action="store_true", help="write docs/coverage.md and the counts")
    parser.add_argument("--no-run", action="store_true", help="measure nothing; use what is stored")
    options = parser.parse_args()
    with Store(options.store) as store:
        parts = closed_cells(options.seeds), trained_cells(options.trained_seeds)
        for cells in parts if not options.no_run else ():
            run(cells, store, RunConfig(timeout=300.0), _tell)
        wanted = set().union(*parts)
        table = frame(record for record in store.records() if record.cell in wanted)
    if options.write:
        write(table)
    print("\n".join(lines(table)))


def _tell(done: int, total: int, words: str) -> None:
    print(f"{done} of {total}: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
