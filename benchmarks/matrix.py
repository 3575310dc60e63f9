"""Time a matrix of many columns.

    python benchmarks/matrix.py [--columns 100] [--rows 5000] [--peer-columns 15]

CPU seconds of one process. Ours measures every pair with its standard error; the peer (ennemi, where it is
installed) measures the pairs of its first columns without errors, and its time for all pairs is scaled from
them. Values of both are compared: KSG variant 1 with k = 3 on columns without ties is the same number.
"""

import argparse
import time

import numpy as np

from infonats.quantities import mi_matrix


def table(rows: int, columns: int) -> np.ndarray:
    """Gaussian columns, each correlated with the one before."""
    x = np.random.default_rng(0).normal(size=(rows, columns))
    x[:, 1:] += 0.5 * x[:, :-1]
    return x


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("columns", 100), ("rows", 5000), ("peer-columns", 15)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    x = table(given.rows, given.columns)
    pairs = given.columns * (given.columns - 1) // 2
    print(f"{given.columns} columns by {given.rows} rows, {pairs} pairs, CPU seconds of one process")
    mi_matrix(x[:, :10], method="ksg", n_jobs=1)  # load and compile first
    found = None
    for method in ("gaussian_copula", "binned", "ksg"):
        start = time.process_time()
        found = mi_matrix(x, method=method, n_jobs=1)
        print(f"{method:16} {time.process_time() - start:8.2f}")
    _peer(x[:, : given.peer_columns], pairs, found)


def _peer(x: np.ndarray, pairs: int, found) -> None:
    try:
        from ennemi import pairwise_mi
    except ImportError:
        print("ennemi           not installed")
        return
    start = time.process_time()
    theirs = pairwise_mi(x, k=3, max_threads=1)
    spent = time.process_time() - start
    d = x.shape[1]
    count = d * (d - 1) // 2
    apart = np.nanmax(np.abs(theirs - found.values[:d, :d]))
    print(
        f"{'ennemi 1 thread':16} {spent * pairs / count:8.2f}   (from {count} pairs; values differ by at "
        f"most {apart:.1e})"
    )


if __name__ == "__main__":
    main()
