"""The pairs of a matrix that a screen takes at once, with their permutation p-values."""

from collections.abc import Callable, Iterator, Sequence, Set

import numpy as np

from infonats.quantities._pair_work import Columns, Pair, PairPlan
from infonats.quantities._screens import (
    BINS,
    Grids,
    binned_screen,
    coded_screen,
    copula_scores,
    copula_screen,
    equal_count_bins,
    scored_screen,
)
from infonats.quantities.matrix_result import PairRecord


def screened(columns: Columns, asked: Sequence[Pair], plan: PairPlan) -> Iterator[PairRecord]:
    """The pairs of complete, varying columns by matrix products, one for each lag."""
    n = columns.stop - columns.start
    if n < plan.minimum_rows:
        return
    for lag in dict.fromkeys(lag for _, _, lag in asked):
        pairs = [(i, j) for i, j, at in asked if at == lag]
        sides = [_complete(columns, at, {pair[k] for pair in pairs}) for k, at in enumerate((lag, 0))]
        (left, x), (right, y) = sides
        if not len(left) or not len(right):
            continue
        (value, stderr), again = _screen(plan, x, y)
        p = _screen_p(plan, value, x, again)
        place_x, place_y = ({c: k for k, c in enumerate(side)} for side in (left, right))
        for i, j in pairs:
            a, b = place_x.get(i), place_y.get(j)
            if a is not None and b is not None and np.isfinite(value[a, b]):
                chance = None if p is None else float(p[a, b])
                yield PairRecord(i, j, lag, n, float(value[a, b]), float(stderr[a, b]), chance, plan.method)


def _complete(columns: Columns, lag: int, wanted: Set[int]) -> tuple[list[int], np.ndarray]:
    found = {i: columns.at(i, lag) for i in sorted(wanted)}
    chosen = [i for i, (v, ok) in found.items() if ok.all() and v.min() < v.max() and columns.numeric(i)]
    return chosen, np.stack([found[i][0] for i in chosen], axis=1) if chosen else np.empty((0, 0))


def _screen(plan: PairPlan, x: np.ndarray, y: np.ndarray) -> tuple[Grids, Callable[[np.ndarray], np.ndarray]]:
    """Values and errors, and the values with rows of its bins or scores permuted."""
    bins = plan.parameters.get("bins", BINS)
    if plan.method == "binned":
        codes = equal_count_bins(y, bins)
        return binned_screen(x, y, bins), lambda permuted: coded_screen(permuted, codes, bins)[0]
    scores = copula_scores(y)
    return copula_screen(x, y), lambda permuted: scored_screen(permuted, scores)[0]


def _screen_p(
    plan: PairPlan, value: np.ndarray, x: np.ndarray, again: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray | None:
    """Permutation p-values of all pairs, the columns of x permuted each by itself."""
    if not plan.permutations:
        return None
    rng, above = np.random.default_rng([plan.seed, 1]), np.zeros_like(value)
    ready = (
        equal_count_bins(x, plan.parameters.get("bins", BINS)) if plan.method == "binned" else copula_scores(x)
    )
    for _ in range(plan.permutations):
        above += again(rng.permuted(ready, axis=0)) >= value
    return (1 + above) / (1 + plan.permutations)
