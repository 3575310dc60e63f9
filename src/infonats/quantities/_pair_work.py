"""One pair of columns of a table at one lag: which rows it has, what is measured, why it cannot be."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from infonats.closedform._ready import Ready
from infonats.closedform.neighbours import check_k
from infonats.data import discrete_columns
from infonats.data.categories import Levels
from infonats.data.convert import Named
from infonats.errors import InfonatsError, InputError
from infonats.estimators import MixedKSG
from infonats.estimators._neighbour_diagnostics import sparse_atoms
from infonats.estimators.choice import CHOICES
from infonats.quantities._measure import locals_of
from infonats.quantities._pair_series import in_order
from infonats.quantities._prepared import ksg_of, prepare
from infonats.quantities._screens import BINS, binned_screen
from infonats.quantities._variables import Variables, gather_named
from infonats.quantities.definitions import conditional
from infonats.quantities.independence import sequential_p
from infonats.quantities.matrix_result import PairRecord
from infonats.quantities.settings import Settings

Pair = tuple[int, int, int]
"""Column x, column y, lag."""


@dataclasses.dataclass(frozen=True, eq=False)
class Columns:
    """The table: `values` (n, d), where they are `valid` (n, d), and the window of rows y[t] of all lags."""

    values: np.ndarray
    valid: np.ndarray
    names: tuple[str, ...]
    levels: Levels
    """Of each column its words, None where it holds numbers; empty where none holds text."""
    start: int
    stop: int

    def numeric(self, column: int) -> bool:
        """Whether the column held numbers and no text."""
        return not self.levels or self.levels[column] is None

    def side(self, column: int, values: np.ndarray) -> Named:
        """Some `values` (n,) of the column with its name and words."""
        words = () if self.numeric(column) else (self.levels[column],)
        return Named(values[:, None], (self.names[column],), words)

    def at(self, column: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
        """The column `lag` rows back, and where it is valid, for the rows of the window."""
        rows = slice(self.start - lag, self.stop - lag)
        return self.values[rows, column], self.valid[rows, column]


@dataclasses.dataclass(frozen=True)
class PairPlan:
    """How each pair is measured."""

    method: str
    parameters: Mapping[str, Any]
    seed: int
    permutations: int
    minimum_rows: int
    exceedances: int = 0
    block: int | str = 1

    def settings(self, method: str) -> Settings:
        """The settings of `method` for the measuring of one pair."""
        return Settings(method, self.parameters, self.seed, block=self.block)

    def p(self, value: float, null: Callable[[], float]) -> float | None:
        """The p-value of `value`, where `null` measures one permutation; None where none is asked for."""
        if not self.permutations:
            return None
        return sequential_p(value, (null() for _ in range(self.permutations)), self.exceedances)[0]


Shared = tuple[Columns, PairPlan]


def measure_block(shared: Shared, block: Sequence[Pair]) -> list[PairRecord]:
    """The records of some pairs. Columns are prepared once for the block."""
    columns, plan = shared
    prepared: dict[tuple[int, int], Any] = {}
    return [_measure(columns, plan, pair, prepared) for pair in block]


def _measure(columns: Columns, plan: PairPlan, pair: Pair, prepared: dict[tuple[int, int], Any]) -> PairRecord:
    i, j, lag = pair
    (x, ok_x), (y, ok_y) = columns.at(i, lag), columns.at(j, 0)
    keep = ok_x & ok_y
    n = int(keep.sum())
    if n < plan.minimum_rows:
        reason = f"only {n} of {len(keep)} rows have both values; at least {plan.minimum_rows} are needed"
        return PairRecord(i, j, lag, n, method=plan.method, note=reason)
    rng = np.random.default_rng([plan.seed, i, j, lag % 2**32])
    try:
        whole = n == len(keep)
        x, y = x[keep], y[keep]
        if plan.block != 1:
            variables = gather_named({"x": columns.side(i, x), "y": columns.side(j, y)})
            return in_order(pair, variables, plan.settings(plan.method), plan.permutations, plan.exceedances)
        if columns.numeric(i) and columns.numeric(j):
            ready = _for_ksg(plan, (x, y), pair, prepared if whole else {})
            if ready:
                return _ksg(plan, pair, ready, rng)
        return _any(plan, pair, gather_named({"x": columns.side(i, x), "y": columns.side(j, y)}), rng)
    except InfonatsError as error:
        return PairRecord(i, j, lag, n, method=plan.method, note=str(error))


def _for_ksg(
    plan: PairPlan, sides: tuple[np.ndarray, np.ndarray], pair: Pair, prepared: dict[tuple[int, int], Any]
) -> tuple[Ready, Ready] | None:
    """The columns ready for KSG, kept in `prepared`; None where the pair is not for KSG."""
    if plan.method not in ("ksg", *CHOICES) or plan.parameters.get("variant", 1) != 1:
        return None
    i, j, lag = pair
    x, y = (
        _ready(column, key, plan.seed, prepared) for column, key in zip(sides, ((i, lag), (j, 0)), strict=True)
    )
    return (x, y) if x and y else None


def _ready(column: np.ndarray, key: tuple[int, int], seed: int, prepared: dict[tuple[int, int], Any]) -> Any:
    """The prepared column; None where it looks discrete or repeats its values too often for KSG."""
    if key not in prepared:
        try:
            prepared[key] = None if discrete_columns(column[:, None]) else prepare(column, seed)
        except InputError:
            prepared[key] = None
    return prepared[key]


def _ksg(plan: PairPlan, pair: Pair, sides: tuple[Ready, Ready], rng: np.random.Generator) -> PairRecord:
    (x, y), n = sides, len(sides[0].columns[0].values)
    k = check_k(int(plan.parameters.get("k", 3)), n)
    value, stderr = ksg_of(x, y, k)
    p = plan.p(value, lambda: ksg_of(x.permuted(rng.permutation(n)), y, k, error=False)[0])
    return PairRecord(*pair, n, value, stderr, p, "ksg")


def _any(plan: PairPlan, pair: Pair, variables: Variables, rng: np.random.Generator) -> PairRecord:
    """By whatever method."""
    (i, j, lag), (x, y) = pair, variables.blocks
    if plan.method == "binned":
        bins = plan.parameters.get("bins", BINS)
        value, stderr = binned_screen(x, y, bins)
        p = plan.p(float(value[0, 0]), lambda: float(binned_screen(rng.permuted(x), y, bins)[0][0, 0]))
        return PairRecord(i, j, lag, len(x), float(value[0, 0]), float(stderr[0, 0]), p, "binned")
    settings, terms = plan.settings(plan.method).chosen(variables), conditional((0,), (1,))
    found = locals_of(terms, variables, settings)

    def null() -> float:
        shuffled = dataclasses.replace(variables, blocks=(x[rng.permutation(len(variables))], y))
        return locals_of(terms, shuffled, settings).value

    p = plan.p(found.value, null)
    notes = " ".join((*found.notes, *_biased(settings, x, y)))
    return PairRecord(i, j, lag, len(variables), found.value, found.stderr, p, settings.method, notes)


def _biased(settings: Settings, x: np.ndarray, y: np.ndarray) -> tuple[str, ...]:
    """What `mixed_ksg` says of rounded columns; a column of the ranked table has no other place for it."""
    if settings.method != "mixed_ksg":
        return ()
    return tuple(sparse_atoms(x, y, settings.parameters.get("k", MixedKSG().k)))
