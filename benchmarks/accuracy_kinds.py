"""Accuracy of the closed forms on data of other kinds: counts, labels, joint extremes, one column on each side.

    python benchmarks/accuracy_kinds.py

Every row is a mean over samples drawn for it, the same for all methods of a kind; the truth is exact, or for
labels an integral. It takes a few minutes on one thread.
"""

import math
from collections.abc import Callable, Iterator

import numpy as np
from scipy.integrate import quad

from infonats.closedform import student_information
from infonats.closedform.entropy_discrete import CORRECTIONS
from infonats.estimators import make

REPEATS = 40
HEADER = "| data | truth | n | method | bias | s.e. of bias | spread | stated error | 95 % coverage |"

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]


def line(name: str, truth: float, n: int, method: str, draw: Draw, **parameters: object) -> str:
    """One row of the table: `method` on `REPEATS` samples of n rows."""
    rng = np.random.default_rng(n)
    found = [make(method, **parameters).fit(*draw(rng, n)).estimate_ for _ in range(REPEATS)]
    values = np.array([e.value for e in found])
    covered = np.mean([e.interval[0] <= truth <= e.interval[1] for e in found])
    spread, stated = values.std(ddof=1), np.mean([e.stderr for e in found])
    label = ", ".join([method, *map(str, parameters.values())])
    return (
        f"| {name} | {truth:.4f} | {n} | {label} | {values.mean() - truth:+.4f} | "
        f"{spread / math.sqrt(REPEATS):.4f} | {spread:.4f} | {stated:.4f} | {covered:.2f} |"
    )


def table_of(joint: np.ndarray) -> tuple[float, Draw]:
    """The exact information of a table of probabilities, and how to draw from it."""
    joint = joint / joint.sum()
    product = np.outer(joint.sum(1), joint.sum(0))

    def draw(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
        return np.divmod(rng.choice(joint.size, n, p=joint.ravel()), len(joint))

    return float((joint * np.log(joint / product)).sum()), draw


def counts() -> Iterator[str]:
    """Ten by ten symbols, independent and half determined, seldom and often seen."""
    share = 0.8 ** np.arange(10)
    joints = {"independent counts": np.outer(share, share), "dependent counts": np.eye(10) + 0.1}
    for name, joint in joints.items():
        truth, draw = table_of(joint)
        for n in (100, 1000):
            for correction in CORRECTIONS:
                yield line(name, truth, n, "discrete", draw, correction=correction)


def labels() -> Iterator[str]:
    """Equally likely labels j, and a normal column about gap times j."""
    for number, gap, n in ((2, 1.0, 200), (5, 1.0, 200), (5, 1.0, 1000), (20, 0.5, 500)):

        def draw(
            rng: np.random.Generator, n: int, number: int = number, gap: float = gap
        ) -> tuple[np.ndarray, np.ndarray]:
            label = rng.integers(0, number, n)
            return label, gap * label + rng.standard_normal(n)

        for method in ("ross", "mixed_ksg"):
            yield line(f"{number} labels, gap {gap}", of_labels(number, gap), n, method, draw)


def of_labels(number: int, gap: float) -> float:
    """I of the labels and the column: the entropy of the mixture less that of a normal."""

    def density(z: float) -> float:
        return float(np.exp(-((z - gap * np.arange(number)) ** 2) / 2).mean()) / math.sqrt(2 * math.pi)

    ends = (-9.0, gap * (number - 1) + 9.0)
    entropy = quad(lambda z: -density(z) * math.log(density(z)), *ends, limit=200)[0]
    return entropy - 0.5 * math.log(2 * math.pi * math.e)


def extremes() -> Iterator[str]:
    """Multivariate Student rows, 1 + 1 and 5 + 5 columns: `gaussian_copula` misses what they share in size."""
    for d, rho, nu in ((1, 0.6, 3.0), (5, 0.4, 3.0), (5, 0.4, 1e6)):
        eye = np.eye(d)
        truth = student_information(np.block([[eye, rho * eye], [rho * eye, eye]]), d, nu)

        def draw(
            rng: np.random.Generator, n: int, d: int = d, rho: float = rho, nu: float = nu
        ) -> tuple[np.ndarray, np.ndarray]:
            x, noise = rng.standard_normal((2, n, d))
            radius = np.sqrt(nu / rng.chisquare(nu, (n, 1)))
            return radius * x, radius * (rho * x + math.sqrt(1 - rho**2) * noise)

        for n in (300, 2000):
            for method in ("t_copula", "gaussian_copula", "ksg"):
                yield line(f"Student, {nu:g} d.f., {d} + {d}", truth, n, method, draw)


def one_column() -> Iterator[str]:
    """A bivariate normal: where histograms and kernels are at home."""
    for rho in (0.0, 0.6, 0.95):

        def draw(rng: np.random.Generator, n: int, rho: float = rho) -> tuple[np.ndarray, np.ndarray]:
            x, noise = rng.standard_normal((2, n))
            return x, rho * x + math.sqrt(1 - rho**2) * noise

        truth = -0.5 * math.log1p(-(rho**2))
        for n in (200, 2000):
            for method, parameters in (
                ("histogram", {}),
                ("histogram", {"partition": "adaptive"}),
                ("kde", {}),
                ("kde", {"bandwidth": "silverman"}),
                ("ksg", {}),
            ):
                yield line(f"normal, rho {rho}", truth, n, method, draw, **parameters)


def main() -> None:
    """Print the table in Markdown, row by row."""
    print(HEADER)
    print("|" + " --- |" * HEADER.count(" | ") + " --- |")
    for part in (counts, labels, extremes, one_column):
        for row in part():
            print(row, flush=True)


if __name__ == "__main__":
    main()
