"""``infonats lags``: how much x some rows back tells about y now."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.estimate import refuse_twice
from infonats.cli.output import emit, say, tell
from infonats.cli.progress import progress_bar
from infonats.cli.settings import parse_settings
from infonats.cli.tables import Rows, Transpose, block_of, open_table, ranked_table, whole_numbers
from infonats.errors import InputError

if TYPE_CHECKING:
    from infonats.quantities import LagProfile

FEW = 4
MOST_ROWS = 60
WIDTH, NARROW = 20, 76
"""What a value with its error takes of a line, and what there is besides the lag."""


@dataclasses.dataclass(frozen=True)
class LagsOptions:
    """What `infonats lags` is asked for."""

    file: Annotated[Path, typer.Argument(help="A table in order of time.", show_default=False)]
    x: Annotated[str, typer.Option("--x", metavar="COLUMNS", help="X, each column by itself.")]
    y: Annotated[str, typer.Option("--y", metavar="COLUMNS", help="Y.")]
    max_lag: Annotated[int, typer.Option(metavar="N", help="Lags 0 to N; x leads.")] = 20
    lags: Annotated[
        str | None, typer.Option(metavar="LAGS", help="Instead: 0,24,48 or -24:24:6.", show_default=False)
    ] = None
    given: Annotated[
        str | None, typer.Option(metavar="COLUMNS", help="Z at the time of y: I(X;Y|Z).", show_default=False)
    ] = None
    method: Annotated[str, typer.Option(help="See 'infonats methods'.")] = "auto"
    permutations: Annotated[int, typer.Option(metavar="N", help="Test each lag: circular shifts of x.")] = 0
    block: Annotated[
        str, typer.Option(metavar="ROWS", help="Rows that depend on each other; 1: none; auto: by a rule.")
    ] = "auto"
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same bits.")] = 0
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the method; repeatable."),
    ] = None
    drop_missing: Annotated[
        bool, typer.Option("--drop-missing", help="Skip rows that have missing values.")
    ] = False
    rows: Rows = None
    transpose: Transpose = False
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False
    html: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Write a report with pictures.", show_default=False)
    ] = None


def lags(options: LagsOptions) -> None:
    """Mutual information between x some rows back and y now, lag by lag."""
    parameters = parse_settings(options.set or ())
    if options.html:
        from infonats.report import check_destination

        check_destination(options.html)
    if options.lags is None and options.max_lag < 0:
        raise InputError(
            f"--max-lag is {options.max_lag}; give 0 or more, or lags of either sign: --lags=-6:6."
        )
    asked = f"0:{options.max_lag}" if options.lags is None else options.lags
    wanted = whole_numbers(asked, "--max-lag" if options.lags is None else "--lags")
    with progress_bar("reading") as progress:
        from infonats.quantities.lags import lag_profile_of
        from infonats.quantities.settings import Settings

        table = open_table(options.file, options.rows, options.transpose)
        specs = {"x": options.x, "y": options.y} | ({} if options.given is None else {"z": options.given})
        refuse_twice(table, {side: spec for side, spec in specs.items() if side != "x"})
        named = {side: table.named(spec) for side, spec in specs.items()}
        keywords = {"seed": options.seed, "drop_missing": options.drop_missing, "progress": progress}
        keywords |= {"block": block_of(options.block)}
        settings = Settings.of(options.method, {**parameters, **keywords})
        profile = lag_profile_of(named, wanted, settings, options.permutations)
    if options.json:
        emit(profile.to_json(indent=2))
    else:
        _print(profile)
    if options.html:
        from infonats.report import lag_sections, write_report

        title = f"Lagged mutual information in {options.file.name}"
        target = write_report(options.html, title, lag_sections(profile), lead=str(profile))
        say(f"report written to {target}", error=options.json)


def _print(profile: "LagProfile") -> None:
    import numpy as np

    given = f" | {profile.given}" if profile.given else ""
    title = f"I(x[t - lag]; {profile.target}[t]{given}) on {profile.n} rows at every lag, nats"
    widths = {name: max(len(name), 6) + 2 for name in profile.names}
    exact = len(profile.names) * WIDTH < NARROW
    if len(profile.lags) <= MOST_ROWS and (exact or sum(widths.values()) < NARROW):
        ranked_table(title, ("lag", *profile.names), _by_lag(profile, exact))
        title = "\nat the lag where each is largest"
    else:
        tell("Every lag of every column: --json or --html.")
    if not exact or len(profile.names) > 1:
        tested = bool(np.isfinite(profile.p).any())
        ranked_table(
            title, ("x", "lag", "nats", "95 % interval", *(("p", "q") * tested)), _best(profile, tested)
        )
    tell(str(profile))
    for (name, lag), note in list(profile.notes.items())[:3]:
        tell(f"note: {name}, lag {lag}: {note}")
    if profile.ranked():
        tell(errors_note(profile))


def _best(profile: "LagProfile", tested: bool) -> "list[tuple[str, ...]]":
    """A row for each column of x: where it tells the most."""
    rows = []
    for name, lag, e, q in profile.best():
        p = (f"{e.provenance.get('p_value', 1.0):.3g}", f"{q:.3g}") if tested else ()
        low, high = e.interval
        rows.append((name, str(lag), f"{e.value:z.4f}", f"[{low:z.3f}, {high:z.3f}]", *p))
    return rows


def errors_note(profile: "LagProfile") -> str:
    """What the errors assume, and how small a p-value can be."""
    from infonats.report import block_sentence

    found = profile.ranked()
    tested = next((e.provenance["permutations"] for _, _, e in found if "permutations" in e.provenance), 0)
    if not tested:
        return block_sentence(profile)
    best = ", ".join(f"{name} at {lag}: p = {e.provenance['p_value']:.3g}" for name, lag, e in found[:FEW])
    return f"{block_sentence(profile)} {best}; each for itself, and never below 1 / {1 + tested}."


def _by_lag(profile: "LagProfile", exact: bool) -> "list[tuple[str, ...]]":
    """A row for each lag, the largest value of each column marked; `exact`: with its error."""
    import numpy as np

    values, rows = profile.values, []
    best = [int(np.nanargmax(v)) if np.isfinite(v).any() else -1 for v in values]
    for place, lag in enumerate(profile.lags):
        cells = [
            f"{v[place]:z.4f}{f' +- {s[place]:.4f}' * exact}{' *' if place == best[i] else '  '}"
            if np.isfinite(v[place])
            else "-  "
            for i, (v, s) in enumerate(zip(values, profile.stderr, strict=True))
        ]
        rows.append((str(lag), *cells))
    return rows
