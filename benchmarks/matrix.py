"""Time a matrix of many columns, and its permutation tests.

    python benchmarks/matrix.py [--columns 100] [--rows 5000] [--peer-columns 15] [--write]

CPU seconds of one process. Ours measures every pair with its standard error; the peer (ennemi, where it is
installed) measures the pairs of its first columns without errors, and its time for all pairs is scaled from
them. Values of both are compared: KSG variant 1 with k = 3 on columns without ties is the same number.
Permutation tests are those of KSG on `--tested-columns` by `--tested-rows`, with all permutations, and ending
once ten reach the value. `--write` puts it into docs/benchmarks/matrix.md.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

from infonats.quantities import MatrixResult, mi_matrix

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "matrix.md"
PERMUTATIONS, EXCEEDANCES = 199, 10

Found = tuple[float, MatrixResult]


def table(rows: int, columns: int) -> np.ndarray:
    """Gaussian columns, each correlated with the one before."""
    x = np.random.default_rng(0).normal(size=(rows, columns))
    x[:, 1:] += 0.5 * x[:, :-1]
    return x


def timed(call: Callable[[], MatrixResult]) -> Found:
    """CPU seconds, and what was found."""
    start = time.process_time()
    found = call()
    return time.process_time() - start, found


def rows(given: argparse.Namespace) -> Iterator[str]:
    """The rows of the page's table."""
    x, size = table(given.rows, given.columns), f"{given.columns} by {given.rows}"
    mi_matrix(x[:, :10], method="ksg", n_jobs=1)  # load and compile first
    for method in ("gaussian_copula", "binned", "ksg"):
        seconds, found = timed(lambda method=method: mi_matrix(x, method=method, n_jobs=1))
        yield f"| {size} | {method} | {seconds:.2f} |"
    yield from peer(x[:, : given.peer_columns], size, found)
    x, size = table(given.tested_rows, given.tested_columns), f"{given.tested_columns} by {given.tested_rows}"
    for exceedances in (0, EXCEEDANCES):
        how = {"method": "ksg", "permutations": PERMUTATIONS, "exceedances": exceedances}
        seconds, found = timed(lambda how=how: mi_matrix(x, n_jobs=1, **how))
        low = sum(record.p <= 0.05 for record in found.records)
        early = f", ending once {exceedances} reach the value" if exceedances else ""
        name = f"ksg, {PERMUTATIONS} permutations{early} ({low} pairs with p <= 0.05)"
        yield f"| {size} | {name} | {seconds:.2f} |"


def peer(x: np.ndarray, size: str, ours: MatrixResult) -> Iterator[str]:
    """The row of ennemi, scaled from the pairs of `x`; none where it is not installed."""
    try:
        from ennemi import pairwise_mi
    except ImportError:
        return
    start = time.process_time()
    theirs = pairwise_mi(x, k=3, max_threads=1)
    spent = time.process_time() - start
    d, pairs = x.shape[1], len(ours.records)
    count = d * (d - 1) // 2
    apart = np.nanmax(np.abs(theirs - ours.values[:d, :d]))
    note = f"scaled from {count} pairs, whose values differ from ours by at most {apart:.1e}"
    yield f"| {size} | ennemi {version('ennemi')} ({note}) | {spent * pairs / count:.2f} |"


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    defaults = {"columns": 100, "rows": 5000, "peer-columns": 15, "tested-columns": 15, "tested-rows": 500}
    for name, default in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    lines = [
        "# A matrix of many columns",
        "",
        "CPU seconds of one process for all pairs of Gaussian columns, ours with standard errors. Made by",
        "`python benchmarks/matrix.py --write`; the machine was shared.",
        "",
        "| columns by rows | method | CPU seconds |",
        "| --- | --- | --- |",
    ]
    for row in rows(given):
        lines.append(row)
        print(row, flush=True)
    if given.write:
        PAGE.write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
