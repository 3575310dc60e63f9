"""The table of every method on the 40 tasks of "Beyond Normal", from the records that `make results` keeps.

    python benchmarks/leaderboard.py [--write]

Reads docs/results/beyond-normal.parquet, and auto.parquet for `auto`, whose samples have other seeds. `--write`
puts the table into docs/benchmark.md.
"""

import argparse
from pathlib import Path
from typing import Any

import kept
import polars as pl

from infonats.benchmark import summarise
from infonats.estimators import make

DOCS = Path(__file__).parents[1] / "docs"
PAGE = DOCS / "benchmark.md"
RECORDS = [DOCS / "results" / name for name in ("beyond-normal.parquet", "auto.parquet")]
ROWS = (1000, 10_000)


def records() -> pl.DataFrame:
    """Every cell, with its error; its seconds are the processor's, for other work went on beside."""
    table = pl.concat([pl.read_parquet(path) for path in RECORDS], how="diagonal_relaxed")
    seconds = pl.coalesce("cpu_seconds", "seconds")
    return table.with_columns(error=pl.col("value") - pl.col("truth"), seconds=seconds)


def lines(table: pl.DataFrame) -> list[str]:
    """A line for each method, those first that err least with 1000 rows; last who refuses some of the tasks."""
    found = {(row["method"], row["n"]): row for row in summarise(table, ("method", "n")).iter_rows(named=True)}
    names = sorted({name for name, _ in found}, key=lambda name: (_error(found.get((name, ROWS[0]))), name))
    heads = "mean absolute error | median | bias | coverage | seconds"
    return [
        f"| method | kind |{'|'.join(f' N = {n}: {heads} ' for n in ROWS)}|",
        f"| --- | --- |{' ---: |' * 5 * len(ROWS)}",
        *(
            f"| `{name}` | {make(name).info.family} | {' | '.join(_said(found.get((name, n))) for n in ROWS)} |"
            for name in names
        ),
    ]


def _error(row: dict[str, Any] | None) -> tuple[bool, float]:
    return (True, float("inf")) if row is None or row["mae"] is None else (row["failed"] > 0, row["mae"])


def _said(row: dict[str, Any] | None) -> str:
    if row is None or row["mae"] is None:
        return " | | | | "
    failed = f", {row['failed']} failed" if row["failed"] else ""
    digits = ".3f" if row["mae"] < 100 else ".2g"
    over_samples, over_tasks = (row[name] for name in ("mae_stderr", "mae_over_tasks"))
    stderr = f" ({over_tasks:{digits}})" if over_samples is None else f" ± {over_samples:{digits}}"
    error = f"{row['mae']:{digits}}{stderr}{failed}"
    cells = error, f"{row['median']:.3f}", f"{row['bias']:+{digits}}", f"{row['coverage']:.0%}"
    return " | ".join((*cells, f"{row['seconds']:.2g}"))


def main() -> None:
    """Print the table, or put it into its page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmark.md")
    asked, table = parser.parse_args(), lines(records())
    if asked.write:
        kept.between(PAGE, "every method", table)
    print("\n".join(table))


if __name__ == "__main__":
    main()
