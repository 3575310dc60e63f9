"""Faults that no test of a single part covers. Which test covers which fault is listed in CONTRIBUTING.md."""

import ast
import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from infonats.benchmark import Cell, Record, RunConfig, Store, run
from infonats.errors import EstimationError, InputError, StoreError
from infonats.quantities import mi_matrix
from infonats.quantities._fan_out import fan_out

SRC = Path(__file__).parents[1] / "src"
NOWHERE = Path("/proc/nowhere")
read_only = pytest.mark.skipif(
    not Path("/proc/version").exists(), reason="needs a folder that not even root can write to"
)
WHOLE = np.random.default_rng(0).standard_normal((40, 4))
PAIRS = [(i, j, 0) for i in range(4) for j in range(i + 1, 4)]


def matrix(path, **keywords):
    return mi_matrix(WHOLE, method="ksg", n_jobs=1, resume=path, **keywords)


# A worker lost, and out of memory in a worker


def dies(shared, block):
    os.kill(os.getpid(), signal.SIGKILL)


def starves(shared, block):
    return bytearray(2**62)


@pytest.mark.parametrize("work", [dies, starves])
def test_a_process_of_a_matrix_is_lost(work):
    with pytest.raises(EstimationError, match=r"was lost or ran out of memory.*Call again with fewer"):
        list(fan_out(work, None, range(4), 2, None))


# A matrix that is kept: killed, on a full disk, in a folder that cannot be written to, by two runs


CHILD = textwrap.dedent(
    """
    import sys, time
    import numpy as np
    from infonats.quantities import mi_matrix
    x = np.random.default_rng(0).standard_normal((40, 4))
    pause = lambda *_: time.sleep(0.2)
    mi_matrix(x, method="ksg", n_jobs=1, resume=sys.argv[1], permutations=19, progress=pause)
    """
)


def test_a_killed_matrix_goes_on_where_it_stopped(tmp_path):
    path = tmp_path / "m.jsonl"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    running = subprocess.Popen([sys.executable, "-c", CHILD, str(path)], env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (path.exists() and path.read_bytes().count(b"\n") >= 3):
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    before = path.read_text().splitlines()
    assert 3 <= len(before) < 1 + len(PAIRS)
    again = matrix(path, permutations=19)
    assert [record.pair for record in again.records] == PAIRS
    assert path.read_text().splitlines()[: len(before)] == before, "a finished pair was measured again"
    assert again == mi_matrix(WHOLE, method="ksg", n_jobs=1, permutations=19)


def test_a_ledger_is_never_half_rewritten(tmp_path, monkeypatch):
    path = tmp_path / "m.jsonl"
    expected = matrix(path)
    content = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("infonats.quantities._ledger.write_whole", full)
    with pytest.raises(InputError, match=r"cannot be written to .*No space left on device"):
        matrix(path)
    assert path.read_bytes() == content
    monkeypatch.undo()
    assert matrix(path) == expected


@read_only
def test_a_ledger_in_a_folder_that_cannot_be_written_to():
    with pytest.raises(InputError, match="cannot be written to '/proc/nowhere/m"):
        matrix(NOWHERE / "m.jsonl")


def test_two_matrices_with_one_ledger(tmp_path):
    path = tmp_path / "m.jsonl"
    with ThreadPoolExecutor(2) as both:
        found = list(both.map(lambda _: matrix(path), range(2)))
    assert found[0] == found[1] == matrix(path)


# A store in a folder that cannot be written to


@read_only
def test_a_store_in_a_folder_that_cannot_be_written_to():
    with pytest.raises(StoreError, match="unable to open database file"):
        Store(NOWHERE / "r.db")


def test_a_store_that_may_only_be_read(tmp_path):
    with Store(tmp_path / "r.db") as store:
        store.add(Record("t", "m", 100, 0, "ok"))
        store._database.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="attempt to write a readonly database"):
            store.add(Record("t", "m", 100, 1, "ok"))
        assert len(store) == 1


# A clock that is changed


def test_a_record_from_the_future_counts_like_any_other(tmp_path):
    cell = Cell("1v1-normal-0.75", "gaussian", 50, 0)
    with Store(tmp_path / "r.db") as store:
        store.add(Record(**dataclasses.asdict(cell), status="ok", value=0.5, finished="2999-01-01T00:00:00"))
        assert run([cell], store, RunConfig()) == 0
        assert [record.value for record in store.records()] == [0.5]


def test_nothing_is_computed_from_the_clock_on_the_wall():
    """Waiting and saving go by `time.monotonic`; the one look at the calendar is a column to read."""
    looks = [
        f"{path.relative_to(SRC)}: {ast.unparse(node)}"
        for path in sorted(SRC.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] in {"time", "time_ns", "now", "utcnow", "today"}
        and "time" in ast.unparse(node.func)
    ]
    assert looks == ["infonats/benchmark/record.py: datetime.datetime.now(datetime.UTC)"]
