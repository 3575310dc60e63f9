r"""I(X;Y) followed from parts of the rows to infinitely many: of counts, and of critics (`_halves`).

The bias of counting in cells falls like the inverse of the number of rows. With J_m the mean estimate over m
parts of n / m rows each, a / n and b / n^2 cancel in

.. math:: \hat I = \tfrac{1}{3} (8 J_1 - 6 J_2 + J_4), \qquad J_m = I + a \frac{m}{n} + b \frac{m^2}{n^2}

S. P. Strong, R. Koberle, R. R. de Ruyter van Steveninck and W. Bialek, "Entropy and information in neural spike
trains", Physical Review Letters 80, 197-200 (1998), doi:10.1103/PhysRevLett.80.197. The parts are drawn anew
several times, and the spread over these draws is in the error. Cells that n / 4 rows hardly fill have a bias of
another shape; a diagnostic says so.
"""

import dataclasses
from typing import Any

import numpy as np

from infonats._random import spawn
from infonats.closedform.discrete import symbols
from infonats.closedform.histogram import bin_count
from infonats.data import Pairs, as_pairs
from infonats.errors import InputError
from infonats.estimate import Estimate, normal_interval
from infonats.estimators import info_of, make
from infonats.quantities._halves import by_halves
from infonats.quantities.settings import Settings

PARTS = (1, 2, 4)
WEIGHTS = (8 / 3, -6 / 3, 1 / 3)
DRAWS = 8
FEWEST = 40
ROWS_PER_CELL = 1.0


def extrapolate(x: Any, y: Any, *, method: str = "discrete", **parameters: Any) -> Estimate:
    """I(X;Y) in nats extrapolated to infinitely many rows, where the bias of the method falls about like 1 / n.

    method: "discrete", or "histogram" of cells that are chosen on all rows (`bins` for each column), both
    without a correction of their own, from halves and quarters; or one that trains a critic, from
    halves, at three times the work and more than twice the error. The others are refused, with the reason;
    docs/extrapolation.md has the measurements. `seed` (of the parts), `drop_missing`, `progress` and the
    parameters of what trains are keywords. Neither a lower nor an upper bound. Raises InputError for another
    method or parameter, for fewer than 40 rows, and for rows of a series, of which no part is like the whole.
    """
    settings = Settings.of(method, parameters)
    if settings.block != 1:
        raise InputError(
            f"block is {settings.block!r}; parts of the rows are drawn at random, which rows in order of time "
            "are not. Extrapolate independent rows only."
        )
    pairs = as_pairs(x, y, drop_missing=settings.drop_missing, text=True).require_rows(FEWEST, "extrapolation")
    if info_of(method).bias != "cells":
        return by_halves(pairs, settings)
    estimator = _estimator(pairs, settings)
    if method == "histogram":
        pairs = _binned(pairs, estimator["bins"])
    whole = make("discrete", correction="none").fit_pairs(pairs).estimate_
    draws = np.array([_means(pairs, state) for state in spawn(settings.seed, DRAWS)])
    found = draws @ np.array(WEIGHTS)
    value, spread = float(found.mean()), float(found.std(ddof=1) / np.sqrt(DRAWS))
    stderr = float(np.hypot(whole.stderr, spread))
    return dataclasses.replace(
        whole.noting(extrapolated=True, plug_in=whole.value, parameters=estimator),
        value=value,
        stderr=stderr,
        method=method,
        interval=normal_interval(value, stderr),
        seed=settings.seed,
        diagnostics=(*whole.diagnostics, *_sparse(pairs)),
    )


def _estimator(pairs: Pairs, settings: Settings) -> dict[str, Any]:
    """The parameters, checked; those of the histogram with the bins that all rows allow."""
    allowed = {"bins"} if settings.method == "histogram" else set()
    if set(settings.parameters) - allowed:
        raise InputError(
            f"Extrapolation by {settings.method} was given {dict(settings.parameters)}; it takes "
            f"{', '.join(sorted(allowed)) or 'no parameter'}: the counts are not corrected besides."
        )
    if not allowed:
        return {"correction": "none"}
    (n, dx), dy = pairs.x.shape, pairs.y.shape[1]
    return {"correction": "none", "bins": bin_count(n, dx + dy, settings.parameters.get("bins", 0))}


def _binned(pairs: Pairs, bins: int) -> Pairs:
    """Each column by the number of its bin of equal counts, chosen once on all rows."""
    from infonats.quantities._screens import equal_count_bins

    x, y = (equal_count_bins(side, bins).astype(np.float64) for side in (pairs.x, pairs.y))
    return Pairs(x, y, pairs.x_names, pairs.y_names)


def _means(pairs: Pairs, state: int) -> tuple[float, ...]:
    """J_m of each number of parts, by one random order of the rows."""
    order = np.random.default_rng(state).permutation(len(pairs))
    return tuple(float(np.mean([_plug_in(pairs.take(p)) for p in np.array_split(order, m)])) for m in PARTS)


def _plug_in(pairs: Pairs) -> float:
    from infonats.closedform.discrete import discrete_local

    return float(discrete_local(pairs.x, pairs.y, correction="none").mean())


def _sparse(pairs: Pairs) -> tuple[str, ...]:
    cells, rows = symbols(pairs.x, pairs.y)[2], len(pairs) / max(PARTS)
    if rows >= ROWS_PER_CELL * cells:
        return ()
    return (
        f"The smallest parts have {rows:.0f} rows for {cells} cells that occur: so sparse a count is not of "
        "the form that is extrapolated, and what is left of the bias may be large. Compare with correction "
        "nsb, or merge rare values.",
    )
