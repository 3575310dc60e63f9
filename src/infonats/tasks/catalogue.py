"""What is known of every registered task, read from a table without building it; no torch.

`python benchmarks/make_truths.py` writes the table; tests build every task and compare.
"""

import dataclasses
import json
from pathlib import Path

from infonats.errors import unknown_name

PATH = Path(__file__).with_name("truths.json")


@dataclasses.dataclass(frozen=True)
class Entry:
    """A task of the table: its columns, I(X;Y) and its standard error in nats, and what makes it hard."""

    name: str
    suites: tuple[str, ...]
    dim_x: int
    dim_y: int
    mutual_information: float
    stderr: float
    hard: str


def read() -> dict[str, Entry]:
    """The table in its order, by name; empty where it has not been written."""
    rows = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else []
    return {row["name"]: Entry(**(row | {"suites": tuple(row["suites"])})) for row in rows}


CATALOGUE = read()


def entries(suite: str | None = None) -> list[Entry]:
    """The entries of a suite, or of all. Raises UnknownNameError where there is no such suite."""
    suites = {name: None for entry in CATALOGUE.values() for name in entry.suites}
    if suite is not None and suite not in suites:
        raise unknown_name("suite", suite, suites)
    return [entry for entry in CATALOGUE.values() if suite is None or suite in entry.suites]
