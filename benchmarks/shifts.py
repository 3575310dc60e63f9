"""What the circular shifts of `block` reject: of series that have nothing in common, and of series that have.

    python benchmarks/shifts.py --store shifts.jsonl            # goes on where it was stopped
    python benchmarks/shifts.py --store shifts.jsonl --write    # and writes the table

x and y are autoregressions of order 1, as in `serial.py`, whose innovations have a correlation r, those of y
`late` rows late. Counted are the p-values of at most 0.05 from 99 shifts. The value of `gaussian` grows with
the correlation of x and y, and the correlations of all shifts are one Fourier transform: `gaussian` is tested
on 10 000 samples of each kind, by the shifts that `permutation_test` draws (tests/quantities/test_blocks.py
proves the p-values equal). "far" counts shifts of at least a block only. `ksg` is tested as it is.
"""

import math
from collections.abc import Iterator
from pathlib import Path

import kept
import numpy as np
from scipy.signal import lfilter

from infonats._random import spawn
from infonats.data.blocks import block_length
from infonats.quantities import permutation_test
from infonats.quantities.blocks import shifts

PAGE = Path(__file__).parents[1] / "docs" / "serial.md"
SHIFTS, BURN, EACH = 99, 400, 100
ROWS, MEMORY = (200, 500, 1000), (0.5, 0.9, 0.95)
TIES = {"none": (0.0, 0), "r = 0.3": (0.3, 0), "r = 0.3, 5 rows late": (0.3, 5)}
SAMPLES = {"gaussian": 10_000, "ksg": 1000}
HEAD = "| n | a | far, nothing there | nothing there | `ksg`, nothing there"


def series(n: int, memory: float, tie: str, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two stationary series of n rows, tied as `TIES` says."""
    r, late = TIES[tie]
    noise = rng.normal(size=(2, n + BURN + late))
    noise[1] = r * noise[0] + math.sqrt(1 - r * r) * noise[1]
    x, y = lfilter([1.0], [1.0, -memory], noise)[:, BURN:]
    return x[late:], y[: len(y) - late]


def correlations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """|r| of x shifted circularly by 0 .. n - 1 rows and y."""
    x, y = x - x.mean(), y - y.mean()
    spectrum = np.fft.rfft(y) * np.fft.rfft(x).conj()
    return np.abs(np.fft.irfft(spectrum, len(x))) / np.sqrt((x @ x) * (y @ y))


def by_all(tied: np.ndarray, seed: int) -> float:
    """The p-value of `gaussian` by the shifts that `permutation_test` draws."""
    return (1 + np.count_nonzero(tied[shifts(len(tied), SHIFTS, seed)] >= tied[0])) / (1 + SHIFTS)


def by_far(tied: np.ndarray, block: int, rng: np.random.Generator) -> float:
    """The p-value by shifts of at least `block` rows either way, all of them where they are fewer than 99."""
    far = rng.permutation(np.arange(block, len(tied) - block + 1))[:SHIFTS]
    return (1 + np.count_nonzero(tied[far] >= tied[0])) / (1 + len(far))


def cells() -> Iterator[tuple[str, int, float, str, int]]:
    """Method, rows, memory, tie and a batch of samples."""
    for method, samples in SAMPLES.items():
        for n in ROWS:
            for memory in MEMORY:
                for tie in TIES if method == "gaussian" else ("none",):
                    for batch in range(samples // EACH):
                        yield method, n, memory, tie, batch


def measured(cell: kept.Cell) -> dict[str, object]:
    """How many of a batch of samples have p <= 0.05, by all shifts and by far ones."""
    method, n, memory, tie, batch = cell
    every = far = 0
    for seed in spawn(batch, EACH):
        rng = np.random.default_rng(seed)
        x, y = series(n, memory, tie, rng)
        if method == "gaussian":
            tied, block = correlations(x, y), max(block_length(side[:, None]) for side in (x, y))
            every += by_all(tied, seed) <= 0.05
            far += by_far(tied, block, rng) <= 0.05
        else:
            found = permutation_test(x, y, method=method, block=2, permutations=SHIFTS, seed=seed)
            every += found.provenance["p_value"] <= 0.05
    return {"samples": EACH, "all": int(every), "far": int(far)}


def table(rows: list[dict]) -> Iterator[str]:
    """A line for each number of rows and memory."""
    yield f"{HEAD} | far, r = 0.3 | r = 0.3 | far, 5 rows late | 5 rows late |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    none, some, late = TIES
    for n in ROWS:
        for memory in MEMORY:
            at = [row for row in rows if row["cell"][1:3] == [n, memory]]
            columns = [("gaussian", none, "far"), ("gaussian", none, "all"), ("ksg", none, "all")]
            columns += [("gaussian", tie, which) for tie in (some, late) for which in ("far", "all")]
            yield " | ".join([f"| {n}", f"{memory:g}", *(share(at, *column) for column in columns)]) + " |"


def share(rows: list[dict], method: str, tie: str, which: str) -> str:
    """The share of rejections with its standard error."""
    mine = [row for row in rows if (row["cell"][0], row["cell"][3]) == (method, tie)]
    if not mine:
        return ""
    samples = sum(row["samples"] for row in mine)
    p = sum(row[which] for row in mine) / samples
    return f"{p:.3f} ({math.sqrt(p * (1 - p) / samples):.3f})"


def main() -> None:
    """Measure what the store lacks, then print the table."""
    asked = kept.options(__doc__, "shifts.jsonl")
    wanted = [] if asked.no_run else [c for c in cells() if not asked.only or c[0] in asked.only]
    lines = list(table(kept.results(asked.store, wanted, measured)))
    if asked.write:
        kept.write(PAGE, HEAD, lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
