"""``infonats methods`` and ``infonats cite``: what the registry knows."""

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.output import emit, say, show, two_columns

if TYPE_CHECKING:
    from infonats.estimators.base import MethodInfo
    from infonats.estimators.uncertainty import Coverage


@dataclasses.dataclass(frozen=True)
class MethodsOptions:
    """What `infonats methods` is asked for."""

    long: Annotated[
        bool, typer.Option("--long", help="Also how the error is computed, and its measured coverage.")
    ] = False
    json: Annotated[bool, typer.Option("--json", help="Print the list as JSON and nothing else.")] = False


@dataclasses.dataclass(frozen=True)
class CiteOptions:
    """What `infonats cite` is asked for."""

    method: Annotated[
        str, typer.Argument(help="A name from 'infonats methods', or a hybrid: doe+mine.", show_default=False)
    ]


def methods(options: MethodsOptions) -> None:
    """List the methods: name, family, guarantee, what it does, source."""
    from infonats.estimators.uncertainty import coverages

    infos = {info: coverages().get(name) for name, info in _infos().items()}
    if options.json:
        rows = [
            dataclasses.asdict(info) | {"coverage": known and dataclasses.asdict(known)}
            for info, known in infos.items()
        ]
        emit(json.dumps(rows, indent=2))
    else:
        _print(infos, options.long)


def cite(options: CiteOptions) -> None:
    """Print the BibTeX entry of a method's source; of a hybrid, those of its parts too."""
    from infonats.estimators import references_of

    emit("\n\n".join(reference.bibtex for reference in references_of(options.method)))


def _infos() -> "dict[str, MethodInfo]":
    from infonats.estimators import METHODS

    return {name: make().info for name, make in METHODS.items()}


def _print(infos: "dict[MethodInfo, Coverage | None]", long: bool) -> None:
    from rich.text import Text

    from infonats._display import GUARANTEE

    grid = two_columns()
    for info, known in infos.items():
        grid.add_row(Text(info.name, style="bold"), Text(f"{info.family}; {GUARANTEE[info.side]}"))
        grid.add_row("", Text(info.summary))
        if long:
            held = f"{known}." if known else "its coverage was not measured."
            grid.add_row("", Text(f"error by {info.error}; {held}"))
        grid.add_row("", Text(info.reference.short + "\n", style="dim"))
    show(grid)
    say("Hybrids: one of ba to pq, a plus, one of dv to nce, such as doe+mine.")
    say("'auto', the default of 'infonats estimate', chooses among them and says why.")
    if long:
        say("The tasks and each method's mean error: docs/coverage.md.")
    say("'auto-closed' does the same among those that train nothing.")
