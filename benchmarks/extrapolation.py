"""Does following the value from parts of the rows to infinitely many help? On Gaussians, method by method.

    python benchmarks/extrapolation.py --store extrapolation.jsonl            # goes on where it was stopped
    python benchmarks/extrapolation.py --store extrapolation.jsonl --write    # and writes the table

J_m is the mean value over m parts of n / m rows each. *Halves* is 2 J_1 - J_2, which a bias a / n does not
survive; *quarters* is (8 J_1 - 6 J_2 + J_4) / 3, without a / n and b / n^2. Bias and root mean square error are
those over samples with a standard error of the bias; `--write` puts the table into docs/extrapolation.md.
"""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kept
import numpy as np

from infonats.data import Pairs, as_pairs
from infonats.estimators import make

PAGE = Path(__file__).parents[1] / "docs" / "extrapolation.md"
ROWS, PARTS, TRUTHS = 1000, (1, 2, 4), (1.0, 0.0)
WEIGHTS = {"all rows": (1.0, 0.0, 0.0), "halves": (2.0, -1.0, 0.0), "quarters": (8 / 3, -2.0, 1 / 3)}
CLOSED = ("ksg", "gaussian_copula", "gaussian", "t_copula")
TRAINED: dict[str, dict[str, Any]] = {"infonce": {"critic": "separable", "max_steps": 200}, "gm": {}}
SAMPLES, TRAINED_SAMPLES = 40, 5


def gaussian(columns: int, truth: float, seed: int) -> Pairs:
    """`ROWS` rows of as many correlated pairs of columns, of `truth` nats together."""
    rho = math.sqrt(1 - math.exp(-2 * truth / columns))
    x, noise = np.random.default_rng(seed).normal(size=(2, ROWS, columns))
    return as_pairs(x, rho * x + math.sqrt(1 - rho**2) * noise)


def cells() -> Iterator[tuple[str, int, float, int]]:
    """Method, columns on each side, truth and seed; of what trains only where there is something to find."""
    groups = [((name,), TRAINED_SAMPLES) for name in TRAINED] + [(CLOSED, SAMPLES)]
    for methods, samples in groups:
        for seed in range(samples):
            for method in methods:
                for columns in (1, 5):
                    for truth in TRUTHS[: 1 if method in TRAINED else None]:
                        yield method, columns, truth, seed


def means(cell: kept.Cell) -> list[float]:
    """J_m of each number of parts."""
    method, columns, truth, seed = cell
    pairs, order = gaussian(columns, truth, seed), np.random.default_rng(10_000 + seed).permutation(ROWS)

    def value(rows: np.ndarray) -> float:
        return make(method, **TRAINED.get(method, {})).fit_pairs(pairs.take(rows)).estimate_.value

    return [float(np.mean([value(rows) for rows in np.array_split(order, m)])) for m in PARTS]


def table(rows: list[dict]) -> Iterator[str]:
    """A line for each method, number of columns and truth."""
    ways = " | ".join(f"{way}: bias | rmse" for way in WEIGHTS)
    yield f"| method | columns | nats | samples | {ways} |"
    yield f"| --- | --- | ---: | ---: |{' ---: |' * (2 * len(WEIGHTS))}"
    for method in (*CLOSED, *TRAINED):
        for columns in (1, 5):
            for truth in TRUTHS:
                mine = np.array([row["means"] for row in rows if row["cell"][:3] == [method, columns, truth]])
                if len(mine) > 2:
                    found = " | ".join(_said(mine @ np.array(w) - truth) for w in WEIGHTS.values())
                    yield f"| `{method}` | {columns}+{columns} | {truth:g} | {len(mine)} | {found} |"


def _said(errors: np.ndarray) -> str:
    spread = errors.std(ddof=1) / math.sqrt(len(errors))
    return f"{errors.mean():+.3f} ({spread:.3f}) | {math.sqrt((errors**2).mean()):.3f}"


def main() -> None:
    """Measure what the store lacks, then print the table."""
    asked = kept.options(__doc__, "extrapolation.jsonl")
    wanted = [] if asked.no_run else [c for c in cells() if not asked.only or c[0] in asked.only]
    lines = list(table(kept.results(asked.store, wanted, lambda cell: {"means": means(cell)})))
    if asked.write:
        kept.write(PAGE, "| method | columns |", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
