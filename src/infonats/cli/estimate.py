"""``infonats estimate``: the main job, from a table to a number with its error."""

import dataclasses
import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.output import block, emit, say
from infonats.cli.progress import progress_bar
from infonats.cli.settings import Value, parse_settings
from infonats.cli.tables import Rows, Transpose, block_of, open_table
from infonats.errors import InputError

if TYPE_CHECKING:
    from infonats._types import Progress
    from infonats.data import Pairs, Stream, Table
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
    x: Annotated[str, typer.Option("--x", metavar="COLUMNS", help="X, as in pka or 'jnk,p38' or raf:mek.")]
    y: Annotated[str, typer.Option("--y", metavar="COLUMNS", help="Y, in the same way.")]
    given: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Z: estimate I(X;Y|Z) instead.", show_default=False)
    ] = None
    permutations: Annotated[
        int, typer.Option(metavar="N", help="Test independence, or with --given that given Z.")
    ] = 0
    exceedances: Annotated[
        int, typer.Option(metavar="N", help="Stop the test once N permutations reach the value; 0: never.")
    ] = 0
    block: Annotated[
        str,
        typer.Option(metavar="ROWS", help="Of a series: rows that depend on each other; auto: by a rule."),
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
    rows: Rows = None
    transpose: Transpose = False
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
    _say_what_was_not_kept(options)


def _measure(options: EstimateOptions, parameters: dict[str, Value]) -> "tuple[Pairs, Estimate]":
    if options.stream:
        return _measure_stream(options, parameters)
    if options.given is not None:
        if options.exceedances:
            raise InputError("--exceedances is for tests without --given; leave it out.")
        if options.checkpoint or options.track:
            raise InputError("--checkpoint and --track keep one training; leave them out with --given.")
        return _measure_given(options, options.given, parameters)
    with progress_bar("reading") as progress:
        from infonats.data import select_pairs

        table = open_table(options.file, options.rows, options.transpose)
        # A wrong column is told before what takes seconds to load.
        pairs = select_pairs(table, options.x, options.y, drop_missing=options.drop_missing)
        if options.permutations:
            return pairs, _tested(options, pairs, parameters, progress)
        return pairs, _estimated(options, pairs, parameters, progress)


def _measure_stream(options: EstimateOptions, parameters: dict[str, Value]) -> "tuple[Pairs, Estimate]":
    unread = {
        "--given": options.given is not None,
        "--rows": options.rows is not None,
        "--transpose": options.transpose,
        "--permutations": options.permutations > 0,
        "--block": options.block != "1",
    }
    if any(unread.values()):
        asked = ", ".join(name for name, given in unread.items() if given)
        raise InputError(f"--stream leaves the rows in the file, and {asked} needs them all; leave one out.")
    with progress_bar("reading") as progress:
        from infonats.data import open_stream

        stream = open_stream(options.file, x=options.x, y=options.y, drop_missing=options.drop_missing)
        result = _estimated(options, stream, parameters, progress)
    return stream.glance(PICTURED, options.seed), result


def _estimated(
    options: EstimateOptions,
    data: "Pairs | Stream",
    parameters: dict[str, Value],
    progress: "Progress | None",
) -> "Estimate":
    from infonats.data import Stream
    from infonats.estimators import mutual_information_of

    kept = {"checkpoint": options.checkpoint, "track": options.track}
    if not isinstance(data, Stream):
        data = data.in_blocks(block_of(options.block))
    return mutual_information_of(
        data, method=options.method, seed=options.seed, progress=progress, **kept, **parameters
    )


def _tested(
    options: EstimateOptions, pairs: "Pairs", parameters: dict[str, Value], progress: "Progress | None"
) -> "Estimate":
    from infonats.quantities.permutation import tested
    from infonats.quantities.settings import Settings

    if options.checkpoint or options.track:
        raise InputError("--checkpoint and --track keep one training; leave out --permutations.")
    keywords = {"seed": options.seed, "progress": progress, "block": block_of(options.block)}
    settings = Settings.of(options.method, {**parameters, **keywords})
    return tested(pairs, settings, options.permutations, options.exceedances)


def _measure_given(
    options: EstimateOptions, given: str, parameters: dict[str, Value]
) -> "tuple[Pairs, Estimate]":
    with progress_bar("reading") as progress:
        from infonats.quantities.conditional import conditional_of_columns
        from infonats.quantities.settings import Settings

        table = open_table(options.file, options.rows, options.transpose)
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


def _say_what_was_not_kept(options: EstimateOptions) -> None:
    """`auto` may find that no critic is worth training: then there is no checkpoint and no log."""
    if options.method != "auto":
        return
    asked = {"checkpoint": options.checkpoint}
    if options.track:
        from infonats.tracking import track_folder

        asked["log"] = track_folder(options.track, options.method)
    for what, folder in asked.items():
        if folder and not folder.exists():
            say(f"auto trained no critic: there is no {what} in {folder}", error=True)


def _write(path: Path, pairs: "Pairs", result: "Estimate", quiet_stdout: bool) -> None:
    from infonats.report import estimate_section, write_report

    target = write_report(path, "Mutual information", [estimate_section(result, pairs)], lead=str(result))
    say(f"report written to {target}", error=quiet_stdout)
