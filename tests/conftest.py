"""What every test runs under: one thread, and nothing global changed behind its back."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read once, when torch loads

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Probe = Callable[[Any], Any]

TORCH: dict[str, Probe] = {
    "the default dtype": lambda torch: torch.get_default_dtype(),
    "the default device": lambda torch: torch.get_default_device(),
    "the number of threads": lambda torch: torch.get_num_threads(),
    "grad mode": lambda torch: torch.is_grad_enabled(),
    "inference mode": lambda torch: torch.is_inference_mode_enabled(),
    "anomaly detection": lambda torch: torch.is_anomaly_enabled(),
    "deterministic algorithms": lambda torch: torch.are_deterministic_algorithms_enabled(),
    "float32 matmul precision": lambda torch: torch.get_float32_matmul_precision(),
    "the state of the default generator": lambda torch: torch.get_rng_state().numpy().tobytes(),
}
NUMPY: dict[str, Probe] = {
    "the state of numpy.random": lambda numpy: (
        repr(numpy.random.get_state()[2:]) + numpy.random.get_state()[1].tobytes().hex()
    ),
    "numpy.geterr()": lambda numpy: numpy.geterr(),
}
PYTHON: dict[str, Probe] = {"the working directory": lambda _: os.getcwd()}
BEFORE = pytest.StashKey[dict[str, Any]]()


def global_state() -> dict[str, Any]:
    """Every global that a library could disturb, of the packages that are loaded: loads none itself.

    Python's own `random` is not among them: beartype draws from it to pick the items that it checks.
    """
    probes = {"os": PYTHON, "numpy": NUMPY, "torch": TORCH}
    loaded = [(sys.modules[name], table) for name, table in probes.items() if name in sys.modules]
    return {what: probe(module) for module, table in loaded for what, probe in table.items()}


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Look before any fixture runs, so that fixtures of a wider scope are watched too."""
    item.stash[BEFORE] = global_state()
    return (yield)


@pytest.fixture(autouse=True)
def nothing_global_changes(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a global of torch, NumPy or Python other than it found it."""
    yield
    before, after = request.node.stash[BEFORE], global_state()
    changed = [what for what, state in before.items() if after[what] != state]
    if changed:
        pytest.fail(f"the test changed {', '.join(changed)}: pass a generator, use a context manager")
