"""`infonats bench` as its user types it."""

import sys

import pytest

from infonats.benchmark import Record, Store
from infonats.cli.bench import _split

TASK = "1v1-normal-0.75"


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "r.db"
    with Store(path) as made:
        for seed, value in enumerate((0.5, 0.3)):
            made.add(
                Record(TASK, "ksg", 100, seed, "ok", 1, 1, 0.413, 0.0, value, 0.1, value - 0.2, value + 0.2)
            )
        made.add(Record(TASK, "mine", 100, 0, "timeout", reason="It took longer than 1 seconds."))
    return path


def test_run_report_and_export(run, tmp_path):
    path, words = tmp_path / "r.db", ["--tasks", TASK, "--methods", "gaussian,ksg(k=5)", "--n", "100,200"]
    ran = run("bench", "run", *words, "--seeds", "2", "--store", str(path))
    assert ran.exit_code == 0, ran.output
    assert "8 cells measured, 0 were there" in ran.output
    again = run("bench", "run", *words, "--seeds", "2", "--store", str(path))
    assert "0 cells measured, 8 were there" in again.output
    shown = run("bench", "report", str(path))
    assert {line.split()[0] for line in shown.output.splitlines()} == {"method", "gaussian", "ksg(k=5)"}
    assert run("bench", "export", str(path), str(tmp_path / "r.csv")).exit_code == 0
    assert (tmp_path / "r.csv").read_text().count("\n") == 9


def test_a_method_of_the_folder_one_works_in(run, tmp_path, monkeypatch):
    (tmp_path / "lies_here.py").write_text("def half(x, y, seed):\n    return 0.5\n")
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path])
    monkeypatch.chdir(tmp_path)
    run("bench", "run", "--tasks", TASK, "--method", "lies_here:half", "--n", "50", "--store", "r.db")
    with Store(tmp_path / "r.db") as store:
        assert [record.value for record in store.records()] == [0.5]


def test_failed_cells_are_said(run, tmp_path):
    words = ["bench", "run", "--tasks", f"{TASK},multinormal-dense-2-2-0.5", "--n", "50"]
    for count in (1, 0):  # when they are measured, and when they are looked at again
        ran = run(*words, "--methods", "lnc,gaussian", "--store", str(tmp_path / "r.db"))
        out = " ".join(ran.output.split())
        assert f"{4 * count} cells measured" in out
        assert "1 of 4 gave no number; the first, lnc on multinormal-dense-2-2-0.5: " in out
        assert "lnc was given 2 + 2 columns" in out
        assert "--retry tries again" in out
    ran = run(*words, "--methods", "gaussian", "--store", str(tmp_path / "r.db"))
    assert "gave no number" not in ran.output  # of other cells nothing is said


def test_the_board_is_readable(run, store):
    out = run("bench", "report", str(store)).output
    rows = [line.split() for line in out.splitlines()]
    assert rows[0] == ["method", "MAE", "s.e.", "bias", "coverage", "seconds", "cells", "failed"]
    assert rows[1][:2] == ["ksg", "0.100"]
    assert rows[2] == ["mine", "1", "1"]


def test_the_page_is_written(run, store, tmp_path):
    ran = run("bench", "report", str(store), "--html", str(tmp_path / "l.html"))
    assert ran.exit_code == 0, ran.output
    text = (tmp_path / "l.html").read_text(encoding="utf-8")
    assert "2 methods on 1 task, 3 cells." in text
    assert "beyond-normal" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--methods", "ksg"], "No task was named"),
        (["--tasks", TASK], "No method was named"),
        (["--methods", "ksg", "--tasks", TASK, "--n", "many"], "--n many is not understood"),
        (["--methods", "ksgg", "--tasks", TASK], "Did you mean 'ksg'"),
        (["--methods", "ksg", "--suite", "beyond-norml"], "Did you mean 'beyond-normal'"),
        (["--methods", "ksg", "--tasks", TASK, "--seeds", "0"], "grid is empty"),
        (["--methods", "ksg", "--tasks", TASK, "--workers", "0"], "workers is 0"),
    ],
)
def test_what_cannot_be_run(run, tmp_path, words, says):
    ran = run("bench", "run", *words, "--store", str(tmp_path / "r.db"))
    assert ran.exit_code == 2
    assert says in " ".join(ran.output.split())


@pytest.mark.parametrize("command", [["report"], ["export", "x.csv"]])
def test_a_store_that_is_not_there(run, tmp_path, command):
    ran = run("bench", command[0], str(tmp_path / "none.db"), *command[1:])
    assert ran.exit_code == 2
    assert "There is no results store" in " ".join(ran.output.split())


def test_a_store_without_results(run, tmp_path):
    Store(tmp_path / "r.db").close()
    ran = run("bench", "report", str(tmp_path / "r.db"))
    assert ran.exit_code == 2
    assert "holds no results yet" in ran.output


def test_commas_in_brackets_separate_nothing():
    assert _split("ksg, mine(hidden=(64, 64),folds=2) ,doe+mine,") == [
        "ksg",
        "mine(hidden=(64, 64),folds=2)",
        "doe+mine",
    ]
