"""Peak memory and time of one training step over all pairs of large batches.

    python benchmarks/large_batch.py [--batches 4096,16384,65536]

Each batch in a process of its own: the separable critic, widths 128 and 128, 10 + 10 columns, InfoNCE, one
thread. What the process needs before the step is given first.
"""

import argparse
import resource
import subprocess
import sys
import time

import torch

from infonats.bounds import InfoNCE
from infonats.critics import SeparableCritic
from infonats.nn import seeded
from infonats.objectives import LargeBatch


def peak() -> float:
    """Peak memory of this process, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def step(n: int) -> str:
    """One row of the table."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    critic = seeded(lambda: SeparableCritic(10, 10), generator)
    x, noise = torch.randn(2, n, 10, generator=generator)
    before, start = peak(), time.process_time()
    LargeBatch(critic, InfoNCE())(x, 0.8 * x + 0.6 * noise).loss.backward()
    return (
        f"| {n} | {before:.0f} | {peak():.0f} | {n * n * 4 / 2**20:.0f} | {time.process_time() - start:.1f} |"
    )


def numbers(text: str) -> list[int]:
    """``4096,16384`` as numbers."""
    return [int(part) for part in text.split(",")]


def main() -> None:
    """Measure each batch in a fresh process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batches", type=numbers, default="4096,16384,65536", help="rows, between commas")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(step(given.one))
        return
    print("| batch | MiB before | peak MiB | MiB that the scores alone would need | CPU seconds |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    for batch in given.batches:
        subprocess.run([sys.executable, __file__, "--one", str(batch)], check=True)


if __name__ == "__main__":
    main()
