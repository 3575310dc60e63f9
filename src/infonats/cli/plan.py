"""``infonats plan``: before measuring, whether the question can be answered."""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.output import emit, say
from infonats.cli.progress import progress_bar
from infonats.cli.settings import parse_settings
from infonats.cli.tables import ranked_table, whole_numbers
from infonats.errors import InputError

if TYPE_CHECKING:
    from infonats.planning import Ceiling, Pilot

MOST = 2000


@dataclasses.dataclass(frozen=True)
class PlanOptions:
    """What `infonats plan` is asked for."""

    file: Annotated[
        Path | None,
        typer.Argument(
            help="A pilot: a table with some rows of the kind, given with --x and --y.", show_default=False
        ),
    ] = None
    x: Annotated[
        str | None,
        typer.Option("--x", metavar="COLUMNS", help="X, as in pka or 'jnk,p38'.", show_default=False),
    ] = None
    y: Annotated[
        str | None, typer.Option("--y", metavar="COLUMNS", help="Y, in the same way.", show_default=False)
    ] = None
    method: Annotated[str, typer.Option(help="See 'infonats methods'.")] = "auto-closed"
    sizes: Annotated[
        str | None, typer.Option(metavar="LIST", help="Rows to try, as in 100,400,1600.", show_default=False)
    ] = None
    repeats: Annotated[int, typer.Option(metavar="N", help="Estimates at each size.")] = 10
    error: Annotated[float, typer.Option(metavar="NATS", help="The error that is to be reached.")] = 0.1
    critic_parameters: Annotated[
        int | None,
        typer.Option(
            metavar="D",
            help="A critic's number of parameters: rows by Belghazi's Theorem 3.",
            show_default=False,
        ),
    ] = None
    critic_bound: Annotated[float, typer.Option(metavar="M", help="The critic's largest |T| in nats.")] = 5.0
    critic_lipschitz: Annotated[float, typer.Option(metavar="L", help="Its Lipschitz constant.")] = 1.0
    critic_radius: Annotated[float, typer.Option(metavar="K", help="The norm of its parameters.")] = 1.0
    delta: Annotated[
        float, typer.Option(metavar="P", help="The probability with which the theorem may fail.")
    ] = 0.05
    seed: Annotated[int, typer.Option(metavar="N", help="Same seed, same bits.")] = 0
    set: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter of the method; repeatable."),
    ] = None
    drop_missing: Annotated[
        bool, typer.Option("--drop-missing", help="Skip rows of the pilot that have missing values.")
    ] = False
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False


def plan(options: PlanOptions) -> None:
    """How many rows a question needs, and which answers a method cannot give.

    With a pilot table: the method on draws of several sizes from it.
    With --sizes alone: what the method cannot exceed there.
    With --critic-parameters: the rows that a theorem asks for.
    """
    if options.file is None and options.critic_parameters is None and options.sizes is None:
        raise InputError(
            "Nothing to plan: give a pilot table with --x and --y, or --critic-parameters D for the theorem, "
            "or --sizes with a --method for its ceilings."
        )
    pilot = None if options.file is None else _simulated(options)
    most = pilot.rows[-1].n if pilot else max(_sizes(options, MOST))
    method = pilot.method if pilot else options.method
    found = _ceilings(method, most, options)
    needed = None if options.critic_parameters is None else _needed(options)
    if options.json:
        emit(_json(pilot, found, needed))
    else:
        _print(pilot, options)
        _say(method, most, found, needed, options)


def _simulated(options: PlanOptions) -> "Pilot":
    if options.file is None or options.x is None or options.y is None:
        raise InputError("A pilot needs to know what to relate: give --x and --y.")
    with progress_bar("reading") as progress:
        from infonats.data import read_table, select_pairs
        from infonats.planning import Trial, simulate

        pairs = select_pairs(read_table(options.file), options.x, options.y, drop_missing=options.drop_missing)
        trial = Trial(options.method, parse_settings(options.set or ()), options.repeats, options.seed)
        return simulate(pairs, _sizes(options, len(pairs)), trial, progress)


def _sizes(options: PlanOptions, n: int) -> tuple[int, ...]:
    """The sizes asked for, or an eighth to twice the pilot."""
    if options.sizes is not None:
        return whole_numbers(options.sizes, "--sizes")
    return tuple(max(10, round(n * share)) for share in (0.125, 0.25, 0.5, 1, 2))


def _ceilings(method: str, n: int, options: PlanOptions) -> "tuple[Ceiling, ...]":
    from infonats.estimators.choice import CHOICES
    from infonats.planning import ceilings

    return () if method in CHOICES else ceilings(method, n, **parse_settings(options.set or ()))


def _needed(options: PlanOptions) -> int:
    from infonats.planning import CriticFamily, rows_by_theorem

    constants = options.critic_bound, options.critic_lipschitz, options.critic_radius
    return rows_by_theorem(
        CriticFamily(options.critic_parameters or 0, *constants), options.error, options.delta
    )


def _json(pilot: "Pilot | None", found: "tuple[Ceiling, ...]", needed: int | None) -> str:
    told = {
        "pilot": json.loads(pilot.to_json()) if pilot else None,
        "ceilings": [dataclasses.asdict(ceiling) for ceiling in found],
        "rows_by_theorem": needed,
    }
    return json.dumps(told, indent=2)


def _print(pilot: "Pilot | None", options: PlanOptions) -> None:
    if pilot is None:
        return
    rows = [
        (
            str(row.n),
            row.source,
            f"{row.mean:z.4f}",
            f"{row.spread:.4f}",
            f"+- {row.half_width:.4f}",
            "-" if row.bias is None else f"{row.bias:+.4f}",
        )
        for row in pilot.rows
    ]
    title = f"{pilot.method} on {options.repeats} draws of n rows, nats; the pilot has {pilot.pilot_rows}"
    ranked_table(title, ("n", "drawn from", "mean", "spread", "95 % interval", "bias"), rows)
    say(f"For +- {options.error:g} nats about {pilot.rows_for(options.error)} rows, as far as spread goes.")
    if any(row.source == "simulator" for row in pilot.rows):
        say("The simulator is the Gaussian copula of the pilot: its bias is that of monotone dependence.")


def _say(method: str, n: int, found: "tuple[Ceiling, ...]", needed: int | None, options: PlanOptions) -> None:
    for ceiling in found:
        may = "cannot" if ceiling.hard else "should not"
        say(f"{method} {may} exceed {ceiling.nats:.2f} nats: {ceiling.why}.")
    if not found and needed is None:
        say(f"No ceiling is known of {method} at {n} rows.")
    if needed is not None:
        say(
            f"Theorem 3 of Belghazi et al. 2018: {needed:,} rows keep any such critic within {options.error:g} "
            f"nats of the best of its kind, with probability {1 - options.delta:g}. A worst case."
        )
