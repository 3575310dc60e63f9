"""The benchmark: methods on tasks that know their own answer, in a run that loses nothing.

`grid` makes cells, `run` measures those that a `Store` lacks, `summarise` says what came of it.
"""

from infonats.benchmark.cell import Cell, grid
from infonats.benchmark.export import export
from infonats.benchmark.record import Record
from infonats.benchmark.run import RunConfig, run
from infonats.benchmark.store import Store
from infonats.benchmark.summary import frame, summarise

__all__ = ["Cell", "Record", "RunConfig", "Store", "export", "frame", "grid", "run", "summarise"]
