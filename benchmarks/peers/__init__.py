"""Other packages as methods of the benchmark, each in its own environment.

    python benchmarks/peers/install.py ennemi sklearn
    infonats bench run --suite beyond-normal --method benchmarks.peers:ennemi --methods ksg --n 1000

`run_NAME.py` is the program that runs in the environment of NAME. It reads a sample, measures, and prints the
estimate with the seconds it took: starting Python and loading the package are not counted, here as for ours.
"""

import json
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
ENVIRONMENTS = HERE / ".environments"

PACKAGES: dict[str, tuple[str, ...]] = {
    "sklearn": ("scikit-learn==1.9.1",),
    "ennemi": ("ennemi==1.5.0",),
    "npeet": ("npeet-plus==0.2.0",),
    "torch_mist": ("torch==2.13.0", "numpy<2", "pandas<2.3", "torch-mist==0.2.17"),
    "bmi_ksg": ("benchmark-mi==0.1.3",),
    "bmi_cca": ("benchmark-mi==0.1.3",),
    "bmi_mine": ("benchmark-mi==0.1.3",),
    "bmi_infonce": ("benchmark-mi==0.1.3",),
}
"""What each environment holds. Names with one prefix before "_" and the same packages share one."""


def environment(name: str) -> Path:
    """The folder of the environment in which `name` runs."""
    return ENVIRONMENTS / (name.partition("_")[0] if name.startswith("bmi") else name)


def outside(name: str) -> Callable[[np.ndarray, np.ndarray, int], Mapping[str, Any]]:
    """The method `name` as the benchmark calls it: x (n, dx), y (n, dy) and a seed to a value in nats."""

    def method(x: np.ndarray, y: np.ndarray, seed: int) -> Mapping[str, Any]:
        python = environment(name) / "bin" / "python"
        if not python.exists():
            raise FileNotFoundError(
                f"There is no environment of '{name}': python benchmarks/peers/install.py {name}"
            )
        with tempfile.TemporaryDirectory() as folder:
            sample = Path(folder) / "sample.npz"
            np.savez(sample, x=x, y=y)
            program = HERE / f"run_{name.partition('_')[0] if name.startswith('bmi') else name}.py"
            words = [python, program, name, sample, str(seed)]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError((done.stderr.splitlines() or [f"it ended with status {done.returncode}"])[-1])
        return json.loads(done.stdout.splitlines()[-1])

    return method


sklearn, ennemi, npeet, torch_mist, bmi_ksg, bmi_cca, bmi_mine, bmi_infonce = map(outside, PACKAGES)
