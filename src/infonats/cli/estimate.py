"""``infonats estimate``: the main job, from a table to a number with its error."""

import dataclasses
import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.output import block, emit, say
from infonats.cli.progress import progress_bar
from infonats.cli.settings import Value, parse_settings

if TYPE_CHECKING:
    from infonats.data import Pairs
    from infonats.estimate import Estimate


class Units(enum.StrEnum):
    """The unit that leads in the printed block."""

    nats = "nats"
    bits = "bits"


@dataclasses.dataclass(frozen=True)
class EstimateOptions:
    """What `infonats estimate` is asked for."""

    file: Annotated[Path, typer.Argument(help="A table: CSV, TSV, Parquet, .npy or .npz.", show_default=False)]
    x: Annotated[str, typer.Option("--x", metavar="COLUMNS", help="X, as in pka or 'jnk,p38'.")]
    y: Annotated[str, typer.Option("--y", metavar="COLUMNS", help="Y, in the same way.")]
    method: Annotated[str, typer.Option(help="See 'infonats methods'.")] = "auto"
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same bits.")] = 0
    units: Annotated[Units, typer.Option(help="The unit that leads.")] = Units.nats
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the method; repeatable."),
    ] = None
    drop_missing: Annotated[
        bool, typer.Option("--drop-missing", help="Skip rows that have missing values.")
    ] = False
    json: Annotated[bool, typer.Option("--json", help="Print the whole estimate as JSON.")] = False
    html: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write a report with pictures.", show_default=False)
    ] = None
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Keep the training there; the same command goes on from it.",
            show_default=False,
        ),
    ] = None
    track: Annotated[
        str | None,
        typer.Option(
            metavar="TRACKER",
            help="Log the training: tensorboard, or tensorboard:FOLDER.",
            show_default=False,
        ),
    ] = None


def estimate(options: EstimateOptions) -> None:
    """Estimate I(X;Y) between columns of a table, with its standard error and interval.

    Columns are named, numbered from 0, or given as a range; commas join several.
    """
    parameters = parse_settings(options.set or ())
    if options.html:
        from infonats.report import check_destination

        check_destination(options.html)
    pairs, result = _measure(options, parameters)
    if options.json:
        emit(result.to_json(indent=2))
    else:
        block(result, options.units.value)
    if options.html:
        _write(options.html, pairs, result, quiet_stdout=options.json)


def _measure(options: EstimateOptions, parameters: dict[str, Value]) -> "tuple[Pairs, Estimate]":
    with progress_bar("reading") as progress:
        from infonats.data import read_table, select_pairs
        from infonats.estimators import mutual_information_of

        pairs = select_pairs(read_table(options.file), options.x, options.y, drop_missing=options.drop_missing)
        kept = {"checkpoint": options.checkpoint, "track": options.track}
        result = mutual_information_of(
            pairs, method=options.method, seed=options.seed, progress=progress, **kept, **parameters
        )
    return pairs, result


def _write(path: Path, pairs: "Pairs", result: "Estimate", quiet_stdout: bool) -> None:
    from infonats.report import estimate_section, write_report

    target = write_report(path, "Mutual information", [estimate_section(result, pairs)], lead=str(result))
    say(f"report written to {target}", error=quiet_stdout)
