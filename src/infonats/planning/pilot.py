"""How an estimate will look with more rows, or fewer: the method run on parts of a pilot, and on its copy.

Up to half of the pilot, sizes are drawn from its own rows without replacement. Beyond, they are drawn from a
simulator: the pilot's columns joined by the Gaussian copula of their normal scores, whose mutual information is
known, so that bias can be told from spread. The simulator has the pilot's strength of monotone dependence and
nothing else of it, which is why the two are marked.
"""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from infonats._random import spawn
from infonats._types import Progress
from infonats.data import Pairs, discrete_columns
from infonats.errors import InputError
from infonats.estimators import mutual_information_of

LEAST = 50


@dataclasses.dataclass(frozen=True)
class Row:
    """`repeats` estimates at n rows, in nats: their mean and standard deviation, and the mean half width of the
    95 % intervals. `source` is "pilot" or "simulator"; `truth` the simulator's I where it is known.
    """

    n: int
    source: str
    mean: float
    spread: float
    half_width: float
    truth: float | None
    repeats: int

    @property
    def bias(self) -> float | None:
        """The mean less the truth, in nats; None where that is not known."""
        return None if self.truth is None else self.mean - self.truth


@dataclasses.dataclass(frozen=True)
class Pilot:
    """MI against n: one `Row` for each size."""

    method: str
    pilot_rows: int
    rows: tuple[Row, ...]

    def rows_for(self, half_width: float) -> int:
        """The n at which a 95 % interval is +- `half_width` nats wide, from the root law through the last row.

        That is about spread, not about bias. Raises InputError unless it is positive.
        """
        if not 0 < half_width < math.inf:
            raise InputError(f"half_width is {half_width!r}; give the nats on either side, above 0.")
        last = self.rows[-1]
        return math.ceil(last.n * (last.half_width / half_width) ** 2)

    def __str__(self) -> str:
        last = self.rows[-1]
        return (
            f"With {last.n} rows {self.method} gives {last.mean:.3f} nats with a 95 % interval of about "
            f"+- {last.half_width:.3f}, and varies by {last.spread:.3f} from draw to draw."
        )

    def to_json(self, indent: int | None = None) -> str:
        """All rows as JSON."""
        rows = [dataclasses.asdict(row) | {"bias": row.bias} for row in self.rows]
        fields = {"infonats_pilot": 1, "method": self.method, "pilot_rows": self.pilot_rows}
        return json.dumps(fields | {"rows": rows}, indent=indent)


@dataclasses.dataclass(frozen=True, eq=False)
class Simulator:
    """The Gaussian copula of the pilot's normal scores, with the pilot's own marginals."""

    pilot: Pairs
    root: np.ndarray
    truth: float | None

    @classmethod
    def of(cls, pilot: Pairs) -> "Simulator":
        """Fitted to the pilot. The truth is known where every column is continuous."""
        columns = np.hstack([pilot.x, pilot.y])
        scores = ndtri(rankdata(columns, axis=0) / (len(columns) + 1))
        matrix = np.corrcoef(scores, rowvar=False) + 1e-9 * np.eye(columns.shape[1])
        dx = pilot.x.shape[1]
        halves = (np.linalg.slogdet(part)[1] / 2 for part in (matrix[:dx, :dx], matrix[dx:, dx:], matrix))
        a, b, whole = halves
        truth = None if discrete_columns(columns) else float(a + b - whole)
        return cls(pilot, np.linalg.cholesky(matrix), truth)

    def draw(self, n: int, seed: int) -> Pairs:
        """Draw n rows: discrete columns take the pilot's values, continuous ones those between them too."""
        u = ndtr(np.random.default_rng(seed).normal(size=(n, len(self.root))) @ self.root.T)
        columns = np.hstack([self.pilot.x, self.pilot.y])
        discrete = discrete_columns(columns)
        drawn = np.empty_like(u)
        for j, column in enumerate(columns.T):
            how = "inverted_cdf" if j in discrete else "linear"
            drawn[:, j] = np.quantile(column, u[:, j], method=how)
        dx = self.pilot.x.shape[1]
        return dataclasses.replace(self.pilot, x=drawn[:, :dx], y=drawn[:, dx:])


@dataclasses.dataclass(frozen=True)
class Trial:
    """What is tried at each size: a method with its `parameters`, `repeats` times, from one seed."""

    method: str = "auto-closed"
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    repeats: int = 10
    seed: int = 0


def simulate(
    pilot: Pairs, sizes: Sequence[int], trial: Trial = Trial(), progress: Progress | None = None
) -> Pilot:
    """Run a method several times at each of `sizes`; the same seed gives the same bits.

    `pilot` is `infonats.data.as_pairs(x, y)`. Raises InputError for a pilot of fewer than 50 rows, sizes below
    10 and fewer than 2 repeats, and as the method does.
    """
    wanted, repeats = sorted(set(sizes)), trial.repeats
    pilot.require_rows(LEAST, "a pilot")
    if not wanted or wanted[0] < 10 or repeats < 2:
        raise InputError(
            f"sizes are {tuple(sizes)}, repeats {repeats}; give 10 rows or more, and 2 repeats or more."
        )
    simulator, rows, name = Simulator.of(pilot), [], trial.method
    for i, (n, start) in enumerate(zip(wanted, spawn(trial.seed, len(wanted)), strict=True)):
        own, found = 2 * n <= len(pilot), []
        for j, each in enumerate(spawn(start, repeats)):
            order = np.random.default_rng(each).permutation(len(pilot))[:n]
            part = pilot.take(order) if own else simulator.draw(n, each)
            found.append(mutual_information_of(part, method=trial.method, seed=trial.seed, **trial.parameters))
            if progress is not None:
                progress(i * repeats + j + 1, len(wanted) * repeats, f"{n} rows, {found[-1].value:.3f} nats")
        name = found[-1].method
        rows.append(_row(n, found, "pilot" if own else "simulator", None if own else simulator.truth))
    return Pilot(name, len(pilot), tuple(rows))


def _row(n: int, found: list[Any], source: str, truth: float | None) -> Row:
    values = np.array([e.value for e in found])
    half = float(np.mean([(e.interval[1] - e.interval[0]) / 2 for e in found]))
    return Row(n, source, float(values.mean()), float(values.std(ddof=1)), half, truth, len(found))
