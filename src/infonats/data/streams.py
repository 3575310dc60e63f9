"""Pairs that stay in their files: a block of rows is read at a time, and one pass learns what all rows say.

rows held out: a uniformly random part of all, kept in memory
every other row: to train on, never in memory together
"""

import dataclasses
import os
from pathlib import Path
from typing import Any, Self

import numpy as np
from jaxtyping import Float64, Int64

from infonats.data._words import counted, quoted
from infonats.data.pairs import Pairs
from infonats.data.sources import ArraySource, Source
from infonats.data.tables import read_table
from infonats.errors import InputError

NUMBERS = 2**20
"""Numbers that one read of a pass holds, about: 8 MiB."""
ON_DISK = (".parquet", ".npy", ".npz")
"""Endings of files of which a part can be read."""


@dataclasses.dataclass(frozen=True, eq=False)
class Stream:
    """n pairs of columns x and y of one source, of which no more than a part is ever in memory.

    Rows with a NaN or an infinity are left out where `drop_missing`; else reading one raises InputError.
    """

    source: Source
    x: tuple[int, ...]
    y: tuple[int, ...]
    x_names: tuple[str, ...]
    y_names: tuple[str, ...]
    drop_missing: bool = False

    @classmethod
    def of(cls, x: Any, y: Any, *, drop_missing: bool = False) -> Self:
        """Of two arrays with n rows each, as `numpy.load(path, mmap_mode="r")` opens them.

        Raises InputError unless both are NumPy arrays of numbers with equally many rows.
        """
        arrays = {"x": x, "y": y}
        for label, array in arrays.items():
            if not isinstance(array, np.ndarray) or array.ndim == 0:
                raise InputError(
                    f"{label} is a {type(array).__name__}; a stream reads NumPy arrays of shape (n,) or "
                    '(n, d). Open files by numpy.load(path, mmap_mode="r"), or name a file to open_stream.'
                )
        if len(x) != len(y):
            raise InputError(
                f"x has {counted(len(x), 'row')} and y has {len(y)}; each row of x needs its own row of y, so "
                "give equal lengths."
            )
        source = ArraySource(arrays)
        dx = 1 if x.ndim == 1 else source.arrays["x"].shape[1]
        places = tuple(range(len(source.names)))
        names = _names("x", dx), _names("y", len(places) - dx)
        return cls(source, places[:dx], places[dx:], *names, drop_missing)

    def __len__(self) -> int:
        return self.source.n_rows

    @property
    def columns(self) -> int:
        """Those of x and y together."""
        return len(self.x) + len(self.y)

    @property
    def block_rows(self) -> int:
        """Rows in a block: quick to read, and 2 MiB at most where rows allow that."""
        return max(16, min(self.source.block_rows, NUMBERS // 4 // self.columns))

    def read(self, start: int, stop: int) -> tuple[Int64[np.ndarray, "m"], Float64[np.ndarray, "m d"]]:
        """The numbers of the rows from `start` up to `stop`, and x and y side by side.

        Raises InputError that names the first row with a value that is not finite, unless those are dropped.
        """
        values = self.source.read((*self.x, *self.y), slice(start, stop))
        numbers = np.arange(start, start + len(values))
        finite = np.isfinite(values)
        if finite.all():
            return numbers, values
        keep = finite.all(1)
        if not self.drop_missing:
            i = int(keep.argmin())
            j = int(finite[i].argmin())
            raise InputError(
                f"Row {start + i}, counted from 0, holds {values[i, j]} in column "
                f"'{(*self.x_names, *self.y_names)[j]}'. "
                "Only finite values are allowed: fill them in, or drop their rows with drop_missing=True "
                "(--drop-missing on the command line)."
            )
        return numbers[keep], values[keep]

    def pairs(self, values: Float64[np.ndarray, "m d"]) -> Pairs:
        """Rows that `read` gave as pairs in memory."""
        dx = len(self.x)
        x, y = np.ascontiguousarray(values[:, :dx]), np.ascontiguousarray(values[:, dx:])
        return Pairs(x, y, self.x_names, self.y_names)

    def glance(self, rows: int, seed: int) -> Pairs:
        """About so many rows, from blocks chosen at random: enough for a picture."""
        size = self.block_rows
        count = -(-len(self) // size)
        chosen = np.random.default_rng(seed).permutation(count)[: max(1, min(64, rows))]
        read = [self.read(int(b) * size, (int(b) + 1) * size)[1] for b in chosen]
        return self.pairs(np.concatenate([part[:: max(1, len(chosen) * size // rows)] for part in read]))


def open_stream(path: str | os.PathLike[str], x: str, y: str, *, drop_missing: bool = False) -> Stream:
    """The columns `x` and `y` of a file, as `select_pairs` selects them, of which nothing is read yet.

    Raises InputError for text, which is read whole, where a column stands in both, and as `read_table` does.
    """
    file = Path(path)
    if not file.name.lower().endswith(ON_DISK):
        raise InputError(
            f"{file} cannot be read by parts, which {', '.join(ON_DISK)} can. Convert it, for instance by "
            "polars.scan_csv('table.csv').sink_parquet('table.parquet'), or read it whole."
        )
    table = read_table(file)
    places = table.columns.find(x), table.columns.find(y)
    both = set(places[0]) & set(places[1])
    if both:
        names = quoted(table.names[p] for p in sorted(both))
        raise InputError(f"x and y both hold {names}; a column can stand on one side only.")
    x_names, y_names = (tuple(table.names[p] for p in side) for side in places)
    return Stream(table.source, *places, x_names, y_names, drop_missing)


def _names(label: str, d: int) -> tuple[str, ...]:
    return (label,) if d == 1 else tuple(f"{label}{j}" for j in range(d))
