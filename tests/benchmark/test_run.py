import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from infonats.benchmark import RunConfig, Store, grid, run
from infonats.errors import EstimationError, InputError, UnknownNameError
from infonats.quantities import mi_matrix

TASK = "1v1-normal-0.75"


def cells(method="strange:mean", seeds=3, n=(50,)):
    return grid([TASK], [method], n, range(seeds))


def test_the_grid_is_measured_once(tmp_path, strange):
    seen = []
    with Store(tmp_path / "r.db") as store:
        assert run(cells(), store, progress=lambda *words: seen.append(words)) == 3
        before = store.records()
        assert {r.cell for r in before} == set(cells())
        assert [step for step, *_ in seen] == [1, 2, 3]
        assert run(cells(seeds=4), store) == 1
        assert store.records()[:3] == before


def test_a_failure_stops_nothing_and_is_tried_again_on_demand(tmp_path, strange):
    both = cells("strange:raises", 1) + cells(seeds=1)
    with Store(tmp_path / "r.db") as store:
        assert run(both, store, RunConfig(workers=2)) == 2
        assert sorted(r.status for r in store.records()) == ["failed", "ok"]
        assert run(both, store) == 0
        assert run(both, store, RunConfig(retry=True)) == 1


def test_names_are_checked_before_the_work(tmp_path):
    with Store(tmp_path / "r.db") as store:
        with pytest.raises(UnknownNameError, match="Did you mean 'mine'"):
            run(cells() + cells("mime"), store)
        with pytest.raises(UnknownNameError, match="task"):
            run(grid(["1v1-normal-0.7"], ["ksg"], [50], [0]), store)
        assert len(store) == 0


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (lambda: RunConfig(workers=0), "workers is 0"),
        (lambda: RunConfig(timeout=0.0), "timeout is 0.0"),
        (lambda: RunConfig(timeout=-1.0), "timeout is -1.0"),
    ],
)
def test_settings_out_of_range(tmp_path, config, words):
    with Store(tmp_path / "r.db") as store, pytest.raises(InputError, match=words):
        run(grid([TASK], ["gaussian"], [50], [0]), store, config())


def test_an_interruption_keeps_what_is_done(tmp_path, strange):
    def interrupt(step, total, message):
        raise KeyboardInterrupt

    with Store(tmp_path / "r.db") as store:
        with pytest.raises(KeyboardInterrupt):
            run(cells(), store, progress=interrupt)
        assert len(store) == 1
        assert run(cells(), store) == 2


def command(store, seeds):
    here = str(Path(__file__).parent)
    words = f"bench run --tasks {TASK} --method strange:slow --n 50 --seeds {seeds} --store {store}".split()
    path = os.pathsep.join([here, *sys.path])
    return [sys.executable, "-m", "infonats", *words], {**os.environ, "PYTHONPATH": path}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_run_goes_on_where_it_stopped(tmp_path, number):
    path = tmp_path / "r.db"
    words, environment = command(path, 8)
    running = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if path.exists() and counted(path) >= 2:
            break
        time.sleep(0.02)
    running.send_signal(number)
    running.wait()
    with Store(path) as store:
        before = store.records()
    assert 2 <= len(before) < 8
    again = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    with Store(path) as store:
        after = store.records()
    assert len(after) == 8
    assert set(before) <= set(after), "a finished cell was measured again"
    assert f"{8 - len(before)} cells measured, {len(before)} were there" in again.stdout


def counted(path):
    try:
        with Store(path, create=False) as store:
            return len(store)
    except OSError:
        return 0


def test_two_runs_share_one_store(tmp_path, strange):
    wanted = cells("strange:slow", 6)

    def one(_):
        with Store(tmp_path / "r.db") as store:
            return run(wanted, store)

    with ThreadPoolExecutor(2) as both:
        list(both.map(one, range(2)))
    with Store(tmp_path / "r.db") as store:
        assert [r.seed for r in store.records()] == list(range(6))
        assert {r.status for r in store.records()} == {"ok"}


def test_a_cluster_that_is_not_there(tmp_path, strange):
    pytest.importorskip("distributed")
    with Store(tmp_path / "r.db") as store, pytest.raises(InputError, match="No Dask scheduler answers"):
        run(cells(), store, RunConfig(scheduler="nonsense://x"))


def test_a_cluster_without_workers(tmp_path, strange, monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("infonats._cluster.WORKERS", 0.1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, protocol="tcp") as cluster,
        Store(tmp_path / "r.db") as store,
        pytest.raises(InputError, match=r"has no workers, after 0.1 s. Start some by 'dask worker tcp://"),
    ):
        run(cells(), store, RunConfig(scheduler=cluster.scheduler_address))


LOST = "The Dask cluster at '{}' was lost: the scheduler is gone"


def test_a_benchmark_whose_scheduler_dies(tmp_path, strange, cluster_process, caplog):
    """One sentence, and nothing of Dask's own pages; what was measured is kept."""
    address, kill = cluster_process
    with Store(tmp_path / "r.db") as store:
        config = RunConfig(scheduler=address)
        with pytest.raises(EstimationError, match=LOST.format(address)):
            run(cells("strange:slow", 6), store, config, lambda *step: kill())
        assert {record.status for record in store.records()} == {"ok"}
    assert not caplog.records


def test_a_matrix_whose_scheduler_dies(cluster_process, caplog):
    address, kill = cluster_process
    x = np.random.default_rng(0).normal(size=(500, 40))
    with pytest.raises(EstimationError, match=LOST.format(address)):
        mi_matrix(x, method="ksg", scheduler=address, permutations=99, progress=lambda *step: kill())
    assert not caplog.records


def test_a_cluster_loses_a_worker_half_way(tmp_path, strange):
    distributed = pytest.importorskip("distributed")
    wanted = cells("strange:slow", 6)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        killed = []

        def kill_one(step, total, message):
            if not killed:
                killed.append(next(iter(cluster.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        with Store(tmp_path / "r.db") as store:
            config = RunConfig(scheduler=cluster.scheduler_address)
            assert run(wanted, store, config, kill_one) == 6
            assert [r.status for r in store.records()] == ["ok"] * 6
    assert killed
