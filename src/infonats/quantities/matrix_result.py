"""The result of many pairs: a record for each pair and lag, as a matrix, a ranked table, a file, a picture."""

import dataclasses
import functools
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from infonats.errors import InputError
from infonats.estimate import normal_interval
from infonats.quantities.discoveries import benjamini_hochberg, benjamini_yekutieli

if TYPE_CHECKING:
    import polars
    from matplotlib.axes import Axes

FORMAT = 1
RATE = 0.05
"""The false discovery rate that is usually asked for."""


@dataclasses.dataclass(frozen=True)
class PairRecord:
    """I(x[t - lag]; y[t]) of columns number `x` and `y` on `n` rows, in nats, or None where it has no value.

    `p` is the permutation p-value of independence, None where it was not asked for. `note` says why there is no
    value, or what to distrust of the one there is. `block` is the number of rows that depend on each other, by
    which the error was told; 1 for independent rows.
    """

    x: int
    y: int
    lag: int
    n: int
    value: float | None = None
    stderr: float | None = None
    p: float | None = None
    method: str = ""
    note: str = ""
    block: int = 1

    @property
    def pair(self) -> tuple[int, int, int]:
        """What it is the record of: both columns and the lag."""
        return self.x, self.y, self.lag

    @classmethod
    def from_list(cls, fields: Any) -> "PairRecord":
        """From what JSON keeps of `dataclasses.astuple`. Raises TypeError or ValueError for anything else."""
        record = cls(*fields)
        numbers = (record.value, record.stderr, record.p)
        counts = all(type(count) is int for count in (*record.pair, record.n, record.block))
        known = all(v is None or (isinstance(v, int | float) and math.isfinite(v)) for v in numbers)
        if not counts or not known or not isinstance(record.method, str) or not isinstance(record.note, str):
            raise ValueError("a record holds something else than numbers and words")
        return record


@dataclasses.dataclass(frozen=True)
class MatrixResult:
    """Mutual information of pairs of the columns `names` at `lags`, one of the `records` for each."""

    names: tuple[str, ...]
    lags: tuple[int, ...]
    method: str
    records: tuple[PairRecord, ...]
    provenance: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @functools.cached_property
    def values(self) -> np.ndarray:
        """Nats, (d, d) where there is one lag, else (lags, d, d); NaN where there is no value.

        Entry [x, y] is I(x[t - lag]; y[t]); at lag 0 it is symmetric, and its diagonal is NaN.
        """
        return self._grid("value")

    @functools.cached_property
    def stderr(self) -> np.ndarray:
        """The standard errors in nats, shaped like `values`."""
        return self._grid("stderr")

    @functools.cached_property
    def n(self) -> np.ndarray:
        """The numbers of rows, shaped like `values`."""
        return self._grid("n")

    @functools.cached_property
    def p(self) -> np.ndarray:
        """The permutation p-values, shaped like `values`; NaN where they were not asked for."""
        return self._grid("p")

    @functools.cached_property
    def q(self) -> np.ndarray:
        """The p-values made false discovery rates over all pairs and lags (Benjamini and Hochberg 1995)."""
        found = dict(zip(self.records, self._q, strict=True))
        return self._grid("q", found)

    @functools.cached_property
    def q_by(self) -> np.ndarray:
        """As `q`, whatever the pairs have to do with each other (Benjamini and Yekutieli 2001)."""
        return self._grid("q", dict(zip(self.records, self._q_by, strict=True)))

    @functools.cached_property
    def _p(self) -> np.ndarray:
        return np.array([math.nan if r.p is None else r.p for r in self.records], dtype=np.float64)

    @functools.cached_property
    def _q(self) -> list[float]:
        return benjamini_hochberg(self._p).tolist()

    @functools.cached_property
    def _q_by(self) -> list[float]:
        return benjamini_yekutieli(self._p).tolist()

    @property
    def discoveries(self) -> str:
        """How many pairs are found at a false discovery rate of 5 %, for a sentence; empty without p-values."""
        tested = int(np.isfinite(self._p).sum())
        if not tested:
            return ""
        independent, any_way = (int(np.sum(np.array(q) <= RATE)) for q in (self._q, self._q_by))
        return (
            f"Of {tested} pairs {independent} are found at a false discovery rate of {RATE} (Benjamini and "
            f"Hochberg), {any_way} whatever the pairs have to do with each other (Benjamini and Yekutieli)."
        )

    @property
    def resolution(self) -> str:
        """What the permutations can and cannot show, for a sentence; empty where no p-value was asked for.

        No p-value is below 1 / (1 + permutations); of m tests then even a pair far above all its permutations
        has a false discovery rate of m / (1 + permutations), unless several are.
        """
        tested, count = sum(r.p is not None for r in self.records), self.provenance.get("permutations", 0)
        if not tested or not count:
            return ""
        floor = 1.0 / (1 + count)
        drawn = "permutations or shifts" if "block" in self.provenance else "permutations"
        found = f"p is never below 1 / {1 + count} = {floor:.2g} with {count} {drawn}"
        need = math.ceil(tested * floor / RATE)
        if need <= 1:
            return f"{found}; q is p corrected for {tested} tests (Benjamini and Hochberg)."
        return (
            f"{found}, so q, p corrected for {tested} tests (Benjamini and Hochberg), reaches {RATE} only "
            f"where at least {need} pairs are at that floor. {math.ceil(tested / RATE) - 1} permutations let a "
            "single pair reach it."
        )

    def _grid(self, field: str, given: Mapping[PairRecord, float] | None = None) -> np.ndarray:
        d, place = len(self.names), {lag: i for i, lag in enumerate(self.lags)}
        grid = np.full((len(self.lags), d, d), np.nan)
        for record in self.records:
            entry = given[record] if given else getattr(record, field)
            grid[place[record.lag], record.x, record.y] = math.nan if entry is None else entry
            if record.lag == 0:
                grid[place[0], record.y, record.x] = grid[place[0], record.x, record.y]
        return grid[0] if len(self.lags) == 1 else grid

    def ranked(self) -> list[tuple[PairRecord, float]]:
        """The records with their q-values, the largest value first; those without a value last."""
        both = zip(self.records, self._q, strict=True)
        return sorted(both, key=lambda row: -math.inf if row[0].value is None else row[0].value, reverse=True)

    def to_frame(self) -> "polars.DataFrame":
        """The ranked table: x, y, lag, n, block, value, stderr, low, high, p, q, q_by, method, note."""
        import polars

        by = dict(zip(self.records, self._q_by, strict=True))
        rows = [self._row(record, q, by[record]) for record, q in self.ranked()]
        text, whole = ("x", "y", "method", "note"), ("lag", "n", "block")
        numbers = ("value", "stderr", "low", "high", "p", "q", "q_by")
        names = ("x", "y", *whole, *numbers, "method", "note")
        kinds = {
            name: polars.String if name in text else polars.Int64 if name in whole else polars.Float64
            for name in names
        }
        return polars.DataFrame(rows, schema=kinds, orient="row")

    def _row(self, r: PairRecord, *q: float) -> tuple[Any, ...]:
        low, high = (None, None) if r.value is None or r.stderr is None else normal_interval(r.value, r.stderr)
        rates = (None if math.isnan(each) else each for each in q)
        ends = (self.names[r.x], self.names[r.y])
        return (*ends, r.lag, r.n, r.block, r.value, r.stderr, low, high, r.p, *rates, r.method, r.note)

    def write(self, path: str | os.PathLike[str]) -> Path:
        """Write the ranked table as .csv or .parquet, or everything as .json. Raises InputError elsewhere."""
        target = check_ending(path)
        kinds = {".csv": "write_csv", ".parquet": "write_parquet"}
        try:
            if target.suffix == ".json":
                target.write_text(self.to_json(), encoding="utf-8")
            else:
                getattr(self.to_frame(), kinds[target.suffix])(target)
        except OSError as error:
            raise InputError(f"The table cannot be written to '{path}': {error.strerror}.") from error
        return target

    def to_json(self, indent: int | None = None) -> str:
        """Everything as JSON; `from_json` gives back an equal result."""
        fields = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "records"}
        records = [list(dataclasses.astuple(record)) for record in self.records]
        return json.dumps({"infonats_matrix": FORMAT} | fields | {"records": records}, indent=indent)

    @classmethod
    def from_json(cls, text: str) -> "MatrixResult":
        """Read back what `to_json` wrote. Raises InputError for anything else."""
        try:
            fields = json.loads(text)
            if fields.pop("infonats_matrix") != FORMAT:
                raise ValueError("another format version")
            records = tuple(PairRecord.from_list(record) for record in fields.pop("records"))
            names, lags = tuple(fields.pop("names")), tuple(fields.pop("lags"))
            if not all(0 <= i < len(names) and r.lag in lags for r in records for i in (r.x, r.y)):
                raise ValueError("a record of columns or lags that it does not name")
            return cls(names=names, lags=lags, records=records, **fields)
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise InputError(
                f"This text is no matrix of format {FORMAT} ({error!r}); give what MatrixResult.to_json() "
                "wrote."
            ) from error

    def __str__(self) -> str:
        found = [record for record, _ in self.ranked() if record.value is not None]
        missing = len(self.records) - len(found)
        best = ""
        if found:
            top = found[0]
            later = f" at lag {top.lag}" if top.lag else ""
            best = f"; the largest is I({self.names[top.x]}; {self.names[top.y]}) = {top.value:z.4f} nats"
            best += later
        left = f"; {missing} without a value, each with a note" if missing else ""
        return f"{len(self.records)} pairs of {len(self.names)} columns by {self.method}{best}{left}."

    def plot(self, ax: "Axes | None" = None, lag: int | None = None) -> "Axes":
        """Draw the heat map of one `lag` (the first by default), in nats. Returns the axes drawn on."""
        from infonats.quantities._drawing import heat_map

        place = 0 if lag is None else self.lags.index(lag)
        grid = self.values if len(self.lags) == 1 else self.values[place]
        return heat_map(grid, self.names, self.names, ax)


def check_ending(path: str | os.PathLike[str]) -> Path:
    """Where a table given as `path` will lie. Raises InputError for an ending that `write` lacks."""
    target = Path(path).expanduser()
    if target.suffix not in (".csv", ".parquet", ".json"):
        raise InputError(
            f"The table cannot be written to '{path}': name a file ending in .csv, .parquet or .json."
        )
    return target
