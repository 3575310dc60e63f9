"""The commands and their help. Nothing heavy is imported until a command runs."""

from typing import Annotated

import typer

from infonats import __version__
from infonats.cli.bench import ExportOptions, ReportOptions, RunOptions, export, report, run
from infonats.cli.command import command, group_command
from infonats.cli.demo import DemoOptions, demo
from infonats.cli.estimate import EstimateOptions, estimate
from infonats.cli.lags import LagsOptions, lags
from infonats.cli.matrix import MatrixOptions, matrix
from infonats.cli.methods import CiteOptions, MethodsOptions, cite, methods
from infonats.cli.plan import PlanOptions, plan
from infonats.cli.tasks import SampleOptions, ShowOptions, TasksOptions, sample, show_task, tasks
from infonats.cli.transfer import TransferOptions, transfer

app = typer.Typer(
    name="infonats",
    help="Mutual information from samples: accurate, fast, and honest about its own error.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _run, _options in (
    (estimate, EstimateOptions),
    (matrix, MatrixOptions),
    (lags, LagsOptions),
    (transfer, TransferOptions),
    (plan, PlanOptions),
    (methods, MethodsOptions),
    (cite, CiteOptions),
    (demo, DemoOptions),
):
    app.command()(command(_run, _options))

tasks_app = typer.Typer(add_completion=False)
tasks_app.callback(invoke_without_command=True)(group_command(tasks, TasksOptions))
tasks_app.command("show")(command(show_task, ShowOptions))
tasks_app.command("sample")(command(sample, SampleOptions))
app.add_typer(tasks_app, name="tasks")

bench = typer.Typer(
    name="bench",
    help="Measure methods on tasks that know their own answer.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for _run, _options in ((run, RunOptions), (report, ReportOptions), (export, ExportOptions)):
    bench.command()(command(_run, _options))
app.add_typer(bench)


def _version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"infonats {__version__}")
        raise typer.Exit()
    return wanted


@app.callback()
def infonats(
    version: Annotated[
        bool,
        typer.Option(
            "--version", metavar="", callback=_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Estimate the mutual information I(X;Y) of columns of a table, with its error."""
