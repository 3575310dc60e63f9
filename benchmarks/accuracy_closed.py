"""Accuracy of the closed-form methods on fresh Gaussian samples against the exact value.

    python benchmarks/accuracy_closed.py

Each of five pairs of columns has correlation rho, so that I(X;Y) = -5/2 log(1 - rho^2) nats in 5 + 5
dimensions. Every row of the table is a mean over samples drawn for it; the same samples serve all methods.
It takes about two minutes on one thread. Other data, counts and labels among them: `accuracy_kinds.py`.
"""

import functools
import time
from collections.abc import Callable, Iterator

import numpy as np

from infonats.closedform import gaussian_copula_local, gaussian_local, ksg_error, standard_error, t_copula_local
from infonats.estimate import normal_interval

PAIRS = 5
RHO = (0.5, 0.8)
REPEATS = {100: 200, 1000: 40, 10_000: 6}
"""How many fresh samples for each sample size."""


def likelihood(local: Callable[..., np.ndarray], x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, float]:
    """Local values and standard error of a Gaussian model."""
    values = local(x, y)
    return values, standard_error(values, degrees=PAIRS * PAIRS)


METHODS: dict[str, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, float]]] = {
    "ksg, k = 3": ksg_error,
    "ksg variant 2, k = 3": functools.partial(ksg_error, variant=2),
    "gaussian_copula": functools.partial(likelihood, gaussian_copula_local),
    "gaussian": functools.partial(likelihood, gaussian_local),
    "t_copula": functools.partial(likelihood, t_copula_local),
}
"""The local values of each method and the standard error of their mean."""

HEADER = "| rho | truth | n | samples | method | mean | bias | s.e. of bias | RMSE | 95 % coverage |"


def draw(n: int, rho: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A sample of n rows of five independent pairs."""
    rng = np.random.default_rng([n, int(100 * rho), seed])
    x = rng.standard_normal((n, PAIRS))
    return x, rho * x + np.sqrt(1 - rho**2) * rng.standard_normal((n, PAIRS))


def measure(method: str, n: int, rho: float) -> tuple[np.ndarray, np.ndarray]:
    """The estimates and whether their intervals hold the truth, over all samples."""
    truth = -PAIRS / 2 * np.log(1 - rho**2)
    values, covered = [], []
    for seed in range(REPEATS[n]):
        each, stderr = METHODS[method](*draw(n, rho, seed))
        low, high = normal_interval(float(each.mean()), stderr)
        values.append(float(each.mean()))
        covered.append(low <= truth <= high)
    return np.array(values), np.array(covered)


def rows() -> Iterator[str]:
    """The rows of the table."""
    for rho in RHO:
        truth = -PAIRS / 2 * np.log(1 - rho**2)
        for n, repeats in REPEATS.items():
            for method in METHODS:
                values, covered = measure(method, n, rho)
                error, rmse = values.std(ddof=1) / np.sqrt(repeats), np.sqrt(np.mean((values - truth) ** 2))
                yield (
                    f"| {rho} | {truth:.4f} | {n} | {repeats} | {method} | {values.mean():.4f} | "
                    f"{values.mean() - truth:+.4f} | {error:.4f} | {rmse:.4f} | {covered.mean():.2f} |"
                )


def table() -> Iterator[str]:
    """The lines of the Markdown table, header first."""
    yield HEADER
    yield "|" + " --- |" * HEADER.count(" | ") + " --- |"
    yield from rows()


def main() -> None:
    """Print the table in Markdown."""
    start = time.perf_counter()
    for line in table():
        print(line, flush=True)
    print(f"\n{time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
