"""A table seen otherwise: some of its rows, or rows as columns."""

import contextlib
import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from infonats.data.columns import Columns
from infonats.data.sources import ALL, Source
from infonats.data.tables import Table
from infonats.errors import InputError

_ROWS = re.compile(r"(-?\d*):(-?\d*)(?::(\d+))?", re.ASCII)


def rows_of(table: Table, spec: str) -> Table:
    """The rows of the table that `spec` names, as Python slices do: ``0:853``, ``:1000``, ``13::24``.

    Rows are counted from 0, without the line of names; the end is left out. Raises InputError for another
    spelling, a step of 0, and where no row is left.
    """
    found = _ROWS.fullmatch(spec.strip())
    if found is None or found[3] == "0":
        raise InputError(
            f"The rows '{spec}' are not understood; write START:STOP or START:STOP:STEP as in Python, such as "
            "0:853 for the first 853, or 13::24 for every 24th from number 13 on."
        )
    window = slice(*(int(part) if part else None for part in found.groups()))
    count = len(range(table.n_rows)[window])
    if not count:
        raise InputError(
            f"The rows '{spec}' hold none of the table's, which are 0 to {table.n_rows - 1}; give others."
        )
    return Table(table.columns, count, _Window(table.source, window, count))


def transposed(table: Table) -> Table:
    """The table with a column for each row: for files that hold one variable in each line.

    Where the first column holds text, it names the variables, and a line of names that are all numbers is a
    variable too, called as its first cell; other names of columns are left out. Elsewhere the variables are
    called 0, 1, ... Raises InputError where a further column holds text.
    """
    words = table.source.words(0)
    first = 0 if words is None else 1
    if first and len(table.names) == 1:
        raise InputError("The table has one column, of text: turned, nothing is left. Give one with numbers.")
    values = table.source.read(range(first, len(table.names))).T
    names = tuple(map(str, range(table.n_rows) if words is None else words))
    heading = _numbers(table.names[1:]) if first else None
    if heading is not None:
        values, names = np.hstack([heading[:, None], values]), (table.names[0], *names)
    return Table(Columns(names), len(values), _Matrix(np.ascontiguousarray(values), names))


class _Window(Source):
    """Some rows of another source."""

    def __init__(self, whole: Source, window: slice, count: int) -> None:
        self.names, self.n_rows, self.block_rows = whole.names, count, whole.block_rows
        self._whole, self._window = whole, window

    def read(self, positions: Sequence[int], rows: slice = ALL) -> Float64[np.ndarray, "n d"]:
        return np.ascontiguousarray(self._whole.read(positions)[self._window][rows])

    def words(self, position: int) -> np.ndarray | None:
        words = self._whole.words(position)
        return None if words is None else words[self._window]


class _Matrix(Source):
    """Columns of numbers in memory."""

    def __init__(self, values: Float64[np.ndarray, "n d"], names: tuple[str, ...]) -> None:
        self.names, self.n_rows, self.block_rows = names, len(values), len(values)
        self._values = values

    def read(self, positions: Sequence[int], rows: slice = ALL) -> Float64[np.ndarray, "n d"]:
        return self._values[rows, list(positions)]

    def words(self, position: int) -> np.ndarray | None:
        return None


def _numbers(cells: Sequence[str]) -> Float64[np.ndarray, "n"] | None:
    """The cells as numbers, or None where one is none."""
    with contextlib.suppress(ValueError):
        return np.array([float(cell) for cell in cells])
    return None
