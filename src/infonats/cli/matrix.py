"""``infonats matrix``: every pair of columns of a table, ranked."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.output import emit, say, tell
from infonats.cli.progress import progress_bar
from infonats.cli.settings import parse_settings
from infonats.cli.tables import Rows, Transpose, block_of, open_table, ranked_table, whole_numbers

if TYPE_CHECKING:
    from infonats.data import Table
    from infonats.data.convert import Named
    from infonats.quantities import MatrixResult

MOST_NOTES = 3


@dataclasses.dataclass(frozen=True)
class MatrixOptions:
    """What `infonats matrix` is asked for."""

    file: Annotated[Path, typer.Argument(help="A table: CSV, TSV, Parquet, .npy or .npz.", show_default=False)]
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMNS",
            help="Which, as in raf,mek or raf:jnk; if not given, all that can be used.",
            show_default=False,
        ),
    ] = None
    against: Annotated[
        str | None,
        typer.Option(metavar="COLUMNS", help="Only pairs with one of these columns.", show_default=False),
    ] = None
    method: Annotated[
        str, typer.Option(help="See 'infonats methods'; or 'binned'. Quick: gaussian_copula, binned.")
    ] = "auto"
    lags: Annotated[str, typer.Option(metavar="LAGS", help="As in 0,1,24 or 0:24; x leads by the lag.")] = "0"
    permutations: Annotated[int, typer.Option(metavar="N", help="For p-values and false discovery rates.")] = 0
    exceedances: Annotated[
        int, typer.Option(metavar="N", help="Stop a test once N permutations reach the value; 0: never.")
    ] = 0
    block: Annotated[
        str,
        typer.Option(metavar="ROWS", help="Of series: rows that depend on each other; auto: by a rule."),
    ] = "1"
    min_rows: Annotated[int, typer.Option(metavar="N", help="The fewest rows of a pair.")] = 20
    top: Annotated[int, typer.Option(metavar="N", help="How many pairs are printed.")] = 20
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same bits.")] = 0
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the method; repeatable."),
    ] = None
    jobs: Annotated[int, typer.Option(metavar="N", help="Processes; -1: one on each core.")] = -1
    scheduler: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A Dask scheduler, tcp://host:8786.", show_default=False),
    ] = None
    resume: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Keep finished pairs here; continue from it.", show_default=False),
    ] = None
    known: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Known links, to compare the ranking with.", show_default=False),
    ] = None
    out: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Write all pairs: .csv, .parquet or .json.", show_default=False),
    ] = None
    rows: Rows = None
    transpose: Transpose = False
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False
    html: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write a report with a heat map.", show_default=False)
    ] = None


def matrix(options: MatrixOptions) -> None:
    """Mutual information of every pair of columns: a ranked table, a heat map.

    Missing values are left out pair by pair. An interrupted --resume run continues where it stopped.
    """
    parameters, lags = parse_settings(options.set or ()), whole_numbers(options.lags, "--lags")
    for path, endings in ((options.html, (".html", ".htm")), (options.out, ())):
        if path:
            from infonats.report import check_destination

            check_destination(path, endings)
    with progress_bar("reading") as progress:
        from infonats.quantities import mi_matrix, read_edges
        from infonats.quantities.matrix_result import check_ending
        from infonats.quantities.recovery import among

        if options.out:
            check_ending(options.out)
        known = read_edges(options.known) if options.known else []
        named, against, skipped = _columns(options)
        among(named.names, known)  # a wrong link is told before the work
        work = {
            "n_jobs": options.jobs,
            "scheduler": options.scheduler,
            "resume": options.resume,
            "progress": progress,
            "permutations": options.permutations,
            "exceedances": options.exceedances,
            "seed": options.seed,
            "minimum_rows": options.min_rows,
            "against": against,
            "block": block_of(options.block),
        }
        result = mi_matrix(named, method=options.method, lags=lags, **{**parameters, **work})
    if options.json:
        emit(result.to_json(indent=2))
    else:
        _print(result, skipped, options.top)
    if known:
        from infonats.quantities import recovery

        found = str(recovery(result, known, seed=options.seed))
        say(found, error=True) if options.json else tell(found)
    _write(options, result, skipped)


def _columns(options: MatrixOptions) -> "tuple[Named, tuple[str, ...], tuple[str, ...]]":
    """The columns, the names of those to measure against, and of those left out where all were asked for."""
    import numpy as np

    from infonats.data._words import counted
    from infonats.data.convert import Named
    from infonats.errors import InputError

    table = open_table(options.file, options.rows, options.transpose)
    asked = () if options.against is None else table.columns.find(options.against)
    against = tuple(_called(table, place) for place in asked)
    if options.columns is not None:
        places = dict.fromkeys((*asked, *table.columns.find(options.columns)))
        return table.named_at(tuple(places)), against, ()
    kept: list[Named] = []
    skipped: list[str] = []
    why = ""
    for place in range(len(table.names)):
        name = _called(table, place)
        try:
            column = table.named_at((place,))
            if not column.levels or place in asked or _takes(options.method, column):
                kept.append(dataclasses.replace(column, names=(name,)))
                continue
        except InputError as error:
            why = why or f" {error}"
        skipped.append(name)
    if len(kept) < 2:
        raise InputError(
            f"{options.file} has {counted(len(kept), 'column')} that {options.method} can use; a matrix needs "
            f"at least 2.{why}"
        )
    levels = tuple(words for each in kept for words in each.levels or (None,))
    values, names = np.hstack([each.values for each in kept]), tuple(each.names[0] for each in kept)
    return Named(values, names, levels if any(levels) else ()), against, tuple(skipped)


def _called(table: "Table", place: int) -> str:
    """The name of a column, or its number where it has none."""
    return table.names[place] or f"column {place}"


def _takes(method: str, column: "Named") -> bool:
    """Whether the method can make something of this column of text: words that repeat twice on average."""
    from infonats.estimators import METHODS
    from infonats.estimators.choice import CHOICES

    words = column.levels[0] or ()
    knows = method in CHOICES or (method in METHODS and METHODS[method]().info.text)
    return knows and 2 * len(words) <= len(column.values)


def _print(result: "MatrixResult", skipped: tuple[str, ...], top: int) -> None:
    from infonats.data._words import counted
    from infonats.report import matrix_block_sentence, matrix_header, matrix_rows

    count = sum(record.value is not None for record in result.records)
    title = f"{counted(count, 'pair')} of {len(result.names)} columns by {result.method}, nats"
    ranked_table(title, matrix_header(result), matrix_rows(result, top))
    if count > top:
        tell(f"... and {count - top} more: --top N prints, --out PATH writes them")
    if result.resolution:
        tell(f"{result.discoveries} {result.resolution}")
    if blocks := matrix_block_sentence(result):
        tell(blocks)
    if skipped:
        tell(f"left out, holding neither numbers nor words that repeat: {', '.join(skipped)}")
    if "order" in result.provenance:
        tell(result.provenance["order"])
    _print_notes(result)


def _print_notes(result: "MatrixResult") -> None:
    """The notes, alike ones once: names apart, they say the same of many pairs."""
    from infonats.report import notes_by_kind

    found = notes_by_kind(result)
    for pairs, note in found[:MOST_NOTES]:
        more = f" and {len(pairs) - 1} more" if len(pairs) > 1 else ""
        tell(f"note: {pairs[0]}{more}: {note}")
    if len(found) > MOST_NOTES:
        left = sum(len(pairs) for pairs, _ in found[MOST_NOTES:])
        tell(f"... and notes on {left} more pairs: --out PATH writes them")


def _write(options: MatrixOptions, result: "MatrixResult", skipped: tuple[str, ...]) -> None:
    if options.out:
        say(f"table written to {result.write(options.out)}", error=options.json)
    if options.html:
        from infonats.report import matrix_sections, write_report

        title = f"Mutual information in {options.file.name}"
        target = write_report(options.html, title, matrix_sections(result, skipped), lead=str(result))
        say(f"report written to {target}", error=options.json)
