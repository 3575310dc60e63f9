"""``infonats estimate``: the main job, from a table to a number with its error."""

import dataclasses
import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.output import block, emit, say
from infonats.cli.progress import progress_bar
from infonats.cli.settings import Value, parse_settings
from infonats.cli.tables import block_of
from infonats.errors import InputError

if TYPE_CHECKING:
    from infonats.data import Pairs, Table
    from infonats.estimate import Estimate


PICTURED = 5000
"""Rows of a stream that a report draws, about."""


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
    given: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Z: estimate I(X;Y|Z) instead.", show_default=False)
    ] = None
    permutations: Annotated[int, typer.Option(metavar="N", help="With --given: test independence given Z.")] = 0
    block: Annotated[
        str,
        typer.Option(metavar="ROWS", help="With --given: over how many rows a series depends on itself."),
    ] = "1"
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
    stream: Annotated[
        bool,
        typer.Option(
            "--stream", help="Leave the rows in the file (Parquet, .npy, .npz): for methods that train."
        ),
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
    """Estimate I(X;Y), or I(X;Y|Z), between columns of a table, with its standard error and interval.

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
    if options.given is not None:
        if options.stream:
            raise InputError(
                "--stream is for I(X;Y); leave it out with --given, which needs all rows together."
            )
        return _measure_given(options, options.given, parameters)
    if options.permutations:
        raise InputError("--permutations tests independence given Z; name Z by --given, or leave it out.")
    if options.block != "1":
        raise InputError("--block is for I(X;Y|Z) here; name Z by --given, or use infonats lags for a series.")
    with progress_bar("reading") as progress:
        from infonats.data import Stream, open_stream, read_table, select_pairs
        from infonats.estimators import mutual_information_of

        where = {"x": options.x, "y": options.y, "drop_missing": options.drop_missing}
        if options.stream:
            pairs = open_stream(options.file, **where)
        else:
            pairs = select_pairs(read_table(options.file), **where)
        kept = {"checkpoint": options.checkpoint, "track": options.track}
        result = mutual_information_of(
            pairs, method=options.method, seed=options.seed, progress=progress, **kept, **parameters
        )
        shown = pairs.glance(PICTURED, options.seed) if isinstance(pairs, Stream) else pairs
    return shown, result


def _measure_given(
    options: EstimateOptions, given: str, parameters: dict[str, Value]
) -> "tuple[Pairs, Estimate]":
    with progress_bar("reading") as progress:
        from infonats.data import read_table
        from infonats.quantities.conditional import conditional_of_columns
        from infonats.quantities.settings import Settings

        table = read_table(options.file)
        sides = {"x": options.x, "y": options.y, "z": given}
        refuse_twice(table, sides)
        named = {side: table.named(spec) for side, spec in sides.items()}
        keywords = {"seed": options.seed, "drop_missing": options.drop_missing, "progress": progress}
        keywords |= {"block": block_of(options.block)}
        settings = Settings.of(options.method, {**parameters, **keywords})
        variables, result = conditional_of_columns(named, settings, options.permutations)
    return variables.pairs((0,), (1,)), result


def refuse_twice(table: "Table", sides: "dict[str, str]") -> None:
    """Raise InputError where two of the column specifications `sides` name the same column."""
    seen: dict[int, str] = {}
    for side, spec in sides.items():
        for place in table.columns.find(spec):
            if place in seen:
                raise InputError(
                    f"{seen[place]} and {side} both hold '{table.names[place]}'; a column can stand in one "
                    "place only."
                )
            seen[place] = side


def _write(path: Path, pairs: "Pairs", result: "Estimate", quiet_stdout: bool) -> None:
    from infonats.report import estimate_section, write_report

    target = write_report(path, "Mutual information", [estimate_section(result, pairs)], lead=str(result))
    say(f"report written to {target}", error=quiet_stdout)
