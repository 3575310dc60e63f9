"""Where the columns of a table come from: a polars frame, or arrays that may be memory-mapped."""

import abc
import mmap
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float64

from infonats.data.convert import REAL, check_exact, not_numeric, polars_values, polars_words
from infonats.errors import InputError

ALL = slice(None)
MAPPED = 2**26
"""Bytes read from a memory map after which its pages are given back to the system."""


class Source(abc.ABC):
    """Columns by position, read on demand; `block_rows` rows in a row are quick to read together."""

    names: tuple[str, ...]
    n_rows: int
    block_rows: int

    @abc.abstractmethod
    def read(self, positions: Sequence[int], rows: slice = ALL) -> Float64[np.ndarray, "n d"]:
        """The columns at `positions`, in those `rows`, as float64. Raises InputError where one holds no
        real numbers.
        """

    @abc.abstractmethod
    def words(self, position: int) -> np.ndarray | None:
        """The column at `position` as texts and None where it is missing, or None where it is no text."""


class FrameSource(Source):
    """A polars DataFrame or LazyFrame. Of a lazy one only the selected columns are read, and of a Parquet file
    only the row groups that hold the rows.
    """

    block_rows = 16_384

    def __init__(self, frame: Any) -> None:
        import polars

        self._frame = frame.lazy()
        self.names = tuple(self._frame.collect_schema().names())
        self.n_rows = int(self._frame.select(polars.len()).collect().item())

    def read(self, positions: Sequence[int], rows: slice = ALL) -> Float64[np.ndarray, "n d"]:
        names = [self.names[p] for p in positions]
        frame = self._collect(names, rows)
        return np.stack([polars_values(frame.get_column(name), name) for name in names], 1)

    def words(self, position: int) -> np.ndarray | None:
        name = self.names[position]
        return polars_words(self._collect([name]).get_column(name))

    def _collect(self, names: list[str], rows: slice = ALL) -> Any:
        import polars

        start, stop, _ = rows.indices(self.n_rows)
        frame = self._frame.select(polars.col(name) for name in names)
        try:
            return (frame if rows == ALL else frame.slice(start, stop - start)).collect()
        except polars.exceptions.PolarsError as error:
            raise InputError(f"The columns {names} cannot be read ({error}); write the file again.") from error


class ArraySource(Source):
    """Arrays by name, each (n,) or (n, ...), the latter as columns name[0], name[1], ... of a group."""

    block_rows = 1024

    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        self._mapped = 0
        self.arrays = {name: a if a.ndim < 3 else a.reshape(len(a), -1) for name, a in arrays.items()}
        self.n_rows = len(next(iter(self.arrays.values())))
        self.groups: dict[str, range] = {}
        self._home: list[tuple[str, int]] = []
        names: list[str] = []
        for name, array in self.arrays.items():
            width = 1 if array.ndim == 1 else array.shape[1]
            if array.ndim == 2 and name:
                self.groups[name] = range(len(names), len(names) + width)
            names += [_column_name(name, j, array.ndim) for j in range(width)]
            self._home += [(name, j) for j in range(width)]
        self.names = tuple(names)

    def read(self, positions: Sequence[int], rows: slice = ALL) -> Float64[np.ndarray, "n d"]:
        values = np.empty((len(range(*rows.indices(self.n_rows))), len(positions)))
        for name in dict.fromkeys(self._home[p][0] for p in positions):
            array = self._numbers(name)[rows]
            places = [i for i, p in enumerate(positions) if self._home[p][0] == name]
            chosen = array[:, [self._home[positions[i]][1] for i in places]]
            check_exact(chosen, f"Column '{self.names[positions[places[0]]]}'")
            with np.errstate(over="ignore"):  # a longdouble beyond float64 becomes inf, as in `as_pairs`
                values[:, places] = chosen
        self._mapped += values.nbytes
        if self._mapped > MAPPED:
            self._mapped = 0
            for array in self.arrays.values():
                _give_back(array)
        return values

    def words(self, position: int) -> np.ndarray | None:
        name, j = self._home[position]
        array = self.arrays[name]
        if array.dtype.kind not in "US":
            return None
        column = np.asarray(array if array.ndim == 1 else array[:, j])
        return (np.char.decode(column, "utf-8", "replace") if column.dtype.kind == "S" else column).astype(
            object
        )

    def _numbers(self, name: str) -> np.ndarray:
        array = self.arrays[name]
        if array.dtype.kind not in REAL:
            raise not_numeric(f"Column '{name or self.names[0]}'", array.dtype.kind, array.dtype, array.flat[0])
        return array[:, None] if array.ndim == 1 else array


def _give_back(array: np.ndarray) -> None:
    """Let the system drop the pages of a read-only memory map; what is read again comes from its cache."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, mmap.mmap) and getattr(array, "mode", "") == "r" and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)


def _column_name(name: str, j: int, ndim: int) -> str:
    if not name:
        return str(j)
    return name if ndim == 1 else f"{name}[{j}]"
