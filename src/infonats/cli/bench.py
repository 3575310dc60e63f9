"""``infonats bench``: run a grid of methods on tasks, look at the results, take them elsewhere."""

import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.output import say, show, tell
from infonats.cli.progress import progress_bar

if TYPE_CHECKING:
    import polars as pl
    from rich.table import Table

    from infonats.benchmark import Cell, Store

StorePath = Annotated[
    Path, typer.Argument(help="The file that 'infonats bench run' wrote.", show_default=False)
]


@dataclasses.dataclass(frozen=True)
class RunOptions:
    """What `infonats bench run` is asked for."""

    methods: Annotated[
        str,
        typer.Option(metavar="NAMES", help="From 'infonats methods', as in ksg,mine or 'ksg(k=5),doe+mine'."),
    ] = ""
    method: Annotated[
        list[str] | None,
        typer.Option("--method", metavar="MODULE:FN", help="A function (x, y, seed) of yours; repeatable."),
    ] = None
    suite: Annotated[str, typer.Option(metavar="NAMES", help="Suites from 'infonats tasks'.")] = ""
    tasks: Annotated[str, typer.Option(metavar="NAMES", help="Single tasks, between commas.")] = ""
    n: Annotated[str, typer.Option("--n", metavar="ROWS", help="Numbers of rows.")] = "1000"
    seeds: Annotated[int, typer.Option(metavar="N", help="Samples of each task and n.")] = 1
    first_seed: Annotated[int, typer.Option(metavar="N", help="The seeds start here.")] = 0
    store: Annotated[Path, typer.Option(metavar="PATH", help="The file of the results.")] = Path("results.db")
    workers: Annotated[int, typer.Option(metavar="N", help="Cells at once, a process each.")] = 1
    timeout: Annotated[float | None, typer.Option(metavar="SECONDS", help="The most for one cell.")] = None
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask cluster, such as tcp://localhost:8786.")
    ] = None
    retry: Annotated[bool, typer.Option("--retry", help="Try again what failed before.")] = False


@dataclasses.dataclass(frozen=True)
class ReportOptions:
    """What `infonats bench report` is asked for."""

    store: StorePath
    html: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write the leaderboard as a page.", show_default=False)
    ] = None


@dataclasses.dataclass(frozen=True)
class ExportOptions:
    """What `infonats bench export` is asked for."""

    store: StorePath
    target: Annotated[Path, typer.Argument(help="A file ending in .parquet or .csv.", show_default=False)]


def run(options: RunOptions) -> None:
    """Measure methods on tasks; each result is kept at once.

    Interrupted or killed, give the same command again: it goes on where it stopped.
    """
    with progress_bar("starting") as progress:
        from infonats.benchmark import RunConfig, Store, grid
        from infonats.benchmark import run as measure
        from infonats.data._words import counted

        seeds = range(options.first_seed, options.first_seed + options.seeds)
        cells = grid(_tasks(options), _methods(options), _rows(options.n), seeds)
        config = RunConfig(options.workers, options.timeout, options.scheduler, options.retry)
        with Store(options.store) as store:
            new = measure(cells, store, config, progress)
            failed = _failed(store, cells)
    say(f"{counted(new, 'cell')} measured, {len(cells) - new} were there; all in {options.store}")
    if failed:
        tell(f"{failed} 'infonats bench export' writes every reason, --retry tries again.")


def report(options: ReportOptions) -> None:
    """Show the leaderboard of a store, on the terminal and as a page that opens offline."""
    from infonats.benchmark import Store, frame, summarise
    from infonats.errors import InputError

    with Store(options.store, create=False) as store:
        records = store.records()
    if not records:
        raise InputError(f"'{options.store}' holds no results yet; run 'infonats bench run' first.")
    table = frame(records)
    show(_board(summarise(table)))
    if options.html:
        say(f"leaderboard written to {_page(options.html, table)}")


def export(options: ExportOptions) -> None:
    """Write every result of a store to a Parquet or CSV file."""
    from infonats.benchmark import Store
    from infonats.benchmark import export as write

    with Store(options.store, create=False) as store:
        say(f"{len(store)} results written to {write(store, options.target)}")


def _failed(store: "Store", cells: "list[Cell]") -> str:
    """How many of the cells have no number, and why the first has none; empty where all have."""
    wanted = set(cells)
    found = [record for record in store.records() if record.cell in wanted and record.status != "ok"]
    if not found:
        return ""
    first = f"{found[0].method} on {found[0].task}: {found[0].reason.rstrip('.')}."
    return f"{len(found)} of {len(cells)} gave no number; the first, {first}"


def _tasks(options: RunOptions) -> list[str]:
    from infonats.errors import InputError
    from infonats.tasks.catalogue import entries

    tasks = [task.name for name in _split(options.suite) for task in entries(name)] + _split(options.tasks)
    if not tasks:
        raise InputError("No task was named; give --suite or --tasks, from the list of 'infonats tasks'.")
    return tasks


def _methods(options: RunOptions) -> list[str]:
    from infonats.errors import InputError

    methods = [*_split(options.methods), *(options.method or ())]
    if not methods:
        raise InputError("No method was named; give --methods, from the list of 'infonats methods'.")
    if any(":" in method for method in methods) and os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # as with python -m: modules of one's own lie where one works
    return methods


def _rows(text: str) -> list[int]:
    from infonats.errors import InputError

    try:
        return [int(part) for part in _split(text)]
    except ValueError:
        raise InputError(f"--n {text} is not understood; write whole numbers, as in 1000,10000.") from None


def _split(text: str) -> list[str]:
    """The parts between commas that stand in no bracket."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _board(summary: "pl.DataFrame") -> "Table":
    from rich.table import Table

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("method", overflow="fold")
    for name in ("MAE", "s.e.", "bias", "coverage", "seconds", "cells", "failed"):
        table.add_column(name, justify="right")
    for row in summary.iter_rows(named=True):
        cells = (_number(row[name], digits) for name, digits in (("mae", 3), ("mae_stderr", 3), ("bias", 3)))
        coverage = "" if row["coverage"] is None else f"{row['coverage']:.0%}"
        counts = (_number(row["seconds"], 2), str(row["cells"]), str(row["failed"] or ""))
        table.add_row(row["method"], *cells, coverage, *counts)
    return table


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:z.{digits}f}" if abs(value) < 1000 else f"{value:.2g}"


def _page(path: Path, table: "pl.DataFrame") -> Path:
    from infonats.data._words import counted
    from infonats.report import write_report
    from infonats.report.leaderboard import leaderboard_sections
    from infonats.tasks import SUITES

    methods, tasks = (counted(table[name].n_unique(), name) for name in ("method", "task"))
    lead = f"{methods} on {tasks}, {counted(len(table), 'cell')}."
    return write_report(path, "Leaderboard", leaderboard_sections(table.iter_rows(named=True), SUITES), lead)
