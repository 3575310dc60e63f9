"""Mean errors of nearest-neighbour methods as dependence grows: `python benchmarks/neighbour_kinds.py`.

Gaussians, Gaussians with one side warped by y |y|^(1/2), and sines with thin even noise, 1000 rows. The table
is printed as Markdown: mean error, in brackets the standard deviation over samples. `--samples N` (20).
"""

import argparse
from collections.abc import Callable, Iterator

import numpy as np

from infonats import closedform

ROWS = 1000
METHODS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    name: getattr(closedform, name) for name in ("ksg", "wkl", "lnc", "ksg_copula")
}


def gaussian(rng: np.random.Generator, nats: float, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns d + d with `nats` between them."""
    rho = np.sqrt(-np.expm1(-2 * nats / d))
    x = rng.standard_normal((ROWS, d))
    return x, rho * x + np.sqrt(1 - rho**2) * rng.standard_normal((ROWS, d))


def warped(rng: np.random.Generator, nats: float, d: int) -> tuple[np.ndarray, np.ndarray]:
    """The same, y replaced by y |y|^(1/2)."""
    x, y = gaussian(rng, nats, d)
    return x, y * np.sqrt(np.abs(y))


def sine(rng: np.random.Generator, nats: float, d: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns y = sin 2x + w U, each with log(pi / 2) - log(2 w) nats, but for the ends of the sine."""
    width = np.pi / 4 * np.exp(-nats / d)
    x = rng.uniform(-np.pi, np.pi, (ROWS, d))
    return x, np.sin(2 * x) + width * rng.uniform(-1, 1, (ROWS, d))


CASES = [
    *((gaussian, nats, d) for d in (1, 3) for nats in (0.0, 0.5, 2.0, 4.0, 7.0)),
    *((warped, nats, d) for d in (1, 3) for nats in (2.0, 7.0)),
    *((sine, nats, d) for d in (1, 3) for nats in (4.0, 7.0)),
]


def lines(samples: int) -> Iterator[str]:
    """The rows of the table."""
    yield f"| sample, {ROWS} rows | nats | " + " | ".join(f"`{name}`" for name in METHODS) + " |"
    yield "| --- " * (2 + len(METHODS)) + "|"
    for draw, nats, d in CASES:
        cells = []
        for name, method in METHODS.items():
            if name == "lnc" and d > 1:
                cells.append("")
                continue
            found = [method(*draw(np.random.default_rng(seed), nats, d)) for seed in range(samples)]
            cells.append(f"{np.mean(found) - nats:+.2f} ({np.std(found, ddof=1):.2f})")
        yield f"| {draw.__name__}, {d} + {d} | {nats} | " + " | ".join(cells) + " |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=20)
    for line in lines(parser.parse_args().samples):
        print(line, flush=True)


if __name__ == "__main__":
    main()
