import dataclasses
import multiprocessing
import os
import signal
import sqlite3

import pytest

from infonats.benchmark import Cell, Store, export
from infonats.errors import InputError, StoreError

from .conftest import record


def test_a_record_comes_back_as_it_was(tmp_path):
    full = record(
        reason="why", diagnostics="one\ntwo", versions='{"torch": "2"}', finished="2026-01-01T00:00:00"
    )
    empty = record(seed=1, value=None, low=None, high=None, seconds=None, peak_bytes=None, status="failed")
    with Store(tmp_path / "r.db") as store:
        store.add(full)
        store.add(empty)
    with Store(tmp_path / "r.db", create=False) as store:
        assert store.records() == [full, empty]
        assert len(store) == 2
        assert full.cell in store
        assert Cell("t", "m", 100, 7) not in store


def test_the_first_record_of_a_cell_stays_unless_replaced(tmp_path):
    with Store(tmp_path / "r.db") as store:
        store.add(record(error=0.1))
        store.add(record(error=0.2))
        assert [r.value for r in store.records()] == [1.1]
        store.add(record(error=0.3), replace=True)
        assert [r.value for r in store.records()] == [1.3]


def test_what_failed_is_finished_unless_it_is_tried_again(tmp_path):
    with Store(tmp_path / "r.db") as store:
        store.add(record())
        store.add(record(seed=1, status="failed", value=None))
        store.add(record(seed=2, status="timeout", value=None))
        assert {cell.seed for cell in store.finished()} == {0, 1, 2}
        assert {cell.seed for cell in store.finished(retry=True)} == {0}


def test_a_store_that_is_not_there(tmp_path):
    with pytest.raises(StoreError, match=r"There is no results store '.*infonats bench run"):
        Store(tmp_path / "none.db", create=False)


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "r.db").write_text("task,method\n" * 200)
    with pytest.raises(StoreError, match="not a database"):
        Store(tmp_path / "r.db")


def test_a_truncated_store(tmp_path):
    path = tmp_path / "r.db"
    with Store(path) as store:
        for seed in range(200):
            store.add(record(seed=seed, reason="x" * 200))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(StoreError, match="cannot be used: database disk image is malformed"):
        Store(path).records()


def test_another_programs_database(tmp_path):
    with sqlite3.connect(tmp_path / "r.db") as database:
        database.execute("CREATE TABLE records (a)")
    database.close()
    with pytest.raises(StoreError, match="no results store of infonats"):
        Store(tmp_path / "r.db")


def test_another_version(tmp_path):
    Store(tmp_path / "r.db").close()
    with sqlite3.connect(tmp_path / "r.db") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StoreError, match="of format 99, this version reads 1"):
        Store(tmp_path / "r.db")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(StoreError, match="unable to open database file"):
        Store(tmp_path / "none" / "r.db")


def test_a_store_that_another_process_holds(tmp_path, monkeypatch):
    monkeypatch.setattr("infonats.benchmark.store.PATIENCE", 0.05)
    with Store(tmp_path / "r.db") as store:
        holder = sqlite3.connect(tmp_path / "r.db", isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="database is locked"):
            store.add(record())
        holder.execute("ROLLBACK")
        holder.close()
        store.add(record())
        assert len(store) == 1


def test_a_disk_that_is_full(tmp_path):
    with Store(tmp_path / "r.db") as store:
        store.add(record())
        # SQLite's own limit gives the error that a full disk gives.
        pages = store._database.execute("PRAGMA page_count").fetchone()[0]
        store._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(StoreError, match="full"):
            fill(store)
        assert len(store) > 0


def fill(store):
    for seed in range(1, 10_000):
        store.add(record(seed=seed, reason="x" * 500))


def add_forever(path):
    with Store(path) as store:
        for seed in range(10**9):
            store.add(record(seed=seed))


def test_nothing_is_lost_or_doubled_by_a_kill(tmp_path):
    path = tmp_path / "r.db"
    child = multiprocessing.get_context("fork").Process(target=add_forever, args=(path,))
    child.start()
    with Store(path) as store:
        while len(store) < 50:
            pass
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    with Store(path) as store:
        seeds = [r.seed for r in store.records()]
        assert seeds == list(range(len(seeds)))
        assert len(seeds) >= 50
        store.add(record(seed=len(seeds)))


def test_two_processes_add_to_one_store(tmp_path):
    path = tmp_path / "r.db"
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=add_some, args=(path, first)) for first in (0, 50)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    with Store(path) as store:
        assert [r.seed for r in store.records()] == list(range(150))


def add_some(path, first):
    with Store(path) as store:
        for seed in range(first, first + 100):
            store.add(record(seed=seed))


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_export(tmp_path, ending):
    import polars as pl

    with Store(tmp_path / "r.db") as store:
        store.add(record(error=0.5))
        store.add(record(seed=1, status="failed", value=None, low=None, high=None, reason="a, b\nc"))
        target = export(store, tmp_path / f"out{ending}")
        table = (pl.read_parquet if ending == ".parquet" else pl.read_csv)(target)
        assert table["value"].to_list() == [1.5, None]
        assert table["error"].to_list() == [0.5, None]
        assert table["reason"][1] == "a, b\nc"
        assert set(dataclasses.asdict(record())) <= set(table.columns)


def test_export_to_another_format(tmp_path):
    with Store(tmp_path / "r.db") as store, pytest.raises(InputError, match=r"ends in '\.xlsx'"):
        export(store, tmp_path / "out.xlsx")


def test_export_to_a_folder_that_is_not_there(tmp_path):
    with Store(tmp_path / "r.db") as store, pytest.raises(InputError, match="cannot be written"):
        export(store, tmp_path / "none" / "out.csv")
