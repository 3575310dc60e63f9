"""CPU seconds until a critic's held-out value stays within .05 nats of the truth, ours and others'.

    python benchmarks/time_to_accuracy.py [--torch-mist PYTHON] [--bmi PYTHON] [--cap 600] [--write]

100 000 rows to train on, 40 000 held out, one thread, one seed. The value is that of Donsker and Varadhan with
four negatives for each held-out row, the same for everybody, every 250 steps; taking it is not counted. It is
reached when it stays for as long again, and for 2000 steps. `--write` puts the tables into
docs/benchmarks/engine.md. Peers that are not installed are left out.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).parents[1] / "experiments"))
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.engine import PAGE, filled
from benchmarks.peers import environment
from hybrid_models import Mixture

HERE = Path(__file__).parent / "peers"
TRAIN, HELD_OUT, WITHIN, EVERY = 100_000, 40_000, 0.05, 250
SAME = {"method": "mine", "hidden": (256, 128), "negatives": 1, "batch": 256, "rate": 1e-3, "seed": 0}
OURS = SAME | {"hidden": (128, 128), "negatives": 8, "act": "silu", "bilinear": True}
CONTESTANTS = {
    "infonats, MINE, the same critic": ("infonats", SAME | {"act": "relu", "bilinear": False}),
    "torch_mist, MINE, the same critic": ("torch_mist", SAME),
    "benchmark-mi, MINE, the same critic": ("bmi", SAME),
    "infonats, MINE, as it comes": ("infonats", OURS),
    "torch_mist, SMILE, one negative": ("torch_mist", SAME | {"method": "smile", "hidden": (128, 128)}),
    "benchmark-mi, MINE, as it comes": ("bmi", SAME | {"hidden": (16, 8), "rate": 0.1}),
}
"""The same critic: one network over (x, y), widths 256 and 128, ReLU, one negative, batch 256, Adam at .001."""


def gaussian(n: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """20 + 20 columns, each pair with the correlation that makes 4 nats."""
    rho = math.sqrt(1 - math.exp(-2 * 4 / 20))
    x, noise = torch.randn(2, n, 20, generator=generator)
    return x, rho * x + math.sqrt(1 - rho**2) * noise


def samples(name: str) -> tuple[dict[str, np.ndarray], float]:
    """Rows x, y to train on and a, b held out, scaled to unit spread, and the truth in nats."""
    generator = torch.Generator().manual_seed(0)
    if name == "gaussian":
        (x, y), truth = gaussian(TRAIN + HELD_OUT, generator), 4.0
    else:
        task = Mixture()
        x, y = task.sample(TRAIN + HELD_OUT, generator)
        truth = task.pointwise(*task.sample(2_000_000, torch.Generator().manual_seed(1))).mean().item()
    x, y = ((rows / rows[:TRAIN].std(0)).float().numpy() for rows in (x, y))
    return {"x": x[:TRAIN], "y": y[:TRAIN], "a": x[TRAIN:], "b": y[TRAIN:]}, truth


def run(python: str, program: str, job: dict[str, Any], sample: Path) -> dict[str, Any]:
    """What the program answers; its errors are shown."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    words = [python, str(HERE / f"reach_{program}.py"), json.dumps(job), str(sample)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(f"{program} ended with status {done.returncode}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def table(name: str, pythons: dict[str, str], cap: float, only: str) -> Iterator[str]:
    """One row for each contestant."""
    rows, truth = samples(name)
    heads = (f"CPU seconds to stay within {WITHIN}", "steps", "nearest", "last", "CPU seconds in all")
    yield f"| {truth:.2f} nats | {' | '.join(heads)} |"
    yield "| --- | --- | --- | --- | --- | --- |"
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.npz"
        np.savez(sample, **rows)
        for title, (program, job) in CONTESTANTS.items():
            if only not in title or not Path(pythons[program]).exists():
                continue
            given = job | {"truth": truth, "within": WITHIN, "cap": cap, "every": EVERY}
            found = run(pythons[program], program, given, sample)
            seconds, steps = found["reached"] or (math.nan, 0)
            reached = f"{seconds:.0f} | {steps}" if found["reached"] else "not reached |"
            nearest, last = found["nearest"], found["last"]
            yield f"| {title} | {reached} | {nearest[2]:.2f} | {last[2]:.2f} | {last[0]:.0f} |"


def main() -> None:
    """Measure, print, and write the page where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--torch-mist", default=str(environment("torch_mist") / "bin" / "python"))
    parser.add_argument("--bmi", default=str(environment("bmi_mine") / "bin" / "python"))
    parser.add_argument("--cap", type=float, default=600.0, help="CPU seconds for each")
    parser.add_argument("--tasks", default="gaussian,mixture")
    parser.add_argument("--only", default="", help="contestants whose names hold this")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    pythons = {"infonats": sys.executable, "torch_mist": given.torch_mist, "bmi": given.bmi}
    tables: dict[str, list[str]] = {}
    for name in given.tasks.split(","):
        tables[f"reach {name}"] = []
        for line in table(name, pythons, given.cap, given.only):
            print(line, flush=True)
            tables[f"reach {name}"].append(line)
    if given.write:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")


if __name__ == "__main__":
    main()
