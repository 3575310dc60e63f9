"""How often the look at the order of rows speaks up: on independent rows, where it must not, and on series.

    python benchmarks/order.py            # 3000 tables of independent rows of each kind, 30 of each series

The sentence (`infonats.data.order`) needs memory on both sides. The hardest independent rows for it are those
where y is x itself: whatever happens to one side by chance happens to the other.
"""

import argparse
from collections.abc import Callable

import numpy as np
from scipy.signal import lfilter

from infonats.data.order import ordered

Table = tuple[np.ndarray, np.ndarray]


def apart(rng: np.random.Generator, n: int) -> Table:
    """Two Gaussian columns that have nothing to do with each other."""
    x, y = rng.normal(size=(2, n, 1))
    return x, y


def same(rng: np.random.Generator, n: int) -> Table:
    """A Gaussian column twice."""
    x = rng.normal(size=(n, 1))
    return x, x


def wide(rng: np.random.Generator, n: int) -> Table:
    """Twenty heavy-tailed columns twice."""
    x = rng.standard_cauchy(size=(n, 20))
    return x, x


def rare(rng: np.random.Generator, n: int) -> Table:
    """Two columns that are 1 in one of 50 rows and 0 elsewhere, equal."""
    x = (rng.random((n, 1)) < 0.02).astype(float)
    return x, x


def few_values(rng: np.random.Generator, n: int) -> Table:
    """Counts of mean 0.3, twice."""
    x = rng.poisson(0.3, (n, 1)).astype(float)
    return x, x


def autoregression(memory: float) -> Callable[[np.random.Generator, int], Table]:
    """Two independent series that remember the row before by so much."""

    def draw(rng: np.random.Generator, n: int) -> Table:
        x, y = lfilter([1.0], [1.0, -memory], rng.normal(size=(2, n + 100)))[:, 100:, None]
        return x, y

    return draw


INDEPENDENT = {
    "two Gaussian columns": apart,
    "a Gaussian column twice": same,
    "20 Cauchy columns twice": wide,
    "1 in 50 rows, twice": rare,
    "Poisson counts twice": few_values,
}
SERIES = {f"AR(1), a = {memory}": autoregression(memory) for memory in (0.3, 0.5, 0.7, 0.9)}
ROWS = (30, 100, 1000)


def rate(draw: Callable[[np.random.Generator, int], Table], n: int, tables: int) -> float:
    """The share of tables of n rows of which something is said."""
    rng = np.random.default_rng(n)
    said = 0
    for _ in range(tables):
        x, y = draw(rng, n)
        names = tuple(map(str, range(x.shape[1])))
        said += bool(ordered(x, names, y, names))
    return said / tables


def main() -> None:
    """Print the shares as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tables", type=int, default=3000, help="of independent rows, for each kind and n")
    options = parser.parse_args()
    print(f"| rows | {' | '.join(f'n = {n}' for n in ROWS)} |")
    print(f"| --- |{' ---: |' * len(ROWS)}")
    for kinds, tables in ((INDEPENDENT, options.tables), (SERIES, max(1, options.tables // 100))):
        for name, draw in kinds.items():
            print(f"| {name} | {' | '.join(f'{rate(draw, n, tables):.4f}' for n in ROWS)} |", flush=True)


if __name__ == "__main__":
    main()
