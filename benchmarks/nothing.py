"""What `mutual_information` says where there is nothing: its interval and its p-value on independent sides.

    python benchmarks/nothing.py --store nothing.jsonl                     # goes on where it was stopped
    python benchmarks/nothing.py --store nothing.jsonl --no-run --write    # puts the table into docs/auto.md

The tasks of the suite `independence` with at most 64 columns, one for each of their shapes; of series
`block="auto"` is told. An interval of 95 % is to hold 0 in 95 of 100 samples, and a p-value to be at most .05
in 5, whatever the shape.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from kept import Cell as Key
from kept import between, options, results

import infonats
from infonats import tasks
from infonats._random import torch_generator
from infonats.benchmark.cell import Cell
from infonats.tasks.catalogue import entries

PAGE = Path(__file__).parents[1] / "docs" / "auto.md"
MOST_COLUMNS, FIRST_SEED = 64, 1000
RUNS = (("fast", 500, 40), ("normal", 500, 4))
"""Budgets, rows, and samples of each shape."""


def cells() -> Iterator[Key]:
    """Task, budget, rows, seed."""
    for budget, n, samples in RUNS:
        for entry in entries("independence"):
            if entry.dim_x + entry.dim_y <= MOST_COLUMNS:
                yield from ([entry.name, budget, n, seed] for seed in range(FIRST_SEED, FIRST_SEED + samples))


def measure(key: Key) -> dict[str, Any]:
    """The estimate of one sample in nats, its interval and its p-value, where the method has one."""
    name, budget, n, seed = key
    cell, start = Cell(name, "auto", n, seed), time.process_time()
    x, y = tasks.make(name).sample(n, torch_generator(cell.data_seed))
    series = {"block": "auto"} if name.removeprefix("independent-") in tasks.SUITES["series"] else {}
    found = infonats.mutual_information(x.numpy(), y.numpy(), budget=budget, seed=cell.method_seed, **series)
    low, high = found.interval
    return {
        "method": found.method,
        "value": found.value,
        "holds": bool(low <= 0 <= high),
        "above": bool(low > 0),
        "p": found.provenance.get("p_value"),
        "seconds": time.process_time() - start,
    }


def lines(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A row for each budget and method."""
    keys = ("task", "budget", "n", "seed")
    flat = [
        dict(zip(keys, row["cell"], strict=True)) | {k: v for k, v in row.items() if k != "cell"}
        for row in rows
    ]
    table = pl.DataFrame(flat, infer_schema_length=None)
    counts = "rows | shapes | samples"
    yield f"| budget | method | {counts} | interval holds 0 | begins above 0 | p <= .05 | mean value |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    groups = table.group_by("budget", "method", "n").agg(
        shapes=pl.col("task").n_unique(),
        samples=pl.len(),
        holds=pl.col("holds").mean(),
        above=pl.col("above").mean(),
        tested=pl.col("p").count(),
        rejected=(pl.col("p") <= 0.05).mean(),
        value=pl.col("value").mean(),
    )
    for row in groups.sort("budget", "samples", "method", descending=[False, True, False]).iter_rows(
        named=True
    ):
        shares = (_share(row[name], row["samples"]) for name in ("holds", "above"))
        rejected = _share(row["rejected"], row["tested"]) if row["tested"] else ""
        yield (
            f"| `{row['budget']}` | `{row['method']}` | {row['n']} | {row['shapes']} | {row['samples']} | "
            f"{' | '.join(shares)} | {rejected} | {row['value']:+.4f} |"
        )


def _share(share: float, samples: int) -> str:
    return f"{share:.3f} ± {math.sqrt(share * (1 - share) / samples):.3f}"


def main() -> None:
    """Measure what the store lacks, then print the table."""
    asked = options(__doc__, "nothing.jsonl")
    rows = results(asked.store, [] if asked.no_run else cells(), measure)
    table = list(lines(rows))
    if asked.write:
        between(PAGE, "nothing", table)
    print("\n".join(table))


if __name__ == "__main__":
    main()
