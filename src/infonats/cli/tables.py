"""Tables: opened as the options say, ranked on the terminal; and lists of whole numbers from text."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infonats.cli.output import show
from infonats.errors import InputError

if TYPE_CHECKING:
    from infonats.data import Table

Rows = Annotated[
    str | None,
    typer.Option(
        metavar="ROWS", help="Only these, from 0: 0:853, or 13::24 for every 24th.", show_default=False
    ),
]
Transpose = Annotated[bool, typer.Option("--transpose", help="The file has a variable in each line.")]

MOST_NUMBERS = 10_000
NAMES = ("x", "y")
"""The columns that may take several lines."""


def open_table(file: Path, rows: str | None, transpose: bool) -> "Table":
    """The table in `file`, turned where `transpose` says so, then cut to `rows`. Raises InputError."""
    from infonats.data import read_table, rows_of, transposed

    table = read_table(file)
    if transpose:
        table = transposed(table)
    return table if rows is None else rows_of(table, rows)


def ranked_table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of plain cells under a title; where the width is short, names give way, numbers never."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in header:
        justify = "left" if name in (*NAMES, "method") else "right"
        table.add_column(name, justify=justify, no_wrap=name not in NAMES, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    show(Text(f"{title}\n", style="bold"), table)


def _ranges(text: str) -> list[range]:
    """The parts of such a text; none where it cannot be read."""
    found = []
    try:
        for part in text.split(","):
            numbers = [int(number) for number in part.split(":")]
            first, last, step = (
                numbers * 2 + [1] if len(numbers) == 1 else [*numbers, 1][: max(3, len(numbers))]
            )
            found.append(range(first, last + (1 if step > 0 else -1), step))
    except ValueError:
        return []
    return found


def whole_numbers(text: str, option: str) -> tuple[int, ...]:
    """Read ``0,1,24`` or ``0:24`` (both ends included) or ``0:24:6``, at most `MOST_NUMBERS` of them.

    Raises InputError for anything else.
    """
    found: list[int] = []
    for part in _ranges(text):
        if (part.stop - part.start) // part.step > MOST_NUMBERS - len(found):
            raise InputError(
                f"{option} {text} names more than {MOST_NUMBERS} numbers; give a shorter range, or a step as "
                "in 0:10000:100."
            )
        found += part
    if not found:
        raise InputError(
            f"{option} {text} is not understood; write whole numbers such as 0,1,24, or a range such as 0:24 "
            "or 0:24:6."
        )
    return tuple(dict.fromkeys(found))


def block_of(text: str) -> int | str:
    """Read ``auto`` or a number of rows; what it may be is checked where it is used."""
    return int(text) if text.isdecimal() else text
