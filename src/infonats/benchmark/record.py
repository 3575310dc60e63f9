"""What is known of a cell once it was tried: the numbers, or why there are none."""

import dataclasses
from typing import Literal

from infonats.benchmark.cell import Cell

Status = Literal["ok", "failed", "timeout"]


@dataclasses.dataclass(frozen=True)
class Record:
    """One row of the store. All values in nats; None where there is nothing to say.

    `seconds` and `cpu_seconds` are those of the estimate alone, without drawing the sample; `peak_bytes` is
    by how much the memory of the process rose meanwhile. `versions` is JSON, `diagnostics` one sentence a line.
    `finished` is UTC by the clock of the machine, for reading only: nothing is computed from it.
    """

    task: str
    method: str
    n: int
    seed: int
    status: Status
    dim_x: int | None = None
    dim_y: int | None = None
    truth: float | None = None
    truth_stderr: float | None = None
    value: float | None = None
    stderr: float | None = None
    low: float | None = None
    high: float | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    peak_bytes: int | None = None
    reason: str = ""
    diagnostics: str = ""
    versions: str = "{}"
    finished: str = ""

    @property
    def cell(self) -> Cell:
        """Which cell this is the record of."""
        return Cell(self.task, self.method, self.n, self.seed)


FIELDS = tuple(field.name for field in dataclasses.fields(Record))


def failure(cell: Cell, reason: str, status: Status = "failed") -> Record:
    """The record of a cell that gave no number."""
    return Record(cell.task, cell.method, cell.n, cell.seed, status, reason=reason, finished=now())


def now() -> str:
    """The time in UTC to the second, as text."""
    import datetime

    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
