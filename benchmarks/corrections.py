"""Corrections of `discrete` on tables from dense to sparse: `python benchmarks/corrections.py [--samples 200]`.

K by K tables of four kinds: independent even symbols; symbols that agree half of the time; a table whose cells
are drawn once from a Dirichlet law with parameter 0.2, so that most of it is empty; and independent symbols
with shares falling like 1 / rank. For each number of rows and each correction: mean error, root mean square
error, and the part of the 95 % intervals that hold the truth.
"""

import argparse
from collections.abc import Iterator

import numpy as np
from scipy.special import xlogy

from infonats.closedform.discrete import SHUFFLED
from infonats.closedform.entropy_discrete import CORRECTIONS
from infonats.estimators import Discrete

ROWS, SIZES = (50, 100, 300, 1000), (3, 10, 20, 50)
CHOICES = ("auto", SHUFFLED, *CORRECTIONS)


def tables(size: int) -> dict[str, np.ndarray]:
    """Joint probabilities (K, K) by kind."""
    even = np.full((size, size), size**-2.0)
    ranked = 1.0 / np.arange(1, size + 1)
    return {
        "independent": even,
        "agreeing": even / 2 + np.eye(size) / (2 * size),
        "empty": np.random.default_rng(0).dirichlet(np.full(size * size, 0.2)).reshape(size, size),
        "ranked": np.outer(ranked, ranked) / ranked.sum() ** 2,
    }


def information(p: np.ndarray) -> float:
    """I in nats of the joint probabilities."""
    return float(xlogy(p, p).sum() - xlogy(p.sum(0), p.sum(0)).sum() - xlogy(p.sum(1), p.sum(1)).sum())


def measured(p: np.ndarray, n: int, samples: int) -> Iterator[tuple[str, float, float, float]]:
    """Correction, mean error, root mean square error, coverage."""
    truth, found = information(p), {name: [] for name in CHOICES}
    for seed in range(samples):
        cell = np.random.default_rng(seed).choice(p.size, n, p=p.ravel())
        x, y = np.divmod(cell, len(p))
        if np.ptp(x) == 0 or np.ptp(y) == 0:
            continue
        for name in CHOICES:
            e = Discrete(correction=name).fit(x, y).estimate_
            found[name].append((e.value - truth, e.interval[0] <= truth <= e.interval[1]))
    for name, rows in found.items():
        error, inside = np.array(rows, dtype=float).T
        yield name, float(error.mean()), float(np.sqrt((error**2).mean())), float(inside.mean())


def main() -> None:
    """Print the table as Markdown, then root mean square errors over all cases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=200)
    samples, everything = parser.parse_args().samples, {name: [] for name in CHOICES}
    print("| table | K | rows | nats | " + " | ".join(CHOICES) + " |")
    print("| --- " * (4 + len(CHOICES)) + "|")
    for size in SIZES:
        for kind, p in tables(size).items():
            for n in ROWS:
                cells = []
                for name, bias, rmse, coverage in measured(p, n, samples):
                    cells.append(f"{bias:+.3f} {rmse:.3f} {coverage:.2f}")
                    everything[name].append((rmse, coverage))
                head = f"| {kind} | {size} | {n} | {information(p):.3f} |"
                print(f"{head} {' | '.join(cells)} |", flush=True)
    print()
    for name, rows in everything.items():
        rmse, coverage = np.array(rows).T
        print(
            f"{name}: mean rmse {rmse.mean():.4f}, worst {rmse.max():.3f}, mean coverage {coverage.mean():.2f}"
        )


if __name__ == "__main__":
    main()
