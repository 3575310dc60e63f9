"""How often the 95 % interval of each method holds the truth, on tasks that know it.

    python benchmarks/interval_coverage.py --store coverage.db            # goes on where it was stopped
    python benchmarks/interval_coverage.py --store coverage.db --write    # and writes what was found

Each closed form meets independent columns, an easy dependence, and ones that are hard for many: heavy tails,
sharp edges, six columns. Counts, labels and mixtures of numbers and atoms are for the methods made for them.
Of all other methods the records of `make results` and `make contest` are counted, the 40 tasks of "Beyond
Normal". Besides the interval as a whole, its lower end is counted: a lower bound, or a method that loses in
many columns, may be far below the truth, and its interval then still bounds from below. `--write` puts the
tables into docs/coverage.md, and the counts into the file that `infonats methods` quotes.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import kept
import leaderboard
import polars as pl

from infonats.benchmark import RunConfig, Store, frame, grid, run
from infonats.benchmark.cell import Cell
from infonats.estimators import METHODS, make

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
ROWS = (200, 1000)
TITLES = {"task": "task", "n": "rows"}
CLOSED = [name for name in METHODS if make(name).info.family == "closed form"]


def closed_cells(seeds: int) -> list[Cell]:
    """Each closed form on the tasks that it is made for."""
    own = {"discrete": COUNTED, "ross": LABELLED, "mixed_ksg": CONTINUOUS + LABELLED + MIXED}
    return [c for m in CLOSED for c in grid(own.get(m, CONTINUOUS), [m], ROWS, range(seeds))]


def trained() -> pl.DataFrame:
    """The records of all but closed forms."""
    return leaderboard.records().filter(~pl.col("method").is_in(CLOSED))


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


def listed(*tables: pl.DataFrame) -> dict[str, dict[str, object]]:
    """The counts by method, in the order of the registry: what `infonats methods` quotes."""
    rows = {row["method"]: row for table in tables for row in counted(table).iter_rows(named=True)}
    keys = ("samples", "inside", "below", "tasks", "rows")
    return {name: {key: rows[name][key] for key in keys} for name in METHODS if name in rows}


def lines(table: pl.DataFrame, column: str) -> Iterator[str]:
    """A table of docs/coverage.md: a row for each method and each task, or each number of rows."""
    heads = "samples | holds the truth | lower end below it | mean error, nats"
    yield f"| method | error by | {TITLES[column]} | {heads} |"
    yield f"| --- | --- | {'---:' if column == 'n' else '---'} | ---: | ---: | ---: | ---: |"
    found = counted(table, ("method", column)).sort("method", column)
    for row in sorted(found.iter_rows(named=True), key=lambda row: _place(row["method"])):
        inside, below = (row[key] / row["samples"] for key in ("inside", "below"))
        yield (
            f"| `{row['method']}` | {make(row['method']).info.error} | {row[column]} | {row['samples']} | "
            f"{inside:.2f} | {below:.2f} | {_nats(row['bias'])} |"
        )


def _place(method: str) -> int:
    """Its place in the registry; hybrids come last."""
    return list(METHODS).index(method) if method in METHODS else len(METHODS)


def _nats(value: float) -> str:
    return f"{value:+.3f}" if abs(value) < 100 else f"{value:+.1e}"


def write(closed: pl.DataFrame, others: pl.DataFrame) -> None:
    """Put the counts and the tables in their places."""
    COUNTS.write_text(json.dumps(listed(closed, others), indent=1) + "\n", encoding="utf-8")
    kept.between(PAGE, "closed forms", lines(closed, "task"))
    kept.between(PAGE, "methods that train", lines(others, "n"))


def main() -> None:
    """Measure what the store lacks, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--store", default="coverage.db", help="the file of the results")
    parser.add_argument("--seeds", type=int, default=25, help="samples of a closed form, for each task and n")
    parser.add_argument("--write", action="store_true", help="write docs/coverage.md and the counts")
    options = parser.parse_args()
    cells = closed_cells(options.seeds)
    with Store(options.store) as store:
        run(cells, store, RunConfig(timeout=300.0), _tell)
        wanted = set(cells)
        closed = frame(record for record in store.records() if record.cell in wanted)
    if options.write:
        write(closed, trained())
    print("\n".join((*lines(closed, "task"), "", *lines(trained(), "n"))))


def _tell(done: int, total: int, words: str) -> None:
    print(f"{done} of {total}: {words}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
