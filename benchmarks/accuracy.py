"""Accuracy on Gaussians whose mutual information is known: every value is held out.

    python benchmarks/accuracy.py [--seeds 3] [--write docs/accuracy.md]

A method is fitted to 3000 pairs (the neural ones split them 78 : 20 : 2 to train, to stop, and a remnant)
and evaluated on 10 000 fresh ones. `gaussian` needs no fresh data. The standard error is the one that
the library itself states for the first seed.
"""

import argparse
import itertools
import math
import time
from collections.abc import Iterator
from pathlib import Path

import accuracy_closed
import numpy as np

import infonats
from infonats.estimators import make

FIT, FRESH = 3000, 10_000
RHOS = {1: (0.0, 0.2, 0.4, 0.6, 0.8, 0.85, 0.9, 0.99), 20: (0.0, 0.4, 0.6, 0.8, 0.9)}
MARK = "<!-- tables -->"
NEURAL = ("mine", "infonce", "nwj", "dv")


def gaussian_pairs(n: int, d: int, rho: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """D independent pairs of unit normals with correlation rho: x (n, d), y (n, d)."""
    noise = np.random.default_rng(seed).standard_normal((2, n, d))
    return noise[0], rho * noise[0] + math.sqrt(1 - rho**2) * noise[1]


def estimate(method: str, d: int, rho: float, seed: int) -> infonats.Estimate:
    """Fit on one sample and evaluate on another."""
    x, y = gaussian_pairs(FIT, d, rho, seed)
    if method not in NEURAL:
        return make(method).fit(x, y).estimate_
    fitted = make(method, seed=seed, fractions=(0.78, 0.2, 0.02)).fit(x, y)
    return fitted.evaluate(*gaussian_pairs(FRESH, d, rho, seed + 1_000_000))


def row(method: str, d: int, rho: float, seeds: range) -> str:
    """One Markdown row: the truth, each seed's value, mean error and its size in standard errors."""
    truth, start = -0.5 * d * math.log1p(-(rho**2)), time.perf_counter()
    found = [estimate(method, d, rho, seed) for seed in seeds]
    seconds = (time.perf_counter() - start) / len(found)
    values = " / ".join(f"{e.value:.3f}" for e in found)
    error = np.mean([e.value for e in found]) - truth
    worst = max(abs(e.value - truth) for e in found)
    return (
        f"| {d} | {rho} | {truth:.3f} | {method} | {values} | {found[0].stderr:.3f} "
        f"| {error:+.3f} | {worst:.3f} | {seconds:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--methods", default="mine,infonce,gaussian")
    parser.add_argument("--write", type=Path, help="replace the tables of this page")
    options = parser.parse_args()
    lines = []
    for line in table(options.methods.split(","), options.seeds):
        print(line, flush=True)
        lines.append(line)
    if options.write:
        text = options.write.read_text()
        head = text[: text.index(MARK) + len(MARK)]
        closed = list(accuracy_closed.table())
        options.write.write_text("\n".join([head, "", *lines, "", *closed, ""]))


def table(methods: list[str], seeds: int) -> Iterator[str]:
    """The lines of the Markdown table, header first."""
    header = "| d | rho | truth | method | estimates, one a seed | s.e. | mean error | worst error | seconds |"
    yield header
    yield "|" + " --- |" * (header.count("|") - 1)
    for d, rhos in RHOS.items():
        for rho, method in itertools.product(rhos, methods):
            yield row(method, d, rho, range(seeds))


if __name__ == "__main__":
    main()
