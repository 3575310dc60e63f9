"""Training on rows that stay in their files beside training on rows in memory: speed and memory.

    python benchmarks/streaming.py [--rows 8000000] [--rounds 5] [--write]

Steps: the default critic (widths 128 and 128, batch 256), one negative and the eight that are the default,
5 + 5 columns, one thread, in turn, medians of CPU seconds; a round of batches is a whole buffer, so that
reading counts in full. Memory: a process of its own fits `mine` to a file, and says the most that it held,
mapped pages counted (VmHWM). `--write` puts the tables into docs/benchmarks/engine.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["POLARS_MAX_THREADS"] = "1"

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.engine import PAGE, filled

from infonats.batches import Batch, Batches, Blocks
from infonats.bounds import MINE
from infonats.critics import JointCritic
from infonats.data import Standardize, Stream, open_stream
from infonats.data.survey import Survey, survey
from infonats.estimators import mutual_information_of
from infonats.estimators.streamed import StreamedRows
from infonats.negatives import Shifts
from infonats.nn import seeded
from infonats.objectives import Contrastive
from infonats.run import Run
from infonats.train import TrainConfig

COLUMNS = 5
PART = 250_000


def write(folder: Path, rows: int) -> None:
    """x.npy, y.npy and both.parquet (pyarrow's row groups are as large as polars writes them), part by part."""
    import polars

    for name in "xy":
        header = {"descr": "<f8", "fortran_order": False, "shape": (rows, COLUMNS)}
        with open(folder / f"{name}.npy", "wb") as file:
            np.lib.format.write_array_header_2_0(file, header)
    parts = []
    for number, start in enumerate(range(0, rows, PART)):
        x, noise = np.random.default_rng(number).standard_normal((2, min(PART, rows - start), COLUMNS))
        y = 0.8 * x + 0.6 * noise
        for name, values in (("x", x), ("y", y)):
            with open(folder / f"{name}.npy", "ab") as file:
                file.write(values.tobytes())
        table = {f"{side}{j}": v[:, j] for side, v in (("x", x), ("y", y)) for j in range(COLUMNS)}
        parts.append(folder / f"part{number:04}.parquet")
        polars.DataFrame(table).write_parquet(parts[-1])
    polars.scan_parquet(parts).sink_parquet(folder / "both.parquet")
    for part in parts:
        part.unlink()


def opened(folder: Path, kind: str) -> Stream:
    """The rows as a stream: from memory maps ("npy"), or from Parquet."""
    if kind == "npy":
        return Stream.of(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in "xy"))
    return open_stream(folder / "both.parquet", f"x0:x{COLUMNS - 1}", f"y0:y{COLUMNS - 1}")


def streamed(folder: Path, kind: str) -> tuple[StreamedRows, Survey]:
    """The rows to train on as blocks."""
    stream = opened(folder, kind)
    seen = survey(stream, 4096, 4096, 0)
    maps = Standardize.pooled(seen.moments[0]), Standardize.pooled(seen.moments[1])
    return StreamedRows(stream, seen, maps, "cpu"), seen


def in_memory(blocks: StreamedRows) -> Batch:
    """All rows of the blocks."""
    x, y = zip(*map(blocks.read, range(blocks.count)), strict=True)
    return torch.cat(x), torch.cat(y)


def steps(data: Batch | Blocks, negatives: int) -> Callable[[int], float]:
    """From a number of steps to the CPU seconds of one."""
    critic = seeded(lambda: JointCritic(COLUMNS, COLUMNS), torch.Generator().manual_seed(0))
    objective = Contrastive(critic, MINE(), Shifts(negatives))
    run = Run(objective, data, TrainConfig(max_steps=10**9), torch.Generator().manual_seed(0))
    objective.train()

    def work(count: int) -> float:
        start = time.process_time()
        for _ in range(count):
            run._take_step(*next(run.member.batches))
        return (time.process_time() - start) / count

    return work


def batches(data: Batch | Blocks) -> Callable[[int], float]:
    """The same of batches alone."""
    source = Batches.of(data, 256, torch.Generator().manual_seed(0))

    def work(count: int) -> float:
        start = time.process_time()
        for _ in range(count):
            next(source)
        return (time.process_time() - start) / count

    return work


def speed(folder: Path, rounds: int) -> Iterator[str]:
    """Milliseconds of a batch and of a step, from memory and from files."""
    sources: dict[str, Batch | Blocks] = {kind: streamed(folder, kind)[0] for kind in ("npy", "parquet")}
    blocks = sources["npy"]
    sources = {"memory": in_memory(blocks), **sources}
    yield "| what | memory, ms | memory-mapped .npy, ms | Parquet, ms | .npy's speed | Parquet's speed |"
    yield "| --- | --- | --- | --- | --- | --- |"
    buffer = blocks.at_once * len(blocks) // blocks.count // 256
    batch = medians({kind: batches(data) for kind, data in sources.items()}, rounds, buffer)
    yield row("a batch of 256, reading included", batch)
    for negatives in (1, 8):
        # What reading adds to a step is its share of a whole buffer, measured above.
        alone = medians({"memory": steps(sources["memory"], negatives)}, rounds, 150)["memory"]
        what = f"a step of mine, {negatives} negative{'s' * (negatives > 1)}"
        yield row(what, {kind: alone + batch[kind] - batch["memory"] for kind in batch})


def medians(works: dict[str, Callable[[int], float]], rounds: int, count: int) -> dict[str, float]:
    """Median seconds of everybody, in turn."""
    found = [{kind: work(count) for kind, work in works.items()} for _ in range(rounds)]
    return {kind: statistics.median(one[kind] for one in found) for kind in works}


def row(what: str, found: dict[str, float]) -> str:
    """Milliseconds, and the speed of each source as a share of memory's."""
    times = " | ".join(f"{1e3 * found[kind]:.3f}" for kind in ("memory", "npy", "parquet"))
    shares = " | ".join(f"{found['memory'] / found[kind]:.0%}" for kind in ("npy", "parquet"))
    return f"| {what} | {times} | {shares} |"


def fit(folder: str, kind: str) -> None:
    """A process of its own: fit, and print the most memory it held."""
    torch.set_num_threads(1)
    before = held()
    stream = opened(Path(folder), kind)
    mutual_information_of(stream, method="mine", max_steps=100, hidden=(16,), negatives=1)
    print(json.dumps([before, held()]))


def held() -> float:
    """The most MiB that this process has held so far, mapped pages counted (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def memory(folder: Path, rows: int) -> Iterator[str]:
    """MiB that a fit holds, by rows."""
    yield "| rows | kind | MiB of numbers | MiB before | peak MiB |"
    yield "| --- | --- | --- | --- | --- |"
    for part in (rows // 4, rows):
        write(folder, part)
        for kind in ("npy", "parquet"):
            words = [sys.executable, __file__, "--fit", kind, str(folder)]
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            before, peak = json.loads(done.stdout.splitlines()[-1])
            yield f"| {part} | {kind} | {part * COLUMNS * 16 / 2**20:.0f} | {before:.0f} | {peak:.0f} |"


def main() -> None:
    """Measure, print, and write the page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=8_000_000, help="of the larger file")
    parser.add_argument("--rounds", type=int, default=5, help="of which medians are taken")
    parser.add_argument("--fit", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks/engine.md")
    given = parser.parse_args()
    if given.fit:
        fit(given.fit[1], given.fit[0])
        return
    torch.set_num_threads(1)
    tables: dict[str, list[str]] = {"stream memory": [], "stream speed": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, lines in (
            ("stream memory", memory(folder, given.rows)),
            ("stream speed", speed(folder, given.rounds)),
        ):
            for line in lines:
                print(line, flush=True)
                tables[title].append(line)
    if given.write:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main()
