"""What a long matrix has finished, one JSON line for each pair: an interrupted run continues from it."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infonats._files import write_whole
from infonats.errors import InputError
from infonats.quantities.matrix_result import PairRecord

VERSION = "infonats"
"""Of the header: the version of this package, for values and p-values of two versions may be of two kinds."""


@dataclasses.dataclass(frozen=True)
class Ledger:
    """A file whose first line says of what, and whose other lines are records; nothing without a path."""

    path: Path | None
    header: Mapping[str, Any]

    def read(self) -> list[PairRecord]:
        """The records so far; the file is begun where there is none.

        A last line that was cut off is forgotten. Raises InputError where the file is of other work,
        or was begun by another version of this package.
        """
        if self.path is None:
            return []
        if not self.path.exists() or not self.path.stat().st_size:
            self._append([json.dumps(self.header)])
            return []
        first, *rest = self._text().splitlines() or [""]
        self._check(first)
        records = {r.pair: r for line in rest if (r := _record(line)) is not None}
        whole = "\n".join([first, *map(_line, records.values())]) + "\n"
        try:
            write_whole(self.path, whole.encode())
        except OSError as error:
            raise self._unwritten(error) from error
        return list(records.values())

    def _text(self) -> str:
        """What the file holds. Bytes that are no text stay visible as such, and their line is forgotten."""
        try:
            return Path(self.path or "").read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise InputError(f"The progress in '{self.path}' cannot be read: {error.strerror}.") from error

    def add(self, records: Iterable[PairRecord]) -> None:
        """Append finished records."""
        if self.path is not None:
            self._append(map(_line, records))

    def _append(self, lines: Iterable[str]) -> None:
        if self.path is None:
            return
        try:
            with self.path.open("a", encoding="utf-8") as file:
                file.write("".join(f"{line}\n" for line in lines))
        except OSError as error:
            raise self._unwritten(error) from error

    def _unwritten(self, error: OSError) -> InputError:
        return InputError(
            f"The progress cannot be written to '{self.path}': {error.strerror}. Name a file in a folder that "
            "exists, is open to you and has space."
        )

    def _check(self, first: str) -> None:
        try:
            theirs = json.loads(first)
            names = dict.fromkeys((*self.header, *theirs.keys()))
            differing = [name for name in names if theirs.get(name) != self.header.get(name)]
        except (ValueError, AttributeError, RecursionError):
            theirs, differing = {}, ["format"]
        if differing == [VERSION]:
            was = f"infonats {theirs[VERSION]}" if VERSION in theirs else "an infonats that named no version"
            raise InputError(
                f"'{self.path}' was begun by {was}, and this is {self.header[VERSION]}: methods and tests "
                "may have changed between them. Delete the file to measure every pair anew, or go on with "
                "that version."
            )
        if differing:
            listed = ", ".join("version" if name == VERSION else name for name in differing)
            raise InputError(
                f"'{self.path}' holds another matrix: its {listed} differs. Continue with the data "
                "and options that it was begun with, or name a new file."
            )


def _line(record: PairRecord) -> str:
    return json.dumps(dataclasses.astuple(record))


def _record(line: str) -> PairRecord | None:
    try:
        return PairRecord.from_list(json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
