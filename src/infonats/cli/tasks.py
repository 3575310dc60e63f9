"""``infonats tasks``: distributions that know their own mutual information; list, show and sample them."""

import dataclasses
import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.output import emit, say, show, two_columns

if TYPE_CHECKING:
    from infonats.report import TaskPicture
    from infonats.tasks.base import Task
    from infonats.tasks.catalogue import Entry

Name = Annotated[str, typer.Argument(help="A name that 'infonats tasks' lists.", show_default=False)]
Seed = Annotated[int, typer.Option(metavar="N", help="The same seed gives the same pairs.")]


@dataclasses.dataclass(frozen=True)
class TasksOptions:
    """What `infonats tasks` is asked for."""

    suite: Annotated[str | None, typer.Option(metavar="NAME", help="Only this suite.", show_default=False)] = (
        None
    )
    json: Annotated[bool, typer.Option("--json", help="Print the list as JSON and nothing else.")] = False


@dataclasses.dataclass(frozen=True)
class ShowOptions:
    """What `infonats tasks show` is asked for."""

    name: Name
    n: Annotated[int, typer.Option("-n", metavar="ROWS", help="Pairs to draw for the pictures.")] = 5000
    seed: Seed = 0
    html: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write a page with pictures.", show_default=False)
    ] = None


@dataclasses.dataclass(frozen=True)
class SampleOptions:
    """What `infonats tasks sample` is asked for."""

    name: Name
    out: Annotated[
        Path, typer.Option(metavar="PATH", help="A table to write: .csv or .parquet.", show_default=False)
    ]
    n: Annotated[int, typer.Option("-n", metavar="ROWS", help="Pairs to draw.")] = 1000
    seed: Seed = 0


def tasks(options: TasksOptions) -> None:
    """List tasks whose mutual information is known: columns, nats, what makes them hard."""
    from infonats.tasks.catalogue import entries

    found = entries(options.suite)
    if options.json:
        emit(json.dumps([dataclasses.asdict(entry) for entry in found], indent=2))
        return
    names = [options.suite] if options.suite else list(dict.fromkeys(s for e in found for s in e.suites))
    for name in names:
        _print_suite(name, [entry for entry in found if name in entry.suites])
    say("One of them: infonats tasks show NAME --html out.html")
    say("Its pairs:   infonats tasks sample NAME --out pairs.csv")


def show_task(options: ShowOptions) -> None:
    """Say what is known of a task, and draw its pairs and its pointwise profile."""
    if options.html:
        from infonats.report import check_destination

        check_destination(options.html)
    from infonats.tasks.registry import make

    task = make(options.name)
    facts, grid = _facts(task), two_columns()
    for label, text in facts:
        grid.add_row(label, text)
    show(grid)
    if options.html:
        from infonats.report import task_sections, write_report

        lead = f"What makes it hard: {task.hard}."
        sections = task_sections(facts, _picture(task, options))
        say(f"page written to {write_report(options.html, task.name, sections, lead)}")


def sample(options: SampleOptions) -> None:
    """Draw pairs of a task into a table with the columns x0, x1, ..., y0, y1, ..."""
    from infonats._random import torch_generator
    from infonats.errors import InputError
    from infonats.tasks.registry import make

    writers = {".csv": "write_csv", ".parquet": "write_parquet"}
    if options.out.suffix not in writers or not options.out.absolute().parent.is_dir():
        raise InputError(
            f"The pairs cannot be written to '{options.out}'; name a .csv or .parquet file in a folder that "
            "exists."
        )
    task = make(options.name)
    x, y = task.sample(options.n, torch_generator(options.seed))
    import polars

    sides = (("x", x.numpy()), ("y", y.numpy()))
    columns = {f"{side}{j}": column for side, values in sides for j, column in enumerate(values.T)}
    getattr(polars.DataFrame(columns), writers[options.out.suffix])(options.out)
    say(f"{options.n} pairs of '{task.name}' written to {options.out}; I(X;Y) = {_nats(*_known(task))} nats")


def _picture(task: "Task", options: ShowOptions) -> "TaskPicture":
    from infonats._random import torch_generator
    from infonats.report import TaskPicture

    x, y = task.sample(options.n, torch_generator(options.seed))
    ratio = task.pointwise(x, y).numpy() if task.has_pointwise else None
    return TaskPicture(x.numpy(), y.numpy(), ratio, task.mutual_information, task.picture)


def _known(task: "Task") -> tuple[float, float]:
    return task.mutual_information, task.mutual_information_stderr


def _facts(task: "Task") -> list[tuple[str, str]]:
    from infonats.tasks.catalogue import CATALOGUE

    value, stderr = _known(task)
    suites = CATALOGUE[task.name].suites if task.name in CATALOGUE else ()
    facts = [
        ("task", task.name),
        ("columns", f"{task.dim_x} of x, {task.dim_y} of y"),
        ("I(X;Y)", f"{_nats(value, stderr)} nats ({'exact' if task.exact else 'Monte Carlo'})"),
        ("hard", task.hard),
        ("suites", ", ".join(suites) or "none: a composition"),
    ]
    transfer = getattr(task, "transfer_entropy", None)
    return facts if transfer is None else [*facts, ("transfer entropy", f"{transfer:.4f} nats, x to y")]


def _nats(value: float, stderr: float) -> str:
    shown = f"{value:z.4f}"
    return f"{shown} +- {stderr:.4f}" if stderr else shown


def _print_suite(name: str, found: "list[Entry]") -> None:
    from rich.padding import Padding
    from rich.text import Text

    show(Text(f"{name}, {len(found)} tasks: name, columns of x + y, nats", style="bold"))
    width = max(len(entry.name) for entry in found)
    for hard, run in itertools.groupby(found, key=lambda entry: entry.hard):
        show(Padding(Text(hard, style="dim"), (0, 0, 0, 2)))
        for entry in run:
            columns = f"{entry.dim_x} + {entry.dim_y}"
            say(f"    {entry.name:{width}}  {columns:9}  {_nats(entry.mutual_information, entry.stderr)}")
    say("")
