"""What rows that depend on their neighbours do to intervals and tests, and what `block` makes of it.

    python benchmarks/serial.py --store serial.jsonl            # goes on where it was stopped
    python benchmarks/serial.py --store serial.jsonl --write    # and writes the table

x and y are two series x_t = a x_{t-1} + noise, of which the innovations have a correlation r: I(x_t; y_t) =
-log(1 - r^2) / 2 whatever a is. Each method meets a = 0.9 (and 0 for comparison) with rows taken for
independent, `block=1`, and with `block="auto"`. Counted are the 95 % intervals that hold the truth, and at
r = 0 the p-values of at most 0.05, each with a standard error. `--write` puts the table into docs/serial.md.
"""

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import kept
import numpy as np
from scipy.signal import lfilter

from infonats.quantities import permutation_test

PAGE = Path(__file__).parents[1] / "docs" / "serial.md"
ROWS, BURN, PERMUTATIONS = 1000, 200, 99
MEMORY = (0.0, 0.9)
BLOCKS = (1, "auto")
METHODS: dict[str, tuple[int, dict[str, object]]] = {
    "gaussian": (100, {}),
    "ksg": (60, {}),
    "auto": (30, {"budget": "fast"}),
    "gm": (8, {}),
    "infonce": (20, {"max_steps": 300}),
}
"""Samples, and parameters beside the defaults."""


def series(memory: float, r: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two autoregressions of `ROWS` rows whose information is -log(1 - r^2) / 2."""
    noise = np.random.default_rng(seed).normal(size=(2, ROWS + BURN))
    noise[1] = r * noise[0] + math.sqrt(1 - r * r) * noise[1]
    x, y = lfilter([1.0], [1.0, -memory], noise)[:, BURN:]
    return x, y


def cells() -> Iterator[tuple[str, float, float, int | str, int]]:
    """Method, memory, correlation, block and seed; the quick methods first."""
    for method, (samples, _) in METHODS.items():
        for seed in range(samples):
            for memory in MEMORY:
                for r in (0.0, 0.6):
                    for block in BLOCKS:
                        if memory or block == 1:
                            yield method, memory, r, block, seed


def measured(cell: kept.Cell) -> dict[str, object]:
    """What a method says of one sample: value, error, interval, p-value where there is nothing to find."""
    method, memory, r, block, seed = cell
    x, y = series(memory, r, seed)
    permutations = 0 if r else PERMUTATIONS
    keywords = {"block": block, "seed": seed, **METHODS[method][1]}
    found = permutation_test(x, y, method=method, permutations=permutations, **keywords)
    return {
        "value": found.value,
        "stderr": found.stderr,
        "interval": found.interval,
        "p": None if r else found.provenance["p_value"],
    }


def share(hits: Iterable[bool]) -> str:
    """The share of hits with its standard error, of n Bernoulli draws."""
    hits = list(hits)
    p = sum(hits) / len(hits)
    return f"{p:.2f} ({math.sqrt(max(p * (1 - p), 0.25 / len(hits)) / len(hits)):.2f})"


def table(rows: list[dict]) -> Iterator[str]:
    """A line for each method, memory and block."""
    yield (
        "| method | a | block | samples | I = 0: interval holds it | p <= 0.05 | I = 0.223: interval holds it "
        "| error said / seen, I = 0 | I = 0.223 |"
    )
    yield "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for method in METHODS:
        for memory, block in ((0.0, 1), (0.9, 1), (0.9, "auto")):
            mine = [row for row in rows if row["cell"][:2] == [method, memory] and row["cell"][3] == block]
            if len(mine) < 2 * 5:
                continue
            none, some = ([row for row in mine if bool(row["cell"][2]) is there] for there in (False, True))
            truth = -math.log(1 - 0.6**2) / 2
            yield (
                f"| `{method}` | {memory:g} | {block} | {len(none)} | {share(_holds(none, 0.0))} | "
                f"{share(row['p'] <= 0.05 for row in none)} | {share(_holds(some, truth))} | "
                f"{_ratio(none):.2f} | {_ratio(some):.2f} |"
            )


def _holds(rows: list[dict], truth: float) -> list[bool]:
    return [row["interval"][0] <= truth <= row["interval"][1] for row in rows]


def _ratio(rows: list[dict]) -> float:
    """The root mean square of the standard errors over the spread of the values."""
    said = math.sqrt(float(np.mean([row["stderr"] ** 2 for row in rows])))
    return said / float(np.std([row["value"] for row in rows], ddof=1))


def main() -> None:
    """Measure what the store lacks, then print the table."""
    asked = kept.options(__doc__, "serial.jsonl")
    wanted = [] if asked.no_run else [c for c in cells() if not asked.only or c[0] in asked.only]
    lines = list(table(kept.results(asked.store, wanted, measured)))
    if asked.write:
        kept.write(PAGE, "| method | a |", lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
