import dataclasses
import json
import os
import signal
import time

import pytest

from infonats.benchmark import Cell
from infonats.benchmark.worker import Worker

TASK = "1v1-normal-0.75"


@pytest.fixture(scope="module")
def worker():
    made = Worker()
    yield made
    made.close()


def cell(name, seed=0):
    return Cell(TASK, f"strange:{name}", 50, seed)


def test_prints_do_not_disturb(worker, strange):
    record = worker.measure(cell("noisy"))
    assert (record.value, record.stderr, record.seconds) == (0.25, 0.5, 12.0)
    assert record.versions == '{"peer": "1.0"}'
    assert worker.measure(cell("mean")).status == "ok"


def test_a_death_is_recorded_and_survived(worker, strange):
    record = worker.measure(cell("dies"))
    assert record.status == "failed"
    assert record.reason.startswith("The worker was killed by SIGKILL (out of memory, perhaps)")
    assert worker.measure(cell("mean")).status == "ok"


def test_memory_that_runs_out_is_recorded_and_survived(worker, strange):
    record = worker.measure(cell("starved"))
    assert (record.status, record.reason) == ("failed", "The method ran out of memory.")
    assert worker.measure(cell("mean")).status == "ok"


def test_an_exit_is_recorded_with_the_last_words(worker, strange):
    reason = worker.measure(cell("leaves")).reason
    assert reason.startswith("The worker ended with status 7.")
    assert reason.endswith("a message of the library in C")


def test_a_cell_that_hangs_is_ended(worker, strange):
    record = worker.measure(cell("hangs"), timeout=0.5)
    assert (record.status, record.reason) == ("timeout", "It took longer than 0.5 seconds.")
    assert worker.measure(cell("mean"), timeout=60.0).status == "ok"


def test_a_worker_ends_with_whoever_started_it(strange):
    """The child reads the end of its input, as it would if its parent were killed, and leaves its cell."""
    worker = Worker()
    worker.measure(cell("mean"))
    child = worker._child
    child.stdin.write(json.dumps(dataclasses.asdict(cell("hangs"))) + "\n")
    child.stdin.close()
    assert child.wait(timeout=20) == 0
    child.stdout.close()
    worker._child = None
    worker.close()


def test_a_worker_that_was_killed_between_cells(worker, strange):
    worker.measure(cell("mean"))
    os.kill(worker._child.pid, signal.SIGTERM)
    time.sleep(0.2)
    assert worker.measure(cell("mean")).status == "ok"
