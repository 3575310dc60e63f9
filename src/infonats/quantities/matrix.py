"""Mutual information of every pair of many columns, at lags if asked: with masks, on all cores or a cluster,
resumable.

Each pair has its own rows: those where both columns have a value. A pair that cannot be measured is recorded
with the reason. "ksg" prepares each column once (scale, ties, order) and shares that among its pairs; the
screens "gaussian_copula" and "binned" take all complete columns by matrix products.
"""

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import infonats
from infonats._random import check_seed
from infonats._types import Progress
from infonats.closedform.neighbours import check_k
from infonats.data import Pairs, fingerprint
from infonats.data.blocks import check_block, check_fits
from infonats.data.convert import Named, as_named
from infonats.data.order import ordered
from infonats.errors import InputError, unknown_name
from infonats.estimate import versions
from infonats.estimators.choice import CHOICES
from infonats.estimators.parameters import checked
from infonats.quantities._fan_out import fan_out
from infonats.quantities._ledger import VERSION, Ledger
from infonats.quantities._pair_work import Columns, Pair, PairPlan, measure_block
from infonats.quantities._screened import screened
from infonats.quantities._screens import BINS
from infonats.quantities.blocks import orders
from infonats.quantities.independence import check_exceedances, check_permutations
from infonats.quantities.matrix_result import FORMAT, MatrixResult, PairRecord
from infonats.quantities.series import check_lag
from infonats.quantities.settings import NATIVE

MINIMUM_ROWS = 20
SCREENS = ("gaussian_copula", "binned")
TILE = 10
"""Blocks of work are tiles of so many columns squared, so that each column is prepared for few blocks."""


@dataclasses.dataclass(frozen=True)
class MatrixWork:
    """How the work is done and what is done besides; the keywords of `mi_matrix`.

    n_jobs: processes, -1 for one on each core. scheduler: the address of a Dask scheduler instead. resume: a
    file to which finished pairs are written, and from which the same version continues. progress: called as
    progress(done, total, message). permutations: for p-values (at least 19; 0 for none). exceedances: a test
    is over once so many permutations reach the value (0: only after all), except in a screen. seed: of these,
    and of the noise that separates ties. minimum_rows: the fewest rows of a pair. against: names of columns;
    only pairs that hold one of them are measured, all where none is named.

    block: over how many rows of a series each depends on those before it: 1 for independent rows, a number, or
    "auto". Errors are then those of blocks of rows, and tests shift the columns circularly instead of
    permuting them. "auto" finds a length for each pair by the rule of `infonats.data.blocks`: the slowest
    column of a table would stretch the blocks of all others, and how long the terms of a pair remember each
    other is a matter of both its columns. Each pair is measured by itself, also where a method is a screen.
    """

    n_jobs: int = -1
    scheduler: str | None = None
    resume: str | os.PathLike[str] | None = None
    progress: Progress | None = None
    permutations: int = 0
    exceedances: int = 0
    seed: int = 0
    minimum_rows: int = MINIMUM_ROWS
    against: Sequence[str] = ()
    block: int | str = 1

    def __post_init__(self) -> None:
        check_seed(self.seed)
        if self.permutations:
            check_permutations(self.permutations)
        check_exceedances(self.exceedances)
        check_block(self.block)
        check_lag(self.minimum_rows, "minimum_rows", 4)


def mi_matrix(
    table: Any, *, method: str = "auto", lags: Sequence[int] = (0,), mask: Any = None, **keywords: Any
) -> MatrixResult:
    """I(X;Y) in nats of every pair of columns of `table`: an array (n, d), a frame, a mapping of columns.

    method: any of `infonats methods`, "binned" (equal-count bins and counts; `bins`), or "auto", which
    chooses for each pair among those that train nothing. Columns of text are categories, for the methods that
    take them. lags: whole numbers; entry [x, y] at lag l is I(x[t - l]; y[t]), a positive one
    letting x lead, all on the same rows t; at lag 0 each pair is measured once, at others both ways and each
    column with itself. mask: True where a row (n,) or an entry (n, d) may be used; NaN and infinities are
    never used. Further keywords are those of `MatrixWork` and the parameters of the method.

    Guarantees neither bound; the values are signed. A pair with fewer than `minimum_rows` rows, a constant
    column or data that the method refuses has no value and a note that says why. Raises InputError for fewer
    than two columns, masks of another shape, lags longer than the table, UnknownNameError for another method.
    """
    own = {field.name for field in dataclasses.fields(MatrixWork)}
    work = MatrixWork(**{name: value for name, value in keywords.items() if name in own})
    parameters = {name: value for name, value in keywords.items() if name not in own}
    named, lags = _named(table), _checked_lags(lags)
    columns = _columns(named, lags, mask)
    plan = PairPlan(
        method, parameters, work.seed, work.permutations, work.minimum_rows, work.exceedances, work.block
    )
    _check_method(plan)
    _check_room(columns.stop - columns.start, work)
    asked = tuple(_pairs(len(named.names), lags, _places(named.names, work.against)))
    header = _header(named, columns, lags, plan)
    if work.against:
        header["against"] = list(work.against)
    records = _measured(columns, asked, plan, work, header)
    order = {pair: place for place, pair in enumerate(asked)}
    found = tuple(sorted(records, key=lambda r: order[r.x, r.y, r.lag]))
    provenance = versions() | {name: v for name, v in header.items() if name != "infonats_matrix"}
    if work.block == 1:  # that rows are alike is no news where they stand in blocks
        provenance |= {"order": alike} if (alike := _alike(named)) else {}
    return MatrixResult(named.names, lags, method, found, provenance)


def _measured(
    columns: Columns, asked: Sequence[Pair], plan: PairPlan, work: MatrixWork, header: dict[str, Any]
) -> list[PairRecord]:
    """The records from the ledger, from the screen, and from the pairs that are left."""
    ledger = Ledger(None if work.resume is None else Path(work.resume), header)
    wanted = set(asked)
    records = [record for record in ledger.read() if record.pair in wanted]
    done = {record.pair for record in records}
    if plan.method in SCREENS and plan.block == 1:
        fresh = [record for record in screened(columns, asked, plan) if record.pair not in done]
        ledger.add(fresh)
        records += fresh
        done |= {record.pair for record in fresh}
    left = [pair for pair in asked if pair not in done]
    total = len(records) + len(left)
    for block in fan_out(measure_block, (columns, plan), _tiles(left, plan), work.n_jobs, work.scheduler):
        ledger.add(block)
        records += block
        if work.progress is not None:
            work.progress(len(records), total, "pairs")
    return records


def _pairs(d: int, lags: tuple[int, ...], against: frozenset[int]) -> Iterator[Pair]:
    """At lag 0 each pair once, at others both ways and each column with itself; those with one of `against`."""
    for lag in lags:
        for i in range(d):
            partners = range(i + 1, d) if lag == 0 else range(d)
            yield from ((i, j, lag) for j in partners if not against or i in against or j in against)


def _places(names: Sequence[str], against: Sequence[str]) -> frozenset[int]:
    """The places of the columns named in `against`. Raises UnknownNameError for another name."""
    if isinstance(against, str):
        raise InputError(f"against is {against!r}; give a list of names of columns, such as [{against!r}].")
    for name in against:
        if name not in names:
            raise unknown_name("column", name, names, " to measure pairs against")
    return frozenset(place for place, name in enumerate(names) if name in against)


def _tiles(pairs: Sequence[Pair], plan: PairPlan) -> list[list[Pair]]:
    """Blocks of a second or so: tiles of quick pairs, slow ones each by itself."""
    side = TILE if plan.method in (*NATIVE, *SCREENS, *CHOICES) and not plan.permutations else 1
    tiles: dict[Pair, list[Pair]] = {}
    for i, j, lag in pairs:
        tiles.setdefault((i // side, j // side, lag), []).append((i, j, lag))
    return list(tiles.values())


def _named(table: Any) -> Named:
    """The columns with their names, text numbered; NaN and infinities stay, and say that a value is missing."""
    if isinstance(table, Named):
        named = table
    elif isinstance(table, dict):
        sides = [as_named(column, str(name), text=True) for name, column in table.items()]
        if len({len(side.values) for side in sides}) > 1:
            raise InputError(
                "The columns of the table have different lengths; give equal ones, NaN for what misses."
            )
        levels = tuple(words for s in sides for words in s.levels or (None,) * len(s.names))
        names = tuple(name for s in sides for name in s.names)
        named = Named(np.hstack([s.values for s in sides]), names, levels if any(levels) else ())
    else:
        named = as_named(table, "x", text=True)
    if len(named.names) < 2:
        raise InputError(f"The table has {len(named.names)} column; a matrix needs at least 2.")
    return named


def _alike(named: Named) -> str:
    """A sentence where two columns are correlated with themselves a row earlier (see `ordered`)."""
    apart = [ordered(column[:, None], [name], column[:, None], [name]) for column, name in named.columns()]
    slow = [(column, name) for (column, name), found in zip(named.columns(), apart, strict=True) if found]
    if len(slow) < 2:
        return ""
    (a, first), (b, second) = slow[:2]
    return ordered(a[:, None], [first], b[:, None], [second])


def _checked_lags(lags: Sequence[int]) -> tuple[int, ...]:
    if isinstance(lags, int | np.integer):
        lags = (int(lags),)
    found = tuple(check_lag(lag, "A lag") for lag in lags)
    if not found or len(set(found)) < len(found):
        raise InputError(f"lags is {lags!r}; give at least one whole number, each once.")
    return found


def _columns(named: Named, lags: tuple[int, ...], mask: Any) -> Columns:
    n, start, stop = len(named.values), max(0, *lags), len(named.values) + min(0, *lags)
    if stop - start < 2:
        raise InputError(
            f"The lags {min(lags)} to {max(lags)} leave {max(stop - start, 0)} of {n} rows, for every lag "
            "uses the same "
            "rows. Give smaller lags or a longer table."
        )
    valid = np.isfinite(named.values)
    if mask is not None:
        valid &= _checked_mask(mask, valid.shape)
    return Columns(
        np.asfortranarray(named.values), np.asfortranarray(valid), named.names, named.levels, start, stop
    )


def _checked_mask(mask: Any, shape: tuple[int, ...]) -> np.ndarray:
    given = np.asarray(mask)
    if given.dtype != bool or given.shape not in (shape, shape[:1]):
        raise InputError(
            f"mask has type {given.dtype} and shape {given.shape}; it must be boolean, True where a value "
            "may be used, "
            f"of shape {shape[:1]} for rows or {shape} for entries."
        )
    return given if given.ndim == 2 else given[:, None]


def _check_method(plan: PairPlan) -> None:
    """Raise for an unknown method or parameter before any work is done."""
    if "k" in plan.parameters:
        check_k(checked("k", plan.parameters["k"], 3))
    if plan.method == "binned":
        bins = plan.parameters.get("bins", BINS)
        if set(plan.parameters) - {"bins"} or isinstance(bins, bool) or not isinstance(bins, int) or bins < 2:
            raise InputError(
                f"binned was given {dict(plan.parameters)}; it takes bins, a whole number of at least 2."
            )
    elif plan.method in NATIVE:
        plan.settings(plan.method).native()
    elif plan.method not in CHOICES:
        from infonats.estimators import METHODS, make

        if plan.method not in METHODS and "+" not in plan.method:
            raise unknown_name("method", plan.method, (*CHOICES, "binned", *METHODS))
        make(plan.method, **plan.parameters)


def _check_room(n: int, work: MatrixWork) -> None:
    """Raise InputError where even n rows without a gap have no room for the blocks, or their shifts."""
    if work.block not in (1, "auto"):
        orders(n, work.permutations, check_fits(int(work.block), n), work.seed)


def _header(named: Named, columns: Columns, lags: tuple[int, ...], plan: PairPlan) -> dict[str, Any]:
    """What a matrix is of: two runs with equal headers do the same work."""
    whole = Pairs(np.nan_to_num(named.values), columns.valid.astype(np.float64), named.names, named.names)
    parameters = {name: list(v) if isinstance(v, tuple) else v for name, v in plan.parameters.items()}
    return {
        "infonats_matrix": FORMAT,
        VERSION: infonats.__version__,
        "data": fingerprint(whole),
        "names": list(named.names),
        **(
            {"words": [None if words is None else list(words) for words in named.levels]}
            if named.levels
            else {}
        ),
        "method": plan.method,
        "parameters": parameters,
        "lags": list(lags),
        "seed": plan.seed,
        "permutations": plan.permutations,
        "minimum_rows": plan.minimum_rows,
        **({"exceedances": plan.exceedances} if plan.exceedances else {}),
        **({"block": plan.block} if plan.block != 1 else {}),
    }
