"""k nearest neighbours side by side with other packages: CPU seconds, values, and the bias correction.

    python benchmarks/knn.py [--rows 1000,10000,100000] [--write]     speed and values
    python benchmarks/knn.py --bias                                   the figures of closedform/ksg_copula.py

One thread, k = 3, the same Gaussian sample (rho = 0.6, unit variances) for all. Packages that are not installed
are left out (`pip install scikit-learn ennemi npeet-plus infomeasure`). Each is called once to warm up, ours
with its compiled code in use, and then in turn with the others; the table gives medians of CPU seconds.
`--write` puts it into docs/benchmarks/knn.md.
"""

import argparse
import contextlib
import importlib
import importlib.metadata
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import numpy as np

from infonats.closedform import _plane, _tree, ksg, ksg_copula, ksg_error

K, RHO, ROUNDS, PATIENCE = 3, 0.6, 5, 20.0
"""`PATIENCE`: seconds after which a call is not repeated."""
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "knn.md"

Call = Callable[[np.ndarray, np.ndarray], float]


def gaussian_pairs(n: int, d: int, rho: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """As in `accuracy`, whose imports the environment of the peers need not have."""
    noise = np.random.default_rng(seed).standard_normal((2, n, d))
    return noise[0], rho * noise[0] + math.sqrt(1 - rho**2) * noise[1]


def scikit_learn() -> Call:
    """One column each; its own noise of relative size 1e-10."""
    from sklearn.feature_selection import mutual_info_regression

    return lambda x, y: float(mutual_info_regression(x, y[:, 0], n_neighbors=K, random_state=0)[0])


def npeet() -> Call:
    """Columns as they are, noise of size 1e-10."""
    mi = importlib.import_module("npeet_plus").mi
    return lambda x, y: float(mi(x, y, k=K, base=math.e))


def ennemi() -> Call:
    """Columns as they are."""
    mi = importlib.import_module("ennemi").estimate_mi
    return lambda x, y: float(np.asarray(mi(y[:, 0], x[:, 0], k=K, preprocess=False)).item())


def infomeasure() -> Call:
    """Columns as they are; noise switched off."""
    mi = importlib.import_module("infomeasure").mutual_information
    return lambda x, y: float(mi(x, y, approach="ksg", k=K, noise_level=0, base="e"))


PEERS = {"scikit-learn": scikit_learn, "npeet-plus": npeet, "ennemi": ennemi, "infomeasure": infomeasure}
ONE_COLUMN = {"scikit-learn", "ennemi"}
"""Packages whose function takes one column on each side."""


def contestants(d: int) -> dict[str, Call]:
    """Everybody who is installed and takes d + d columns."""
    ours = {
        "infonats": lambda x, y: ksg(x, y, k=K),
        "infonats, with error": lambda x, y: float(ksg_error(x, y, k=K)[0].mean()),
    }
    for name, build in PEERS.items():
        if d == 1 or name not in ONE_COLUMN:
            with contextlib.suppress(ImportError):
                ours[name] = build()
    return ours


def measured(n: int, d: int) -> Iterator[tuple[str, float, float]]:
    """Name, median CPU seconds and value of everybody, called in turn."""
    x, y = gaussian_pairs(n, d, RHO, 0)
    calls, times, values = contestants(d), {}, {}
    for engine in (_plane._engine, _tree._engine):
        engine.after(math.inf)
    for call in calls.values():
        call(x[:2000], y[:2000])
    for _ in range(ROUNDS):
        for name, call in calls.items():
            if times.get(name, [0.0])[0] > PATIENCE:
                continue
            start = time.process_time()
            values[name] = call(x, y)
            times.setdefault(name, []).append(time.process_time() - start)
    for name in calls:
        yield name, statistics.median(times[name]), values[name]


def speed(sizes: list[int], wide: list[int]) -> list[str]:
    """The rows of the table."""
    rows = [
        "| columns | rows | package | CPU seconds | times ours | value |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    print(*rows, sep="\n", flush=True)
    for d, n in [(1, n) for n in sizes] + [(5, n) for n in wide]:
        found = list(measured(n, d))
        for name, seconds, value in found:
            ratio = seconds / found[0][1]
            rows.append(f"| {d} + {d} | {n} | {name} | {seconds:.4f} | {ratio:.1f} | {value:.9f} |")
            print(rows[-1], flush=True)
    return rows


def student_pairs(n: int, d: int, degrees: float, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Draw d pairs of a t distribution whose Gaussian part shares 1 nat, and what all of it shares."""
    from scipy.special import digamma, gammaln

    x, y = gaussian_pairs(n, d, math.sqrt(-math.expm1(-2 / d)), seed)
    w = np.sqrt(degrees / np.random.default_rng([seed, 1]).chisquare(degrees, (n, 1)))

    def entropy(p: int) -> float:
        half = (degrees + p) / 2
        return float(gammaln(degrees / 2) - gammaln(half) + half * (digamma(half) - digamma(degrees / 2)))

    return x * w, y * w, 1 + 2 * entropy(d) - entropy(2 * d)


def absolute_pairs(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Both x and u are uniform, y = |x| + u: half a nat for each pair of columns, and no correlation."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, d))
    return x, np.abs(x) + rng.random((n, d)), d / 2


def bias(n: int = 1000, repetitions: int = 10) -> None:
    """Mean error of ksg and ksg_copula, in nats."""
    samples = {
        **{
            f"Gaussian, 1 nat, {d} + {d}": lambda s, d=d: (
                *gaussian_pairs(n, d, math.sqrt(-math.expm1(-2 / d)), s),
                1.0,
            )
            for d in (1, 5, 10)
        },
        "t copula, 3 degrees, 5 + 5": lambda s: student_pairs(n, 5, 3.0, s),
        **{f"y = |x| + u, {d} + {d}": lambda s, d=d: absolute_pairs(n, d, s) for d in (1, 3)},
    }
    for name, draw in samples.items():
        drawn = [draw(seed) for seed in range(repetitions)]
        plain = [ksg(x, y) - truth for x, y, truth in drawn]
        better = [ksg_copula(x, y, seed=seed) - truth for seed, (x, y, truth) in enumerate(drawn)]
        error = statistics.stdev(better) / math.sqrt(repetitions)
        means = f"ksg {np.mean(plain):+.3f}, ksg_copula {np.mean(better):+.3f} +- {error:.3f}"
        print(f"{name}: {drawn[0][2]:.3f} nats, {means}", flush=True)


def page(rows: list[str]) -> str:
    """The page, with the versions it was made with."""
    names = [name for name in ("numpy", "scipy", "numba", *PEERS) if _installed(name)]
    made = ", ".join(f"{name} {version(name)}" for name in names)
    return "\n".join(
        [
            "# Nearest neighbours side by side",
            "",
            f"KSG with k = {K} on one Gaussian sample (rho = {RHO}), one thread: medians of CPU s once",
            "code is compiled, everybody in turn in one process. Made by `python benchmarks/knn.py --write`",
            f"with {made}. The machine was shared: compare within a block.",
            "",
            *rows,
            "",
            "scikit-learn divides columns by their standard deviations, as we do; npeet-plus, ennemi and",
            "infomeasure take them as they are. `tests/differential/test_knn_peers.py` says what equals what.",
            "Of ours, the call with errors does more, and may yet be quicker: it finds the memory that the one",
            "before it asked the system for.",
            "",
        ]
    )


def _installed(name: str) -> bool:
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        return bool(version(name))
    return False


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="1000,10000,100000,1000000")
    parser.add_argument("--wide", default="1000,10000,100000", help="rows in 5 + 5 columns")
    parser.add_argument("--bias", action="store_true")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    if given.bias:
        return bias()
    rows = speed(*([int(float(n)) for n in text.split(",") if n] for text in (given.rows, given.wide)))
    if given.write:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
