"""Records by hand, a cluster to kill, and the folder of badly behaved methods on the path of the workers."""

import os
import signal
import subprocess
import sys
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


CLUSTER = """
import sys
from distributed import LocalCluster

cluster = LocalCluster(
    n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None, protocol="tcp"
)
print(cluster.scheduler_address, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def cluster_process():
    """The address of a cluster in a process of its own, and a function that kills it."""
    pytest.importorskip("distributed")
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    running = subprocess.Popen(
        [sys.executable, "-c", CLUSTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
        text=True,
    )
    with running:
        yield running.stdout.readline().strip(), lambda: running.send_signal(signal.SIGKILL)
        running.kill()
