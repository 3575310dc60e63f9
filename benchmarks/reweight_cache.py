"""What a hybrid by reweighting saves by looking up the weights of frozen densities, not computing them anew.

    python benchmarks/reweight_cache.py [--rows 2000] [--columns 5]

For each density: seconds to weigh every row against every other once; milliseconds a step of 256 rows and eight
negatives takes when weights are looked up, and when they are computed anew; the steps after which the table has
paid for itself. Densities are untrained: their cost does not depend on what they learnt.
"""

import argparse
import time
from collections.abc import Callable

import torch

from infonats._random import torch_generator
from infonats.densities import DENSITIES, DensityConfig
from infonats.negatives import Reweighted
from infonats.nn import seeded
from infonats.objectives import GM, DoE

BATCH, NEGATIVES, REPEATS = 256, 8, 5


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call, the least of a few."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def row(name: str, density: str, n: int, d: int) -> str:
    """One Markdown row."""
    build, config, generator = DENSITIES[density], DensityConfig(), torch_generator(0)
    dims = ((0, 2 * d), (0, d), (0, d)) if name == "gm" else ((d, d), (0, d))
    laws = [seeded(lambda dx=dx, dy=dy: build(dx, dy, config), generator) for dx, dy in dims]
    ratio = (GM(*laws) if name == "gm" else DoE(*laws)).requires_grad_(False)
    x, y = torch.randn((2, n, d), generator=generator)
    start = time.process_time()
    table = Reweighted.of(ratio.all_pairs, (x, y), None, 0)
    once = time.process_time() - start
    rows = torch.randperm(n, generator=generator)[:BATCH]
    looked_up = seconds(lambda: table(rows, NEGATIVES, generator))
    anew = seconds(lambda: ratio.all_pairs(x[rows], y))
    return f"| {name} | {density} | {once:.1f} | {1e3 * looked_up:.2f} | {1e3 * anew:.0f} | {once / anew:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--columns", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| method | density | table, s | looked up, ms | computed, ms | pays after steps |")
    print("|" + " --- |" * 6)
    for name, density in (("doe", "gaussian"), ("gm", "gaussian"), ("gm", "mixture"), ("doe", "spline")):
        print(row(name, density, options.rows, options.columns), flush=True)


if __name__ == "__main__":
    main()
