"""Words on the terminal: the readable block of an estimate, errors, notices."""

from typing import TYPE_CHECKING, Literal

import typer

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

    from infonats.estimate import Estimate

WIDEST = 100


def console(error: bool = False) -> "Console":
    """A console no wider than 100 columns that prints text as it stands: no markup, no highlighting."""
    from rich.console import Console

    made = Console(stderr=error, markup=False, highlight=False, emoji=False)
    made.width = min(made.width, WIDEST)
    return made


def emit(text: str) -> None:
    """Print to stdout for another program to read: neither wrapped nor coloured."""
    typer.echo(text)


def say(text: str, error: bool = False) -> None:
    """Print one line on stdout, or on stderr where `error` is true."""
    console(error).print(text, soft_wrap=True)


def tell(text: str) -> None:
    """Print a sentence on stdout, wrapped to the console's width."""
    from rich.text import Text

    show(Text(text))


def show(*things: "RenderableType") -> None:
    """Print on stdout, wrapped to the console's width, without the blanks that tables leave at line ends."""
    out = console()
    with out.capture() as captured:
        for thing in things:
            out.print(thing)
    for line in captured.get().splitlines():
        typer.echo(line.rstrip())


def complain(label: str, message: str) -> None:
    """Print ``label: message`` on stderr, the label in red where there is colour."""
    from rich.text import Text

    out = console(error=True)
    text = Text.assemble((label, "bold red"), f": {message}")
    out.print(text, soft_wrap=not out.is_terminal)


def block(estimate: "Estimate", units: Literal["nats", "bits"] = "nats") -> None:
    """Print an estimate as one readable block, `units` leading."""
    from rich.text import Text

    from infonats._display import rows, symbol

    (_, headline), *others = rows(estimate, units)
    grid = two_columns()
    for label, text in others:
        grid.add_row(Text(label, style="dim"), Text(text))
    grid.add_row(Text("diagnostics", style="dim"), _bullets(estimate.diagnostics))
    show(Text(f"{symbol(estimate)} = {headline}", style="bold"), grid)


def two_columns() -> "Table":
    """A borderless table of labels and wrapped texts."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    return grid


def _bullets(sentences: tuple[str, ...]) -> "RenderableType":
    from rich.text import Text

    if not sentences:
        return Text("nothing suspicious was seen")
    grid = two_columns()
    grid.padding = (0, 1, 0, 0)
    for sentence in sentences:
        grid.add_row(Text("-"), Text(sentence))
    return grid
