"""The results of a benchmark: one SQLite file, in which each cell stands whole as soon as it is measured."""

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Self, get_args

from infonats.benchmark.cell import Cell
from infonats.benchmark.record import FIELDS, Record, Status
from infonats.errors import StoreError

APPLICATION, FORMAT = 0x1FA715, 1
"""What SQLite keeps in the file's header: that it is ours, and of which format."""

KEY = ("task", "method", "n", "seed")
PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""

TYPES = {int: "INTEGER", float: "REAL", str: "TEXT"}
OURS = {("table", "records"), ("index", "sqlite_autoindex_records_1")}
"""All that a store holds. A view or a trigger of a stranger's would run when the store is read."""


class Store:
    """Records by cell. Each `add` is one transaction: after `kill -9`, all that was added is there, once.

    Several processes may add to one store: they wait for each other, and the first record of a cell stays.
    Raises StoreError where the file is no store, cannot be written, or stays locked.
    """

    def __init__(self, path: str | Path, create: bool = True) -> None:
        self.path = Path(path).expanduser()
        if not create and not self.path.is_file():
            raise StoreError(
                f"There is no results store '{path}'; make one with 'infonats bench run --store {path}'."
            )
        with self._explained():
            self._database = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            self._database.execute("PRAGMA trusted_schema = OFF")
            self._prepare(create)

    def add(self, record: Record, replace: bool = False) -> None:
        """Keep a record; of a cell that has one already, the old one, or with `replace` the new one."""
        verb, marks = "REPLACE" if replace else "IGNORE", ", ".join("?" * len(FIELDS))
        with self._explained():
            self._database.execute(
                f"INSERT OR {verb} INTO records ({', '.join(FIELDS)}) VALUES ({marks})",
                dataclasses.astuple(record),
            )

    def __contains__(self, cell: Cell) -> bool:
        where = " AND ".join(f"{name} = ?" for name in KEY)
        with self._explained():
            found = self._database.execute(
                f"SELECT 1 FROM records WHERE {where}",
                dataclasses.astuple(cell),
            )
            return found.fetchone() is not None

    def __len__(self) -> int:
        with self._explained():
            return self._database.execute("SELECT count(*) FROM records").fetchone()[0]

    def records(self) -> list[Record]:
        """Every record, in the order of task, method, n and seed."""
        with self._explained():
            rows = self._database.execute(f"SELECT {', '.join(FIELDS)} FROM records ORDER BY {', '.join(KEY)}")
            return [self._record(row) for row in rows]

    def _record(self, row: tuple[object, ...]) -> Record:
        """A row as a record, each field of its type: SQLite keeps whatever it is given."""
        given = dict(zip(FIELDS, row, strict=True))
        wrong = [name for name, kinds in KINDS.items() if type(given[name]) not in kinds]
        if wrong or given["status"] not in get_args(Status):
            raise StoreError(
                f"'{self.path}' holds a record whose {', '.join(wrong) or 'status'} is none that infonats "
                "wrote; the file is damaged or foreign. Go back to a copy, or start a new file."
            )
        return Record(*row)  # type: ignore[arg-type]

    def finished(self, retry: bool = False) -> set[Cell]:
        """The cells that need no more work: those with a record, or with `retry` those that gave a number."""
        return {record.cell for record in self.records() if not retry or record.status == "ok"}

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, create: bool) -> None:
        """Check that the file is a store, or make it one where it is empty."""
        application, version, held = self._header()
        if not application and not held and create:
            self._create()
            return
        if application != APPLICATION or (version == FORMAT and held != OURS):
            raise StoreError(
                f"'{self.path}' is a database, but no results store of infonats; name another file."
            )
        elif version != FORMAT:
            raise StoreError(
                f"'{self.path}' is a results store of format {version}, this version reads {FORMAT}; "
                "export it with the version that wrote it, or start a new file."
            )

    def _header(self) -> tuple[int, int, set[tuple[str, str]]]:
        """Application, format and all that the file holds, of one moment: another process may be making it."""
        self._database.execute("BEGIN")
        held = set(self._database.execute("SELECT type, name FROM sqlite_master"))
        application, version = (
            self._database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version")
        )
        self._database.execute("COMMIT")
        return application, version, held

    def _create(self) -> None:
        """Make the table, unless another process was faster."""
        columns = ", ".join(f"{field.name} {_sql_type(field.type)}" for field in dataclasses.fields(Record))
        self._database.execute("BEGIN IMMEDIATE")
        self._database.execute(
            f"CREATE TABLE IF NOT EXISTS records ({columns}, PRIMARY KEY ({', '.join(KEY)}))"
        )
        self._database.execute(f"PRAGMA application_id = {APPLICATION}")
        self._database.execute(f"PRAGMA user_version = {FORMAT}")
        self._database.execute("COMMIT")

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as error:  # the second of damaged names of tables
            raise StoreError(
                f"The results store '{self.path}' cannot be used: {error}. Name a file on a disk with space "
                "that is open to you, that no other program holds, and that infonats wrote or is not there yet."
            ) from error


def _sql_type(annotation: object) -> str:
    """The SQLite type of a field: the first of int, float and str that its annotation names."""
    return next((sql for kind, sql in TYPES.items() if kind.__name__ in str(annotation)), "TEXT")


def _kinds(annotation: object) -> set[type]:
    """The types that a field may have; the words of a literal are texts."""
    return {kind if isinstance(kind, type) else str for kind in get_args(annotation) or (annotation,)}


KINDS = {field.name: _kinds(field.type) for field in dataclasses.fields(Record)}
"""Of each field the types that it may have."""
