"""Records by hand, and the folder of the badly behaved methods on the path of the worker processes."""

from pathlib import Path

import pytest

from infonats.benchmark import Record


@pytest.fixture
def strange(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


def record(task="t", method="m", n=100, seed=0, error=0.0, **fields):
    """A record of the truth 1 with an interval of half-width .1 around truth + error."""
    value = 1.0 + error
    given = {"status": "ok", "dim_x": 1, "dim_y": 2, "truth": 1.0, "truth_stderr": 0.0, "value": value}
    given |= {"low": value - 0.1, "high": value + 0.1, "seconds": 2.0, "peak_bytes": 2**20}
    return Record(task, method, n, seed, **{**given, **fields})
