"""Importing infonats is instant and leaves no trace. Each check runs in an interpreter of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import infonats

HEAVY = {"torch", "numpy", "scipy", "sklearn", "polars", "pandas", "matplotlib", "jaxtyping", "rich", "typer"}

EVERYTHING = """
import importlib, pkgutil
import infonats
for name in infonats.__all__:
    getattr(infonats, name)
for module in pkgutil.walk_packages(infonats.__path__, "infonats."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""

# What this library builds on is loaded first: what *that* changes on import is not ours.
WATCHED = """
import json, logging, os, pathlib, random, signal, sys, threading, warnings
import matplotlib.figure, numpy, polars, rich.console, rich.progress, safetensors, scipy.spatial, scipy.special
import scipy.stats, sklearn.base, sklearn.neighbors, sklearn.utils.validation, torch, torch.distributions, typer

def attributes(thing):
    return {name: id(value) for name, value in vars(thing).items() if name != "__warningregistry__"}

def world():
    laws = [torch.distributions, torch.nn.functional, torch.nn.Module, torch.Tensor, numpy.random, warnings]
    laws += [law for law in vars(torch.distributions).values() if isinstance(law, type)]
    patches = {f"the attributes of {law.__name__}": attributes(law) for law in laws}
    return patches | {
        "the warning filters": [repr(entry) for entry in warnings.filters],
        "numpy.geterr": numpy.geterr(),
        "numpy.get_printoptions": repr(numpy.get_printoptions()),
        "the state of numpy.random": repr(numpy.random.get_state()),
        "the state of random": hash(random.getstate()),
        "the state of torch's generator": torch.get_rng_state().sum().item(),
        "torch's default dtype": repr(torch.get_default_dtype()),
        "torch's default device": repr(torch.get_default_device()),
        "torch's threads": torch.get_num_threads(),
        "torch's grad mode": torch.is_grad_enabled(),
        "torch's anomaly mode": torch.is_anomaly_enabled(),
        "torch's deterministic mode": torch.are_deterministic_algorithms_enabled(),
        "matplotlib's settings": repr(matplotlib.rcParams),
        "log handlers": repr(logging.getLogger().handlers),
        "environment": dict(os.environ),
        "working directory": os.getcwd(),
        "hooks": [id(sys.excepthook), id(sys.displayhook), id(signal.getsignal(signal.SIGINT))],
        "threads": threading.active_count(),
        "files": sorted(map(str, pathlib.Path().rglob("*"))),
    }

before = world()
"""

COMPARE = """
after = world()
print(json.dumps([what for what in before if before[what] != after[what]]))
"""

PATCH = "torch.distributions.Normal.extra = 1; warnings.simplefilter('ignore'); torch.manual_seed(1)"

LOADED = "import sys, json; print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"

HELP = """
import sys
sys.argv = ["infonats", "--help"]
from infonats.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""


def run(code: str, home: Path) -> str:
    """Run `code` in a fresh interpreter whose home and working directory are the empty `home`."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    kept["PYTHONPATH"] = str(Path(infonats.__file__).parents[1])
    environment = kept | {
        "HOME": str(home),
        "TMPDIR": str(home),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def last_line(output: str) -> Any:
    """The JSON that a script printed last."""
    return json.loads(output.splitlines()[-1])


def test_importing_the_package_loads_nothing_else(tmp_path: Path) -> None:
    loaded = set(last_line(run("import infonats, infonats.errors\n" + LOADED, tmp_path)))
    assert loaded - {"infonats"} <= set(sys.stdlib_module_names) | set(last_line(run(LOADED, tmp_path)))


def test_importing_everything_prints_writes_and_changes_nothing(tmp_path: Path) -> None:
    ours, patched = run(WATCHED + EVERYTHING + COMPARE + PATCH + COMPARE, tmp_path).splitlines()
    assert json.loads(ours) == []
    seen = ["the attributes of Normal", "the warning filters", "the state of torch's generator"]
    assert json.loads(patched) == seen, "the watch itself is blind"


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    output = run(HELP + LOADED, tmp_path)
    assert "estimate" in output
    assert HEAVY.intersection(last_line(output)) <= {"rich", "typer"}


@pytest.mark.parametrize("name", infonats.__all__)
def test_public_names_resolve(name: str) -> None:
    assert getattr(infonats, name) is not None
    assert name in dir(infonats)


def test_the_public_names_are_sorted_without_repeats() -> None:
    assert len(set(infonats.__all__)) == len(infonats.__all__)
    assert dir(infonats) == sorted([*infonats.__all__, "__version__"])


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'infonats' has no attribute 'nonsense'"):
        infonats.nonsense  # noqa: B018
