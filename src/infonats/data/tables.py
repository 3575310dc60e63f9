"""Tables from files: text and Parquet by polars, NumPy files by memory map."""

import dataclasses
import difflib
import os
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from infonats.data._words import counted, listing, quoted
from infonats.data.categories import code_words
from infonats.data.columns import Columns
from infonats.data.convert import Named
from infonats.data.kinds import advice_for
from infonats.data.numpy_files import open_npy, open_npz
from infonats.data.pairs import Pairs, pair_up
from infonats.data.sources import ArraySource, FrameSource, Source
from infonats.data.text_files import read_text
from infonats.errors import InputError


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """A file opened for reading: names and size are known, columns are read when selected."""

    columns: Columns
    n_rows: int
    source: Source

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return self.columns.names

    def select(self, spec: str) -> tuple[Float64[np.ndarray, "n d"], tuple[str, ...]]:
        """The columns that `spec` names (see `Columns.find`) as float64 (n, d), and their names.

        Missing values become NaN. Raises UnknownNameError for an unknown name, InputError for an index
        out of range, a column named twice, an empty spec, and columns that hold no real numbers.
        """
        positions = self.columns.find(spec)
        return self.source.read(positions), tuple(self.names[p] for p in positions)

    def named(self, spec: str) -> Named:
        """As `select`, with the words of columns of text numbered instead of refused (see `as_named`)."""
        return self.named_at(self.columns.find(spec))

    def named_at(self, positions: tuple[int, ...]) -> Named:
        """The columns at these `positions`, as `named` gives them."""
        names = tuple(self.names[p] for p in positions)
        words = [self.source.words(p) for p in positions]
        if all(each is None for each in words):
            return Named(self.source.read(positions), names)
        coded = [
            None if w is None else code_words(w, f"Column '{n}'") for w, n in zip(words, names, strict=True)
        ]
        parts = zip(coded, positions, strict=True)
        values = [self.source.read([p])[:, 0] if each is None else each[0] for each, p in parts]
        return Named(np.stack(values, 1), names, tuple(None if each is None else each[1] for each in coded))


def read_table(path: str | os.PathLike[str]) -> Table:
    """Open a table. The suffix, in upper or lower case, says what it is.

    .csv, .tsv, .txt, .csv.gz, .tsv.gz: UTF-8 text with a line of names first. Without such a line (numbers with
    decimals in the first) the names are 0, 1, ... Empty cells, NA, NaN, null and the like are missing.
    .parquet: only the selected columns are read.
    .npy: columns named 0, 1, ... (or by the fields of a structured array), memory-mapped.
    .npz: each array is a column, or columns name[0], name[1], ..., which ``name`` selects together;
    memory-mapped where not compressed. Single numbers in it are left out. Axes after the first are flattened
    in C order.

    Raises InputError for a file that is missing, empty, corrupt, without rows, or of an unknown kind.
    """
    file = Path(path).expanduser()
    _check_exists(file)
    read = _reader(file)
    if file.stat().st_size == 0:
        raise InputError(f"{file} is empty (0 bytes); give a file with a line of names and rows of numbers.")
    try:
        table = read(file)
    except InputError:
        raise
    except (ValueError, EOFError, OSError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(f"{file} cannot be read ({error}); it may be truncated or of another kind.") from error
    if table.n_rows == 0 or not table.names:
        raise InputError(
            f"{file} has {table.n_rows} rows of {counted(len(table.names), 'column')}; give at least one row "
            "of numbers."
        )
    return table


def select_pairs(table: Table, x: str, y: str, *, drop_missing: bool = False) -> Pairs:
    """Select x and y from a table by specifications as in `Table.select`, and check them as `as_pairs` does.

    Columns of text are categories. Raises InputError where a column stands in both.
    """
    both = set(table.columns.find(x)) & set(table.columns.find(y))
    if both:
        names = quoted(table.names[p] for p in sorted(both))
        raise InputError(f"x and y both hold {names}; a column can stand on one side only.")
    return pair_up(table.named(x), table.named(y), varying=True, drop_missing=drop_missing)


def _check_exists(file: Path) -> None:
    if file.is_dir():
        raise InputError(f"{file} is a folder; give a file with one of the endings {listing(READERS, 99)}.")
    if file.is_file():
        return
    if file.exists() or file == Path("-"):
        raise InputError(f"{file} is no file on a disk; write the table to one first, such as table.csv.")
    if not file.parent.is_dir():
        raise InputError(f"There is no file {file}: the folder {file.parent} does not exist.")
    close = difflib.get_close_matches(file.name, [f.name for f in file.parent.iterdir() if f.is_file()], n=1)
    hint = f" Did you mean {file.parent / close[0]}?" if close else ""
    raise InputError(f"There is no file {file}.{hint} Check the path.")


def _reader(file: Path) -> Callable[[Path], Table]:
    for ending, reader in READERS.items():
        if file.name.lower().endswith(ending):
            return reader
    raise InputError(f"{file} has no known ending; allowed are {listing(READERS, 99)}. {advice_for(file)}")


def _from_frame(frame: Any) -> Table:
    source = FrameSource(frame)
    return Table(Columns(source.names), source.n_rows, source)


def _text(file: Path) -> Table:
    return _from_frame(read_text(file))


def _parquet(file: Path) -> Table:
    import polars

    try:
        return _from_frame(polars.scan_parquet(file, glob=False))
    except polars.exceptions.PolarsError as error:
        raise InputError(f"{file} is no readable Parquet file ({error}); write it again.") from error


def _npy(file: Path) -> Table:
    return _from_arrays(open_npy(file), file)


def _npz(file: Path) -> Table:
    return _from_arrays(open_npz(file), file)


def _from_arrays(arrays: dict[str, np.ndarray], file: Path) -> Table:
    arrays = {name: array for name, array in arrays.items() if array.ndim}
    if not arrays:
        raise InputError(f"{file} holds no array with rows; save arrays of shape (n,) or (n, d).")
    lengths = {name: len(array) for name, array in arrays.items()}
    if len(set(lengths.values())) > 1:
        each = listing(f"'{name}' {n}" for name, n in lengths.items())
        raise InputError(
            f"The arrays in {file} have different numbers of rows: {each}; save equal lengths together."
        )
    source = ArraySource(arrays)
    return Table(Columns(source.names, source.groups), source.n_rows, source)


READERS: dict[str, Callable[[Path], Table]] = {
    ".csv": _text,
    ".tsv": _text,
    ".txt": _text,
    ".csv.gz": _text,
    ".tsv.gz": _text,
    ".parquet": _parquet,
    ".npy": _npy,
    ".npz": _npz,
}
"""Every ending that `read_table` knows, and what reads it."""
