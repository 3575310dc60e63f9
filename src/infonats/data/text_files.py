"""Delimited text as a polars frame: find the separator and the names, read, and recover padded numbers."""

import csv
import gzip
import re
from pathlib import Path
from typing import Any

from infonats.data._words import shown
from infonats.data.kinds import refuse_foreign
from infonats.data.sizes import check_gzip
from infonats.errors import InputError

MISSING = ["", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "NULL", "Null", "null", "None", "none"]
"""Cells that mean a missing value."""

LONGEST = 2**24
"""So many characters of the first line are looked at: a file without line ends is no table."""

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
"""What stands for bytes that are no UTF-8."""

_AS_UTF8 = "save it as UTF-8, for instance by iconv -f LATIN1 -t UTF-8"
_LOOKED_AT = 100
"""Rows by which a table of one column is judged."""
_PADDING = ' \t"'
"""What may surround a name or a number; polars leaves quotes that follow a blank."""


def read_text(file: Path) -> Any:
    """The polars DataFrame of a .csv, .tsv or .txt file, perhaps with .gz, of UTF-8 text.

    A .tsv is separated by tabs; in the others the first line tells: commas if there are any, else tabs, else
    semicolons, else bars. Blank lines are skipped, except in a table of one column, where they are missing
    values.
    Raises InputError for lines with too many cells, two columns of one name, text that is not UTF-8, cells
    between blanks, and what is no text at all.
    """
    if file.name.lower().endswith(".gz"):
        check_gzip(file)
    else:
        refuse_foreign(file)
    line = _first_line(file)
    if "\0" in line:
        raise InputError(f"{file} is no UTF-8 text (its first line holds zero bytes); save it as UTF-8.")
    if UNREADABLE in line:
        raise InputError(f"{file} is no UTF-8 text (its first line reads {shown(line)}); {_AS_UTF8}.")
    separator = "\t" if ".tsv" in file.name.lower() else _separator(line)
    headless = _is_data([cell.strip(_PADDING) for cell in line.split(separator)])
    if not headless:
        _refuse_namesakes(file, next(csv.reader([line], delimiter=separator), []))
    frame = _tidy(_parsed(file, separator, line, headless=headless), headless=headless)
    if frame.width == 1:
        _refuse_blanks(file, frame.to_series())
    return frame


def _parsed(file: Path, separator: str, line: str, *, headless: bool) -> Any:
    import polars

    try:
        return polars.read_csv(
            file,
            separator=separator,
            has_header=not headless,
            null_values=MISSING,
            infer_schema_length=None,  # look at every row: a column of integers may turn to decimals late
            glob=False,
        )
    except polars.exceptions.PolarsError as error:
        if "utf-8" in str(error):
            raise InputError(f"{file} is no UTF-8 text (some of its cells are not); {_AS_UTF8}.") from error
        raise InputError(
            f"{file} cannot be read as text with the separator {separator!r} ({_brief(error)}); every line "
            f"needs as many cells as the first, which reads {shown(line)}."
        ) from error


def _refuse_blanks(file: Path, column: Any) -> None:
    """Raise InputError for a table of one column whose cells are several numbers between blanks."""
    import polars

    if column.dtype != polars.String:
        return
    cells = [cell.split() for cell in column.drop_nulls().head(_LOOKED_AT)]
    if cells and all(len(parts) > 1 and None not in map(_number, parts) for parts in cells):
        raise InputError(
            f"{file} has blanks between its numbers; write commas for them, for instance by "
            "sed -E 's/^ +//; s/ +/,/g' FILE > NEW.csv."
        )


def _first_line(file: Path) -> str:
    opener = gzip.open if file.name.lower().endswith(".gz") else open
    with opener(file, "rt", encoding="utf-8-sig", errors="replace") as text:
        lines = iter(lambda: text.readline(LONGEST), "")
        return next((line.strip("\r\n") for line in lines if line.strip()), "")


def _refuse_namesakes(file: Path, names: list[str]) -> None:
    for place, name in enumerate(names):
        if name and name in names[:place]:
            raise InputError(
                f"{file} has two columns called '{name}' (numbers {names.index(name)} and {place} from 0), and "
                "columns are asked for by name; rename one of them."
            )


def _separator(line: str) -> str:
    bare = re.sub(r'"[^"]*"', "", line)
    return next((mark for mark in ",\t;|" if mark in bare), ",")


def _is_data(cells: list[str]) -> bool:
    """Whether a first line is a row rather than names: all numbers, and not distinct whole ones."""
    numbers = [number for cell in cells if (number := _number(cell)) is not None]
    names = all(number.is_integer() for number in numbers) and len(set(numbers)) == len(numbers)
    return len(numbers) == len(cells) and not names


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _tidy(frame: Any, *, headless: bool) -> Any:
    """Strip names, skip blank lines, and read as numbers text columns of nothing but padded numbers."""
    import polars

    names = [str(j) if headless else name.strip(_PADDING) for j, name in enumerate(frame.columns)]
    if len(set(names)) == len(names):
        frame.columns = names
    text = [name for name, dtype in frame.schema.items() if dtype == polars.String]
    padded = frame.select(polars.col(name).str.strip_chars(_PADDING).replace(MISSING, None) for name in text)
    numbers = padded.select(polars.all().cast(polars.Float64, strict=False))
    good = [name for name in text if padded[name].null_count() == numbers[name].null_count()]
    frame = frame.with_columns(numbers.select(good))
    return frame.filter(~polars.all_horizontal(polars.all().is_null())) if frame.width > 1 else frame


def _brief(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
