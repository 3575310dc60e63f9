"""``infonats transfer``: the transfer entropy between columns of a table in order of time."""

import dataclasses
from pathlib import Path
from typing import Annotated, Any

import typer

from infonats.cli.estimate import refuse_twice
from infonats.cli.output import block, emit
from infonats.cli.progress import progress_bar
from infonats.cli.settings import parse_settings
from infonats.cli.tables import Rows, Transpose, block_of, open_table


@dataclasses.dataclass(frozen=True)
class TransferOptions:
    """What `infonats transfer` is asked for."""

    file: Annotated[Path, typer.Argument(help="A table in order of time.", show_default=False)]
    source: Annotated[str, typer.Option(metavar="COLUMNS", help="Whose past may help.")]
    target: Annotated[str, typer.Option(metavar="COLUMN", help="What is foretold.")]
    given: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Further series to condition on.", show_default=False)
    ] = None
    target_history: Annotated[int, typer.Option(metavar="K", help="Values of the target's past.")] = 1
    source_history: Annotated[int, typer.Option(metavar="L", help="Values of the source's past.")] = 1
    delay: Annotated[int, typer.Option(metavar="N", help="Rows from the source to the target.")] = 1
    tau: Annotated[int, typer.Option(metavar="N", help="Rows between values of a past.")] = 1
    surrogates: Annotated[int, typer.Option(metavar="N", help="For a p-value and the effective value.")] = 0
    method: Annotated[str, typer.Option(help="See 'infonats methods'.")] = "auto"
    block: Annotated[
        str, typer.Option(metavar="ROWS", help="Rows that depend on each other; 1: none; auto: by a rule.")
    ] = "auto"
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same bits.")] = 0
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the method; repeatable."),
    ] = None
    drop_missing: Annotated[
        bool, typer.Option("--drop-missing", help="Skip times of which a value is missing.")
    ] = False
    rows: Rows = None
    transpose: Transpose = False
    json: Annotated[bool, typer.Option("--json", help="Print the whole estimate as JSON.")] = False


def transfer(options: TransferOptions) -> None:
    """Transfer entropy: what the source's past tells about the target beyond the target's own past."""
    parameters: dict[str, Any] = dict(parse_settings(options.set or ()))
    with progress_bar("working"):
        from infonats.quantities.series import Embedding, transfer_entropy_of
        from infonats.quantities.settings import Settings

        table = open_table(options.file, options.rows, options.transpose)
        specs = {"source": options.source, "target": options.target}
        specs |= {} if options.given is None else {"given": options.given}
        refuse_twice(table, specs)
        named = {side: table.named(spec) for side, spec in specs.items()}
        embedding = Embedding(options.target_history, options.source_history, options.delay, options.tau)
        keywords = {
            "seed": options.seed,
            "block": block_of(options.block),
            "drop_missing": options.drop_missing,
        }
        settings = Settings.of(options.method, parameters | keywords)
        result = transfer_entropy_of(named, embedding, settings, options.surrogates)
    if options.json:
        emit(result.to_json(indent=2))
    else:
        block(result)
